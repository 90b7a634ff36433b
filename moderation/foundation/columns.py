"""Column types that mean the same on SQLite and on PostgreSQL."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import DateTime, Dialect, Enum, Index, String, TypeDecorator


class Moment(TypeDecorator[datetime]):
    """A moment in UTC; SQLite keeps no zone, so it is checked on the way in and put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def identifier() -> String:
    """Return the type of an identifier: a short prefix and 22 base62 characters, ordered by their bytes."""
    return String(32).with_variant(String(32, collation="C"), "postgresql")


def choice(kind: type[StrEnum]) -> Enum:
    """Return the type of a closed set of words, stored as its values."""
    return Enum(kind, native_enum=False, length=24, values_callable=_values, validate_strings=True)


def few(name: str, *columns: str, where: str) -> Index:
    """Return an index that holds only some rows; its migration made it, in each database's own words.

    Args:
        where: which rows, for whoever reads: given to SQLAlchemy, it would load both databases' dialects to look at it.
    """
    return Index(name, *columns, info={"where": where})


def _values(kind: Any) -> list[str]:
    return [member.value for member in kind]
