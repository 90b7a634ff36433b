"""The way through a Mastodon server that the reader names."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from moderation.records import Attempt, Instance
from tests.providers.asking import AskedVisit, fields_of, visit
from tests.providers.mastodon import HOST, FakeMastodon
from tests.sign_in import SERVICE, BlogPage, query_of

CALLBACK = f"{SERVICE}/auth/mastodon/callback"
VisitTo = Callable[..., AskedVisit]


@pytest.fixture
def visit_to(tmp_path, sqlite_url) -> Iterator[VisitTo]:
    with ExitStack() as stack:

        def start(typed: str = HOST) -> AskedVisit:
            return stack.enter_context(visit(tmp_path, sqlite_url, "mastodon", FakeMastodon(CALLBACK), typed=typed))

        yield start


def again(visit: AskedVisit) -> AskedVisit:
    """The same reader another time."""
    visit.blog = BlogPage(site=visit.site)
    return visit


def instances(visit: AskedVisit) -> int:
    with visit.house.database.reading() as db:
        return db.scalar(select(func.count()).select_from(Instance)) or 0


def test_a_reader_names_the_server_and_signs_in_there(visit_to) -> None:
    visit = visit_to()
    made = visit.signs_in()
    assert made["person"]["name"] == "Alice"
    person = visit.persons()[0]
    assert (person.issuer, person.subject) == (f"https://{HOST}", "14715")
    assert (person.url, person.email) == (f"https://{HOST}/@alice", None)


def test_the_question_stands_on_a_page_of_its_own_also_when_the_blog_sent_the_reader(visit_to) -> None:
    visit = visit_to()
    page = visit.browser.goes(visit.blog, provider="mastodon")
    assert page.status_code == 200
    assert "On which server is your account?" in page.text
    fields = fields_of(page.text)
    assert {name: fields[name] for name in visit.blog.asks()} == visit.blog.asks()
    assert f"attempt-{visit.blog.attempt}" not in str(page.headers)
    assert visit.fake.calls == []


@pytest.mark.parametrize("changes", [{"csrf_token": ""}, {"csrf_token": "x"}])
def test_an_answer_that_did_not_come_from_our_page_leads_nowhere(visit_to, changes) -> None:
    visit = visit_to()
    fields = fields_of(visit.browser.goes(visit.blog, provider="mastodon").text) | {"typed": HOST} | changes
    assert visit.browser.client.post("/login/confirm", data=fields).status_code == 403
    assert visit.fake.calls == []


def test_a_server_may_be_named_as_people_name_it(visit_to) -> None:
    visit = visit_to(f" @alice@{HOST.upper()} ")
    assert query_of(visit.departs())["redirect_uri"] == CALLBACK


def test_the_server_is_asked_for_as_little_as_it_can_give(visit_to) -> None:
    visit = visit_to()
    assert query_of(visit.departs())["scope"] == "profile"
    app = next(iter(visit.fake.apps.values()))
    assert (app.scopes, app.redirect_uris, app.name) == ({"profile"}, (CALLBACK,), "Comments (localhost:8000)")


def test_an_old_server_signs_people_in_too(visit_to) -> None:
    visit = visit_to()
    visit.fake.old = True
    assert query_of(visit.departs())["scope"] == "read:accounts"
    assert again(visit).signs_in()["person"]["name"] == "Alice"


def test_a_server_registers_us_once(visit_to) -> None:
    visit = visit_to()
    visit.signs_in()
    again(visit).signs_in()
    assert visit.fake.calls.count(f"POST /{HOST}/api/v1/apps") == 1
    assert len(visit.persons()) == 1
    with visit.house.database.reading() as db:
        row = db.scalars(select(Instance)).one()
    app = visit.fake.apps[row.client_id]
    assert app.secret.encode() not in row.client_secret


def test_a_registration_that_was_deleted_is_noticed_a_day_later_before_the_reader_leaves(visit_to) -> None:
    visit = visit_to()
    visit.signs_in()
    visit.fake.apps.clear()
    with visit.house.database.transaction() as db:
        db.execute(update(Instance).values(checked_at=visit.house.now() - timedelta(days=2)))
    assert again(visit).signs_in()["person"]["name"] == "Alice"
    assert visit.fake.calls.count(f"POST /{HOST}/api/v1/apps") == 2
    assert (len(visit.fake.apps), instances(visit), len(visit.persons())) == (1, 1, 1)


def test_a_registration_that_still_stands_is_kept(visit_to) -> None:
    visit = visit_to()
    visit.signs_in()
    with visit.house.database.transaction() as db:
        db.execute(update(Instance).values(checked_at=visit.house.now() - timedelta(days=2)))
    again(visit).signs_in()
    asked = len(visit.fake.calls)
    again(visit).signs_in()
    assert visit.fake.calls.count(f"POST /{HOST}/api/v1/apps") == 1
    # Metadata, the reader's own visit, token, account; nothing to check any more.
    assert len(visit.fake.calls) - asked == 4


def test_a_registration_that_is_deleted_while_the_reader_is_there_is_made_anew_the_next_time(visit_to) -> None:
    visit = visit_to()
    reason, detail = visit.fails(between=lambda: visit.fake.apps.clear())
    assert reason == "provider_misconfigured"
    assert "invalid_client" in str(detail)
    assert instances(visit) == 0
    assert again(visit).signs_in()["person"]["name"] == "Alice"


def test_change_makes_the_reader_sign_in_anew_there(visit_to) -> None:
    visit = visit_to()
    visit.agrees()
    again(visit).agrees(change="1")
    assert visit.fake.logins == [False, True]


def test_a_reader_who_declines_has_declined(visit_to) -> None:
    visit = visit_to()
    visit.fake.denies = True
    assert visit.fails()[0] == "denied"


@pytest.mark.parametrize("typed", ["localhost", "169.254.169.254", f"{HOST}:8443"])
def test_what_is_no_name_of_a_server_is_told_so_and_not_called(visit_to, typed) -> None:
    visit = visit_to(typed)
    assert "mastodon.social" in visit.is_asked_again()
    assert visit.fake.calls == []
    with visit.house.database.reading() as db:
        assert db.scalar(select(func.count()).select_from(Attempt)) == 0


def test_nothing_that_was_typed_comes_back_as_markup(visit_to) -> None:
    visit = visit_to("\"><script>alert('x')</script>")
    page = visit.answers()
    assert page.status_code == 422
    assert "<script>alert" not in page.text
    assert fields_of(page.text)["typed"] == visit.typed


def test_what_is_longer_than_any_name_is_refused(visit_to) -> None:
    assert visit_to("a" * 301).answers().status_code == 422


def test_another_browser_cannot_end_what_this_one_began(visit_to) -> None:
    visit = visit_to()
    way_back = visit.agrees()
    stranger = visit.browser.client.application.test_client()
    assert stranger.get(way_back.removeprefix(SERVICE)).status_code == 403
    assert visit.persons() == []
