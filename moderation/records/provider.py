"""The keys by which this installation is known to a provider."""

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from moderation.records.record import Record


class ProviderKeys(Record):
    """Client id and secret at one provider. ``kind`` names the file in ``identity/providers``; several issuers may
    share one kind under different names. The secret is encrypted with the installation's key.
    """

    __tablename__ = "provider_keys"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    label: Mapped[str] = mapped_column(String(100))
    client_id: Mapped[str] = mapped_column(String(500))
    client_secret: Mapped[bytes] = mapped_column(LargeBinary)
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    enabled: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
