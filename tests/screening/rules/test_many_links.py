"""Many links are held, very many are spam; the blog's own do not count."""

import pytest

from moderation.records import Verdict
from moderation.screening.rules.many_links import ManyLinks, many_links
from tests.screening.cases import a_case


def links(count: int) -> tuple[str, ...]:
    return tuple(f"https://shop{number}.example/" for number in range(count))


@pytest.mark.parametrize(
    ("count", "verdict"),
    [(0, None), (2, None), (3, Verdict.hold), (10, Verdict.hold), (11, Verdict.spam), (300, Verdict.spam)],
)
def test_more_than_two_wait_and_more_than_ten_are_spam(count: int, verdict: Verdict | None) -> None:
    noticed = many_links.check(a_case(links=links(count)), ManyLinks())
    assert (noticed and noticed.verdict) == verdict


def test_the_owner_sets_how_many() -> None:
    options = ManyLinks(hold_above=0, spam_above=1)
    held = many_links.check(a_case(links=links(1)), options)
    assert held
    assert (held.verdict, held.sentence) == (Verdict.hold, "It links to 1 other site, more than 0.")
    spam = many_links.check(a_case(links=links(2)), options)
    assert spam
    assert (spam.verdict, spam.sentence) == (Verdict.spam, "It links to 2 other sites, more than 1.")


def test_links_to_the_blog_itself_do_not_count() -> None:
    own = (
        "https://blog.example/her",
        "http://www.blog.example/him",
        "https://other-blog.example/",
        "https://BLOG.example",
    )
    assert a_case(links=own).foreign_hosts == ()


def test_a_blog_of_a_like_name_is_another() -> None:
    assert a_case(links=("https://blog.example.shop.example/",)).foreign_hosts == ("blog.example.shop.example",)


def test_many_links_to_one_place_count_once() -> None:
    pages = [f"https://www.wiki.example/{number}" for number in range(9)]
    wiki = (*pages, "http://wiki.example.:80/", "https://WIKI.example")
    assert a_case(links=wiki).foreign_hosts == ("wiki.example",)


def test_addresses_that_nobody_can_read_count_each() -> None:
    odd = ("http://[", "http://[::g]/", "https://[v1.a]x/")
    assert len(a_case(links=odd).foreign_hosts) == 3
    assert a_case(links=("mailto:a@shop.example", "https:///path", "")).foreign_hosts == ()
