"""The doctor's page: for owners, about their own sites, and with a mail that shows whether mail arrives."""

from moderation.records import Notice, Role
from tests import make

DOCTOR = "/dashboard/doctor"


def look(visitor, address, site="oak"):
    return visitor.client.post(DOCTOR, data={"csrf_token": visitor.token(DOCTOR), "site": site, "page": address})


def test_an_owner_is_told_what_is_wrong_with_a_page(ada):
    answer = look(ada, "http://127.0.0.1:1/")
    assert answer.status_code == 200
    assert "to put right" in answer.text
    assert "The installation" in answer.text


def test_the_page_that_was_typed_is_kept_and_harmless(ada):
    answer = look(ada, 'https://x"><script>alert(1)</script>')
    assert "<script>alert" not in answer.text


def test_a_test_mail_is_asked_for_once_a_minute(ada, house):
    for _ in range(3):
        assert ada.send(f"{DOCTOR}/mail", page=DOCTOR, site="oak").status_code == 303
    with house.database.reading() as db:
        assert 1 <= db.query(Notice).filter_by(kind="test_mail").count() <= 2
    assert "is waiting for the worker" in ada.text(DOCTOR)


def test_another_owners_site_is_not_looked_at(ada, house):
    with house.database.transaction() as db:
        make.moderator(db, make.site(db, key="elm"), role=Role.owner)
    assert look(ada, make.BLOG, site="elm").status_code == 404
