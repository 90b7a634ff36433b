"""Atom feeds: well-formed whatever strangers write, steady identifiers, and nothing that is not approved."""

from datetime import timedelta
from xml.etree import ElementTree

import feedparser
import pytest

from moderation.records import Comment, Site, Status, Version
from tests import make
from tests.web.service import decide


@pytest.fixture
def comments(house, site):
    """Ids of two approved comments on /her and one on /paterson, oldest first, and of one that waits."""
    with house.database.transaction() as db:
        blog = db.query(Site).filter_by(key=site).one()
        her, paterson = make.page(db, blog, key="/her"), make.page(db, blog, key="/paterson", title="Paterson")
        her.titled_at = paterson.titled_at = make.NOW
        alice = make.person(db, blog, name="Alice & <Bob>", url="https://alice.example/?a=1&b=2")
        shown = [make.comment(db, page, alice, status=Status.approved) for page in (her, her, paterson)]
        return [comment.id for comment in [*shown, make.comment(db, her, alice, body="Not yet.")]]


def parse(answer):
    assert (answer.status_code, answer.mimetype) == (200, "application/atom+xml")
    found = feedparser.parse(answer.data)
    assert not found.bozo, found.get("bozo_exception")
    assert found.version == "atom10"
    return found


def test_a_sites_feed_holds_its_newest_approved_comments(client, site, comments):
    found = parse(client.get(f"/feeds/{site}.atom"))
    assert [entry.link for entry in found.entries] == [
        f"{make.BLOG}{page}#comment-{comments[place]}" for place, page in ((2, "/paterson"), (1, "/her"), (0, "/her"))
    ]
    entry = found.entries[0]
    assert (entry.title, entry.author) == ("Alice & <Bob> on “Paterson”", "Alice & <Bob>")
    assert entry.author_detail.href == "https://alice.example/?a=1&b=2"
    assert (entry.content[0].type, entry.content[0].value) == ("text/html", "<p>A fine review.</p>")
    assert found.feed.title == "Comments on A blog"
    assert found.feed.updated == entry.updated
    assert len({entry.id for entry in found.entries} | {found.feed.id}) == 4
    assert all(entry.id.startswith("tag:localhost,2026-") for entry in found.entries)


def test_a_pages_feed_holds_its_own_comments(client, site, comments):
    found = parse(client.get(f"/feeds/{site}/page.atom?page=/her"))
    assert [entry.link.rpartition("-")[2] for entry in found.entries] == comments[1::-1]
    assert found.feed.title == "Comments on “Her”"
    (own,) = [link.href for link in found.feed.links if link.rel == "self"]
    assert parse(client.get(own.removeprefix("http://localhost:8000"))).feed.id == found.feed.id


def test_an_entry_keeps_its_identifier_when_it_is_edited_and_says_when(client, site, comments, house):
    before = parse(client.get(f"/feeds/{site}.atom")).entries[0]
    with house.database.transaction() as db:
        comment = db.get_one(Comment, comments[2])
        at = comment.created_at + timedelta(hours=1)
        db.add(Version(comment_id=comment.id, number=2, body="x", html="<p>x</p>", body_hash=b"x" * 32, created_at=at))
        comment.latest, comment.awaits = 2, True
    assert "<p>x</p>" not in str(parse(client.get(f"/feeds/{site}.atom")).entries)
    decide(house, comments[2], Status.approved)
    after = parse(client.get(f"/feeds/{site}.atom")).entries[0]
    assert (after.id, after.published, after.content[0].value) == (before.id, before.published, "<p>x</p>")
    assert after.updated > before.updated


def test_what_xml_cannot_hold_is_left_out(client, site, comments, house):
    with house.database.transaction() as db:
        comment = db.get_one(Comment, comments[0])
        db.get_one(Version, (comment.id, 1)).html = "<p>a\x08b\ufffe]]>\U0001f600</p>"
        comment.person.name = "A\x0blice"
        comment.page.key = "/her\x1f"
    entry = parse(client.get(f"/feeds/{site}.atom")).entries[-1]
    assert entry.author == "Alice"
    root = ElementTree.fromstring(client.get(f"/feeds/{site}.atom").data)
    contents = [content.text for content in root.iter("{http://www.w3.org/2005/Atom}content")]
    assert contents[-1] == "<p>ab]]>\U0001f600</p>"


def test_a_feed_is_public_and_not_sent_twice(client, site, comments, house):
    for address in (f"/feeds/{site}.atom", f"/feeds/{site}/page.atom?page=/her"):
        answer = client.get(address)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cache-Control"] == "public, max-age=0, s-maxage=1"
        assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
        decide(house, comments[0], Status.spam)
        later = client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
        assert (later.status_code, comments[0] in later.text) == (200, False)
        decide(house, comments[0], Status.approved)


def test_a_page_without_comments_has_an_empty_feed_and_an_unknown_site_none(client, site):
    found = parse(client.get(f"/feeds/{site}/page.atom", query_string={"page": "/a&b<c>"}))
    assert (found.entries, found.feed.title) == ([], "Comments on “/a&b<c>”")
    assert parse(client.get(f"/feeds/{site}.atom")).entries == []
    assert client.get("/feeds/nowhere.atom").status_code == 404
    assert client.get("/feeds/nowhere/page.atom?page=/").status_code == 404
    assert client.get(f"/feeds/{site}/page.atom").status_code == 422
