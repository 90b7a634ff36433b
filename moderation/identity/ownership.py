"""Who owns a site: whoever set the installation up owns all there are, and a new site belongs to all owners."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.records import Membership, Moderator, Role, Site


def own_everything(db: Session, moderator: Moderator, *, now: datetime) -> None:
    """Make a moderator an owner of every site there is."""
    for site_id in db.scalars(select(Site.id)):
        _own(db, moderator.id, site_id, now)
    db.flush()
    db.refresh(moderator, ["memberships"])


def own(db: Session, site: Site, *, now: datetime) -> None:
    """Give a new site its owners: everybody who owns another; while nobody owns any, every moderator there is."""
    owners = set(db.scalars(select(Membership.moderator_id).where(Membership.role == Role.owner)))
    for moderator_id in sorted(owners or set(db.scalars(select(Moderator.id)))):
        _own(db, moderator_id, site.id, now)
    db.flush()


def _own(db: Session, moderator_id: str, site_id: str, now: datetime) -> None:
    membership = db.get(Membership, (moderator_id, site_id))
    if membership is None:
        db.add(Membership(moderator_id=moderator_id, site_id=site_id, role=Role.owner, created_at=now))
    else:
        membership.role = Role.owner
