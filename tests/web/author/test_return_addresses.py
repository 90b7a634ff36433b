"""An owner sets where sign-ins may come back to; nobody else may, and nothing but a page of the blog is taken."""

from datetime import timedelta

import pytest

from moderation.records import Action, Role, Site
from tests import make
from tests.web.author.conftest import SEALED, Visitor

PLACE = "/dashboard/oak/return-addresses"
HOME = "https://blog.example/signed-in"


def kept(house):
    with house.database.reading() as db:
        return db.query(Site).filter_by(key="oak").one().policy.return_addresses


def test_the_owner_sets_changes_and_takes_away_the_address(ada, house):
    assert "On https://blog.example" in ada.text(PLACE)
    assert ada.send(PLACE, page=PLACE, return_address=HOME).status_code == 303
    assert kept(house) == [HOME]
    assert f'value="{HOME}"' in ada.text(PLACE)
    assert ada.send(PLACE, page=PLACE, return_address="").status_code == 303
    assert kept(house) == []


def test_what_cannot_be_taken_stands_in_the_form_with_the_reason(ada, house):
    answer = ada.send(PLACE, page=PLACE, return_address="https://other.example/in")
    assert answer.status_code == 422
    assert "https://other.example is not registered for this site" in answer.text
    assert 'value="https://other.example/in"' in answer.text
    assert kept(house) == []


def test_after_a_while_the_owner_shows_again_who_they_are(ada, house):
    token = ada.token(PLACE)
    ada.waits(timedelta(minutes=16))
    assert "change them" in ada.text(PLACE)
    answer = ada.client.post(PLACE, data={"csrf_token": token, "return_address": HOME, "back": PLACE})
    assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/dashboard/confirm")
    assert kept(house) == []


def test_whoever_takes_a_change_back_shows_again_who_they_are(ada, house):
    ada.send(PLACE, page=PLACE, return_address=HOME)
    with house.database.reading() as db:
        undo = {"action": db.query(Action).one().id, "back": PLACE}
    ada.waits(timedelta(minutes=16))
    answer = ada.send("/dashboard/undo", **undo)
    assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/dashboard/confirm")
    assert kept(house) == [HOME]
    ada.waits(timedelta(0))
    ada.send("/dashboard/undo", **undo)
    assert kept(house) == []


@pytest.mark.parametrize(("who", "status"), [("moderator", 403), ("stranger", 404), ("nobody", 303)])
def test_nobody_but_an_owner_of_the_site_may(app, house, blog, who, status):
    with house.database.transaction() as db:
        site = db.merge(blog["site"])
        make.moderator(db, site, role=Role.moderator, email="moderator@blog.example", password=SEALED.hash)
        make.moderator(db, make.site(db, key="elm"), email="stranger@blog.example", password=SEALED.hash)
    visitor = Visitor(app)
    if who != "nobody":
        visitor.signs_in(f"{who}@blog.example")
    assert visitor.get(PLACE).status_code == status
    page = "/dashboard/sign-in" if who == "nobody" else "/dashboard/account"
    assert visitor.send(PLACE, page=page, return_address=HOME).status_code == status
    assert kept(house) == []
