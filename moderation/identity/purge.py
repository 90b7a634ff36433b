"""Forgets tries to sign in, sessions, set-up links and invitations that are over."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from moderation.foundation.days import day_of, zone
from moderation.foundation.insert import add_up
from moderation.foundation.prune import AT_ONCE, prune
from moderation.identity.avatar import unused
from moderation.identity.instances import KEPT
from moderation.identity.moderator import IDLE
from moderation.records import (
    Attempt,
    Avatar,
    Challenge,
    Daily,
    DashboardAttempt,
    Instance,
    Invitation,
    ModeratorSession,
    PersonSession,
    SetupCode,
    Site,
    VerifiedPage,
)
from moderation.records.daily import SIGN_IN_FINISHED, SIGN_IN_STARTED

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
        _prune_attempts(db, before)
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


def _prune_attempts(db: Session, before: datetime) -> int:
    """Delete some attempts, and keep in their place how many were begun on each day, and how many ended well."""
    some = select(Attempt.id).where(Attempt.expires_at < before).limit(AT_ONCE)
    gone = db.execute(
        delete(Attempt)
        .where(Attempt.id.in_(some))
        .returning(Attempt.site_id, Attempt.provider, Attempt.created_at, Attempt.person_id),
        execution_options={"synchronize_session": False},
    ).all()
    zones = {site.id: zone(site.policy.time_zone) for site in db.scalars(select(Site))} if gone else {}
    sums: Counter[tuple[str, str, date, str]] = Counter()
    for row in gone:
        day = day_of(row.created_at, zones[row.site_id])
        sums[row.site_id, SIGN_IN_STARTED, day, row.provider] += 1
        sums[row.site_id, SIGN_IN_FINISHED, day, row.provider] += row.person_id is not None
    # Always in the same order, so that two who count wait for each other and never both.
    for (site_id, kind, day, provider), number in sorted(sums.items()):
        if number:
            add_up(db, Daily, site_id=site_id, kind=kind, day=day, name=provider, number=number)
    return len(gone)
