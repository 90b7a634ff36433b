"""What could not be delivered is seen by the site's owners, who send it again or drop it."""

from datetime import timedelta

import pytest

from moderation.foundation.tokens import new_id
from moderation.records import Notice, Role, Site
from tests import make
from tests.web.author.conftest import SEALED, Visitor

PLACE = "/dashboard/undelivered"


def notice(house, site, *, dead=True, problem="The mail server refused the address.", **values):
    """Make a notice that was given up, or one that is tried again; return its id."""
    now = house.now()
    with house.database.transaction() as db:
        row = {"id": new_id("n", now), "channel": "mail", "kind": "waiting", "site_id": site.id, "problem": problem}
        row |= {"attempts": 16, "due_at": now, "created_at": now - timedelta(days=2)}
        row |= {"finished": True, "dead_at": now} if dead else {"due_at": now + timedelta(hours=1)}
        db.add(Notice(**row, key=row["id"], **values))
        return row["id"]


def state(house, notice_id):
    with house.database.reading() as db:
        found = db.get_one(Notice, notice_id)
        return found.finished, found.dead_at is not None, found.dropped_at is not None, found.attempts


def test_nothing_undelivered_is_said_so(ada):
    assert "Everything has been delivered" in ada.text(PLACE)
    assert PLACE not in ada.text("/dashboard/sites")


def test_an_owner_sees_what_was_given_up_and_sends_it_again(ada, house, blog):
    given_up = notice(house, blog["site"], moderator_id=blog["ada"].id)
    assert "1 notice could not be delivered" in ada.text("/dashboard/sites")
    shown = ada.text(PLACE)
    assert "comments that wait</strong>, to <bdi>Ada</bdi>" in shown
    assert "The mail server refused the address. Given up just now, after 16 tries." in shown
    ada.send(f"{PLACE}/again", page=PLACE, notice=given_up)
    assert state(house, given_up) == (False, False, False, 0)
    # Whoever presses the same button in another window is told.
    again = ada.send(f"{PLACE}/again", notice=given_up)
    assert again.status_code == 303
    assert "dealt with this notice already" in ada.text(PLACE)


def test_all_are_sent_again_at_once_but_not_what_was_dropped_or_is_others(ada, house, blog):
    mine = [notice(house, blog["site"]) for _ in range(3)]
    with house.database.transaction() as db:
        elm = make.site(db, key="elm")
    other = notice(house, elm)
    ada.send(f"{PLACE}/drop", page=PLACE, notice=mine[0])
    ada.send(f"{PLACE}/again", page=PLACE)
    assert [state(house, one)[1] for one in (*mine, other)] == [True, False, False, True]


def test_a_dropped_notice_comes_back_by_undo(ada, house, blog):
    given_up = notice(house, blog["site"])
    answer = ada.send(f"{PLACE}/drop", page=PLACE, notice=given_up)
    assert "Everything has been delivered" in (told := ada.text(answer.location))
    assert "nobody will be told of it" in told
    assert state(house, given_up) == (True, True, True, 16)
    ada.send(f"{PLACE}/keep", page=answer.location, notice=given_up)
    assert state(house, given_up) == (True, True, False, 16)
    assert "1 notice given up" in ada.text(PLACE)


def test_what_is_late_is_told_with_its_reason(ada, house, blog):
    notice(house, blog["site"], dead=False, problem="The mail server does not answer.")
    assert "1 notice is late" in ada.text("/dashboard/sites")
    shown = ada.text(PLACE)
    assert "The oldest was written 2 days ago." in shown
    assert "The mail server does not answer." in shown


@pytest.mark.parametrize("way", ["again", "drop", "keep"])
def test_another_sites_notice_is_nobodys_business(app, ada, house, blog, way):
    given_up = notice(house, blog["site"])
    with house.database.transaction() as db:
        make.moderator(db, make.site(db, key="elm"), email="eve@blog.example", name="Eve", password=SEALED.hash)
        site = db.get_one(Site, blog["site"].id)
        make.moderator(db, site, role=Role.moderator, email="bob@blog.example", name="Bob", password=SEALED.hash)
    for email, status in (("eve@blog.example", 303), ("bob@blog.example", 403)):
        visitor = Visitor(app)
        visitor.signs_in(email)
        assert visitor.send(f"{PLACE}/{way}", notice=given_up).status_code == status
        assert state(house, given_up) == (True, True, False, 16)
