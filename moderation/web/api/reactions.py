"""Likes, and reports of comments that should not be there."""

from flask import Response, request
from sqlalchemy.orm import Session

from moderation.foundation.errors import Missing, NotAllowed
from moderation.foundation.text import ADDRESS_CHARACTERS
from moderation.intake.like import like_comment, like_page, unlike_comment, unlike_page
from moderation.intake.page import make_page, page_address, page_by_key, site_by_key
from moderation.intake.shapes import PAGE_KEY_CHARACTERS, ReportIn
from moderation.journey import report
from moderation.records import Comment, Person, PersonSession, Site, Status
from moderation.web.api.bearer import bearer, signed_in
from moderation.web.api.door import about, answer, api, argument, body_as
from moderation.web.house import house


@api.put("/comments/<comment_id>/like")
def like(comment_id: str) -> Response:
    """Like a comment."""
    person_id, now = _liker(comment_id), house().now()
    likes = house().database.write(lambda db: like_comment(db, comment_id, db.get_one(Person, person_id), now=now))
    return answer({"likes": likes, "liked": True})


@api.delete("/comments/<comment_id>/like")
def unlike(comment_id: str) -> Response:
    """Do not like a comment any more."""
    person_id = _liker(comment_id)
    likes = house().database.write(lambda db: unlike_comment(db, comment_id, db.get_one(Person, person_id)))
    return answer({"likes": likes, "liked": False})


@api.put("/pages/like")
def like_a_page() -> Response:
    """Like a page, also one that nobody has commented on."""
    site_key, page_key = argument("site", longest=64), argument("page", longest=PAGE_KEY_CHARACTERS)
    given, now = argument("url", longest=ADDRESS_CHARACTERS, default=""), house().now()
    with house().database.reading() as db:
        site, session = _signed_in_on(db, site_key)
        known = page_by_key(db, site, page_key)
        url = known.url if known else page_address(site, page_key, given=given, origin=session.origin)
    house().throttle.take("like", session.person_id)

    def work(db: Session) -> int:
        page = page_by_key(db, site, page_key) or make_page(db, site, key=page_key, url=url, title=None, now=now)
        return like_page(db, page, db.get_one(Person, session.person_id), now=now)

    return answer({"likes": house().database.write(work), "liked": True})


@api.delete("/pages/like")
def unlike_a_page() -> Response:
    """Do not like a page any more."""
    site_key, page_key = argument("site", longest=64), argument("page", longest=PAGE_KEY_CHARACTERS)
    with house().database.reading() as db:
        site, session = _signed_in_on(db, site_key)

    def work(db: Session) -> int:
        page = page_by_key(db, site, page_key)
        return unlike_page(db, page, db.get_one(Person, session.person_id)) if page else 0

    return answer({"likes": house().database.write(work), "liked": False})


@api.post("/comments/<comment_id>/report")
def report_comment(comment_id: str) -> Response:
    """Ask the moderators to look at a comment; once for each reader."""
    address_hash, now = house().address_hash(), house().now()
    with house().database.reading() as db:
        comment = db.get(Comment, comment_id)
        if comment is None or comment.status is not Status.approved:
            raise Missing("There is no such comment.")
        site = about(db.get_one(Site, comment.site_id))
        origin = request.headers.get("Origin")
        if origin is not None and not site.embeds_at(origin):
            raise NotAllowed(f"This site does not take reports from {origin[:200]}.")
        person_id = _check_site(signed_in(db), site).person_id if bearer() else None
    wanted = body_as(ReportIn)
    house().throttle.take("report", person_id or (address_hash.hex() if address_hash else ""))
    noticed = house().database.write(
        lambda db: report(
            db,
            comment_id,
            site_id=site.id,
            person_id=person_id,
            address_hash=address_hash,
            reason=wanted.reason,
            now=now,
        )
    )
    if noticed:
        house().ring()
    return Response(status=204)


def _liker(comment_id: str) -> str:
    """Return who is signed in on the site of a comment, and count the like against the limit."""
    with house().database.reading() as db:
        session = _reader(db)
        comment = db.get(Comment, comment_id)
        if comment is None:
            raise Missing("There is no such comment.")
        _check_site(session, about(db.get_one(Site, comment.site_id)))
    house().throttle.take("like", session.person_id)
    return session.person_id


def _signed_in_on(db: Session, site_key: str) -> tuple[Site, PersonSession]:
    site = about(site_by_key(db, site_key))
    return site, _check_site(_reader(db), site)


def _reader(db: Session) -> PersonSession:
    """Return who likes; whoever holds another token is asked to sign in, like everybody without one."""
    token = bearer()
    if token is None or not token.is_session:
        raise NotAllowed("Please sign in first.", signed_in=False)
    return signed_in(db)


def _check_site(session: PersonSession, site: Site) -> PersonSession:
    if session.site_id != site.id:
        raise NotAllowed("This sign-in is for another site; please sign in again.")
    return session
