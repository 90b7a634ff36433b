"""The worker forgets what is to be forgotten, and keeps the write-ahead log small."""

import io
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from flask import Response
from PIL import Image
from sqlalchemy import func, select

from moderation.app import build_house
from moderation.cli.work import Worker
from moderation.foundation.tokens import new_id
from moderation.records import (
    Comment,
    ModeratorSession,
    Notice,
    Person,
    PersonSession,
    ProviderTrouble,
    SetupCode,
    Submission,
)
from moderation.settings import load_settings
from tests import make
from tests.lying_issuer import issuer as running_issuer
from tests.sign_in import provider_keys

NOW = datetime.now(UTC)


@pytest.fixture
def house(tmp_path, database_url):
    settings = load_settings(data=tmp_path / "data", database_url=database_url, secret="s" * 40)
    house = build_house(settings)
    yield house
    house.database.close()


def count(db, record):
    return db.scalar(select(func.count()).select_from(record))


def test_what_is_over_is_deleted_and_what_is_not_is_kept(house):
    with house.database.transaction() as db:
        site = make.site(db)
        person, moderator = make.person(db, site), make.moderator(db, site)
        comment = make.comment(db, make.page(db, site), person)
        for number, age in enumerate((timedelta(minutes=1), timedelta(days=200))):
            then, digest = NOW - age, bytes([number]) * 32
            seen = {"digest": digest, "created_at": then, "seen_at": then}
            db.add(PersonSession(person_id=person.id, site_id=site.id, origin=make.BLOG, **seen))
            db.add(ModeratorSession(moderator_id=moderator.id, confirmed_at=then, **seen))
            db.add(SetupCode(digest=digest, expires_at=then, created_at=then))
            kept = {"scope": digest, "key": "k", "request": digest, "comment_id": comment.id}
            db.add(Submission(created_at=then, **kept))
            row = {"key": str(number), "channel": "mail", "kind": "waiting", "site_id": site.id}
            db.add(Notice(id=new_id("n", then), due_at=then, created_at=then, finished=True, **row))
        db.flush()
        before = {record: count(db, record) for record in (Submission, PersonSession, Notice)}
    Worker(house)._purge()
    with house.database.reading() as db:
        assert {record: count(db, record) for record in before} == dict.fromkeys(before, 1)
        assert count(db, ModeratorSession) == 1
        assert count(db, SetupCode) == 1
        assert count(db, Comment) == 1
    assert before[Submission] == 2


def test_where_comments_came_from_is_forgotten_after_thirty_days(house):
    with house.database.transaction() as db:
        page = make.page(db, make.site(db))
        person = make.person(db, page.site)
        ages = (timedelta(days=29), timedelta(days=31))
        comments = [make.comment(db, page, person, now=NOW - age) for age in ages]
        for comment in comments:
            comment.address_hash = b"h" * 32
        ids = [comment.id for comment in comments]
    Worker(house)._forget()
    with house.database.reading() as db:
        assert [db.get(Comment, comment_id).address_hash for comment_id in ids] == [b"h" * 32, None]


def test_more_than_can_be_deleted_at_once_is_deleted_too(house):
    with house.database.transaction() as db:
        site = make.site(db)
        comment = make.comment(db, make.page(db, site), make.person(db, site))
        for number in range(1201):
            kept = {"scope": b"s" * 32, "key": str(number), "request": b"r" * 32, "comment_id": comment.id}
            db.add(Submission(created_at=NOW - timedelta(days=2), **kept))
    Worker(house)._purge()
    with house.database.reading() as db:
        assert count(db, Submission) == 0


def test_the_worker_fetches_pictures_and_tests_what_readers_cannot_use(tmp_path, sqlite_url):
    """Real threads, real calls to a server on this machine."""
    with running_issuer() as issuer:
        issuer.lies.userinfo = lambda claims: said_picture()
        settings = load_settings(
            data=tmp_path / "data",
            database_url=sqlite_url,
            secret="s" * 40,
            outbound_exceptions=frozenset({issuer.place}),
        )
        house = build_house(settings)
        with house.database.transaction() as db:
            person = make.person(db, make.site(db), picture=f"{issuer.address}/userinfo", picture_due_at=NOW)
            keys = provider_keys(db, house.keys, issuer="https://evil.example/")
            keys.options = {"issuer": issuer.address}
            due = {"reason": "provider_bad_reply", "detail": "x", "since": NOW, "seen_at": NOW, "due_at": NOW}
            db.add(ProviderTrouble(name=keys.name, hidden=True, tries=3, **due))
        worker = Worker(house)
        threads = [threading.Thread(target=worker._repeat, args=job) for job in worker._jobs()]
        for thread in threads:
            thread.start()
        try:
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline:
                with house.database.reading() as db:
                    shown = db.get_one(Person, person.id).avatar
                    troubled = count(db, ProviderTrouble)
                if shown and not troubled:
                    break
                time.sleep(0.05)
            assert shown is not None
            assert troubled == 0
        finally:
            worker._stopping.set()
            worker._bell.set()
            for thread in threads:
                thread.join(10)
            house.database.close()


def said_picture():
    file = io.BytesIO()
    Image.new("RGB", (50, 50), "teal").save(file, "PNG")
    return Response(file.getvalue(), content_type="image/png")


def test_a_backup_is_made_once_a_day_and_a_failed_one_tried_again_later(house):
    folder = house.settings.data / "backups"
    folder.parent.mkdir(exist_ok=True)
    folder.touch()
    worker = Worker(house)
    worker._back_up()
    folder.unlink()
    worker._back_up()
    assert not folder.exists()
    for _ in range(2):
        Worker(house)._back_up()
    (made,) = folder.iterdir()
    assert made.stat().st_size > 1000
    assert made.stat().st_mode & 0o077 == 0
