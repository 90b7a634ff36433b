"""Who I am on a site, and my comments that wait there."""

from flask import Response
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from moderation.foundation.errors import NotAllowed
from moderation.intake.page import page_by_key, site_by_key
from moderation.publishing.shape import own_json, person_json
from moderation.records import Comment, Status, Version
from moderation.web.api.bearer import signed_in
from moderation.web.api.door import about, answer, api, argument
from moderation.web.api.read import PAGE_KEY
from moderation.web.house import house

_MOST = 100


@api.get("/me")
def who_am_i() -> Response:
    """Return the person, and those of the person's comments on a page that readers do not see yet."""
    site_key, page_key = argument("site", longest=64), argument("page", longest=PAGE_KEY, default="")
    with house().database.reading() as db:
        site = about(site_by_key(db, site_key))
        session = signed_in(db)
        if session.site_id != site.id:
            raise NotAllowed("This sign-in is for another site; please sign in again.")
        page = page_by_key(db, site, page_key) if page_key else None
        mine = []
        if page is not None:
            query = (
                select(Comment, Version)
                .join(Version, (Version.comment_id == Comment.id) & (Version.number == Comment.latest))
                .where(Comment.person_id == session.person_id, Comment.page_id == page.id)
                .where(Comment.status.in_([Status.waiting, Status.spam]) | Comment.awaits.is_(True))
                .order_by(Comment.created_at, Comment.id)
                .limit(_MOST)
            )
            mine = [
                own_json(comment, comment.person, version, comment.status)
                for comment, version in db.execute(query.options(joinedload(Comment.person)))
            ]
        return answer({"person": person_json(session.person), "comments": mine})
