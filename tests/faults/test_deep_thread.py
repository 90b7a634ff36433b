"""A thread of answers to answers to answers: it breaks no page, and is hidden and shown in one go."""

import time
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from moderation.app import create_app
from moderation.foundation.tokens import new_id
from moderation.records import Comment, Page, Status, Version
from moderation.settings import load_settings
from tests import make
from tests.faults.scale import SECONDS, scaled, tell
from tests.web.author.conftest import ROOM, SEALED, Visitor
from tests.web.service import decide

DEEP = scaled(3_000, 100_000)
AT_ONCE = 5_000
pytestmark = pytest.mark.timeout(SECONDS)


def chain(db, page, person):
    """Make a thread in which each comment answers the one before, all approved but the last; return their ids."""
    ids = [new_id("c", make.NOW + timedelta(seconds=number)) for number in range(DEEP)]
    for start in range(0, DEEP, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, DEEP))
        db.execute(insert(Comment), [_comment(page, person, ids, number) for number in numbers])
        db.execute(insert(Version), [_version(ids[number]) for number in numbers])
    page.approved = DEEP - 1
    return ids


def _comment(page, person, ids, number):
    is_last = number == DEEP - 1
    return {
        "id": ids[number], "site_id": page.site_id, "page_id": page.id, "person_id": person.id, "root_id": ids[0],
        "parent_id": ids[number - 1] if number else None, "depth": number, "awaits": is_last, "visible": not is_last,
        "status": Status.waiting if is_last else Status.approved, "shown": None if is_last else 1,
        "answers": int(number < DEEP - 2), "below": 0 if number else DEEP - 2, "provider": "demo",
        "created_at": make.NOW + timedelta(seconds=number),
    }  # fmt: skip


def _version(comment_id):
    html = {"body": "Deep.", "html": "<p>Deep.</p>", "body_hash": comment_id.encode()[:32].ljust(32)}
    return html | {"comment_id": comment_id, "number": 1, "created_at": make.NOW}


@pytest.fixture
def app(tmp_path, database_url):
    given = {"data": tmp_path / "data", "database_url": database_url, "secret": "s" * 40, "limited": False}
    app = create_app(load_settings(**given))
    yield app
    app.extensions["house"].database.close()


def test_a_very_deep_thread_breaks_no_page(app):
    house, ada = app.extensions["house"], Visitor(app)
    with house.database.transaction() as db:
        site = make.site(db, key="blog")
        make.moderator(db, site, email="ada@blog.example", password=SEALED.hash)
        page = make.page(db, site, key="/her")
        ids = chain(db, page, make.person(db, site))
        page_id = page.id
    assert ada.signs_in().status_code == 303
    slowest = 0.0

    def ask(path):
        nonlocal slowest
        began = time.monotonic()
        answer = ada.get(path)
        slowest = max(slowest, time.monotonic() - began)
        assert answer.status_code == 200, path
        return answer

    seen, after = [], ""
    while after is not None:
        told = ask(f"/api/v1/thread?site=blog&page=/her{after and f'&after={after}'}").json
        seen += [comment["id"] for comment in told["comments"]]
        after = told["next"]
    assert seen == ids[:-1]
    for path in ("/fragment?site=blog&page=/her", "/page?site=blog&page=/her", "/feeds/blog.atom"):
        ask(path)
    for path in (ROOM, f"{ROOM}?status=all&order=newest", f"{ROOM}comments/{ids[-1]}"):
        ask(path)

    def shown():
        with house.database.reading() as db:
            visible = db.scalars(select(Comment.id).where(Comment.visible.is_(True)))
            return len(visible.all()), db.get_one(Comment, ids[0]).below, db.get_one(Page, page_id).approved

    def decided(status):
        began = time.monotonic()
        decide(house, ids[-1], status)
        return time.monotonic() - began

    decided(Status.approved)
    assert shown() == (DEEP, DEEP - 1, DEEP)
    # All above are rejected, and keep their places while the last one is read.
    with house.database.transaction() as db:
        above = Comment.__table__.update().where(Comment.id != ids[-1])
        db.execute(above.values(status=Status.rejected, shown=None))
        db.get_one(Page, page_id).approved = 1
    hiding = decided(Status.rejected)
    assert shown() == (0, 0, 0)
    showing = decided(Status.approved)
    assert shown() == (DEEP, DEEP - 1, 1)
    figures = {"slowest_page_ms": round(1000 * slowest), "hidden_ms": round(1000 * hiding)}
    tell("deep", f"{house.database.engine.name}", answers=DEEP, **figures, shown_again_ms=round(1000 * showing))
