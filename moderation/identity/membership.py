"""Who moderates a site: the roles, and what an owner may change about them. A site always keeps an owner."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict, Missing, NotAllowed
from moderation.identity.authorship import forget_author
from moderation.records import Membership, Moderator, Role, Site

_GONE: Final = "This moderator is not there any more."
_LAST: Final = "A site needs an owner, and this is the last one. Make somebody else an owner first."


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A moderator of a site."""

    id: str
    name: str
    email: str
    role: Role
    since: datetime


def members(db: Session, site_id: str) -> tuple[Member, ...]:
    """Return who moderates a site, by name; owners first."""
    query = select(Membership, Moderator).join(Moderator).where(Membership.site_id == site_id)
    found = [
        Member(id=who.id, name=who.name, email=who.email, role=membership.role, since=membership.created_at)
        for membership, who in db.execute(query)
    ]
    return tuple(sorted(found, key=lambda one: (one.role is not Role.owner, one.name.casefold(), one.id)))


def change_role(db: Session, *, owner_id: str, site_id: str, moderator_id: str, role: Role) -> None:
    """Give a site's moderator another role.

    Raises:
        NotAllowed: who asks is no owner of the site, or not any more.
        Missing: there is no such moderator of the site.
        Conflict: the site would have no owner.
    """
    membership = _membership(db, owner_id=owner_id, site_id=site_id, moderator_id=moderator_id)
    if role is not Role.owner:
        _keep_an_owner(db, membership)
    membership.role = role
    db.flush()


def remove(db: Session, *, owner_id: str, site_id: str, moderator_id: str) -> None:
    """Take a site away from a moderator, whose account stays.

    Raises:
        NotAllowed, Missing, Conflict: as ``change_role``.
    """
    membership = _membership(db, owner_id=owner_id, site_id=site_id, moderator_id=moderator_id)
    _keep_an_owner(db, membership)
    db.delete(membership)
    db.flush()
    forget_author(db, moderator_id, site_id)


def require_owner(db: Session, owner_id: str, site_id: str) -> None:
    """Make sure, until the transaction ends, that somebody owns a site.

    Raises:
        NotAllowed: they do not, or not any more.
    """
    # All who change a site's moderators wait for each other here: two owners may remove one another at the same time.
    db.execute(select(Site.id).where(Site.id == site_id).with_for_update())
    membership = db.get(Membership, (owner_id, site_id), populate_existing=True)
    if membership is None or membership.role is not Role.owner:
        raise NotAllowed("Only an owner of this site may do this.")


def _membership(db: Session, *, owner_id: str, site_id: str, moderator_id: str) -> Membership:
    require_owner(db, owner_id, site_id)
    found = db.get(Membership, (moderator_id, site_id), populate_existing=True) if moderator_id.isprintable() else None
    if found is None:
        raise Missing(_GONE)
    return found


def _keep_an_owner(db: Session, membership: Membership) -> None:
    owners = select(func.count()).select_from(Membership)
    owners = owners.where(Membership.site_id == membership.site_id, Membership.role == Role.owner)
    if membership.role is Role.owner and (db.scalar(owners) or 0) < 2:
        raise Conflict(_LAST, code="closed")
