"""A kind of action: what moderators do beside deciding on a comment, so declared that it can be undone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from moderation.records import Role

# Small JSON that says how something stands; never holds a commenter's text.
State = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is acted on, by whom, when."""

    site_id: str
    subject_id: str
    moderator_id: str
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of action.

    Args:
        name: the file's name.
        subject: what it is done to; a site's may touch any of its comments.
        role: who may do it, and take it back.
        read: tells how the subject stands, in the form that ``write`` takes, and locks it; given the state that is
            about to be replaced or reached, of which a kind may read only the parts. None for a kind that is nothing
            but its decisions.
        write: goes from the state that was read to another, a wanted one or one that was read before, and returns it
            completed. Whatever moderators ask for comes through here, so it refuses what cannot be.
        tell: says what was done, from the states before and after: words that the subject's name can follow, or two
            parts that it stands between. Of many comments it is their number that follows.
        example: a state that may be wanted.
        sensitive: tells of the state before whether who brings it back is to show again who they are, as who changed it
            had to.
    """

    name: str
    subject: Literal["comment", "person", "page", "site"]
    role: Role = Role.moderator
    read: Callable[[Session, Target, State], State] | None
    write: Callable[[Session, Target, State, State], State]
    tell: Callable[[State, State], str | tuple[str, str]]
    example: State
    sensitive: Callable[[State], bool] = lambda _before: False
