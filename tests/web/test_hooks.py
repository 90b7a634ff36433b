"""What Facebook posts when somebody takes a sign-in back: only its own notes count, and then at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from moderation.foundation.tokens import digest, new_token
from moderation.identity.provider import Profile
from moderation.identity.recognise import recognise
from moderation.records import Attempt, Comment, Person, PersonSession, ProviderKeys, Site, Status, Subscription
from tests import make
from tests.providers.facebook import packed, signed_request

SECRET = "the app's secret"
SUBJECT = "10224440000000001"
FACEBOOK = "https://www.facebook.com"
DEAUTHORIZE, DELETION = "/hooks/facebook/deauthorize", "/hooks/facebook/deletion"


def set_up(house, *, name: str = "facebook", kind: str = "facebook", secret: str = SECRET) -> None:
    with house.database.transaction() as db:
        sealed = house.keys.encrypt("provider", secret.encode()) if secret else b""
        row = ProviderKeys(name=name, kind=kind, label="Facebook", client_id="1", client_secret=sealed)
        row.created_at = make.NOW
        db.add(row)


@pytest.fixture
def person(house, site) -> str:
    """Somebody who signed in with Facebook, wrote two comments, one approved and answered, and wants mails."""
    set_up(house)
    with house.database.transaction() as db:
        return everything(db, db.scalars(select(Site).where(Site.key == site)).one(), house.now()).id


def everything(db, site: Site, now) -> Person:
    made = make.person(
        db,
        site,
        name="Canary Fair",
        provider="facebook",
        issuer=FACEBOOK,
        subject=SUBJECT,
        email="canary@mail.example",
        url="https://canary.example",
        picture="https://canary.example/face.jpg",
        trusted_at=now,
    )
    page = make.page(db, site)
    approved = make.comment(db, page, made, status=Status.approved)
    make.comment(db, page, make.person(db, site, name="Bob"), parent=approved, status=Status.approved)
    make.comment(db, page, made)
    session = {"person_id": made.id, "site_id": site.id, "origin": make.BLOG, "created_at": now, "seen_at": now}
    db.add(PersonSession(digest=digest(new_token()), **session))
    db.add(Subscription(page_id=page.id, person_id=made.id, confirmed_at=now, created_at=now))
    asked = {"provider": "facebook", "origin": make.BLOG, "page": page.url, "challenge": "c" * 43, "verifier": "v"}
    secret = {"cookie": digest(new_token()), "state": digest(new_token()), "nonce": "n"}
    attempt = Attempt(id=new_token()[:22], site_id=site.id, person_id=made.id, **asked, **secret)
    attempt.created_at, attempt.expires_at = now, now + timedelta(minutes=10)
    db.add(attempt)
    db.flush()
    return made


def note(house, *, secret: str = SECRET, **changes: Any) -> str:
    about = {"user_id": SUBJECT, "issued_at": int(house.now().timestamp())} | changes
    return signed_request(secret, **{name: value for name, value in about.items() if value is not None})


def person_now(house, person_id: str) -> dict[str, Any]:
    with house.database.reading() as db:
        found = db.get_one(Person, person_id)
        return {column.name: getattr(found, column.name) for column in Person.__table__.columns}


def signed_in(house, person_id: str) -> bool:
    with house.database.reading() as db:
        live = select(PersonSession).where(PersonSession.person_id == person_id, PersonSession.revoked_at.is_(None))
        under_way = select(Attempt).where(Attempt.person_id == person_id)
        return bool(db.scalars(live).all() or db.scalars(under_way).all())


def statuses(house, person_id: str) -> set[Status]:
    with house.database.reading() as db:
        return set(db.scalars(select(Comment.status).where(Comment.person_id == person_id)))


def test_taking_the_app_out_at_facebook_signs_out_and_changes_nothing_else(client, house, person) -> None:
    before = person_now(house, person)
    answer = client.post(DEAUTHORIZE, data={"signed_request": note(house)})
    assert (answer.status_code, answer.json) == (200, {})
    assert not signed_in(house, person)
    assert person_now(house, person) == before
    assert statuses(house, person) == {Status.approved, Status.waiting}


def test_asking_for_deletion_leaves_nothing_of_who_it_was(client, house, person, site) -> None:
    answer = client.post(DELETION, data={"signed_request": note(house)})
    assert answer.status_code == 200
    left = person_now(house, person)
    assert not [name for name, value in left.items() if "canary" in str(value).lower() or SUBJECT in str(value)]
    assert (left["name"], left["email"], left["email_verified"], left["trusted_at"]) == ("Somebody", None, False, None)
    assert statuses(house, person) == {Status.withdrawn}
    assert not signed_in(house, person)
    with house.database.reading() as db:
        assert db.scalars(select(Subscription.ended_at)).one() is not None
        page = db.scalars(select(Comment)).first().page.key
    thread = client.get("/api/v1/thread", query_string={"site": site, "page": page})
    assert "Canary" not in thread.text
    assert [one.get("removed", False) for one in thread.json["comments"]] == [True, False]


def test_the_answer_says_where_to_look_and_the_page_is_there(client, house, person) -> None:
    told = client.post(DELETION, data={"signed_request": note(house)}).json
    assert set(told) == {"url", "confirmation_code"}
    assert told["confirmation_code"].isalnum()
    assert told["url"] == f"{house.settings.public_url}/privacy/deletion/{told['confirmation_code']}"
    page = client.get(told["url"].removeprefix(house.settings.public_url))
    assert page.status_code == 200
    assert "Your data is deleted" in page.text
    now = house.now()
    assert f"{now.day} {now:%B %Y}" in page.text


def test_who_was_never_here_gets_the_same_answer(client, house, person) -> None:
    told = client.post(DELETION, data={"signed_request": note(house, user_id="999")})
    assert (told.status_code, set(told.json)) == (200, {"url", "confirmation_code"})
    assert client.post(DEAUTHORIZE, data={"signed_request": note(house, user_id="999")}).status_code == 200
    assert signed_in(house, person)


def test_deletion_reaches_every_site_and_no_other_provider(client, house, person) -> None:
    with house.database.transaction() as db:
        elsewhere = everything(db, make.site(db), house.now()).id
        namesake = make.person(db, make.site(db), issuer="https://x.com", subject=SUBJECT, name="Canary").id
    client.post(DELETION, data={"signed_request": note(house)})
    assert person_now(house, elsewhere)["name"] == "Somebody"
    assert person_now(house, namesake)["name"] == "Canary"


def test_twice_is_once(client, house, person) -> None:
    assert [client.post(DELETION, data={"signed_request": note(house)}).status_code for _ in range(2)] == [200, 200]


def test_who_signs_in_again_is_somebody_new(client, house, person) -> None:
    client.post(DELETION, data={"signed_request": note(house)})
    with house.database.transaction() as db:
        site_id = db.get_one(Person, person).site_id
        profile = Profile(issuer=FACEBOOK, subject=SUBJECT, name="Canary Fair")
        assert recognise(db, site_id=site_id, provider="facebook", profile=profile, now=house.now()).id != person


def forged(text: str) -> str:
    signature, _, payload = text.partition(".")
    return f"{signature}.{payload[:-2]}{'AA' if payload[-2:] != 'AA' else 'BB'}"


REFUSED: list[Any] = [
    pytest.param(lambda house: note(house, secret="another"), 403, id="another secret"),
    pytest.param(lambda house: note(house, secret=""), 403, id="no secret"),
    pytest.param(lambda house: forged(note(house)), 403, id="changed"),
    pytest.param(lambda house: "." + note(house).partition(".")[2], 403, id="no signature"),
    pytest.param(lambda house: note(house).partition(".")[2], 400, id="no dot"),
    pytest.param(lambda house: "é." + note(house).partition(".")[2], 400, id="odd letters"),
    pytest.param(lambda house: "!!!!." + note(house).partition(".")[2], 400, id="not base64"),
    pytest.param(lambda house: note(house) + ".x", 403, id="more dots"),
    pytest.param(lambda house: note(house, algorithm="none"), 400, id="another algorithm"),
    pytest.param(lambda house: note(house, issued_at=1), 403, id="old"),
    pytest.param(lambda house: note(house, issued_at=10**400), 403, id="from the end of time"),
    pytest.param(lambda house: note(house, issued_at="now"), 403, id="the time is a text"),
    pytest.param(lambda house: note(house, issued_at=None), 403, id="without a time"),
    pytest.param(lambda house: note(house, user_id=None), 400, id="about nobody"),
    pytest.param(lambda house: note(house, user_id={"id": SUBJECT}), 400, id="about a thing"),
    pytest.param(lambda house: note(house, more="x" * 4096), 400, id="too long"),
    pytest.param(lambda _house: packed(b"x") + "." + packed(b"[" * 2000), 403, id="nested"),
    pytest.param(lambda _house: "", 400, id="empty"),
]


@pytest.mark.parametrize(("make_text", "status"), REFUSED)
def test_what_facebook_did_not_sign_just_now_does_nothing(
    client, house, person, make_text: Callable[[Any], str], status: int
) -> None:
    for address in (DEAUTHORIZE, DELETION):
        assert client.post(address, data={"signed_request": make_text(house)}).status_code == status
    assert signed_in(house, person)
    assert person_now(house, person)["name"] == "Canary Fair"


def test_a_note_that_is_signed_but_makes_no_sense_is_refused(client, house, person) -> None:
    for payload in (packed(b"[" * 2000), packed(b"[]"), packed(b"\xff"), "!!!"):
        signature = signed_request(SECRET).partition(".")[0]
        assert client.post(DELETION, data={"signed_request": f"{signature}.{payload}"}).status_code == 403


def test_nothing_or_two_notes_are_refused(client, house, person) -> None:
    assert client.post(DELETION).status_code == 400
    assert client.post(DELETION, data={"signed_request": [note(house), note(house)]}).status_code == 400
    assert client.get(DELETION).status_code == 405


def test_where_facebook_is_not_set_up_there_is_nothing(client, house) -> None:
    assert client.post(DELETION, data={"signed_request": note(house)}).status_code == 404
    set_up(house, name="x", kind="x")
    assert client.post(DELETION, data={"signed_request": note(house)}).status_code == 404


def test_without_a_secret_of_our_own_nobody_can_sign(client, house) -> None:
    set_up(house, secret="")
    assert client.post(DELETION, data={"signed_request": note(house, secret="")}).status_code == 403


def test_either_of_two_apps_is_believed(client, house, person) -> None:
    set_up(house, name="facebook-two", secret="another")
    assert client.post(DEAUTHORIZE, data={"signed_request": note(house, secret="another")}).status_code == 200
    assert not signed_in(house, person)


@pytest.mark.parametrize("code", ["x", "0" * 42, "g" * 42, "0" * 41, "é" * 42])
def test_a_code_that_we_did_not_give_shows_nothing(client, code) -> None:
    assert client.get(f"/privacy/deletion/{code}").status_code == 404


def test_a_code_cannot_be_dated_otherwise(client, house, person) -> None:
    code = client.post(DELETION, data={"signed_request": note(house)}).json["confirmation_code"]
    assert client.get(f"/privacy/deletion/{int(code[:10], 16) - 86_400:010x}{code[10:]}").status_code == 404
