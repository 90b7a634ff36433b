"""A try to sign in, from the click to the token."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from moderation.records.record import Record


class Attempt(Record):
    """One try to sign in. Secrets are stored as their SHA-256, but the provider's PKCE verifier, which lives 10
    minutes.

    ``id`` was chosen by the page; ``cookie`` binds it to one browser; ``state`` names it at the provider. ``taken_at``
    is set once, when the provider's answer is taken up; then it has a ``person_id`` or an ``error``. ``code`` is the
    one-time code for the blog; ``session`` the session that it was exchanged for. ``draft`` is of an attempt that began
    on our own page of a thread: what its form held, sealed. Such a one has no code.
    """

    __tablename__ = "attempt"

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    provider: Mapped[str] = mapped_column(String(40))
    origin: Mapped[str] = mapped_column(String(300))
    page: Mapped[str] = mapped_column(String(2048))
    challenge: Mapped[str] = mapped_column(String(43))
    cookie: Mapped[bytes] = mapped_column(LargeBinary(32))
    state: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    nonce: Mapped[str] = mapped_column(String(43))
    verifier: Mapped[str] = mapped_column(String(64))
    kept: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    taken_at: Mapped[datetime | None]
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    error: Mapped[str | None] = mapped_column(String(40))
    detail: Mapped[str | None] = mapped_column(String(300))
    code: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    code_expires_at: Mapped[datetime | None]
    code_used_at: Mapped[datetime | None]
    session: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    draft: Mapped[bytes | None] = mapped_column(LargeBinary)


class VerifiedPage(Record):
    """An address on a blog that we fetched ourselves and found to embed this site; a code may be sent there."""

    __tablename__ = "verified_page"

    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    address: Mapped[str] = mapped_column(String(2048), primary_key=True)
    verified_at: Mapped[datetime]
