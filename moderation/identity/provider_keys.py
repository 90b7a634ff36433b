"""Our keys at the providers: entered, changed, put in order, taken away. A secret is sealed at once and never shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Missing, Refused
from moderation.foundation.options import as_json, read_options
from moderation.foundation.text import clean_name, refuse_controls
from moderation.foundation.tokens import Keys
from moderation.identity.provider import Provider, providers
from moderation.records import ProviderKeys, ProviderTrouble

_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
# Words that stand for something else in addresses, or for who did not sign in at all.
_TAKEN: Final = frozenset({"add", "confirm", "done", "erased", "guest", "import"})
_LONGEST_ID: Final = 500
_LONGEST_SECRET: Final = 8000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the owner entered.

    Args:
        name: what the installation calls the provider; part of its addresses, and never changed.
        kind: the file in ``identity/providers``.
        secret: None keeps the one that is there.
        options: those of the kind, as text or already of their type.
    """

    name: str
    kind: str
    label: str = ""
    client_id: str = ""
    secret: str | None = field(default=None, repr=False)
    options: dict[str, Any] = field(default_factory=dict)


def redirect_address(public_url: str, name: str) -> str:
    """Return the address that a provider must know us by."""
    return f"{public_url}/auth/{name}/callback"


def all_keys(db: Session) -> Sequence[ProviderKeys]:
    """Return all that is set up, in the order in which readers see it."""
    return db.scalars(
        select(ProviderKeys).order_by(ProviderKeys.position, ProviderKeys.created_at, ProviderKeys.name)
    ).all()


def keys_named(db: Session, name: str) -> ProviderKeys:
    """Return what is set up under a name, locked where that is known.

    Raises:
        Missing: when there is nothing.
    """
    row = db.get(ProviderKeys, name, with_for_update=True) if name.isprintable() else None
    if row is None:
        raise Missing("There is no such provider.")
    return row


def kind_named(kind: str) -> Provider[Any]:
    """Return a kind of provider.

    Raises:
        Refused: when there is none.
    """
    known = providers()
    if kind not in known:
        raise Refused(f"There is no provider of the kind {kind}. There are: {', '.join(known)}.", field="kind")
    return known[kind]


def check_name(name: str) -> str:
    """Return a name that a provider may have.

    Raises:
        Refused: for any other.
    """
    if not name or not _LETTERS.issuperset(name) or len(name) > 40:
        raise Refused("A name has lower-case letters, digits and hyphens, at most 40.", field="name")
    if name in _TAKEN:
        raise Refused(f"“{name}” stands for something else here; please choose another name.", field="name")
    return name


def save_keys(db: Session, keys: Keys, entry: Entry, *, now: datetime) -> ProviderKeys:
    """Keep what the owner entered; what failed with the former keys does not count any more.

    Raises:
        Refused: naming the field that cannot be taken; those of options are ``options.NAME``.
    """
    name, kind = check_name(entry.name), kind_named(entry.kind)
    client_id, secret = entry.client_id.strip(), None if entry.secret is None else entry.secret.strip()
    if kind.has_keys:
        _check(client_id, "client_id", _LONGEST_ID, "client id")
        _check(secret or "-", "secret", _LONGEST_SECRET, "secret", multiline=True)
    options = _options(kind, entry.options)
    row = db.get(ProviderKeys, name, with_for_update=True)
    if row is None:
        last = db.scalar(select(func.max(ProviderKeys.position)))
        row = ProviderKeys(name=name, created_at=now, client_secret=b"", position=0 if last is None else last + 1)
        db.add(row)
    row.kind, row.client_id, row.options = kind.name, client_id, options
    row.label = clean_name(entry.label or kind.label, field="label")
    if secret is not None:
        row.client_secret = keys.encrypt("provider", secret.encode()) if secret else b""
        row.secret_at = now if secret else None
    row.works_at = now
    db.flush()
    db.execute(delete(ProviderTrouble).where(ProviderTrouble.name == name))
    return row


def remove_keys(db: Session, name: str) -> None:
    """Forget our keys at a provider; who signed in there stays signed in, and keeps what was written.

    Raises:
        Missing: when there is nothing under this name.
    """
    db.delete(keys_named(db, name))
    db.flush()


def move_up(db: Session, name: str) -> None:
    """Let readers see a provider one place earlier."""
    rows = list(all_keys(db))
    place = next((place for place, row in enumerate(rows) if row.name == name), 0)
    if place:
        rows[place - 1], rows[place] = rows[place], rows[place - 1]
    for position, row in enumerate(rows):
        row.position = position
    db.flush()


def _check(text: str, field: str, longest: int, what: str, *, multiline: bool = False) -> None:
    if not text:
        raise Refused(f"Please enter the {what}.", field=field)
    if len(text) > longest:
        raise Refused(f"This is too long to be a {what}.", field=field)
    refuse_controls(text.replace("\r\n", "\n"), field=field, multiline=multiline)


def _options(kind: Provider[Any], given: dict[str, Any]) -> dict[str, Any]:
    """Return options as they are stored: only those that are not the default, so that a better default reaches all."""
    try:
        chosen = read_options(kind.options, given)
    except Refused as problem:
        raise Refused(problem.message, field=f"options.{problem.field}") from problem
    return as_json(chosen, defaults=False)
