"""What tests of the doors share: addresses, a submission, a session, a decision."""

from typing import Any

from moderation.foundation.tokens import digest, new_token
from moderation.journey import moderate
from moderation.records import Comment, PersonSession, Site, Status
from moderation.web.house import House
from tests import make

COMMENTS = "/api/v1/comments"


def guest_comment(site: str, **changes: Any) -> dict[str, Any]:
    """Return what a guest sends; keyword arguments replace any part, by its own name."""
    guest = {
        "name": changes.pop("name", "Alice"),
        "email": changes.pop("email", "alice@mail.example"),
        "website": changes.pop("website", None),
    }
    page = {
        "key": changes.pop("key", "/her"),
        "url": changes.pop("url", f"{make.BLOG}/her"),
        "title": changes.pop("title", "Her"),
    }
    sent = {"site": site, "page": page, "body": changes.pop("body_text", "A fine review."), "guest": guest}
    sent |= changes
    return {name: value for name, value in sent.items() if value is not None or name != "guest"}


def session_token(house: House, site_key: str, **person: Any) -> tuple[str, str]:
    """Sign a new person in, and return the token and the person's id."""
    token = new_token("st_")
    with house.database.transaction() as db:
        site = db.query(Site).filter_by(key=site_key).one()
        made = make.person(db, site, **person)
        now = house.now()
        db.add(
            PersonSession(
                digest=digest(token),
                person_id=made.id,
                site_id=site.id,
                origin=make.BLOG,
                created_at=now,
                seen_at=now,
            )
        )
        return token, made.id


def decide(house: House, comment_id: str, status: Status) -> None:
    """Decide on a comment as a moderator of its site."""
    with house.database.transaction() as db:
        comment = db.get_one(Comment, comment_id)
        moderator = make.moderator(db, db.get_one(Site, comment.site_id))
        moderate(db, moderator=moderator, comment_id=comment_id, status=status, now=house.now())
