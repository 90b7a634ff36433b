"""The keys by which this installation is known to a provider, and whether one can sign in there at the moment."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from moderation.records.record import Record


class ProviderKeys(Record):
    """Client id and secret at one provider. ``kind`` names the file in ``identity/providers``; several issuers may
    share one kind under different names. The secret is encrypted with the installation's key; ``secret_at`` is when it
    was entered. ``works_at`` is when a test found nothing wrong, or the keys were changed: what failed before does not
    count. Readers see the providers in the order of ``position``.
    """

    __tablename__ = "provider_keys"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    label: Mapped[str] = mapped_column(String(100))
    client_id: Mapped[str] = mapped_column(String(500))
    client_secret: Mapped[bytes] = mapped_column(LargeBinary)
    secret_at: Mapped[datetime | None]
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    enabled: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)
    works_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class ProviderTrouble(Record):
    """A provider where readers could not sign in again and again; it goes when it works again.

    ``reason`` and ``detail`` are for the owner. ``hidden`` keeps the provider from readers. ``tries`` counts how often
    we have tested it since, and it is tested again at ``due_at``.
    """

    __tablename__ = "provider_trouble"

    name: Mapped[str] = mapped_column(ForeignKey("provider_keys.name", ondelete="CASCADE"), primary_key=True)
    reason: Mapped[str] = mapped_column(String(40))
    detail: Mapped[str] = mapped_column(String(300))
    hidden: Mapped[bool] = mapped_column(default=False)
    tries: Mapped[int] = mapped_column(default=0)
    since: Mapped[datetime]
    seen_at: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(index=True)
