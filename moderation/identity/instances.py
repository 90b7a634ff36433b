"""Remembers how servers that readers name know us, so that each is asked to register us once."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from moderation.foundation.database import Database
from moderation.foundation.errors import Refused
from moderation.foundation.insert import insert_missing
from moderation.foundation.tokens import Keys
from moderation.records import Instance

# A server that nobody has come from for so long registers us anew.
KEPT: Final = timedelta(days=90)
_CHECKED: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """How a server knows us.

    Args:
        scope: all that we may ask for there.
    """

    host: str
    redirect_uri: str
    client_id: str
    secret: str = field(repr=False)
    scope: str


class Instances:
    """The servers that registered us; one for the process.

    It opens transactions of its own, each shorter than a call: providers ask in the middle of theirs.
    """

    def __init__(self, database: Database, keys: Keys) -> None:
        self._database, self._keys = database, keys

    def find(self, host: str, redirect_uri: str, now: datetime) -> tuple[Registration, bool] | None:
        """Return how a server knows us, and whether that was checked within a day."""
        with self._database.reading() as db:
            row = db.get(Instance, (host, redirect_uri))
        if row is None:
            return None
        try:
            secret = self._keys.decrypt("instance", row.client_secret).decode()
        except Refused:
            # Sealed with a former secret key of this installation: as good as lost.
            return None
        known = Registration(
            host=host, redirect_uri=redirect_uri, client_id=row.client_id, secret=secret, scope=row.scope
        )
        return known, now < row.checked_at + _CHECKED

    def keep(self, registration: Registration, now: datetime) -> None:
        """Remember a registration in the place of any former one."""
        sealed = self._keys.encrypt("instance", registration.secret.encode())
        which = {"host": registration.host, "redirect_uri": registration.redirect_uri}
        said = {"client_id": registration.client_id, "client_secret": sealed, "scope": registration.scope}
        moments = {"created_at": now, "checked_at": now}

        def write(db: Session) -> None:
            if not insert_missing(db, Instance, **which, **said, **moments):
                db.execute(update(Instance).filter_by(**which).values(**said, **moments))

        self._database.write(write)

    def confirm(self, registration: Registration, now: datetime) -> None:
        """Write down that a server still knows us."""
        which = {"host": registration.host, "client_id": registration.client_id}
        self._database.write(lambda db: db.execute(update(Instance).filter_by(**which).values(checked_at=now)))

    def forget(self, host: str, client_id: str) -> None:
        """Forget a registration that a server no longer knows; one made meanwhile stays."""
        self._database.write(lambda db: db.execute(delete(Instance).filter_by(host=host, client_id=client_id)))
