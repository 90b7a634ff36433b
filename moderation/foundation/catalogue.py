"""Finds what a folder offers: one file, one object, its name is the file's name."""

import importlib
import pkgutil
from functools import cache
from typing import Protocol, TypeVar, cast


class Named(Protocol):
    """Anything a catalogue may hold."""

    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=Named)


class CatalogueError(Exception):
    """A file of a catalogue's folder does not hold what it should."""


def catalogue(package: str, kind: type[T]) -> dict[str, T]:
    """Return the objects of a folder by name, in the names' order.

    Args:
        package: dotted name, such as ``moderation.screening.rules``.

    Raises:
        CatalogueError: when a file holds none, several, or one with another name.
    """
    return cast("dict[str, T]", dict(_scan(package, kind)))


@cache
def _scan(package: str, kind: type[Named]) -> tuple[tuple[str, Named], ...]:
    folder = importlib.import_module(package)
    names = sorted(module.name for module in pkgutil.iter_modules(folder.__path__))
    return tuple((name, _only(package, name, kind)) for name in names)


def _only(package: str, name: str, kind: type[Named]) -> Named:
    module = importlib.import_module(f"{package}.{name}")
    found = [value for key, value in vars(module).items() if isinstance(value, kind) and not key.startswith("_")]
    if len(found) != 1:
        raise CatalogueError(f"{package}/{name}.py must hold exactly one {kind.__name__}; it holds {len(found)}.")
    if found[0].name != name:
        raise CatalogueError(f"{package}/{name}.py holds a {kind.__name__} named “{found[0].name}”; name it “{name}”.")
    return found[0]
