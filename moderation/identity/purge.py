"""Forgets tries to sign in, sessions, set-up links and invitations that are over."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_
from sqlalchemy.orm import Session

from moderation.foundation.prune import prune
from moderation.identity.avatar import unused
from moderation.identity.instances import KEPT
from moderation.identity.moderator import IDLE
from moderation.records import (
    Attempt,
    Avatar,
    Challenge,
    DashboardAttempt,
    Instance,
    Invitation,
    ModeratorSession,
    PersonSession,
    SetupCode,
    VerifiedPage,
)

# An exchanged code can come a second time, and a revoked session be looked at, shortly after.
_AFTERWARDS: Final = timedelta(hours=1)
_PERSON_IDLE: Final = timedelta(days=30)
_PERSON_LONGEST: Final = timedelta(days=180)
# A link that is over is still answered in words for a while.
_INVITED: Final = timedelta(days=30)
# Pages that readers have open still name a former picture.
_UNSEEN: Final = timedelta(days=1)
_VERIFIED: Final = timedelta(days=7)


def purge(db: Session, *, now: datetime) -> int:
    """Delete some of what is over; return how many rows, 0 when nothing is left."""
    before = now - _AFTERWARDS
    over = or_(
        PersonSession.revoked_at < before,
        PersonSession.seen_at < now - _PERSON_IDLE,
        PersonSession.created_at < now - _PERSON_LONGEST,
    )
    return (
        prune(db, Attempt, Attempt.expires_at < before)
        + prune(db, Avatar, Avatar.created_at < now - _UNSEEN, unused())
        + prune(db, Challenge, Challenge.expires_at < before)
        + prune(db, DashboardAttempt, DashboardAttempt.expires_at < before)
        + prune(db, Invitation, Invitation.expires_at < now - _INVITED)
        + prune(db, VerifiedPage, VerifiedPage.verified_at < now - _VERIFIED)
        + prune(db, Instance, Instance.checked_at < now - KEPT)
        + prune(db, SetupCode, SetupCode.expires_at < before)
        + prune(db, ModeratorSession, or_(ModeratorSession.revoked_at < before, ModeratorSession.seen_at < now - IDLE))
        + prune(db, PersonSession, over)
    )
