"""Holds what pretends to come from a moderator or from another commenter."""

from typing import Annotated

from msgspec import Meta

from moderation.foundation.lookalikes import look_of
from moderation.foundation.options import Options
from moderation.records import Verdict
from moderation.screening.rule import Case, Known, Noticed, Rule

_OTHER_NAME = "It would have passed this rule under a name that nobody else here uses."
_NOT_LISTED = "It would have passed this rule under a name that is not on your list."
_OTHER_ADDRESS = (
    "It would have passed this rule with another e-mail address, or once the address was confirmed by mail."
)


class ReservedName(Options, frozen=True, kw_only=True):
    """Whose names guests may not use."""

    names: Annotated[
        tuple[str, ...], Meta(max_length=200, description="Further names that only moderators may use.")
    ] = ("Admin", "Administrator", "Moderator", "Webmaster")
    commenters: Annotated[bool, Meta(description="Guests may not use the name or e-mail of somebody who signs in.")] = (
        True
    )


def _check(case: Case, options: ReservedName) -> Noticed | None:
    if case.is_moderator:
        return None
    look = look_of(case.name)
    moderators = [known for known in case.known if known.is_moderator]
    if any(look_of(known.name) == look for known in moderators):
        return _held("Its writer uses the name of a moderator of this blog, or one that looks like it.", _OTHER_NAME)
    if any(look_of(name) == look for name in options.names):
        return _held("Its writer uses a name that is reserved on this blog, or one that looks like it.", _NOT_LISTED)
    if not case.is_guest:
        return None
    if not case.email_verified and _has_email_of(case, moderators):
        return _held("A guest gave the e-mail address of a moderator of this blog.", _OTHER_ADDRESS)
    if options.commenters:
        return _as_commenter(case, look, [known for known in case.known if not known.is_moderator])
    return None


def _as_commenter(case: Case, look: str, commenters: list[Known]) -> Noticed | None:
    if not case.email_verified and _has_email_of(case, commenters):
        return _held("A guest gave the e-mail address of somebody who signs in on this blog.", _OTHER_ADDRESS)
    if any(look_of(known.name) == look for known in commenters):
        return _held(
            "A guest uses the name of somebody who signs in on this blog, or one that looks like it.", _OTHER_NAME
        )
    return None


def _has_email_of(case: Case, others: list[Known]) -> bool:
    given = case.email
    return given is not None and any(known.email and known.email.casefold() == given.casefold() for known in others)


def _held(sentence: str, needed: str) -> Noticed:
    return Noticed(verdict=Verdict.hold, sentence=sentence, needed=needed)


reserved_name = Rule(
    name="reserved_name",
    asks="Does its writer use the name of a moderator, or a guest that of another commenter?",
    options=ReservedName,
    check=_check,
)
