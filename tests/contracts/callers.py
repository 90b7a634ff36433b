"""Who knocks at the doors in the contracts' tests: everybody that the service can tell apart."""

from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from moderation.foundation.tokens import digest, new_token
from moderation.identity.edit_token import edit_token
from moderation.identity.personal_key import issue
from moderation.records import Comment, Decision, ModeratorSession, Page, PersonSession, Role, Site, Status
from moderation.web.house import House
from tests import make

CALLERS = (
    "nobody",
    "guest",
    "commenter",
    "other commenter",
    "moderator",
    "other moderator",
    "owner",
    "key",
    "other key",
)


@dataclass(kw_only=True)
class Call:
    """A request: whose it is, and what stands in its address."""

    headers: dict[str, str] = field(default_factory=dict)
    cookie: str | None = None
    site: str
    page: str
    comment_id: str
    decision_id: str
    person_id: str


def prepare(house: House, site_key: str, other_key: str, caller: str) -> Call:
    """Make a fresh comment of a guest on a site, and somebody who calls about it."""
    with house.database.transaction() as db:
        site, other = (db.query(Site).filter_by(key=key).one() for key in (site_key, other_key))
        page = db.query(Page).filter_by(site_id=site.id).first() or make.page(db, site, key="/her")
        guest = make.person(db, site, provider="guest")
        comment = make.comment(db, page, guest, status=Status.approved, now=house.now())
        decision = db.query(Decision).filter_by(comment_id=comment.id).one()
        names = {"comment_id": comment.id, "decision_id": decision.id, "person_id": guest.id}
        call = Call(site=site.key, page=page.key, **names)
        _identify(db, house, call, caller, comment, site, other)
    return call


def _identify(db: Session, house: House, call: Call, caller: str, comment: Comment, site: Site, other: Site) -> None:
    place = other if caller.startswith("other") else site
    if caller == "guest":
        call.headers = _bearer(edit_token(comment.id, house.keys))
    elif caller.endswith("commenter"):
        call.headers = _bearer(_session(db, house, place))
    elif caller.endswith("key"):
        call.headers = _bearer(issue(db, make.moderator(db, place, role=Role.moderator), "script", now=house.now()))
    elif caller != "nobody":
        call.cookie = _cookie(db, house, place, Role.owner if caller == "owner" else Role.moderator)


def _session(db: Session, house: House, site: Site) -> str:
    token, now = new_token("st_"), house.now()
    values: dict[str, Any] = {"person_id": make.person(db, site).id, "site_id": site.id, "origin": make.BLOG}
    db.add(PersonSession(digest=digest(token), created_at=now, seen_at=now, **values))
    return token


def _cookie(db: Session, house: House, site: Site, role: Role) -> str:
    token, now = new_token(), house.now()
    moderator = make.moderator(db, site, role=role)
    db.add(
        ModeratorSession(digest=digest(token), moderator_id=moderator.id, created_at=now, seen_at=now, confirmed_at=now)
    )
    return token


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def routes(app: Flask) -> dict[str, str]:
    """Return every method and rule of the application, ``GET /page``, with its view's name."""
    return {
        f"{method} {rule.rule}": rule.endpoint
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    }
