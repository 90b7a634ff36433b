"""What is built once and every door may use."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

from flask import current_app, request

from moderation.foundation.addresses import client_address, network
from moderation.foundation.database import Database
from moderation.foundation.outbound import Outbound
from moderation.foundation.tokens import Keys
from moderation.intake.throttle import Throttle
from moderation.notifying.doorbell import Doorbell
from moderation.publishing.ready import Ready
from moderation.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The installation: its settings, database, keys, limits and the ways out of it."""

    settings: Settings
    database: Database
    keys: Keys
    outbound: Outbound
    throttle: Throttle
    ready: Ready = field(repr=False)
    doorbell: Doorbell = field(repr=False)

    def now(self) -> datetime:
        """Return the moment; doors ask for it once a request and pass it down."""
        return datetime.now(UTC)

    @property
    def undo_window(self) -> timedelta:
        """How long a decision may be taken back before anybody is told of it."""
        return timedelta(seconds=self.settings.undo_seconds)

    def ring(self) -> None:
        """Wake the worker after notices were written; a worker that sleeps on finds them by itself a little later."""
        self.doorbell.ring()

    def address_hash(self) -> bytes | None:
        """Return the keyed hash of the network that the request comes from, the only form in which it is kept."""
        address = client_address(
            request.remote_addr, request.headers.get("X-Forwarded-For"), self.settings.trusted_proxies
        )
        return self.keys.keyed_hash("address", network(address)) if address else None


def house() -> House:
    """Return the house of the running application."""
    return cast("House", current_app.extensions["house"])
