"""What somebody typed into a form of ours: made uniform, and refused where it cannot be kept."""

from typing import Final

from flask import request

from moderation.foundation.errors import Refused
from moderation.foundation.text import is_blank, normalise, refuse_controls
from moderation.intake.shapes import BODY_CHARACTERS
from moderation.intake.submit import Text
from moderation.journey import prepare

REASON_CHARACTERS: Final = 500


def typed(field: str, *, longest: int, needed: str = "") -> str:
    """Return a text of several lines, trimmed.

    Args:
        longest: in characters.
        needed: what to say when there is nothing; empty where that is welcome.

    Raises:
        Refused: it is too long, holds what nobody types, or is missing.
    """
    text = normalise(request.form.get(field, ""), field=field).strip()
    refuse_controls(text, field=field, multiline=True)
    if len(text) > longest:
        raise Refused(f"This can have at most {longest:,} characters; it has {len(text):,}.", field=field)
    if needed and is_blank(text):
        raise Refused(needed, field=field)
    return text


def typed_body(field: str = "body") -> Text:
    """Return the text of a comment, rendered; to be called outside any transaction.

    Raises:
        Refused: it cannot be taken.
    """
    return prepare(typed(field, longest=BODY_CHARACTERS, needed="Please write something."))
