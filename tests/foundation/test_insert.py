"""A row that may be there already is inserted once, and one is told which it was."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.foundation.insert import insert_missing
from moderation.records import Origin
from tests import make


def test_the_first_is_told_that_it_inserted_and_the_second_that_it_did_not(db: Session) -> None:
    site = make.site(db, origins=())
    assert insert_missing(db, Origin, site_id=site.id, origin=make.BLOG) is True
    assert insert_missing(db, Origin, site_id=site.id, origin=make.BLOG) is False
    assert db.scalar(select(func.count()).select_from(Origin)) == 1
