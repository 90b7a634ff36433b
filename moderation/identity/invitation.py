"""Invitations to moderate a site: a link, good once and for seven days, that makes an account or joins one."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict, Missing, Refused
from moderation.foundation.insert import insert_missing
from moderation.foundation.text import clean_name
from moderation.foundation.tickets import read_ticket, write_ticket
from moderation.foundation.tokens import Keys, new_id
from moderation.identity.membership import require_owner
from moderation.identity.moderator import address
from moderation.identity.password import Sealed
from moderation.records import Invitation, Membership, Moderator, Role

VALID: Final = timedelta(days=7)
_PURPOSE: Final = "invitation"
_OVER: Final = "This invitation was used, withdrawn, or is older than seven days. Ask whoever sent it for another one."
_OPEN_AT_ONCE: Final = 50


def invite(db: Session, *, owner: Moderator, site_id: str, email: str, role: Role, now: datetime) -> Invitation:
    """Invite somebody to moderate a site; an older invitation of theirs to it ends.

    Args:
        email: text from the owner, who may mistype it.

    Raises:
        NotAllowed: who asks does not own the site.
        Refused: it is no e-mail address, or too many invitations are open.
        Conflict: this moderator is there already.
    """
    email = address(email)
    require_owner(db, owner.id, site_id)
    there = select(Membership.role).join(Moderator).where(Membership.site_id == site_id)
    if db.scalar(there.where(func.lower(Moderator.email) == email)) is not None:
        raise Conflict("This address moderates the site already.", code="already", field="email")
    again = update(Invitation).where(Invitation.site_id == site_id, Invitation.email == email, *_open(now))
    db.execute(again.values(ended_at=now))
    if len(open_invitations(db, site_id, now=now)) >= _OPEN_AT_ONCE:
        raise Refused(f"{_OPEN_AT_ONCE} invitations are open. Withdraw one first.", field="email")
    invitation = Invitation(id=new_id("i", now), site_id=site_id, email=email, role=role, invited_by=owner.id)
    invitation.created_at, invitation.expires_at = now, now + VALID
    db.add(invitation)
    db.flush()
    return invitation


def open_invitations(db: Session, site_id: str, *, now: datetime) -> tuple[Invitation, ...]:
    """Return a site's invitations that can be accepted, the newest first."""
    query = select(Invitation).where(Invitation.site_id == site_id, *_open(now), _by_an_owner())
    return tuple(db.scalars(query.order_by(Invitation.created_at.desc(), Invitation.id)))


def withdraw(db: Session, *, owner: Moderator, site_id: str, invitation_id: str, now: datetime) -> None:
    """End an invitation to a site; nothing happens when it was over.

    Raises:
        NotAllowed: who asks does not own the site.
    """
    require_owner(db, owner.id, site_id)
    mine = update(Invitation).where(Invitation.id == invitation_id, Invitation.site_id == site_id, *_open(now))
    if invitation_id.isprintable():
        db.execute(mine.values(ended_at=now))


def link(invitation: Invitation, *, keys: Keys, public_url: str) -> str:
    """Return the link of an invitation."""
    ticket = write_ticket(keys, _PURPOSE, invitation.id, invitation.expires_at)
    return f"{public_url}/dashboard/invitation/{ticket}"


def read(db: Session, keys: Keys, ticket: str, *, now: datetime) -> Invitation:
    """Return the invitation that a link's ticket, from a stranger, stands for.

    Raises:
        Missing: it is not one of ours, was used or withdrawn, is too old, or its sender owns the site no more.
    """
    try:
        invitation = db.get(Invitation, read_ticket(keys, _PURPOSE, ticket, now), populate_existing=True)
    except Refused as expired:
        raise Missing(_OVER) from expired
    valid = select(Invitation.id).where(*_open(now), _by_an_owner())
    if invitation is None or db.scalar(valid.where(Invitation.id == invitation.id)) is None:
        raise Missing(_OVER)
    return invitation


def is_known(db: Session, invitation: Invitation) -> bool:
    """Tell whether the address invited has an account, so that its owner must sign in to accept.

    An owner sees the links, so no link may ever set the password of an account that is there.
    """
    return db.scalar(select(Moderator.id).where(func.lower(Moderator.email) == invitation.email)) is not None


def join(db: Session, invitation: Invitation, moderator_id: str, *, now: datetime) -> None:
    """Accept an invitation for a moderator who is signed in; an owner stays one.

    Raises:
        Missing: somebody was quicker.
    """
    _use(db, invitation, now)
    mine = {"moderator_id": moderator_id, "site_id": invitation.site_id}
    is_new = insert_missing(db, Membership, **mine, role=invitation.role, created_at=now)
    if not is_new and invitation.role is Role.owner:
        db.execute(update(Membership).filter_by(**mine).values(role=Role.owner))


def create_account(db: Session, invitation: Invitation, *, name: str, password: Sealed, now: datetime) -> Moderator:
    """Accept an invitation by making an account with the address invited.

    Args:
        name: text from a stranger.

    Raises:
        Missing: somebody was quicker.
        Refused: the name cannot be taken.
        Conflict: there is an account with this address.
    """
    values = {"email": invitation.email, "name": clean_name(name, field="name"), "password": password.hash}
    moderator_id = new_id("m", now)
    if is_known(db, invitation) or not insert_missing(db, Moderator, id=moderator_id, created_at=now, **values):
        raise Conflict("There is an account with this address already. Sign in to accept.", code="already")
    join(db, invitation, moderator_id, now=now)
    return db.get_one(Moderator, moderator_id, populate_existing=True)


def _open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Invitation.used_at.is_(None), Invitation.ended_at.is_(None), Invitation.expires_at > now


def _by_an_owner() -> ColumnElement[bool]:
    # What an owner started ends when they are none any more.
    inviter = (Membership.moderator_id == Invitation.invited_by, Membership.site_id == Invitation.site_id)
    return select(Membership.role).where(*inviter, Membership.role == Role.owner).exists()


def _use(db: Session, invitation: Invitation, now: datetime) -> None:
    mine = update(Invitation).where(Invitation.id == invitation.id, *_open(now)).values(used_at=now)
    if db.scalar(mine.returning(Invitation.id)) is None:
        raise Missing(_OVER)
