"""Prepared statements give and take the same values as others, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import bindparam, literal, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moderation.foundation.prepared import Prepared, PreparedRecords, prepared_insert
from moderation.records import Ban, Comment, Finding, Page, Status, Verdict
from tests import make

UNTIL = make.NOW + timedelta(days=1, microseconds=5)


@pytest.fixture
def page(db: Session) -> Page:
    return make.page(db, make.site(db))


def test_what_is_asked_comes_back_with_names_and_in_our_types(db: Session, page: Page) -> None:
    db.add(make.ban(page.site, address_hash=b"a" * 32, until=UNTIL))
    db.flush()
    statement = select(Ban.address_hash, Ban.until, literal("100 %").label("said")).where(
        Ban.site_id == bindparam("site_id"), Ban.until > bindparam("now")
    )
    bans = Prepared(statement.limit(5))
    for _ in range(2):
        (ban,) = bans(db, site_id=page.site_id, now=make.NOW)
        assert (ban.address_hash, ban.until, ban.said) == (b"a" * 32, UNTIL, "100 %")
    assert bans(db, site_id=page.site_id, now=UNTIL) == []


def test_a_row_is_inserted_and_changed(db: Session, page: Page) -> None:
    comment = make.comment(db, page, make.person(db, page.site))
    row = {"id": "f_1", "comment_id": comment.id, "number": 1, "rule": "policy", "sentence": "It waits."}
    row |= {"verdict": Verdict.hold, "needed": None, "counted": True, "created_at": make.NOW}
    assert prepared_insert(Finding)(db, **row) == []
    change = Prepared(update(Comment).where(Comment.status == Status.waiting).values(language=bindparam("known")))
    change(db, known="de")
    found = db.get_one(Finding, "f_1")
    db.refresh(comment)
    assert (found.verdict, found.counted, found.created_at, comment.language) == (Verdict.hold, True, make.NOW, "de")


def test_a_mistake_is_the_one_that_is_expected_of_sqlalchemy(db: Session, page: Page) -> None:
    values = {column.name: getattr(page, column.name) for column in Page.__table__.columns}
    with pytest.raises(IntegrityError):
        prepared_insert(Page)(db, **values)
    db.rollback()


def test_records_stand_in_the_session_like_those_that_it_has_read(db: Session, page: Page) -> None:
    site = page.site
    site.name = "Hollow Oak & Son"
    statement = select(Page, Ban).outerjoin(Ban, Ban.site_id == Page.site_id).where(Page.key == bindparam("key"))
    pages = PreparedRecords(statement, Page, Ban)
    ((known, missing),) = pages(db, key=page.key)
    assert (known, missing) == (page, None)
    ban = make.ban(site, address_hash=b"a" * 32, until=UNTIL)
    db.add(ban)
    # What waits in the session is written before, and read with the rest.
    ((_, known_ban),) = pages(db, key=page.key)
    assert known_ban is ban
    db.expunge_all()
    ((read, read_ban),) = pages(db, key=page.key)
    assert (read.id, read.title, read.site.name, read_ban.until) == (page.id, page.title, "Hollow Oak & Son", UNTIL)
    assert not db.dirty
    read.title = "Another"
    db.flush()
    db.expire_all()
    assert read.title == "Another"
