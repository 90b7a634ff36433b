"""Who is calling: the token in the Authorization header, and what it opens."""

from dataclasses import dataclass

from flask import g, request
from sqlalchemy.orm import Session

from moderation.foundation.errors import NotAllowed
from moderation.identity.handover import session_for, touch, wants_touch
from moderation.identity.personal_key import moderator_by_key
from moderation.records import Moderator, PersonSession
from moderation.web.house import house

_LONGEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """A token as it was sent: ``st_`` a commenter's session, ``et_`` a guest's edit token, ``mk_`` a personal key."""

    token: str

    @property
    def is_session(self) -> bool:
        return self.token.startswith("st_")


def bearer() -> Bearer | None:
    """Return the caller's token, None where there is none.

    Raises:
        NotAllowed: when the header holds something else.
    """
    header = request.headers.get("Authorization")
    if header is None:
        return None
    kind, _, token = header.partition(" ")
    token = token.strip()
    if (
        kind.lower() != "bearer"
        or not token.isascii()
        or len(token) > _LONGEST
        or token[:3] not in {"st_", "et_", "mk_"}
    ):
        raise NotAllowed("Authorization: is not a token of this service.", signed_in=False)
    return Bearer(token=token)


def signed_in(db: Session) -> PersonSession:
    """Return the session of the commenter who calls.

    Raises:
        NotAllowed: without a token, with one of another kind or that is over, or from another origin than it was made
            for.
    """
    token = bearer()
    if token is not None and not token.is_session:
        raise NotAllowed("This call needs the session of somebody who signed in on the blog.")
    session = session_for(db, token.token, now=house().now()) if token else None
    if session is None:
        raise NotAllowed("Please sign in again.", signed_in=False)
    origin = request.headers.get("Origin")
    if origin is not None and origin != session.origin:
        raise NotAllowed("This sign-in belongs to another site.")
    if wants_touch(session, now=house().now()):
        g.used_session = token.token if token else None
    return session


def note_use() -> None:
    """Note that the caller's session is in use, now and then, so that it does not end for idleness."""
    token = g.pop("used_session", None)
    if token is not None:
        with house().database.transaction() as db:
            touch(db, token, now=house().now())


def moderator(db: Session) -> Moderator:
    """Return the moderator whose personal key calls.

    Raises:
        NotAllowed: without a key, or with one that is revoked, or from a page of none of the moderator's sites; a
            commenter's token is not enough.
    """
    token = bearer()
    if token is None:
        raise NotAllowed("This call needs a moderator's personal key.", signed_in=False)
    if not token.token.startswith("mk_"):
        raise NotAllowed("This call needs a moderator's personal key.")
    found = moderator_by_key(db, token.token, now=house().now())
    if found is None:
        raise NotAllowed("This personal key is not known, or was revoked.", signed_in=False)
    origin = request.headers.get("Origin")
    if origin is not None and not any(membership.site.embeds_at(origin) for membership in found.memberships):
        raise NotAllowed(f"You moderate no site with pages on {origin[:200]}.")
    return found
