"""Options: read with their defaults, refused in a sentence that names the one that is wrong, told as JSON."""

from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta, field

from moderation.foundation.errors import Refused
from moderation.foundation.options import Options, as_json, known_options, read_options


class Colour(StrEnum):
    """One of two."""

    red = "red"
    blue = "blue"


class Frame(Options, frozen=True, kw_only=True):
    """What is around it."""

    colour: Colour = Colour.red
    width: Annotated[int, Meta(ge=1, le=9)] = 2


class Picture(Options, frozen=True, kw_only=True):
    """One option of each kind."""

    title: Annotated[str, Meta(min_length=2, max_length=9, title="Its title", description="What stands below.")] = (
        "none"
    )
    size: Annotated[Annotated[int, Meta(ge=10, le=99)] | None, Meta(description="In centimetres.")] = None
    hung: bool = False
    side: Literal["left", "right"] = "left"
    tags: Annotated[tuple[str, ...], Meta(max_length=2)] = ()
    frames: dict[str, Frame] = field(default_factory=dict)

    @classmethod
    def spelled_out(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Let tags be written in a row."""
        return given | {"tags": given["tags"].split()} if isinstance(given.get("tags"), str) else given

    def __post_init__(self) -> None:
        self.put("title", _no_exclamation)


def _no_exclamation(title: str) -> str:
    if "!" in title:
        raise ValueError("must not shout")
    return title.capitalize()


def test_what_is_not_given_has_its_default():
    assert read_options(Picture, {}) == Picture()
    assert read_options(Picture, {"size": 20}).title == "None"


@pytest.mark.parametrize(
    ("given", "name", "value"),
    [
        ({"title": "  the sea \n"}, "title", "The sea"),
        ({"size": "20"}, "size", 20),
        ({"size": None}, "size", None),
        ({"hung": " Yes "}, "hung", True),
        ({"hung": "off"}, "hung", False),
        ({"tags": "a b"}, "tags", ("a", "b")),
        ({"tags": [" a "]}, "tags", ("a",)),
        (
            {"frames": {"inner": {"width": " 3 ", "colour": " blue"}}},
            "frames",
            {"inner": Frame(width=3, colour=Colour.blue)},
        ),
        ({"size": "020"}, "size", 20),
        ({"hung": "n"}, "hung", False),
    ],
)
def test_it_may_be_written_as_a_person_or_a_form_writes_it(given, name, value):
    assert getattr(read_options(Picture, given), name) == value


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"title": "a"}, "title: needs at least 2 characters."),
        ({"title": "a" * 10}, "title: must have at most 9 characters."),
        ({"title": "sea!"}, "title: must not shout."),
        ({"title": 5}, "title: must be a text in quotation marks."),
        ({"title": {"a": "b"}}, "title: must be a text in quotation marks."),
        ({"size": 9}, "size: must be at least 10."),
        ({"size": True}, "size: must be a whole number."),
        ({"hung": "perhaps"}, "hung: must be true or false."),
        ({"side": "top"}, "side: must be 'left' or 'right'."),
        ({"side": None}, "side: must be 'left' or 'right'."),
        ({"tags": ["a", "b", "c"]}, "tags: must have at most 2 entries."),
        ({"tags": [5]}, "tags.0: must be a text in quotation marks."),
        ({"titel": "sea"}, "titel: there is no such option; did you mean title?"),
        ({"frames": {"a": {}, "b.c": {"colour": "grey"}}}, "frames.b.c.colour: must be 'red' or 'blue'."),
        ({"frames": {"a": {"widht": 1}}}, "frames.a.widht: there is no such option; did you mean width?"),
        ({"frames": {"a": 5}}, "frames: must be a table."),
        ({"frames": []}, "frames: must be a table."),
        ({"title": "caf\udce9"}, "title: is not in UTF-8."),
        ({"hung": "\udce9"}, "hung: is not in UTF-8."),
        ({"tags": ["a", "\udce9"]}, "tags: is not in UTF-8."),
        ({"frames": {"\udce9": {}}}, "frames: is not in UTF-8."),
        ({"\udce9": 1}, "?: is not in UTF-8."),
    ],
)
def test_what_is_wrong_is_named_in_a_sentence(given, sentence):
    with pytest.raises(Refused) as refused:
        read_options(Picture, given)
    assert refused.value.message == sentence
    assert refused.value.field == sentence.partition(":")[0]


def test_it_is_told_as_json_whole_or_without_what_is_as_usual():
    picture = read_options(Picture, {"title": "sea", "tags": ["a"], "frames": {"a": {"colour": "blue"}}})
    assert as_json(picture, defaults=False) == {"title": "Sea", "tags": ["a"], "frames": {"a": {"colour": "blue"}}}
    assert as_json(picture) == {
        "title": "Sea",
        "size": None,
        "hung": False,
        "side": "left",
        "tags": ["a"],
        "frames": {"a": {"colour": "blue", "width": 2}},
    }
    assert read_options(Picture, as_json(picture)) == picture


def test_what_is_known_of_each_option():
    known = known_options(Picture)
    assert (known["title"].title, known["title"].description) == ("Its title", "What stands below.")
    assert (known["title"].default, known["title"].kind, known["title"].most) == ("none", str, 9)
    assert (known["size"].least, known["size"].most, known["size"].default) == (10, 99, None)
    assert known["side"].choices == ("left", "right")
    assert known_options(Frame)["colour"].choices == ("red", "blue")
    assert known["frames"].default == {}
