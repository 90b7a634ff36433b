"""Writes down who must be told, in the transaction of what is told; writing it twice is harmless."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from moderation.foundation.insert import insert_missing
from moderation.foundation.options import as_json, read_options
from moderation.foundation.prepared import Prepared
from moderation.foundation.tokens import new_id
from moderation.notifying import tell_webhooks
from moderation.notifying.convenient import convenient
from moderation.records import (
    Action,
    Comment,
    Decision,
    Invitation,
    Mails,
    Membership,
    Moderator,
    Notice,
    Person,
    Site,
    Status,
    Subscription,
)

_CONFIRMATIONS_A_DAY = 3
_BETWEEN_MAILS = timedelta(minutes=15)

_ABOUT_WAITING: Final = (Notice.kind == "waiting", Notice.site_id == bindparam("site_id"))
# Locked, so that a worker that is about to send it reads the state after our commit.
_DUE: Final = (
    select(Notice.id)
    .where(*_ABOUT_WAITING, Notice.moderator_id == Moderator.id, Notice.finished.is_(False), Notice.lease.is_(None))
    .limit(1)
    .with_for_update()
    .scalar_subquery()
)
_MODERATORS: Final = Prepared(
    select(Moderator.id, Moderator.wishes, _DUE.label("due"))
    .join(Membership)
    .where(Membership.site_id == bindparam("site_id"))
    .order_by(Moderator.id)
)
_LAST: Final = Prepared(
    select(func.max(Notice.sent_at).label("sent_at")).where(
        *_ABOUT_WAITING, Notice.moderator_id == bindparam("moderator_id")
    )
)


def received(db: Session, *, comment: Comment, site: Site, subscribe: bool, now: datetime) -> None:
    """Announce a comment that has just been stored and screened.

    Args:
        subscribe: the writer wants to be told of new comments on the page.
    """
    if comment.status in (Status.waiting, Status.approved):
        person = comment.person
        wished = subscribe and _subscribe(db, comment, person, now)
        if wished or site.policy.guest_email_confirmed:
            confirm_guest(db, comment=comment, person=person, now=now)
    if comment.status is Status.waiting:
        tell_webhooks.waits(db, comment, now=now)
        waiting(db, comment=comment, site=site, now=now)


def has_written(db: Session) -> bool:
    """Tell whether somebody is to be told of something that happened in this session, so that the worker is woken."""
    return tell_webhooks.WRITTEN in db.info


def edited(db: Session, *, comment: Comment, site: Site, now: datetime) -> None:
    """Announce that a comment's writer changed it; the moderators are told where that waits."""
    tell_webhooks.edited(db, comment, now=now)
    if comment.awaits:
        waiting(db, comment=comment, site=site, now=now)


def decided(db: Session, *, decision: Decision, now: datetime, wait: timedelta) -> None:
    """Announce a decision: whoever subscribed to the page is told of a comment that readers see for the first time,
    its writer of a rejection whose reason is for the writer, and webhooks of all.

    Args:
        wait: how long a moderator may take the decision back before anybody is told.
    """
    tell_webhooks.decided(db, decision, now=now, wait=wait)
    if decision.told and decision.reason and decision.after is Status.rejected:
        row = {"kind": "decision", "site_id": decision.site_id, "comment_id": decision.comment_id}
        details = {"decision": decision.id}
        _add(db, now, key=f"decision:{decision.id}", due_at=now + wait, details=details, **row)
    if decision.after is not Status.approved or decision.before is Status.approved or decision.undoes_id is not None:
        return
    comment = db.get_one(Comment, decision.comment_id)
    subscribed = select(Subscription.person_id).where(
        Subscription.page_id == comment.page_id,
        Subscription.person_id != comment.person_id,
        Subscription.confirmed_at.is_not(None),
        Subscription.ended_at.is_(None),
    )
    for person_id in db.scalars(subscribed).all():
        row = {"kind": "new_comment", "site_id": comment.site_id, "comment_id": comment.id, "person_id": person_id}
        # Once for each comment and reader, however often it is approved again.
        _add(db, now, key=f"new_comment:{comment.id}:{person_id}", due_at=now + wait, **row)


def amended(
    db: Session, *, comment: Comment, now: datetime, wait: timedelta = timedelta(), instead_of: int | None = None
) -> None:
    """Announce that a moderator changed a comment's text.

    Args:
        wait: how long that may be taken back before anybody is told.
        instead_of: the number of the moderator's text that was just taken back, or put back.
    """
    tell_webhooks.edited(db, comment, now=now, wait=wait, instead_of=instead_of)


def reported(db: Session, *, comment: Comment, now: datetime) -> None:
    """Announce that a reader reported a comment."""
    tell_webhooks.reported(db, comment, now=now)


def asked(db: Session, *, action: Action, comment: Comment, now: datetime, wait: timedelta) -> None:
    """Send a comment's writer what a moderator asks for.

    Args:
        wait: how long the moderator may take it back before it is sent.
    """
    row = {"kind": "ask_changes", "site_id": action.site_id, "comment_id": comment.id, "person_id": comment.person_id}
    _add(db, now, key=f"ask_changes:{action.id}", due_at=now + wait, details={"action": action.id}, **row)


def invited(db: Session, *, invitation: Invitation, now: datetime) -> None:
    """Tell somebody of an invitation to moderate a site; it is read again when the mail is written."""
    row = {"kind": "invitation", "site_id": invitation.site_id, "details": {"invitation": invitation.id}}
    _add(db, now, key=f"invitation:{invitation.id}", **row)


def test_mail(db: Session, moderator: Moderator, site: Site, *, now: datetime) -> None:
    """Send an owner a mail that shows whether mail arrives; asked for twice in a minute, it is one."""
    row = {"kind": "test_mail", "site_id": site.id, "moderator_id": moderator.id}
    _add(db, now, key=f"test_mail:{moderator.id}:{now:%Y%m%d%H%M}", **row)


def confirm_guest(db: Session, *, comment: Comment, person: Person, now: datetime) -> None:
    """Ask a guest to confirm the address; nothing happens without one, or when it is confirmed.

    Anybody can type anybody's address: on one site it gets a few of these mails a day, whoever asks.
    """
    if not person.email or not person.is_guest or person.issuer is not None:
        return
    since = now - timedelta(days=1)
    # An identifier begins with its moment: only the day's notices are looked at, however many people there are.
    recent = select(func.count(Notice.id)).where(Notice.id > new_id("n", since), Notice.kind == "confirm_guest")
    recent = recent.join(Person, Person.id == Notice.person_id).where(Notice.created_at > since)
    recent = recent.where(Person.site_id == person.site_id, func.lower(Person.email) == person.email.lower())
    if (db.scalar(recent) or 0) >= _CONFIRMATIONS_A_DAY:
        return
    key = f"confirm_guest:{comment.id}"
    _add(db, now, key=key, kind="confirm_guest", site_id=comment.site_id, comment_id=comment.id, person_id=person.id)


def waiting(db: Session, *, comment: Comment, site: Site, now: datetime) -> None:
    """Tell the site's moderators that a comment waits: when each of them wishes, and at most every quarter of an hour.

    One mail speaks of everything that waits when it is sent, so that there is no need of a second while one is due.
    """
    db.flush()
    connection = db.connection()
    for moderator_id, wishes, due in _MODERATORS(connection, site_id=site.id):
        mails = read_options(Mails, wishes)
        if due is not None or site.id in mails.muted:
            continue
        ((last,),) = _LAST(connection, site_id=site.id, moderator_id=moderator_id)
        due_at = convenient(mails, now if last is None else max(now, last + _BETWEEN_MAILS))
        if due_at is None:
            continue
        row = {"kind": "waiting", "site_id": site.id, "comment_id": comment.id, "moderator_id": moderator_id}
        _add(db, now, key=f"waiting:{comment.id}:{comment.latest}:{moderator_id}", due_at=due_at, **row)


def wish(db: Session, moderator: Moderator, mails: Mails, *, now: datetime) -> None:
    """Take down when a moderator wants mails; what is due already moves to the new time, or is dropped.

    Who wished for none until now hears of what waits with the next comment.
    """
    moderator.wishes = as_json(mails, defaults=False)
    due = select(Notice).where(Notice.moderator_id == moderator.id, Notice.kind == "waiting")
    for notice in db.scalars(due.where(Notice.finished.is_(False), Notice.attempts == 0).with_for_update()).all():
        due_at = None if notice.site_id in mails.muted else convenient(mails, now)
        if due_at is None:
            notice.finished, notice.dropped_at = True, now
        else:
            notice.due_at = due_at
    db.flush()


def _subscribe(db: Session, comment: Comment, person: Person, now: datetime) -> bool:
    if not person.email:
        return False
    known = db.get(Subscription, (comment.page_id, person.id))
    if known is None:
        known = Subscription(page_id=comment.page_id, person_id=person.id, created_at=now)
        db.add(known)
    known.ended_at = None
    if person.email_verified and known.confirmed_at is None:
        known.confirmed_at = now
    db.flush()
    return True


def _add(db: Session, now: datetime, **values: Any) -> None:
    row = {"id": new_id("n", now), "channel": "mail", "created_at": now, "due_at": now} | values
    if insert_missing(db, Notice, **row):
        db.info[tell_webhooks.WRITTEN] = True
