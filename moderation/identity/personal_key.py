"""Personal keys (mk_…): how a moderator's own programs speak to the API."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.foundation.text import clean_name
from moderation.foundation.tokens import digest, new_token
from moderation.records import Moderator, PersonalKey

_PREFIX: Final = "mk_"
_SEEN_EVERY: Final = timedelta(minutes=5)


def issue(db: Session, moderator: Moderator, label: str, *, now: datetime) -> str:
    """Return a new key, which nobody can read again later.

    Args:
        label: what its owner calls it.

    Raises:
        Refused: the label is empty or too long.
    """
    label = clean_name(label, field="label")
    token = new_token(_PREFIX)
    db.add(PersonalKey(digest=digest(token), moderator_id=moderator.id, label=label, created_at=now))
    db.flush()
    return token


def moderator_by_key(db: Session, token: str, *, now: datetime) -> Moderator | None:
    """Return the moderator whose key this is, from a stranger; None when there is none or it was revoked.

    In a transaction that writes, its use is noted from time to time.
    """
    if not token.startswith(_PREFIX):
        return None
    key = db.get(PersonalKey, digest(token))
    if key is None or key.revoked_at is not None:
        return None
    if key.seen_at is None or key.seen_at + _SEEN_EVERY <= now:
        key.seen_at = now
    return key.moderator


def keys_of(db: Session, moderator: Moderator) -> tuple[PersonalKey, ...]:
    """Return the keys a moderator has not revoked, the newest first."""
    query = select(PersonalKey).where(PersonalKey.moderator_id == moderator.id, PersonalKey.revoked_at.is_(None))
    return tuple(db.scalars(query.order_by(PersonalKey.created_at.desc(), PersonalKey.label)))


def revoke(db: Session, moderator: Moderator, digest_hex: str, *, now: datetime) -> bool:
    """End a key of the moderator's own; tell whether there was such a key.

    Args:
        digest_hex: the key's SHA-256, by which its owner's page names it.
    """
    try:
        named = bytes.fromhex(digest_hex)
    except ValueError:
        return False
    mine = update(PersonalKey).where(PersonalKey.digest == named, PersonalKey.moderator_id == moderator.id)
    mine = mine.where(PersonalKey.revoked_at.is_(None)).values(revoked_at=now)
    return db.scalar(mine.returning(PersonalKey.moderator_id)) is not None
