"""A CDN is told of every change that readers see, soon, once, and without anybody waiting for it."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from moderation.foundation.tags import lists_tag, page_tag, site_tag
from moderation.foundation.tokens import Keys
from moderation.notifying.changes import announce_changes, have_changed
from moderation.notifying.deliver import TRIES, PostOffice, deliver
from moderation.notifying.kind import Sender
from moderation.records import Notice, Page, Status
from tests import make


@pytest.fixture
def blog(database):
    """A site with a page that a CDN knows all about."""
    with database.transaction() as db:
        site = make.site(db, key="blog")
        page = make.page(db, site, key="/her")
    return site, page


def approve(database, page):
    with database.transaction() as db:
        here = db.get_one(Page, page.id)
        make.comment(db, here, make.person(db, here.site), status=Status.approved)


def announced(database):
    with database.transaction() as db:
        announce_changes(db, now=make.NOW)
        return [notice.details["tags"] for notice in db.scalars(select(Notice).where(Notice.kind == "changed"))]


def test_nothing_is_told_while_nothing_that_readers_see_has_changed(database, blog):
    _, page = blog
    with database.transaction() as db:
        assert not have_changed(db)
        make.comment(db, db.get_one(Page, page.id), make.person(db, blog[0]))
        assert not have_changed(db)
    assert announced(database) == []


def test_a_decision_is_told_once_with_the_tags_of_its_page(database, blog):
    approve(database, blog[1])
    approve(database, blog[1])
    with database.reading() as db:
        assert have_changed(db)
    tags = [[page_tag("blog", "/her"), lists_tag("blog")]]
    assert announced(database) == tags
    assert announced(database) == tags


def test_a_change_of_the_whole_site_or_of_many_pages_is_told_as_the_site(database, blog):
    site, _ = blog
    with database.transaction() as db:
        for _ in range(30):
            page = make.page(db, site)
            make.comment(db, page, make.person(db, site), status=Status.approved)
    assert announced(database) == [[site_tag("blog")]]
    with database.transaction() as db:
        db.get_one(type(site), site.id).revision += 1
    assert announced(database) == [[site_tag("blog")]] * 2


def test_what_was_there_before_a_cdn_is_told_of_in_pieces(database, blog):
    site, _ = blog
    with database.transaction() as db:
        for _ in range(250):
            make.page(db, site)
        db.execute(update(Page).values(told=None))
    assert announced(database) == [[site_tag("blog")]]
    assert announced(database) == [[site_tag("blog")]] * 2
    assert announced(database) == [[site_tag("blog")]] * 2


def office(database, server):
    options = {"url": server.url_for("/purge"), "headers": {"Authorization": "Bearer key"}}
    options |= {"exceptions": frozenset({f"{server.host}:{server.port}"})}
    sender = Sender(public_url="https://comments.example", keys=Keys(b"s" * 32))
    return PostOffice(database=database, sender=sender, options={"cdn": options})


def test_the_purge_address_is_called_with_the_tags_and_the_key(database, blog, httpserver):
    seen = []
    httpserver.expect_request("/purge", method="POST").respond_with_handler(lambda request: _note(request, seen))
    approve(database, blog[1])
    announced(database)
    assert deliver(office(database, httpserver), now=make.NOW, chance=0)
    ((told, headers),) = seen
    tags = [page_tag("blog", "/her"), lists_tag("blog")]
    assert told == {"tags": tags}
    assert headers["Surrogate-Key"] == " ".join(tags)
    assert headers["Authorization"] == "Bearer key"
    with database.reading() as db:
        assert db.scalars(select(Notice)).one().sent_at is not None


def _note(request, seen):
    from werkzeug import Response

    seen.append((json.loads(request.data), dict(request.headers)))
    return Response("ok")


def test_a_cdn_that_refuses_is_tried_again_and_at_last_a_dead_letter_is_left(database, blog, httpserver):
    httpserver.expect_request("/purge").respond_with_data("no", status=500)
    approve(database, blog[1])
    announced(database)
    moment = make.NOW
    for _ in range(TRIES):
        assert deliver(office(database, httpserver), now=moment, chance=0)
        moment += timedelta(days=1)
    assert not deliver(office(database, httpserver), now=moment, chance=0)
    with database.reading() as db:
        notice = db.scalars(select(Notice)).one()
    assert (notice.dead_at is not None, notice.problem) == (True, "The CDN did not take the purge (500).")
