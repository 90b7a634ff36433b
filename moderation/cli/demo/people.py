"""The trial's first comments, from people who do not exist, so that there is something to read and to decide."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleComment:
    """What somebody said under a post of the sample blog.

    Args:
        post: key of the page, its path on the blog.
        provider: where the person signed in; `guest` for somebody who filled in the fields.
        body: Markdown.
        answers: place of the comment it answers in `SAMPLES`, always an earlier one.
        age: how long before the start of the trial it was written.
        approved: whether it stands under the post already; else it waits.
    """

    post: str
    person: str
    provider: str
    email: str | None
    website: str | None
    body: str
    answers: int | None
    age: timedelta
    approved: bool


def _read(entry: Mapping[str, Any], places: Mapping[str, int]) -> SampleComment:
    number, unit = entry["age"].split()
    return SampleComment(
        post=entry["post"],
        person=entry["person"],
        provider=entry["provider"],
        email=entry.get("email"),
        website=entry.get("website"),
        body=entry["body"].strip(),
        answers=places[entry["answers"]] if "answers" in entry else None,
        age=timedelta(**{unit.removesuffix("s") + "s": int(number)}),
        approved=entry["approved"],
    )


_CONTENT: Final = tomllib.loads(Path(__file__).with_name("people.toml").read_text(encoding="utf-8"))
_PLACES: Final = {entry["id"]: place for place, entry in enumerate(_CONTENT["comment"])}

POSTS: Final[Mapping[str, str]] = _CONTENT["posts"]
"""The title of each post of the sample blog, by the key of its page."""

SAMPLES: Final = tuple(_read(entry, _PLACES) for entry in _CONTENT["comment"])
"""The comments, parents before answers."""
