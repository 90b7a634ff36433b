"""The second factor beside a password: codes of an authenticator app, and ten recovery codes for when it is lost."""

import re
import secrets
from datetime import datetime
from typing import Final

import pyotp
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict, Missing, Refused
from moderation.foundation.tokens import Keys, digest
from moderation.records import Moderator, RecoveryCode, SecondFactor

RECOVERY_CODES: Final = 10
ISSUER: Final = "Moderation"
_STEP_SECONDS: Final = 30
# Clocks differ, and typing takes time: the code before and the one after are taken too.
_AROUND: Final = 1
# Without letters and digits that look like others.
_LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
_RECOVERY: Final = re.compile(rf"[{_LETTERS}]{{16}}")
_WRONG: Final = "This is not the code that the app shows now. Codes change every 30 seconds, and each works once."


def is_on(db: Session, moderator_id: str) -> bool:
    """Tell whether a moderator's password alone does not suffice."""
    query = select(SecondFactor.moderator_id).where(SecondFactor.moderator_id == moderator_id)
    return db.scalar(query.where(SecondFactor.confirmed_at.is_not(None))) is not None


def begin(db: Session, keys: Keys, moderator_id: str, *, now: datetime) -> None:
    """Make a secret for an app; it counts once a code made with it was given.

    Raises:
        Conflict: a second factor is on already.
    """
    if is_on(db, moderator_id):
        raise Conflict("A second factor is on already. Turn it off before you set up another app.", code="already")
    db.execute(delete(SecondFactor).where(SecondFactor.moderator_id == moderator_id))
    sealed = keys.encrypt("totp", pyotp.random_base32().encode())
    db.add(SecondFactor(moderator_id=moderator_id, secret=sealed, created_at=now))
    db.flush()


def pending_secret(db: Session, keys: Keys, moderator_id: str) -> str | None:
    """Return the secret, in base32, that is to go into an app; None when none was made, or it went there already."""
    row = db.get(SecondFactor, moderator_id)
    if row is None or row.confirmed_at is not None:
        return None
    return keys.decrypt("totp", row.secret).decode()


def app_address(secret: str, moderator: Moderator, host: str) -> str:
    """Return the address (otpauth://) that an app reads from a QR code.

    Args:
        host: this installation, so that one tells several from each other.
    """
    return pyotp.TOTP(secret).provisioning_uri(name=moderator.email, issuer_name=f"{ISSUER} ({host})")


def confirm(db: Session, keys: Keys, moderator_id: str, code: str, *, now: datetime) -> tuple[str, ...]:
    """Turn the second factor on for somebody who gives a first code, and return the recovery codes, which nobody can
    read again later.

    Raises:
        Missing: none was begun.
        Refused: the code is wrong.
    """
    row = db.get(SecondFactor, moderator_id, with_for_update=True)
    if row is None or row.confirmed_at is not None:
        raise Missing("There is no second factor to confirm. Begin again on your account page.")
    if not takes_code(db, keys, moderator_id, code, now=now, pending=True):
        raise Refused(_WRONG, field="code")
    db.execute(update(SecondFactor).where(SecondFactor.moderator_id == moderator_id).values(confirmed_at=now))
    return new_recovery_codes(db, moderator_id, now=now)


def takes_code(db: Session, keys: Keys, moderator_id: str, code: str, *, now: datetime, pending: bool = False) -> bool:
    """Tell whether a code, from a stranger, is one of the app's for now, and use it up.

    Args:
        pending: for an app whose first code this is.

    Raises:
        Refused: the secret was sealed with another installation's key.
    """
    row = db.get(SecondFactor, moderator_id, populate_existing=True)
    code = re.sub(r"[\s-]", "", code)
    if row is None or (row.confirmed_at is None) is not pending or not re.fullmatch(r"[0-9]{6}", code):
        return False
    app = pyotp.TOTP(keys.decrypt("totp", row.secret).decode())
    present = int(now.timestamp()) // _STEP_SECONDS
    steps = range(present - _AROUND, present + _AROUND + 1)
    found = [step for step in steps if secrets.compare_digest(app.generate_otp(step), code)]
    if not found:
        return False
    # In the one statement, so that of two who give the same code together one comes too late.
    newer = update(SecondFactor).where(SecondFactor.moderator_id == moderator_id, SecondFactor.step < found[-1])
    return db.scalar(newer.values(step=found[-1]).returning(SecondFactor.moderator_id)) is not None


def new_recovery_codes(db: Session, moderator_id: str, *, now: datetime) -> tuple[str, ...]:
    """Return ten new recovery codes, which nobody can read again later; all older ones are void."""
    db.execute(delete(RecoveryCode).where(RecoveryCode.moderator_id == moderator_id))
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(16)) for _ in range(RECOVERY_CODES)]
    db.add_all(RecoveryCode(moderator_id=moderator_id, digest=digest(code), created_at=now) for code in codes)
    db.flush()
    return tuple("-".join(code[start : start + 4] for start in range(0, 16, 4)) for code in codes)


def takes_recovery_code(db: Session, moderator_id: str, code: str, *, now: datetime) -> bool:
    """Tell whether a code, from a stranger, is one of the moderator's recovery codes, and use it up."""
    code = re.sub(r"[\s-]", "", code).lower()
    if not _RECOVERY.fullmatch(code):
        return False
    mine = update(RecoveryCode).where(RecoveryCode.moderator_id == moderator_id, RecoveryCode.digest == digest(code))
    mine = mine.where(RecoveryCode.used_at.is_(None)).values(used_at=now)
    return db.scalar(mine.returning(RecoveryCode.moderator_id)) is not None


def recovery_codes_left(db: Session, moderator_id: str) -> int:
    """Return how many recovery codes a moderator has not used."""
    query = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.moderator_id == moderator_id)
    return db.scalar(query.where(RecoveryCode.used_at.is_(None))) or 0


def turn_off(db: Session, moderator_id: str) -> bool:
    """Let the password suffice again; the app's secret and the recovery codes are deleted. Tell whether it was on."""
    was_on = is_on(db, moderator_id)
    db.execute(delete(SecondFactor).where(SecondFactor.moderator_id == moderator_id))
    db.execute(delete(RecoveryCode).where(RecoveryCode.moderator_id == moderator_id))
    return was_on
