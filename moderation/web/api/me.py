"""Who I am on a site, my comments there that readers do not see, and the ways to take all of it away."""

from datetime import timedelta
from typing import Final

from flask import Response
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import joinedload

from moderation.foundation.errors import NotAllowed
from moderation.intake.like import likes_of
from moderation.intake.page import page_by_key, site_by_key
from moderation.journey import erase
from moderation.moving.own_data import own_data
from moderation.publishing.shape import own_json, person_json
from moderation.records import Comment, Decision, Site, Status, Version
from moderation.review.told import told_reason
from moderation.web.api.bearer import signed_in
from moderation.web.api.door import about, answer, api, argument
from moderation.web.api.read import PAGE_KEY
from moderation.web.house import house

_MOST: Final = 100
# Who comes back within this time is told what was rejected.
_TOLD: Final = timedelta(days=30)


@api.get("/me")
def who_am_i() -> Response:
    """Return the person, those of the person's comments on a page that readers do not see yet, and what it likes."""
    site_key, page_key = argument("site", longest=64), argument("page", longest=PAGE_KEY, default="")
    with house().database.reading() as db:
        site = about(site_by_key(db, site_key))
        session = signed_in(db)
        if session.site_id != site.id:
            raise NotAllowed("This sign-in is for another site; please sign in again.")
        page = page_by_key(db, site, page_key) if page_key else None
        mine = []
        likes_page, liked = likes_of(db, page, session.person_id) if page else (False, ())
        if page is not None:
            lately = (Decision.comment_id == Comment.id, Decision.created_at > house().now() - _TOLD)
            rejected = and_(Comment.status == Status.rejected, select(Decision.id).where(*lately).exists())
            query = (
                select(Comment, Version)
                .join(Version, (Version.comment_id == Comment.id) & (Version.number == Comment.latest))
                .where(Comment.person_id == session.person_id, Comment.page_id == page.id)
                .where(or_(Comment.status.in_([Status.waiting, Status.spam]), Comment.awaits.is_(True), rejected))
                .order_by(Comment.created_at, Comment.id)
                .limit(_MOST)
            )
            mine = [
                own_json(comment, comment.person, version, comment.status, reason=told_reason(db, comment))
                for comment, version in db.execute(query.options(joinedload(Comment.person)))
            ]
        return answer(
            {
                "person": person_json(session.person),
                "comments": mine,
                "liked": {"page": likes_page, "comments": list(liked)},
            }
        )


@api.delete("/me")
def erase_me() -> Response:
    """Withdraw all that the person wrote here, and forget who it was."""
    with house().database.reading() as db:
        session = signed_in(db)
        about(db.get_one(Site, session.site_id))
    now = house().now()
    house().database.write(lambda db: erase(db, session.person_id, now=now))
    return Response(status=204)


@api.get("/me/export")
def hand_over() -> Response:
    """Return all that is kept about the person."""
    with house().database.reading() as db:
        session = signed_in(db)
        about(db.get_one(Site, session.site_id))
        response = answer(own_data(db, session.person, now=house().now()))
    response.headers["Content-Disposition"] = 'attachment; filename="comments.json"'
    return response
