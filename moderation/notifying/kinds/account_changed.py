"""Tells a moderator that something was changed about how one signs in as them."""

from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.notifying.account_changed import Change
from moderation.notifying.channel import Letter
from moderation.notifying.kind import Kind, Sender, render
from moderation.records import Moderator, Notice, ProviderKeys, RecoveryCode

_SAID: Final = {
    Change.password: "Your password was changed.",
    Change.password_by_link: "A new password was set, by a link that somebody printed on the server.",
    Change.all_by_link: "A new password was set, by a link that somebody printed on the server. "
    "Your second factor, passkeys and linked accounts were taken away.",
    Change.passkey_added: "A passkey was added.",
    Change.passkey_removed: "A passkey was removed.",
    Change.passkey_blocked: "A passkey seems to have been copied, so nobody can sign in with it any more.",
    Change.app_added: "An authenticator app was set up as a second factor.",
    Change.app_removed: "The second factor was turned off: your password alone suffices.",
    Change.recovery_codes_made: "New recovery codes were made, and the old ones are void.",
    Change.recovery_code_used: "Somebody signed in with one of your recovery codes.",
    Change.account_linked: "An account at {provider} was linked. Whoever holds it can sign in as you.",
    Change.account_unlinked: "An account at {provider} was unlinked.",
    Change.key_made: "A personal key was made. Programs that have it may decide in your name.",
    Change.key_revoked: "A personal key was revoked.",
}
_SUBJECTS: Final = {
    Change.password: "password changed",
    Change.password_by_link: "new password",
    Change.all_by_link: "new password, everything else taken away",
    Change.passkey_added: "passkey added",
    Change.passkey_removed: "passkey removed",
    Change.passkey_blocked: "passkey blocked",
    Change.app_added: "second factor on",
    Change.app_removed: "second factor off",
    Change.recovery_codes_made: "new recovery codes",
    Change.recovery_code_used: "recovery code used",
    Change.account_linked: "account linked",
    Change.account_unlinked: "account unlinked",
    Change.key_made: "personal key made",
    Change.key_revoked: "personal key revoked",
}


def _write(db: Session, notice: Notice, sender: Sender, now: datetime) -> Letter | None:
    moderator = db.get(Moderator, notice.moderator_id) if notice.moderator_id else None
    if moderator is None:
        return None
    change = Change(notice.details["change"])
    row = db.get(ProviderKeys, notice.details.get("provider") or "")
    at = notice.created_at
    text, html = render(
        "account_changed",
        name=moderator.name,
        host=sender.public_url.partition("://")[2],
        what=_SAID[change].format(provider=row.label if row else "another service"),
        codes_left=_codes_left(db, moderator.id) if change is Change.recovery_code_used else None,
        at=f"{at.day} {at:%B %Y, %H:%M} UTC",
        browser=notice.details.get("browser") or "A browser",
        email=moderator.email,
        link=f"{sender.public_url}/dashboard/account",
    )
    return Letter(
        id=notice.id,
        name=moderator.name,
        address=moderator.email,
        subject="Your account: " + _SUBJECTS[change],
        text=text,
        html=html,
        sent_at=now,
    )


def _codes_left(db: Session, moderator_id: str) -> int:
    mine = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.moderator_id == moderator_id)
    return db.scalar(mine.where(RecoveryCode.used_at.is_(None))) or 0


kind = Kind(name="account_changed", write=_write)
