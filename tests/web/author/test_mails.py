"""A moderator says when mails come; what cannot be is told beside its field, and the rest is kept."""

import pytest

from moderation.records import Mailed, Mails, Membership, Moderator, Role
from tests import make

MAILS = "/dashboard/account/mails"


def wishes(house):
    with house.database.reading() as db:
        return db.query(Moderator).filter_by(email="ada@blog.example").one().mails


def test_what_is_wished_for_is_shown_again(ada, house):
    sites = {"site": wishes_of_all(house)}
    given = {"waiting": "daily", "daily_hour": "6", "quiet_from": "22", "quiet_to": "7", "time_zone": "Europe/Berlin"}
    assert ada.send(MAILS, page=MAILS, **given, **sites).status_code == 303
    assert wishes(house) == Mails(
        waiting=Mailed.daily, daily_hour=6, quiet_from=22, quiet_to=7, time_zone="Europe/Berlin"
    )
    page = ada.text(MAILS)
    assert 'value="daily" checked' in page
    assert '<option value="6" selected>06:00' in page
    assert 'value="Europe/Berlin"' in page


@pytest.mark.parametrize(
    ("field", "value"),
    [("time_zone", "Berlin"), ("daily_hour", "24"), ("daily_hour", "x"), ("quiet_to", ""), ("waiting", "soon")],
)
def test_what_cannot_be_changes_nothing_and_is_told(ada, house, field, value):
    given = {"waiting": "daily", "daily_hour": "6", "quiet_from": "22", "quiet_to": "7", "time_zone": "UTC"}
    answer = ada.send(MAILS, page=MAILS, **given | {field: value})
    assert answer.status_code == 422
    assert 'class="problem"' in answer.text
    assert '<option value="22" selected' in answer.text
    assert wishes(house) == Mails()


def test_no_mail_about_one_of_several_sites(ada, house):
    with house.database.transaction() as db:
        owner = db.query(Moderator).filter_by(email="ada@blog.example").one()
        other = make.site(db, key="elm")
        owner.memberships.append(Membership(site_id=other.id, role=Role.owner, created_at=make.NOW))
        wanted = other.id
    ada.send(MAILS, page=MAILS, waiting="at_once", site=wanted)
    (muted,) = wishes(house).muted
    assert muted != wanted


def wishes_of_all(house):
    with house.database.reading() as db:
        owner = db.query(Moderator).filter_by(email="ada@blog.example").one()
        return [membership.site_id for membership in owner.memberships]
