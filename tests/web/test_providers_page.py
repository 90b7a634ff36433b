"""Where an owner sets up how readers sign in: keys go in and never come out, and what is wrong is said in words."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest

from moderation.foundation.options import known_options
from moderation.foundation.outbound import Outbound
from moderation.identity.failure import Reason
from moderation.identity.moderator import begin_session
from moderation.identity.probe import Found
from moderation.identity.provider import providers
from moderation.identity.trouble import note_test
from moderation.records import ModeratorSession, ProviderKeys, ProviderTrouble, Role
from tests import make
from tests.lying_issuer import issuer
from tests.providers.fake import CLIENT_ID, CLIENT_SECRET, Detour
from tests.providers.x import FakeX

ROOM = "/dashboard/providers"
CALLBACK = "http://localhost:8000/auth/{}/callback"


@pytest.fixture
def enter(house, client):
    """Sign a new moderator in."""

    def as_(role):
        with house.database.transaction() as db:
            moderator = make.moderator(db, make.site(db), role=role)
            token = begin_session(db, moderator, now=house.now(), user_agent="")
        client.set_cookie("moderator", token)
        return client

    return as_


@pytest.fixture
def owner(enter):
    return enter(Role.owner)


@pytest.fixture
def x(app, house):
    """X, on this machine."""
    fake = FakeX(CALLBACK.format("x"))
    app.extensions["house"] = replace(house, outbound=Detour(fake))
    yield fake
    fake.close()


def text(answer):
    return unescape(answer.get_data(as_text=True))


def send(client, address, page="/dashboard/account", **fields):
    token = re.search(r'name="csrf_token" value="([^"]+)"', text(client.get(page)))[1]
    return client.post(address, data={"csrf_token": token} | fields)


def add(client, kind="x", name=None, **fields):
    given = {"name": name or kind, "label": "", "client_id": CLIENT_ID, "secret": CLIENT_SECRET} | fields
    return send(client, f"{ROOM}/add/{kind}", **given)


def said(client, answer):
    """Follow a redirect, and return what the page says of what was done."""
    assert answer.status_code == 303, text(answer)
    page = text(client.get(answer.location))
    return re.search(r'class="message (done|problem)"[^>]*>\s*<p>(.*?)</p>', page, re.DOTALL).groups()


def row(house, name="x"):
    with house.database.reading() as db:
        return db.get(ProviderKeys, name)


def test_moderators_who_own_nothing_neither_see_nor_enter_it(enter, house):
    client = enter(Role.moderator)
    assert "Sign-in</a>" not in text(client.get("/dashboard/sites"))
    for path in (ROOM, f"{ROOM}/add/x", f"{ROOM}/x"):
        assert client.get(path).status_code == 403
    for path in (
        f"{ROOM}/add/x",
        f"{ROOM}/x",
        f"{ROOM}/x/test",
        f"{ROOM}/x/switch",
        f"{ROOM}/x/up",
        f"{ROOM}/x/remove",
    ):
        answer = send(client, path, name="x", client_id="c", secret="s", sure="1")
        assert answer.status_code == 403
    assert row(house) is None


def test_strangers_are_led_to_the_door(client, house):
    with house.database.transaction() as db:
        make.moderator(db, make.site(db), password="x")
    assert "sign-in" in client.get(ROOM).location


def test_each_kind_says_what_to_register_with_the_exact_address(owner):
    room = text(owner.get(ROOM))
    for kind, provider in providers().items():
        assert f'href="{ROOM}/add/{kind}"' in room
        page = owner.get(f"{ROOM}/add/{kind}")
        assert page.status_code == 200
        if provider.has_keys:
            assert f"<code>{CALLBACK.format(kind)}</code>" in text(page)
        for name, about in known_options(provider.options).items():
            assert f'name="options.{name}"' in text(page)
            assert about.description in text(page)


def test_keys_go_in_are_tested_and_never_come_out(owner, house, x):
    kind, sentence = said(owner, add(owner, label="X (Twitter)"))
    assert (kind, sentence) == (
        "done",
        "Saved. X (Twitter) answers, and takes our keys. Now sign in there once yourself.",
    )
    kept = row(house)
    assert (kept.client_id, kept.label, kept.options) == (CLIENT_ID, "X (Twitter)", {})
    assert house.keys.decrypt("provider", kept.client_secret).decode() == CLIENT_SECRET
    for path in (ROOM, f"{ROOM}/x"):
        assert CLIENT_SECRET not in text(owner.get(path))
    assert f"Set on {house.now():%-d %B %Y}" in text(owner.get(f"{ROOM}/x"))


def test_a_wrong_secret_is_called_so_and_readers_are_not_offered_it(owner, house, x):
    kind, sentence = said(owner, add(owner, secret="not the secret"))
    assert (kind, sentence.startswith("Saved. The secret is wrong")) == ("problem", True)
    assert "hidden from readers" in text(owner.get(ROOM))
    assert "Readers cannot sign in with X: The secret is wrong" in re.sub("<[^>]*>", "", text(owner.get("/dashboard/")))
    kind, sentence = said(owner, send(owner, f"{ROOM}/x", client_id=CLIENT_ID, secret=CLIENT_SECRET))
    assert kind == "done"
    assert "cannot sign in" not in text(owner.get("/dashboard/"))


def test_an_empty_secret_keeps_the_one_that_is_there(owner, house, x):
    add(owner)
    kind, _ = said(owner, send(owner, f"{ROOM}/x", client_id=CLIENT_ID, secret="", **{"options.email": "1"}))
    assert kind == "done"
    assert row(house).options == {"email": True}
    said(owner, send(owner, f"{ROOM}/x", client_id=CLIENT_ID, secret=""))
    assert row(house).options == {}


def test_the_test_button_says_what_is_wrong_now(owner, house, x):
    add(owner)
    assert said(owner, send(owner, f"{ROOM}/x/test"))[0] == "done"
    x.client_secret = "a newer one"
    kind, sentence = said(owner, send(owner, f"{ROOM}/x/test"))
    assert (kind, sentence.startswith("The secret is wrong")) == ("problem", True)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"client_id": ""}, "Please enter the client id."),
        ({"client_id": "a\nb"}, "client_id"),
        ({"client_id": "x" * 600}, "too long"),
        ({"label": "\u202e"}, "label"),
    ],
)
def test_what_cannot_be_taken_is_said_beside_the_field_and_nothing_is_lost(owner, house, x, fields, sentence):
    answer = add(owner, **({"label": "My X"} | fields))
    assert answer.status_code == 422
    assert "aria-invalid" in text(answer)
    assert row(house) is None
    assert CLIENT_SECRET not in text(answer)


def test_an_option_that_cannot_be_is_said_beside_its_field(owner, house):
    answer = add(owner, "facebook", **{"options.version": "newest"})
    assert answer.status_code == 422
    assert re.search(r'id="options.version"[^>]*aria-invalid', text(answer), re.DOTALL)
    assert 'value="newest"' in text(answer)


def test_a_name_that_would_mean_something_else_is_refused(owner, house):
    for name in ("guest", "confirm", "add", "A", "a b", "", "é", "a/b"):
        assert "aria-invalid" in text(owner.get(f"{ROOM}/add/openid", query_string={"name": name}))
        assert add(owner, "openid", name=name or " ").status_code == 422
    with house.database.reading() as db:
        assert db.query(ProviderKeys).count() == 0


def test_several_of_one_kind_have_names_of_their_own(owner, house):
    with issuer() as first, issuer() as second:
        house_now = owner.application.extensions["house"]
        outbound = Outbound(frozenset({first.place, second.place}))
        owner.application.extensions["house"] = replace(house_now, outbound=outbound)
        said(owner, add(owner, "openid", **{"options.issuer": first.address}))
        taken = text(owner.get(f"{ROOM}/add/openid"))
        assert "You have a provider of this name already" in taken
        assert CALLBACK.format("work") in text(owner.get(f"{ROOM}/add/openid?name=work"))
        kind, _ = said(owner, add(owner, "openid", name="work", label="Work", **{"options.issuer": second.address}))
        assert kind == "done"
    assert (row(house, "openid").options["issuer"], row(house, "work").options["issuer"]) == (
        first.address,
        second.address,
    )
    assert add(owner, "openid", name="work").location.startswith(f"{ROOM}/add/openid?name=work")


def test_a_provider_is_switched_off_and_on_moved_and_removed(owner, house, x, site):
    with house.database.transaction() as db:
        for place, name in enumerate(("x", "y")):
            made = ProviderKeys(
                name=name, kind="x", label=name.upper(), client_id="c", client_secret=b"", position=place
            )
            made.created_at = make.NOW
            db.add(made)

    def offered():
        return [one["name"] for one in owner.get(f"/api/v1/sites/{site}").json["providers"]]

    assert offered() == ["x", "y"]
    send(owner, f"{ROOM}/y/up")
    assert offered() == ["y", "x"]
    send(owner, f"{ROOM}/y/switch", to="off")
    assert offered() == ["x"]
    send(owner, f"{ROOM}/y/switch", to="on")
    assert offered() == ["y", "x"]
    assert send(owner, f"{ROOM}/y/remove").status_code == 422
    assert send(owner, f"{ROOM}/y/remove", sure="1").status_code == 303
    assert offered() == ["x"]
    assert send(owner, f"{ROOM}/y/test").status_code == 404


def test_what_readers_are_not_offered_is_told_on_its_page_and_comes_back_with_a_test(owner, house, x):
    said(owner, add(owner))
    with house.database.transaction() as db:
        found = Found(sentence="…", reason=Reason.provider_quota, detail="X answered 402: CreditsDepleted")
        note_test(db, "x", found, now=house.now() - timedelta(hours=1))
        db.get_one(ProviderTrouble, "x").hidden = True
    page = text(owner.get(f"{ROOM}/x"))
    assert "The credits there are used up." in page
    assert "Readers are not offered it; it began 1 hour ago." in page
    assert said(owner, send(owner, f"{ROOM}/x/test"))[0] == "done"
    assert "credits" not in text(owner.get(ROOM))


def test_who_signed_in_long_ago_is_asked_again_before_keys_change(owner, house, x):
    with house.database.transaction() as db:
        for session in db.query(ModeratorSession):
            session.confirmed_at -= timedelta(hours=1)
    answer = add(owner)
    assert answer.location.startswith("/dashboard/confirm")
    assert row(house) is None


def test_keys_do_not_change_without_the_pages_form(owner, house):
    answer = owner.post(f"{ROOM}/add/x", data={"name": "x", "client_id": "c", "secret": "s"})
    assert row(house) is None
    assert answer.status_code in (303, 400)


def test_what_is_not_there_is_missing(owner):
    for path in ("/nobody", "/add/nobody", "/%00", "/add/%00"):
        assert owner.get(ROOM + path).status_code == 404
