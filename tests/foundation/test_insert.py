"""A row that may be there already is inserted once, and one is told which it was."""

import gc

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.foundation.insert import insert_missing, insert_new
from moderation.foundation.lookalikes import look_of
from moderation.records import Origin, Page, Person
from tests import make


def test_the_first_is_told_that_it_inserted_and_the_second_that_it_did_not(db: Session) -> None:
    site = make.site(db, origins=())
    assert insert_missing(db, Origin, site_id=site.id, origin=make.BLOG) is True
    assert insert_missing(db, Origin, site_id=site.id, origin=make.BLOG) is False
    assert db.scalar(select(func.count()).select_from(Origin)) == 1


def test_what_is_not_given_is_the_columns_default_though_it_is_computed_from_others(db: Session) -> None:
    site = make.site(db)
    assert insert_missing(db, Person, id="p_1", site_id=site.id, name="ALICE", created_at=make.NOW, seen_at=make.NOW)
    person = db.get_one(Person, "p_1")
    assert (person.look, person.provider, person.email, person.email_verified) == (
        look_of("ALICE"),
        "guest",
        None,
        False,
    )


def test_a_new_record_is_stored_at_once_and_stands_in_the_session_like_one_that_was_read(db: Session) -> None:
    site = make.site(db)
    page = Page(id="g_1", site_id=site.id, key="/her", url=f"{make.BLOG}/her", created_at=make.NOW)
    page.site = site
    insert_new(db, page)
    assert db.connection().scalar(select(Page.url).where(Page.id == "g_1")) == f"{make.BLOG}/her"
    assert db.get(Page, "g_1") is page
    assert not db.dirty
    # Defaults are filled in, here and in the database, and what is changed afterwards is stored too.
    assert (page.approved, page.title, page.site) == (0, None, site)
    page.approved = 1
    db.flush()
    db.refresh(page)
    assert (page.approved, page.title, page.told) == (1, None, 0)


def test_a_new_record_stays_in_the_session_though_nobody_holds_it(db: Session) -> None:
    site = make.site(db)
    insert_new(db, Page(id="g_1", site_id=site.id, key="/her", url=make.BLOG, created_at=make.NOW))
    gc.collect()
    assert [page.id for page in db.identity_map.values() if isinstance(page, Page)] == ["g_1"]
