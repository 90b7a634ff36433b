"""A sign-in goes straight only to a page that we saw embed the site ourselves."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from moderation.foundation.database import Database
from moderation.foundation.outbound import Outbound
from moderation.identity.verify import LASTS, Verifier, embeds, is_verified, remember
from tests import make, sign_in
from tests.make import NOW
from tests.sign_in import SERVICE, Blog, embedding

SCRIPT = f'<script src="{SERVICE}/embed/v1.js" async></script>'
THREAD = '<comment-thread site="blog"></comment-thread>'


@pytest.fixture
def blog() -> Iterator[Blog]:
    with sign_in.blog() as running:
        yield running


@pytest.fixture
def outbound(blog: Blog) -> Outbound:
    return Outbound(frozenset({blog.place}))


def is_ours(outbound: Outbound, page: str) -> bool:
    return embeds(outbound, page, public_url=SERVICE, site_key="blog")


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(embedding("blog"), id="as the README says"),
        pytest.param(THREAD + SCRIPT, id="the other way round"),
        pytest.param(SCRIPT.replace("v1.js", "v1.js?2") + THREAD.upper().replace("BLOG", "blog"), id="loosely written"),
        pytest.param(SCRIPT + '<comment-thread site="other"></comment-thread>' + THREAD, id="beside another"),
    ],
)
def test_a_page_that_embeds_the_site_is_ours(blog: Blog, outbound: Outbound, page: str) -> None:
    assert is_ours(outbound, blog.serve(page))


@pytest.mark.parametrize(
    "page",
    [
        pytest.param("", id="empty"),
        pytest.param(SCRIPT, id="no thread"),
        pytest.param(THREAD, id="no script"),
        pytest.param(SCRIPT + THREAD.replace("blog", "other"), id="another site"),
        pytest.param(SCRIPT.replace("localhost", "evil.example") + THREAD, id="another's script"),
        pytest.param(SCRIPT.replace("/embed/", "/other/embed/") + THREAD, id="another script of ours"),
        pytest.param(SCRIPT.replace(SERVICE, "") + THREAD, id="the blog's own script"),
        pytest.param(f"<!-- {SCRIPT}{THREAD} -->", id="in a comment"),
        pytest.param(SCRIPT + "<script>" + THREAD + "</script>", id="in a script"),
        pytest.param((SCRIPT + THREAD).replace("<", "&lt;"), id="quoted"),
        pytest.param(
            SCRIPT + THREAD + '<META HTTP-EQUIV="Refresh" content="0; url=https://evil.example">', id="leads elsewhere"
        ),
    ],
)
def test_a_page_that_does_not_is_not(blog: Blog, outbound: Outbound, page: str) -> None:
    assert not is_ours(outbound, blog.serve(page))


@pytest.mark.parametrize("status", [201, 301, 302, 303, 307, 308, 403, 404, 500])
def test_only_a_plain_answer_counts(blog: Blog, outbound: Outbound, status: int) -> None:
    page = blog.serve(embedding("blog"), status=status, Location=blog.serve(embedding("blog"), path="/other"))
    assert not is_ours(outbound, page)
    assert blog.calls == ["/her"]


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "image/svg+xml"])
def test_only_html_counts(blog: Blog, outbound: Outbound, kind: str) -> None:
    assert not is_ours(outbound, blog.serve(embedding("blog"), Content_Type=kind))


def test_a_page_that_is_too_large_or_not_there_does_not_count(blog: Blog, outbound: Outbound) -> None:
    assert not is_ours(outbound, blog.serve(embedding("blog") + " " * 1_100_000))
    assert not is_ours(outbound, "http://127.0.0.1:1/her")
    assert not is_ours(outbound, "https://localhost/her")


def test_what_was_seen_lasts_seven_days_and_can_be_seen_again(database: Database) -> None:
    with database.transaction() as db:
        site = make.site(db)
        remember(db, site.id, "https://blog.example/her", NOW - LASTS)
        assert not is_verified(db, site.id, "https://blog.example/her", NOW)
        remember(db, site.id, "https://blog.example/her", NOW)
        assert is_verified(db, site.id, "https://blog.example/her", NOW)
        assert not is_verified(db, make.site(db).id, "https://blog.example/her", NOW)


def test_pages_are_looked_at_in_the_background_and_waited_for(
    database: Database, blog: Blog, outbound: Outbound
) -> None:
    verifier = Verifier(database, outbound, public_url=SERVICE, clock=lambda: datetime.now(UTC))
    with database.transaction() as db:
        site_id = make.site(db).id
    ours, other = blog.serve(embedding("blog")), blog.serve("", path="/other")
    blog.answers.clear()
    for page in (ours, ours, other):
        verifier.begin(site_id=site_id, site_key="blog", page=page)
    blog.answers.set()
    assert not verifier.wait(site_id=site_id, page=blog.origin + "/never", seconds=20)
    for page in (ours, other):
        verifier.wait(site_id=site_id, page=page, seconds=20)
    with database.reading() as db:
        seen = [is_verified(db, site_id, page, datetime.now(UTC)) for page in (ours, other)]
    assert seen == [True, False]
    assert sorted(blog.calls) == ["/her", "/other"]
