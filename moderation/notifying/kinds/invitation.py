"""Invites somebody to moderate a site."""

from datetime import datetime

from sqlalchemy.orm import Session

from moderation.foundation.tickets import write_ticket
from moderation.notifying.channel import Letter
from moderation.notifying.kind import Kind, Sender, render
from moderation.records import Invitation, Membership, Notice, Role


def _write(db: Session, notice: Notice, sender: Sender, now: datetime) -> Letter | None:
    invitation = db.get(Invitation, str(notice.details.get("invitation")))
    if invitation is None or invitation.used_at or invitation.ended_at or invitation.expires_at <= now:
        return None
    inviter = db.get(Membership, (invitation.invited_by, invitation.site_id))
    if inviter is None or inviter.role is not Role.owner:
        return None
    ticket = write_ticket(sender.keys, "invitation", invitation.id, invitation.expires_at)
    text, html = render(
        "invitation",
        site=invitation.site.name,
        inviter=invitation.inviter.name,
        role=invitation.role.value,
        link=f"{sender.public_url}/dashboard/invitation/{ticket}",
    )
    return Letter(
        id=notice.id,
        name="",
        address=invitation.email,
        subject=f"{invitation.inviter.name} invites you to moderate {invitation.site.name}",
        text=text,
        html=html,
        sent_at=now,
    )


kind = Kind(name="invitation", write=_write)
