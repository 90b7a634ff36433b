"""Takes away whatever a moderator signs in with beside the password, for somebody who lost it."""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from moderation.records import Challenge, LinkedIdentity, Passkey, RecoveryCode, SecondFactor

_FACTORS = (Passkey, SecondFactor, RecoveryCode, LinkedIdentity, Challenge)


def forget_factors(db: Session, moderator_id: str) -> None:
    """Delete a moderator's passkeys, second factor, recovery codes and linked accounts; the password stays."""
    for record in _FACTORS:
        db.execute(delete(record).where(record.moderator_id == moderator_id))
