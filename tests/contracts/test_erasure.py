"""Who is erased is gone from every table, and with SQLite from every byte of database, log and logbook (R28)."""

import logging
from pathlib import Path

import pytest
from sqlalchemy import update

from moderation.foundation.tokens import new_id
from moderation.records import (
    Action,
    Comment,
    Decision,
    Finding,
    Moderator,
    Note,
    Notice,
    Report,
    Site,
    Status,
    Verdict,
)
from tests import make
from tests.moving.everything import content
from tests.web.service import COMMENTS, guest_comment, session_token

CANARY = "canarysings"


@pytest.fixture
def house(app):
    return app.extensions["house"]


@pytest.fixture
def site(house):
    with house.database.transaction() as db:
        made = make.site(db, moderate="all")
        make.moderator(db, made)
        return made.key


def all_bytes(house, caplog):
    files = [file for file in Path(house.settings.data).rglob("*") if file.is_file()]
    if house.database.is_sqlite:
        files += Path(str(house.database.url.database)).parent.glob("moderation.db*")
    return b"".join(file.read_bytes() for file in files) + caplog.text.encode()


def quote_everywhere(house, person_id, comment_id):
    """Let everybody who may write something about a person or a comment quote it."""
    words = f"They said {CANARY}."
    with house.database.transaction() as db:
        site, moderator = db.query(Site).one(), db.query(Moderator).first()
        about = {"site_id": site.id, "created_at": make.NOW}
        finding = {"rule": "x", "verdict": Verdict.hold, "sentence": words, "needed": words, "created_at": make.NOW}
        db.add(Finding(id=new_id("f", make.NOW), comment_id=comment_id, number=1, **finding))
        db.execute(update(Decision).where(Decision.comment_id == comment_id).values(reason=words))
        for subject in (person_id, comment_id):
            db.add(Action(id=new_id("a", make.NOW), kind="ban", subject_id=subject, reason=words, **about))
            for removed_at in (None, make.NOW):
                made = {"person_id": person_id, "text": words, "removed_at": removed_at}
                db.add(Note(id=new_id("o", make.NOW), **made, **about))
        reader = make.person(db, site, name="Somebody else")
        for person in (reader.id, person_id):
            told = {"comment_id": comment_id, "person_id": person, "reason": words, "created_at": make.NOW}
            db.add(Report(id=new_id("r", make.NOW), **told))
        for number, finished in enumerate((True, False)):
            said = {"details": {"to": f"{CANARY}@mail.example"}, "problem": words, "due_at": make.NOW}
            row = {"key": f"x{number}", "channel": "mail", "kind": "waiting", "moderator_id": moderator.id} | said
            db.add(Notice(id=new_id("n", make.NOW), comment_id=comment_id, finished=finished, **row, **about))


def test_nothing_is_left_of_an_erased_person(app, house, site, caplog):
    caplog.set_level(logging.DEBUG)
    client = app.test_client()
    who = {"url": f"https://{CANARY}.example/", "email": f"{CANARY}@mail.example", "subject": CANARY}
    token, person_id = session_token(house, site, name=f"{CANARY} of a name", picture=f"https://{CANARY}/p.png", **who)
    headers = {"Authorization": f"Bearer {token}", "Origin": make.BLOG}
    sent = guest_comment(site, guest=None, body_text=f"A {CANARY} here.", subscribe=True)
    made = client.post(COMMENTS, json=sent, headers=headers | {"Idempotency-Key": "one"})
    assert made.status_code == 201
    comment_id = made.json["id"]
    edited = client.patch(f"{COMMENTS}/{comment_id}", json={"body": f"An edited {CANARY}."}, headers=headers)
    assert edited.status_code == 200
    quote_everywhere(house, person_id, comment_id)
    assert str(content(house.database)).count(CANARY) > 10
    house.database.checkpoint()

    assert client.delete("/api/v1/me", headers=headers).status_code == 204
    assert house.database.empty_log()
    assert [name for name, rows in content(house.database).items() if CANARY in str(rows)] == []
    assert CANARY.encode() not in all_bytes(house, caplog)
    with house.database.reading() as db:
        assert db.get_one(Comment, comment_id).status is Status.withdrawn
        assert db.query(Notice).filter_by(finished=False).count() == 0


def test_the_bytes_are_there_before(app, house, site, caplog):
    """The control: deleting alone leaves them in the log."""
    with house.database.transaction() as db:
        made = db.query(Site).one()
        make.comment(db, make.page(db, made), make.person(db, made, name=CANARY))
    if house.database.is_sqlite:
        assert CANARY.encode() in all_bytes(house, caplog)
    assert any(CANARY in str(rows) for rows in content(house.database).values())
