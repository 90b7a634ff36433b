"""A kind of notice: what it says, read from the state at the moment it is sent."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy.orm import Session

from moderation.foundation.places import templates_folder
from moderation.foundation.tokens import Keys
from moderation.notifying.channel import Letter
from moderation.records import Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sends: this installation.

    Args:
        public_url: an origin, without a final slash.
    """

    public_url: str
    keys: Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of notice.

    Args:
        name: the file's name, and that of its templates.
        write: reads the state and writes the letter; None when it is no longer wanted.
    """

    name: str
    write: Callable[[Session, Notice, Sender, datetime], Letter | None]


def render(kind: str, /, **facts: Any) -> tuple[str, str]:
    """Return a letter's text and its HTML from the two templates of its kind.

    Args:
        facts: may hold text from strangers; it is escaped in HTML.
    """
    templates = _templates()
    return templates.get_template(f"{kind}.txt").render(facts), templates.get_template(f"{kind}.html").render(facts)


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(templates_folder() / "mail"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
