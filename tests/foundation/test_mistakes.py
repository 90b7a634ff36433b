"""What msgspec says is wrong, read: the field, the kind, the bound."""

from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta, Struct, ValidationError, convert, field

from moderation.foundation.mistakes import Mistake, in_words, mistake


class Colour(StrEnum):
    """One of two."""

    red = "red"
    blue = "blue"


class Inner(Struct, forbid_unknown_fields=True):
    """Inside."""

    key: Annotated[str, Meta(min_length=1, max_length=3)]


class Outer(Struct, forbid_unknown_fields=True):
    """One field of each kind."""

    number: Annotated[int, Meta(ge=1, le=9)] | None = None
    either: str | Inner | None = None
    share: Annotated[float, Meta(gt=0, le=1)] = 0.5
    word: Annotated[str, Meta(pattern="^[a-z]+$")] = "a"
    flag: bool = False
    colour: Colour = Colour.red
    theme: Literal["light", "dark"] = "light"
    names: Annotated[list[str], Meta(min_length=1, max_length=2)] = field(default_factory=lambda: ["a"])
    inner: Inner | None = None
    rows: tuple[Inner, ...] = ()
    table: dict[str, Inner] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("given", "field", "kind", "bound"),
    [
        ({"number": "x"}, "number", "type", "int"),
        ({"number": 0}, "number", "too_small", "1"),
        ({"number": 10**30}, "number", "too_large", "9"),
        ({"share": 0}, "share", "too_small", "0.0"),
        ({"share": 1.5}, "share", "too_large", "1.0"),
        ({"share": "x"}, "share", "type", "float"),
        ({"word": "A"}, "word", "pattern", ""),
        ({"word": 5}, "word", "type", "str"),
        ({"flag": 1}, "flag", "type", "bool"),
        ({"colour": "green"}, "colour", "choice", ""),
        ({"theme": "blue ` - at `$.x"}, "theme", "choice", ""),
        ({"names": []}, "names", "too_few", "1"),
        ({"names": ["a", "b", "c"]}, "names", "too_many", "2"),
        ({"names": "a"}, "names", "type", "array"),
        ({"names": [5]}, "names.0", "type", "str"),
        ({"either": 5}, "either", "type", "str | object"),
        ({"inner": 5}, "inner", "type", "object"),
        ({"inner": {}}, "inner.key", "missing", ""),
        ({"inner": {"key": "a", "more": 1}}, "inner.more", "unknown", ""),
        ({"inner": {"key": ""}}, "inner.key", "too_short", "1"),
        ({"rows": [{"key": "a"}, {"key": "aaaa"}]}, "rows.1.key", "too_long", "3"),
        ({"table": {"a": {"key": ""}}}, "table", "too_short", "1"),
        ({"nmber": 1}, "nmber", "unknown", ""),
        ([], "", "type", "object"),
    ],
)
def test_what_is_wrong_is_found_in_what_msgspec_says(given: Any, field: str, kind: str, bound: str) -> None:
    with pytest.raises(ValidationError) as raised:
        convert(given, Outer)
    assert mistake(raised.value) == Mistake(field=field, kind=kind, bound=bound)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (Mistake(field="nmber", kind="unknown"), "nmber: there is no such option; did you mean number?"),
        (Mistake(field="zzzz", kind="unknown"), "zzzz: there is no such option"),
        (Mistake(field="theme", kind="choice"), "theme: must be 'light' or 'dark'"),
        (Mistake(field="number", kind="type", bound="int"), "number: must be a whole number"),
        (
            Mistake(field="number", kind="type", bound="int | str"),
            "number: must be a whole number or a text in quotation marks",
        ),
        (Mistake(field="number", kind="too_large", bound="9"), "number: must be at most 9"),
        (Mistake(field="theme", kind="too_short", bound="1"), "theme: must not be empty"),
        (Mistake(field="theme", kind="too_short", bound="9"), "theme: needs at least 9 characters"),
        (Mistake(field="", kind="type", bound="object"), "must be a table"),
        (Mistake(field="number", kind="other"), "number: cannot be taken as it is"),
    ],
)
def test_a_mistake_is_told_in_words(wrong: Mistake, sentence: str) -> None:
    assert in_words(wrong, ("number", "theme"), choices=("light", "dark")) == sentence
