"""What moderators prove who they are with, beside the password."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from moderation.foundation.columns import choice
from moderation.records.moderator import Moderator
from moderation.records.record import Record


class Purpose(StrEnum):
    """What somebody is to prove who they are for."""

    code = "code"
    passkey_add = "passkey_add"
    passkey_sign_in = "passkey_sign_in"
    passkey_confirm = "passkey_confirm"


class Challenge(Record):
    """Something that one browser is to prove, once and within five minutes.

    ``digest`` is the SHA-256 of the secret that binds it to the browser; ``value`` is what a passkey signs; ``tries``
    counts wrong codes.
    """

    __tablename__ = "challenge"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    purpose: Mapped[Purpose] = mapped_column(choice(Purpose))
    moderator_id: Mapped[str | None] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"), index=True)
    value: Mapped[bytes] = mapped_column(LargeBinary(32))
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class Passkey(Record):
    """A passkey of a moderator. ``credential`` is its attested credential data: model, id and public key.

    ``counter`` is the highest signature counter seen; ``copied_at`` is set when it did not grow, and ends the passkey.
    """

    __tablename__ = "passkey"

    id: Mapped[bytes] = mapped_column(LargeBinary(1023), primary_key=True)
    moderator_id: Mapped[str] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(400))
    credential: Mapped[bytes] = mapped_column(LargeBinary)
    counter: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    copied_at: Mapped[datetime | None]

    moderator: Mapped[Moderator] = relationship(lazy="joined")


class SecondFactor(Record):
    """A moderator's authenticator app; it counts once ``confirmed_at`` is set.

    ``secret`` is encrypted with the installation's key; ``step`` is the time step of the last code taken, so that none
    is taken twice.
    """

    __tablename__ = "second_factor"

    moderator_id: Mapped[str] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    step: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]


class RecoveryCode(Record):
    """One of a moderator's recovery codes, 79 random bits, stored as their SHA-256."""

    __tablename__ = "recovery_code"

    moderator_id: Mapped[str] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class LinkedIdentity(Record):
    """An account elsewhere by which a moderator signs in; (issuer, subject) is the key, ``name`` only for show."""

    __tablename__ = "linked_identity"

    issuer: Mapped[str] = mapped_column(String(300), primary_key=True)
    subject: Mapped[str] = mapped_column(String(320), primary_key=True)
    moderator_id: Mapped[str] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"), index=True)
    provider: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(400))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]

    moderator: Mapped[Moderator] = relationship(lazy="joined")


class DashboardAttempt(Record):
    """A try to enter the dashboard by an account elsewhere, or with ``session`` (a digest) to link one to the moderator
    who is signed in. ``state`` and ``cookie`` are stored as their SHA-256; ``there`` is where it leads afterwards.
    """

    __tablename__ = "dashboard_attempt"

    state: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    cookie: Mapped[bytes] = mapped_column(LargeBinary(32))
    provider: Mapped[str] = mapped_column(String(40))
    nonce: Mapped[str] = mapped_column(String(43))
    verifier: Mapped[str] = mapped_column(String(64))
    kept: Mapped[bytes | None] = mapped_column(LargeBinary)
    session: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    there: Mapped[str] = mapped_column(String(1000))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    taken_at: Mapped[datetime | None]
