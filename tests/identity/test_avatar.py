"""A provider's picture is fetched once by the worker, tried again when that fails, and replaced when it changes."""

import io
import threading
from datetime import timedelta

import pytest
from flask import Flask, Response
from PIL import Image
from sqlalchemy import func, select
from werkzeug.serving import make_server

from moderation.foundation.outbound import Outbound
from moderation.identity.avatar import LIMIT, TRIES, fetch_picture
from moderation.identity.erasure import blank
from moderation.identity.provider import Profile
from moderation.identity.purge import purge
from moderation.identity.recognise import recognise
from moderation.records import Avatar, Person, Site
from tests import make

LATER = timedelta(days=3)


def png(colour="teal"):
    file = io.BytesIO()
    Image.new("RGB", (120, 120), colour).save(file, "PNG")
    return file.getvalue()


class Pictures:
    """A server of pictures that says what a test wants."""

    def __init__(self):
        self.served, self.calls = {}, []
        app = Flask("pictures", static_folder=None)
        app.get("/<path:name>")(self._show)
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self.place = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def put(self, name, data, status=200, **headers):
        self.served[name] = (data, status, headers)
        return f"http://{self.place}/{name}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def _show(self, name):
        self.calls.append(name)
        data, status, headers = self.served.get(name, (b"", 404, {}))
        return Response(data, status, {"Content-Type": "image/png", **headers})


@pytest.fixture
def pictures():
    running = Pictures()
    yield running
    running.close()


@pytest.fixture
def site(database):
    with database.transaction() as db:
        return make.site(db)


@pytest.fixture
def fetch(database, pictures):
    outbound = Outbound(frozenset({pictures.place}))

    def once(now=make.NOW):
        return fetch_picture(database, outbound, now=now, chance=0.0)

    return once


@pytest.fixture
def sign_in(database, site):
    def as_alice(picture, now=make.NOW, subject="alice"):
        profile = Profile(issuer="https://p.example", subject=subject, name="Alice", avatar=picture)
        with database.transaction() as db:
            return recognise(db, site_id=site.id, provider="demo", profile=profile, now=now).id

    return as_alice


def person(database, person_id):
    with database.reading() as db:
        return db.get_one(Person, person_id)


def revision(database, site):
    with database.reading() as db:
        return db.get_one(Site, site.id).revision


def number(database):
    with database.reading() as db:
        return db.scalar(select(func.count()).select_from(Avatar))


def test_a_picture_is_fetched_after_the_sign_in_and_readers_are_told(database, site, pictures, fetch, sign_in):
    alice = sign_in(pictures.put("a.png", png()))
    before = revision(database, site)
    assert person(database, alice).avatar is None
    assert pictures.calls == []
    assert fetch()
    found = person(database, alice)
    assert found.avatar is not None
    assert revision(database, site) == before + 1
    with database.reading() as db:
        assert db.get_one(Avatar, found.avatar).small.startswith(b"RIFF")
    assert not fetch()
    assert pictures.calls == ["a.png"]


def test_who_signs_in_again_with_the_same_picture_is_not_fetched_again(database, pictures, fetch, sign_in):
    address = pictures.put("a.png", png())
    sign_in(address)
    fetch()
    sign_in(address)
    assert not fetch()
    assert pictures.calls == ["a.png"]


def test_another_picture_replaces_the_former_which_is_shown_until_then(database, site, pictures, fetch, sign_in):
    alice = sign_in(pictures.put("a.png", png()))
    fetch()
    first = person(database, alice).avatar
    sign_in(pictures.put("b.png", png("gold")))
    assert person(database, alice).avatar == first
    before = revision(database, site)
    fetch()
    assert person(database, alice).avatar not in (None, first)
    assert revision(database, site) == before + 1
    assert number(database) == 1


def test_who_has_no_picture_any_more_shows_none_at_once(database, site, pictures, fetch, sign_in):
    alice = sign_in(pictures.put("a.png", png()))
    fetch()
    before = revision(database, site)
    sign_in(None)
    assert person(database, alice).avatar is None
    assert revision(database, site) == before + 1
    assert number(database) == 0
    assert not fetch()


def test_two_people_with_the_same_picture_share_it_until_the_last_gives_it_up(database, pictures, fetch, sign_in):
    address = pictures.put("a.png", png())
    sign_in(address)
    bob = sign_in(address, subject="bob")
    assert fetch()
    assert fetch()
    assert number(database) == 1
    sign_in(None)
    assert number(database) == 1
    assert person(database, bob).avatar is not None


def test_a_failure_is_tried_again_later_each_time_and_given_up_quietly(database, pictures, fetch, sign_in):
    alice = sign_in(f"http://{pictures.place}/nothing.png")
    now, waits = make.NOW, []
    while (due := person(database, alice).picture_due_at) is not None:
        waits.append(due - now)
        now = due
        assert not fetch(now - timedelta(seconds=1))
        assert fetch(now)
    assert len(pictures.calls) == TRIES
    assert waits[1:] == sorted(waits[1:])
    assert waits[-1] > 100 * waits[1]
    assert person(database, alice).avatar is None
    sign_in(f"http://{pictures.place}/nothing.png", now=now)
    assert fetch(now)


@pytest.mark.parametrize(
    "bad",
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 200, {"Content-Type": "image/svg+xml"}),
        (b"<!doctype html>", 200, {}),
        (png() + b"\0" * (LIMIT + 1), 200, {}),
        (b"", 302, {"Location": "http://169.254.169.254/latest/meta-data"}),
        (b"", 302, {"Location": "file:///etc/passwd"}),
        (png(), 500, {}),
    ],
    ids=["svg", "html", "large", "inside", "file", "500"],
)
def test_what_may_not_be_shown_is_not(database, pictures, fetch, sign_in, bad):
    data, status, headers = bad
    alice = sign_in(pictures.put("x.png", data, status, **headers))
    assert fetch()
    assert person(database, alice).avatar is None
    assert number(database) == 0


def test_an_address_inside_is_never_called(database, pictures, fetch, sign_in):
    alice = sign_in("http://127.0.0.1:9/face.png")
    assert fetch()
    assert person(database, alice).avatar is None


def test_a_redirect_to_a_picture_is_followed(database, pictures, fetch, sign_in):
    pictures.put("b.png", png())
    alice = sign_in(pictures.put("a", b"", 302, Location="/b.png"))
    fetch()
    assert person(database, alice).avatar is not None


def test_who_signs_in_with_another_picture_meanwhile_gets_that_one(database, pictures, fetch, sign_in):
    alice = sign_in(pictures.put("a.png", png()))
    newer = pictures.put("b.png", png("gold"))
    # The sign-in comes while the first is being fetched.
    pictures.served["a.png"] = (Late(lambda: sign_in(newer)), 200, {})
    fetch()
    assert person(database, alice).avatar is None
    assert fetch()
    assert pictures.calls == ["a.png", "b.png"]
    assert person(database, alice).avatar is not None


class Late:
    """A body that does something before it comes."""

    def __init__(self, do):
        self._do = do

    def __iter__(self):
        self._do()
        yield png()


def test_a_picture_is_fetched_by_one_of_two_workers(database, pictures, fetch, sign_in):
    together = threading.Barrier(2, timeout=10)
    sign_in(pictures.put("a.png", png()))

    def work():
        together.wait()
        fetch()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pictures.calls == ["a.png"]


def test_who_is_erased_leaves_no_picture(database, pictures, fetch, sign_in):
    alice = sign_in(pictures.put("a.png", png()))
    fetch()
    with database.transaction() as db:
        blank(db, db.get_one(Person, alice), now=make.NOW)
    erased = person(database, alice)
    assert (erased.picture, erased.picture_due_at, erased.avatar) == (None, None, None)
    assert number(database) == 0


def test_a_picture_that_is_nobodys_is_forgotten_in_the_end(database):
    with database.transaction() as db:
        db.add(Avatar(id="a" * 32, small=b"s", large=b"l", created_at=make.NOW))
    with database.transaction() as db:
        assert purge(db, now=make.NOW) == 0
        assert purge(db, now=make.NOW + LATER) == 1
