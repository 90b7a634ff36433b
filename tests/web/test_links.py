"""Links from mails: looking changes nothing, the button does, and nobody else's link works."""

import re
from datetime import timedelta

import pytest

from moderation.foundation.tickets import write_ticket
from moderation.records import Comment, Person, Status, Subscription
from tests import make


@pytest.fixture
def comment(house):
    with house.database.transaction() as db:
        site = make.site(db)
        person = make.person(db, site, provider="guest", name="Ann & Bob", email="ann@example.org")
        made = make.comment(db, make.page(db, site, title="A stranger's title"), person)
        db.add(Subscription(page_id=made.page_id, person_id=person.id, created_at=make.NOW))
        return made


@pytest.fixture
def write(house):
    def ticket(purpose, subject, days=7):
        return write_ticket(house.keys, purpose, subject, house.now() + timedelta(days=days))

    return ticket


def press(client, address):
    """Look at a page and press its button."""
    page = client.get(address)
    assert page.status_code == 200
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
    return client.post(address, data={"csrf_token": token})


def person_of(house, comment):
    with house.database.reading() as db:
        return db.get(Person, db.get(Comment, comment.id).person_id)


def test_looking_confirms_nothing_and_pressing_does(client, house, comment, write):
    address = f"/confirm/{write('confirm_guest', comment.id)}"
    page = client.get(address)
    assert "Ann &amp; Bob" in page.text
    assert person_of(house, comment).issuer is None
    assert "Thank you" in press(client, address).text
    assert person_of(house, comment).issuer == "mailto:"


def test_a_stranger_title_is_not_shown_before_a_comment_there_is_approved(client, comment, write):
    assert "stranger" not in client.get(f"/confirm/{write('confirm_guest', comment.id)}").text


def test_a_link_that_was_used_says_so_and_needs_no_button(client, comment, write):
    address = f"/confirm/{write('confirm_guest', comment.id)}"
    press(client, address)
    again = client.get(address)
    assert "Thank you" in again.text
    assert "<button" not in again.text


def another(house, comment, **person):
    """Let a guest with the same address have written before."""
    with house.database.transaction() as db:
        page = db.get(Comment, comment.id).page
        given = {"provider": "guest", "name": "Ann", "email": "ann@example.org"} | person
        return make.comment(db, page, make.person(db, page.site, **given), status=Status.approved)


def test_earlier_comments_are_offered_after_confirming_and_taken_by_a_button(client, house, comment, write):
    first, second = another(house, comment), another(house, comment)
    other = another(house, comment, email="bob@example.org")
    address = f"/confirm/{write('confirm_guest', comment.id)}"
    assert "earlier" not in client.get(address).text
    thanks = press(client, address).text
    assert "Claim my 2 earlier comments" in thanks
    assert person_of(house, first).issuer is None
    page = client.get(address).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    done = client.post(f"{address}/claim", data={"csrf_token": token})
    assert "2 earlier comments are yours now" in done.text
    owner = person_of(house, comment).id
    assert (person_of(house, first).id, person_of(house, second).id) == (owner, owner)
    assert person_of(house, other).id != owner
    assert "<button" not in client.get(address).text


def test_claiming_wants_the_form_a_ticket_of_ones_own_and_a_confirmed_address(client, house, comment, write):
    earlier = another(house, comment)
    address = f"/confirm/{write('confirm_guest', comment.id)}"
    assert client.post(f"{address}/claim").status_code == 400
    assert client.get(f"{address}/claim").status_code == 405
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(address).text)[1]
    # The address is not confirmed yet.
    client.post(f"{address}/claim", data={"csrf_token": token})
    forged = f"/confirm/{write('unsubscribe', comment.id)}/claim"
    assert client.post(forged, data={"csrf_token": token}).status_code == 404
    assert person_of(house, earlier).id != person_of(house, comment).id


def test_pressing_without_the_form_of_the_page_is_refused(client, house, comment, write):
    answer = client.post(f"/confirm/{write('confirm_guest', comment.id)}")
    assert answer.status_code == 400
    assert person_of(house, comment).issuer is None


def test_an_old_link_has_expired(client, comment, write):
    assert client.get(f"/confirm/{write('confirm_guest', comment.id, days=-1)}").status_code == 422


@pytest.mark.parametrize("change", [lambda ticket: ticket[:-1], lambda ticket: ticket[1:], lambda ticket: "é" + ticket])
def test_a_link_that_was_changed_leads_nowhere(client, comment, write, change):
    assert client.get(f"/confirm/{change(write('confirm_guest', comment.id))}").status_code == 404


def test_a_ticket_is_good_for_its_own_purpose_only(client, comment, write):
    assert client.get(f"/confirm/{write('unsubscribe', comment.id)}").status_code == 404
    assert client.get(f"/unsubscribe/{write('confirm_guest', comment.id)}").status_code == 404


def test_a_withdrawn_comment_cannot_be_confirmed(client, house, write):
    with house.database.transaction() as db:
        site = make.site(db)
        person = make.person(db, site, provider="guest", email="ann@example.org")
        gone = make.comment(db, make.page(db, site), person, status=Status.withdrawn)
    assert client.get(f"/confirm/{write('confirm_guest', gone.id)}").status_code == 404


def test_mails_stop_when_the_button_is_pressed(client, house, comment, write):
    address = f"/unsubscribe/{write('unsubscribe', f'{comment.page_id}~{comment.person_id}')}"

    def ended():
        with house.database.reading() as db:
            return db.get(Subscription, (comment.page_id, comment.person_id)).ended_at

    client.get(address)
    assert ended() is None
    assert "No more mails" in press(client, address).text
    assert ended() is not None


def test_the_pages_are_kept_by_nobody(client, comment, write):
    answer = client.get(f"/confirm/{write('confirm_guest', comment.id)}")
    assert answer.headers["Cache-Control"] == "no-store"
    # Flask-WTF wants the referrer of its own pages; nobody else gets it.
    assert answer.headers["Referrer-Policy"] == "same-origin"
