"""The way in after somebody has shown who they are: a session, or first the code of a second factor."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from moderation.foundation.tokens import Keys
from moderation.identity import challenge, second_factor
from moderation.identity.moderator import begin_session
from moderation.records import Moderator, Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """How it goes on: one of the two is set.

    Args:
        session: the token of a new session.
        code_for: binds to the browser the question for a code.
    """

    session: str | None = field(default=None, repr=False)
    code_for: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What came of a code.

    Args:
        session: the token of a new session; None when the code was wrong.
        moderator_id: whose session that is.
        is_over: the password must be given again before another code is looked at.
        recovery_codes_left: after one of them was used.
    """

    session: str | None = field(default=None, repr=False)
    moderator_id: str | None = None
    is_over: bool = False
    recovery_codes_left: int | None = None


def enter(db: Session, moderator: Moderator, *, now: datetime, user_agent: str = "") -> Entrance:
    """Go on for somebody who gave a password, or signed in at a provider.

    Not for a passkey: it is two factors by itself, the device and what unlocks it.

    Args:
        user_agent: what the browser calls itself; text from a stranger.
    """
    if second_factor.is_on(db, moderator.id):
        return Entrance(code_for=challenge.ask(db, Purpose.code, moderator_id=moderator.id, now=now).token)
    return Entrance(session=begin_session(db, moderator, now=now, user_agent=user_agent))


def give_code(
    db: Session, keys: Keys, token: str, *, code: str, recovery: bool, now: datetime, user_agent: str = ""
) -> Given:
    """Look at a code, of the app or one for recovery; five wrong ones end it.

    It answers instead of raising, because a wrong try must be counted.

    Args:
        token: what the browser brought back, from a stranger.
        code: text from a stranger.
    """
    moderator_id = challenge.count_try(db, Purpose.code, token, now=now)
    if moderator_id is None:
        return Given(is_over=True)
    if recovery:
        right = second_factor.takes_recovery_code(db, moderator_id, code, now=now)
    else:
        right = second_factor.takes_code(db, keys, moderator_id, code, now=now)
    if not right or _is_gone(db, token, now):
        return Given(is_over=challenge.whose(db, Purpose.code, token, now=now) is None)
    moderator = db.get_one(Moderator, moderator_id)
    session = begin_session(db, moderator, now=now, user_agent=user_agent)
    left = second_factor.recovery_codes_left(db, moderator_id) if recovery else None
    return Given(session=session, moderator_id=moderator_id, recovery_codes_left=left)


def _is_gone(db: Session, token: str, now: datetime) -> bool:
    """Use the question for a code up; tell whether somebody was quicker."""
    return challenge.take(db, Purpose.code, token, now=now) is None
