"""Trusted and banned persons."""

from moderation.foundation.options import Options
from moderation.records import Verdict
from moderation.screening.rules.banned_person import banned_person
from moderation.screening.rules.trusted_person import trusted_person
from tests.screening.cases import a_case


def test_whom_the_author_trusts_is_approved() -> None:
    noticed = trusted_person.check(a_case(trusted=True), Options())
    assert noticed
    assert (noticed.verdict, noticed.sentence) == (Verdict.approve, "Its writer is trusted on this blog.")


def test_a_moderator_is_approved() -> None:
    noticed = trusted_person.check(a_case(is_moderator=True), Options())
    assert noticed
    assert noticed.verdict is Verdict.approve


def test_approved_comments_alone_make_nobody_trusted() -> None:
    assert trusted_person.check(a_case(approved_before=100), Options()) is None


def test_the_banned_are_taken_for_spam_and_it_says_why() -> None:
    noticed = banned_person.check(a_case(banned=True, banned_why="Its writer is banned on this blog."), Options())
    assert noticed
    assert (noticed.verdict, noticed.sentence) == (Verdict.spam, "Its writer is banned on this blog.")
