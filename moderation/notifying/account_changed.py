"""Tells moderators what was changed about how one signs in as them, so that they notice when it was not they."""

from datetime import datetime
from enum import StrEnum, auto

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.foundation.insert import insert_missing
from moderation.foundation.tokens import new_id
from moderation.records import Membership, Notice, Site


class Change(StrEnum):
    """What may be changed about an account."""

    password = auto()
    password_by_link = auto()
    all_by_link = auto()
    passkey_added = auto()
    passkey_removed = auto()
    passkey_blocked = auto()
    app_added = auto()
    app_removed = auto()
    recovery_codes_made = auto()
    recovery_code_used = auto()
    account_linked = auto()
    account_unlinked = auto()
    key_made = auto()
    key_revoked = auto()


def account_changed(
    db: Session, change: Change, *, moderator_id: str, browser: str, now: datetime, provider: str | None = None
) -> None:
    """Write down that a moderator must be told of a change; a wish for few mails does not hold it back.

    An outbox row belongs to a site. While there is none at all, nobody is told.

    Args:
        browser: from where it was done, in our own words.
        provider: at which an account was linked or unlinked; its name here.
    """
    own = select(Membership.site_id).where(Membership.moderator_id == moderator_id).order_by(Membership.created_at)
    site_id = db.scalar(own.limit(1)) or db.scalar(select(Site.id).order_by(Site.created_at).limit(1))
    if site_id is None:
        return
    details = {"change": change.value, "browser": browser, "provider": provider}
    about = {"kind": "account_changed", "site_id": site_id, "moderator_id": moderator_id, "details": details}
    notice_id = new_id("n", now)
    row = {"id": notice_id, "key": f"account_changed:{notice_id}", "channel": "mail"} | about
    insert_missing(db, Notice, **row, created_at=now, due_at=now)
