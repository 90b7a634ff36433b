"""Headers of HTTP by name, found in upper and lower case."""

from collections.abc import Iterable, Iterator, Mapping, MutableMapping


class Headers(MutableMapping[str, str]):
    """Headers as they were given; the last one of a name counts."""

    def __init__(self, given: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        self._kept: dict[str, tuple[str, str]] = {}
        self.update(given)

    def __getitem__(self, name: str) -> str:
        return self._kept[name.lower()][1]

    def __setitem__(self, name: str, value: str) -> None:
        self._kept[name.lower()] = (name, value)

    def __delitem__(self, name: str) -> None:
        del self._kept[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._kept.values())

    def __len__(self) -> int:
        return len(self._kept)
