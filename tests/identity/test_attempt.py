"""A try to sign in begins only as the blog's page wants it, belongs to one browser, and is taken up once."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict, Missing, NotAllowed, Problem, Refused
from moderation.foundation.tokens import Keys, digest
from moderation.identity.attempt import LIFETIME, Checked, Taken, Wish, begin, bind, check, named, settle, take
from moderation.identity.failure import Reason
from moderation.identity.provider import Start
from moderation.identity.visit import Failure, Way
from moderation.records import Attempt, Origin, Site
from tests import make
from tests.make import NOW
from tests.sign_in import PAGE, provider_keys

KEYS = Keys(b"k" * 32)
ID = "a" * 22


@pytest.fixture
def site(db: Session) -> Site:
    provider_keys(db, KEYS, issuer="https://issuer.example")
    return make.site(db, key="blog")


def wish(**changes: Any) -> Wish:
    facts: dict[str, Any] = {
        "provider": "demo",
        "site": "blog",
        "origin": make.BLOG,
        "page": PAGE,
        "challenge": "c" * 43,
        "attempt": ID,
    }
    return Wish(**facts | changes)


def way(state: str = "state-1", **values: Any) -> Way:
    start = Start(state=state, nonce="nonce-1", verifier="v" * 64)
    return Way(start=start, **{"url": "https://issuer.example/authorize"} | values)


@pytest.fixture
def checked(db: Session, site: Site) -> Checked:
    return check(db, wish())


@pytest.fixture
def cookie(db: Session, checked: Checked) -> str:
    return begin(db, checked, way(), cookie=None, now=NOW)


def test_what_the_blogs_own_page_asks_for_is_fine(checked: Checked) -> None:
    assert (checked.host, checked.page, checked.row.name) == ("blog.example", PAGE, "demo")


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        pytest.param({"site": "other"}, Missing, id="unknown site"),
        pytest.param({"site": "bl\0og"}, Missing, id="a site with a NUL"),
        pytest.param({"provider": "x"}, Missing, id="unknown provider"),
        pytest.param({"provider": ""}, Missing, id="no provider"),
        pytest.param(
            {"origin": "https://evil.example", "page": "https://evil.example/"}, NotAllowed, id="unregistered"
        ),
        pytest.param({"origin": "null"}, NotAllowed, id="no origin at all"),
        pytest.param({"origin": make.BLOG.upper()}, NotAllowed, id="not as a browser writes it"),
        pytest.param({"origin": make.BLOG + "/"}, NotAllowed, id="with a slash"),
        pytest.param({"origin": "http://blog.example"}, NotAllowed, id="without TLS"),
        pytest.param({"origin": make.BLOG + ":8443"}, NotAllowed, id="another port"),
        pytest.param({"page": "https://evil.example/her"}, Refused, id="page elsewhere"),
        pytest.param({"page": "https://blog.example.evil.example/"}, Refused, id="page on a longer host"),
        pytest.param({"page": "https://blog.example@evil.example/"}, Refused, id="page behind a user name"),
        pytest.param({"page": "https://evil.example\\@blog.example/"}, Refused, id="page behind a backslash"),
        pytest.param({"page": "http://blog.example/her"}, Refused, id="page without TLS"),
        pytest.param({"page": "javascript:alert(1)"}, Refused, id="page is a script"),
        pytest.param({"page": "//blog.example/her"}, Refused, id="page without scheme"),
        pytest.param({"page": "/her"}, Refused, id="page without host"),
        pytest.param({"page": ""}, Refused, id="no page"),
        pytest.param({"page": PAGE + "?" + "x" * 2048}, Refused, id="page too long"),
        pytest.param({"page": PAGE + "\r\nX: y"}, Refused, id="page with a line break"),
        pytest.param({"challenge": ""}, Refused, id="no challenge"),
        pytest.param({"challenge": "c" * 42}, Refused, id="short challenge"),
        pytest.param({"challenge": "c" * 44}, Refused, id="long challenge"),
        pytest.param({"challenge": "c" * 42 + "="}, Refused, id="padded challenge"),
        pytest.param({"challenge": "c" * 42 + "+"}, Refused, id="plain base64"),
        pytest.param({"challenge": "c" * 43 + "\n"}, Refused, id="challenge with a line break"),
        pytest.param({"attempt": "a" * 21}, Refused, id="short attempt"),
        pytest.param({"attempt": "a" * 21 + "/"}, Refused, id="attempt with a slash"),
        pytest.param({"attempt": "a" * 21 + "é"}, Refused, id="attempt with an accent"),
    ],
)
def test_anything_else_is_refused(db: Session, site: Site, changes: dict[str, Any], kind: type[Problem]) -> None:
    with pytest.raises(kind):
        check(db, wish(**changes))


def test_a_page_on_a_port_or_behind_a_query_is_fine(db: Session, site: Site) -> None:
    site.origins.append(Origin(origin="http://127.0.0.1:8001"))
    db.flush()
    page = "http://127.0.0.1:8001/a%20b?x=1&y=ä#comments"
    assert check(db, wish(origin="http://127.0.0.1:8001", page=page)).page == page.removesuffix("#comments")


def test_only_the_providers_that_the_site_chose_are_offered(db: Session, site: Site) -> None:
    site.settings = {"providers": ["other"]}
    db.flush()
    with pytest.raises(Missing):
        check(db, wish())


def test_only_fingerprints_of_what_binds_it_are_kept(db: Session, cookie: str) -> None:
    kept = db.get_one(Attempt, ID)
    assert (kept.cookie, kept.state) == (digest(cookie), digest("state-1"))
    assert kept.expires_at == NOW + LIFETIME


def test_an_answer_is_taken_up_once(db: Session, cookie: str) -> None:
    def again() -> Taken | None:
        return take(db, named(db, "state-1"), state="state-1", provider="demo", cookie=cookie, now=NOW)

    taken = again()
    assert taken is not None
    assert (taken.nonce, taken.verifier) == ("nonce-1", "v" * 64)
    assert again() is None
    assert db.get_one(Attempt, ID).error is None


@pytest.mark.parametrize("wrong", [None, "", "another"])
def test_another_browser_cannot_take_it_up_and_does_not_end_it(db: Session, cookie: str, wrong: str | None) -> None:
    with pytest.raises(NotAllowed):
        take(db, ID, state="state-1", provider="demo", cookie=wrong, now=NOW)
    assert take(db, ID, state="state-1", provider="demo", cookie=cookie, now=NOW) is not None


def test_an_unknown_state_belongs_to_no_attempt(db: Session, cookie: str) -> None:
    with pytest.raises(Missing):
        named(db, "state-2")


def test_an_answer_at_another_providers_callback_ends_it(db: Session, cookie: str) -> None:
    assert take(db, ID, state="state-1", provider="other", cookie=cookie, now=NOW) is None
    assert db.get_one(Attempt, ID).error == Reason.provider_bad_reply
    assert take(db, ID, state="state-1", provider="demo", cookie=cookie, now=NOW) is None


def test_an_answer_after_ten_minutes_is_too_late(db: Session, cookie: str) -> None:
    late = NOW + LIFETIME
    assert take(db, ID, state="state-1", provider="demo", cookie=cookie, now=late) is None
    assert db.get_one(Attempt, ID).error == Reason.login_expired


def test_going_back_and_asking_again_goes_on_with_a_new_state(db: Session, checked: Checked, cookie: str) -> None:
    assert begin(db, checked, way("state-2"), cookie=cookie, now=NOW + timedelta(minutes=1)) == cookie
    assert db.get_one(Attempt, ID, populate_existing=True).expires_at == NOW + LIFETIME
    with pytest.raises(Missing):
        named(db, "state-1")
    assert take(db, ID, state="state-2", provider="demo", cookie=cookie, now=NOW) is not None


@pytest.mark.parametrize("wrong", [None, "another"])
def test_an_attempts_name_is_of_no_use_to_others(db: Session, checked: Checked, cookie: str, wrong: str | None) -> None:
    with pytest.raises(Conflict):
        begin(db, checked, way("state-2"), cookie=wrong, now=NOW)
    assert named(db, "state-1") == ID


def test_asking_again_cannot_change_where_the_code_goes(db: Session, site: Site, cookie: str) -> None:
    for changes in ({"challenge": "d" * 43}, {"page": PAGE + "?2"}):
        with pytest.raises(Conflict):
            begin(db, check(db, wish(**changes)), way("state-2"), cookie=cookie, now=NOW)


def test_an_attempt_that_is_over_cannot_begin_again(db: Session, checked: Checked, cookie: str) -> None:
    take(db, ID, state="state-1", provider="demo", cookie=cookie, now=NOW)
    with pytest.raises(Conflict):
        begin(db, checked, way("state-2"), cookie=cookie, now=NOW)


def test_a_provider_that_cannot_be_reached_at_the_start_ends_it(db: Session, checked: Checked) -> None:
    failure = Failure(reason=Reason.provider_down, detail="No answer.")
    cookie = begin(db, checked, way(url=None, failure=failure), cookie=None, now=NOW)
    kept = bind(db, ID, cookie)
    assert (kept.error, kept.detail, kept.taken_at) == ("provider_down", "No answer.", NOW)


def test_what_came_of_it_is_written_once(db: Session, site: Site, cookie: str) -> None:
    settle(db, ID, make.person(db, site).id)
    settle(db, ID, Failure(reason=Reason.denied, detail=""))
    kept = db.get_one(Attempt, ID, populate_existing=True)
    assert (kept.person_id is not None, kept.error) == (True, None)
