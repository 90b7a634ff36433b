"""Whether this machine's secret key is the one that the database was begun with, as all that is signed rests on it."""

from typing import Final

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Refused
from moderation.foundation.insert import insert_missing
from moderation.records import Installation

_ONE: Final = 1


def check_secret(db: Session, seal: str) -> None:
    """Refuse a secret key that is not the database's; where none is known yet, all is well.

    Args:
        seal: of this machine's key (``secret_key.secret_seal``).

    Raises:
        Refused: it is another one.
    """
    known = db.scalar(select(Installation.seal).where(Installation.id == _ONE))
    if known not in (None, seal):
        raise Refused(
            "The secret key here is not the one that the database was begun with: guests could not edit what they "
            "wrote, and links in mails and providers’ secrets would fail. Put that one into secret.key in the data "
            "folder, or MODERATION_SECRET. If it is lost: moderation setup --new-secret",
            field="secret",
        )


def take_secret(db: Session, seal: str) -> None:
    """Take this machine's secret key for the database's, unless another one is.

    Raises:
        Refused: another one is.
    """
    insert_missing(db, Installation, id=_ONE, seal=seal)
    check_secret(db, seal)


def kept_seal(db: Session) -> str | None:
    """Return the seal of the secret key that the database was begun with; None where none is known.

    The database may be at a former release's form.
    """
    if not inspect(db.connection()).has_table(Installation.__tablename__):
        return None
    return db.scalar(select(Installation.seal).where(Installation.id == _ONE))


def replace_secret(db: Session, seal: str) -> None:
    """Take a secret key for the database's, whichever was before."""
    db.merge(Installation(id=_ONE, seal=seal))
