"""A one-time code goes over once, and only its own page can make a session of it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict, Missing, NotAllowed
from moderation.foundation.tokens import Keys, digest, s256
from moderation.identity.attempt import LIFETIME
from moderation.identity.failure import Reason
from moderation.identity.handover import (
    IDLE,
    LONGEST,
    Exchanged,
    exchange,
    hand_over,
    look,
    revoke,
    session_for,
    touch,
    wants_touch,
)
from moderation.identity.verify import LASTS, remember
from moderation.records import Attempt, Person, PersonSession, Site
from tests import make
from tests.make import NOW
from tests.sign_in import PAGE, provider_keys

ID = "a" * 22
COOKIE = "cookie-1"
VERIFIER = "v" * 43
SECOND = timedelta(seconds=1)


@pytest.fixture
def site(db: Session) -> Site:
    provider_keys(db, Keys(b"k" * 32), issuer="https://issuer.example")
    return make.site(db)


@pytest.fixture
def person(db: Session, site: Site) -> Person:
    return make.person(db, site)


@pytest.fixture
def attempt(db: Session, site: Site, person: Person) -> Attempt:
    made = Attempt(
        id=ID,
        site_id=site.id,
        provider="demo",
        origin=make.BLOG,
        page=PAGE,
        challenge=s256(VERIFIER),
        cookie=digest(COOKIE),
        state=digest("state-1"),
        nonce="nonce-1",
        verifier="w" * 64,
        created_at=NOW,
        expires_at=NOW + LIFETIME,
        taken_at=NOW,
        person_id=person.id,
    )
    db.add(made)
    db.flush()
    return made


@pytest.fixture
def code(db: Session, attempt: Attempt) -> str:
    return new_code(db)


def new_code(db: Session, now: datetime = NOW) -> str:
    code = hand_over(db, ID, cookie=COOKIE, now=now)
    assert not isinstance(code, Reason)
    return code


def make_session(db: Session, site: Site, code: str, *, now: datetime = NOW, **changes: Any) -> Exchanged | None:
    facts: dict[str, Any] = {"attempt": ID, "verifier": VERIFIER, "origin": make.BLOG}
    return exchange(db, site=site, code=code, now=now, **facts | changes)


def open_sessions(db: Session) -> int:
    return db.scalar(select(func.count()).select_from(PersonSession).where(PersonSession.revoked_at.is_(None))) or 0


def test_the_right_page_gets_a_session_for_its_site_and_origin(
    db: Session, site: Site, person: Person, code: str
) -> None:
    made = make_session(db, site, code)
    assert made is not None
    assert made.person is person
    session = session_for(db, made.token, NOW)
    assert session is not None
    assert (session.person_id, session.site_id, session.origin) == (person.id, site.id, make.BLOG)


def test_neither_code_nor_token_is_kept(db: Session, site: Site, code: str) -> None:
    made = make_session(db, site, code)
    assert made is not None
    assert db.get_one(Attempt, ID).code == digest(code)
    assert db.get_one(PersonSession, digest(made.token)).digest != made.token.encode()


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"origin": "https://evil.example"}, id="another origin"),
        pytest.param({"origin": None}, id="no origin"),
        pytest.param({"origin": make.BLOG + "/"}, id="nearly the origin"),
        pytest.param({"attempt": "b" * 22}, id="another attempt"),
    ],
)
def test_another_page_gets_none_and_spoils_nothing(db: Session, site: Site, code: str, changes: dict[str, Any]) -> None:
    assert make_session(db, site, code, **changes) is None
    assert make_session(db, site, code) is not None


def test_a_guessed_code_is_of_no_use(db: Session, site: Site, code: str) -> None:
    assert make_session(db, site, "x" * 43) is None
    assert make_session(db, site, "") is None
    assert make_session(db, site, code) is not None


def test_another_site_gets_none(db: Session, code: str) -> None:
    assert make_session(db, make.site(db), code) is None


def test_an_attempt_without_a_code_gives_none(db: Session, site: Site, attempt: Attempt) -> None:
    assert make_session(db, site, "") is None


@pytest.mark.parametrize(("seconds", "works"), [(59, True), (60, False), (600, False)])
def test_a_code_lives_sixty_seconds(db: Session, site: Site, code: str, seconds: int, works: bool) -> None:
    assert (make_session(db, site, code, now=NOW + seconds * SECOND) is not None) is works


def test_a_lost_answer_can_be_had_again_and_ends_the_first_session(db: Session, site: Site, code: str) -> None:
    first = make_session(db, site, code)
    second = make_session(db, site, code, now=NOW + 59 * SECOND)
    assert first is not None
    assert second is not None
    assert session_for(db, first.token, NOW) is None
    assert session_for(db, second.token, NOW) is not None
    assert open_sessions(db) == 1


def test_after_sixty_seconds_a_used_code_is_over_and_its_session_lives(db: Session, site: Site, code: str) -> None:
    made = make_session(db, site, code, now=NOW + 30 * SECOND)
    assert make_session(db, site, code, now=NOW + 90 * SECOND) is None
    assert made is not None
    assert session_for(db, made.token, NOW) is not None


def test_a_used_code_with_a_wrong_verifier_ends_the_session_it_made(db: Session, site: Site, code: str) -> None:
    made = make_session(db, site, code)
    assert make_session(db, site, code, verifier="x" * 43) is None
    assert made is not None
    assert session_for(db, made.token, NOW) is None
    assert make_session(db, site, code) is None
    assert open_sessions(db) == 0


def test_a_wrong_verifier_spoils_an_unused_code_for_good(db: Session, site: Site, code: str) -> None:
    assert make_session(db, site, code, verifier="x" * 43) is None
    assert make_session(db, site, code) is None
    with pytest.raises(Conflict):
        hand_over(db, ID, cookie=COOKIE, now=NOW)


def test_asking_for_a_code_anew_replaces_the_former(db: Session, site: Site, code: str) -> None:
    newer = new_code(db)
    assert make_session(db, site, code) is None
    assert make_session(db, site, newer) is not None


def test_after_the_exchange_there_is_no_other_code(db: Session, site: Site, code: str) -> None:
    assert make_session(db, site, code) is not None
    with pytest.raises(Conflict):
        hand_over(db, ID, cookie=COOKIE, now=NOW)
    assert look(db, ID, cookie=COOKIE, now=NOW).is_used


@pytest.mark.parametrize("cookie", [None, "", "cookie-2"])
def test_another_browser_gets_no_code_and_sees_nothing(db: Session, attempt: Attempt, cookie: str | None) -> None:
    with pytest.raises(NotAllowed):
        hand_over(db, ID, cookie=cookie, now=NOW)
    with pytest.raises(NotAllowed):
        look(db, ID, cookie=cookie, now=NOW)


@pytest.mark.parametrize("name", ["b" * 22, "", "a\0" * 11, "a" * 500])
def test_an_attempt_that_is_none_is_missing(db: Session, attempt: Attempt, name: str) -> None:
    with pytest.raises(Missing):
        hand_over(db, name, cookie=COOKIE, now=NOW)


def test_ten_minutes_after_the_start_there_is_no_code(db: Session, attempt: Attempt) -> None:
    assert hand_over(db, ID, cookie=COOKIE, now=NOW + LIFETIME) is Reason.login_expired


def test_a_failure_is_handed_over_instead_of_a_code(db: Session, attempt: Attempt) -> None:
    attempt.person_id, attempt.error = None, "denied"
    db.flush()
    assert hand_over(db, ID, cookie=COOKIE, now=NOW) is Reason.denied
    assert look(db, ID, cookie=COOKIE, now=NOW).reason == "denied"


def test_while_the_provider_is_asked_there_is_nothing_to_hand_over(db: Session, attempt: Attempt) -> None:
    attempt.person_id = None
    db.flush()
    assert not look(db, ID, cookie=COOKIE, now=NOW + 5 * SECOND).is_settled
    with pytest.raises(Conflict):
        hand_over(db, ID, cookie=COOKIE, now=NOW + 5 * SECOND)


def test_a_worker_that_was_killed_while_asking_does_not_leave_the_reader_waiting(db: Session, attempt: Attempt) -> None:
    attempt.person_id = None
    db.flush()
    assert look(db, ID, cookie=COOKIE, now=NOW + 20 * SECOND).reason == Reason.provider_down


def test_only_a_page_that_we_saw_lately_is_gone_to_directly(db: Session, site: Site, attempt: Attempt) -> None:
    assert not look(db, ID, cookie=COOKIE, now=NOW).is_verified
    remember(db, site.id, PAGE + "?other", NOW)
    assert not look(db, ID, cookie=COOKIE, now=NOW).is_verified
    remember(db, site.id, PAGE, NOW - LASTS)
    assert not look(db, ID, cookie=COOKIE, now=NOW).is_verified
    remember(db, site.id, PAGE, NOW)
    assert look(db, ID, cookie=COOKIE, now=NOW).is_verified


def test_a_session_ends_after_thirty_idle_days_or_a_hundred_and_eighty(db: Session, site: Site, code: str) -> None:
    made = make_session(db, site, code)
    assert made is not None
    assert session_for(db, made.token, NOW + IDLE - SECOND) is not None
    assert session_for(db, made.token, NOW + IDLE) is None
    touch(db, made.token, NOW + LONGEST - SECOND)
    db.expire_all()
    assert session_for(db, made.token, NOW + LONGEST - SECOND) is not None
    assert session_for(db, made.token, NOW + LONGEST) is None


def test_use_is_noted_once_an_hour(db: Session, site: Site, code: str) -> None:
    made = make_session(db, site, code)
    session = session_for(db, made.token, NOW) if made else None
    assert session is not None
    assert not wants_touch(session, NOW + timedelta(minutes=59))
    assert wants_touch(session, NOW + timedelta(hours=1))


def test_logging_out_ends_the_session_and_twice_is_once(db: Session, site: Site, code: str) -> None:
    made = make_session(db, site, code)
    assert made is not None
    revoke(db, made.token, NOW)
    revoke(db, made.token, NOW + SECOND)
    db.expire_all()
    assert session_for(db, made.token, NOW) is None
    assert db.get_one(PersonSession, digest(made.token)).revoked_at == NOW


def test_an_unknown_token_is_no_session(db: Session) -> None:
    assert session_for(db, "st_unknown", NOW) is None
