"""A channel: a way that a notice can travel, such as mail."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moderation.foundation.options import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A notice in words, ready to be sent.

    Args:
        id: of the notice; the same at every try, so that a receiver can know a letter that comes twice.
        name: whom it is for, text from a stranger; may be empty.
        address: where it goes, in the channel's own form; for mail an e-mail address.
        subject: one line; may hold text from a stranger.
        unsubscribe: https URL of a page where such letters can be stopped.
        sent_at: UTC.
    """

    id: str
    name: str
    address: str
    subject: str
    text: str
    html: str
    unsubscribe: str | None = None
    sent_at: datetime


class NotDelivered(Exception):
    """A letter could not be sent.

    Args:
        problem: a sentence for the author; without addresses and without what a server said, which may quote one.
        permanent: trying again cannot help.
    """

    def __init__(self, problem: str, *, permanent: bool = False) -> None:
        super().__init__(problem)
        self.problem = problem
        self.permanent = permanent


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One way to send letters.

    Args:
        name: the file's name.
        options: what it needs to know of this installation.
        send: sends one letter, within a minute; raises ``NotDelivered``. Called outside any transaction, from several
            threads.
    """

    name: str
    options: type[Options]
    send: Callable[[Letter, Any], None]
