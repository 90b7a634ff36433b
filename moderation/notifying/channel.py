"""A channel: a way that a notice can travel, such as mail."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from moderation.foundation.options import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A notice in words, ready to be sent.

    Args:
        id: of the notice; the same at every try, so that a receiver can know a letter that comes twice.
        name: whom it is for, text from a stranger; may be empty.
        address: where it goes, in the channel's own form; for mail an e-mail address, for a webhook its https URL.
        subject: one line; may hold text from a stranger.
        unsubscribe: https URL of a page where such letters can be stopped.
        headers: what goes in front of the text, where the channel has such a place.
        sent_at: UTC.
    """

    id: str
    name: str
    address: str
    subject: str
    text: str
    html: str
    unsubscribe: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    sent_at: datetime


class NotDelivered(Exception):
    """A letter could not be sent.

    Args:
        problem: a sentence for the author; without addresses and without what a server said, which may quote one.
        permanent: trying again cannot help.
        wait: the receiver asks us not to try again sooner.
    """

    def __init__(self, problem: str, *, permanent: bool = False, wait: timedelta = timedelta()) -> None:
        super().__init__(problem)
        self.problem = problem
        self.permanent = permanent
        self.wait = wait


class Gone(NotDelivered):
    """The receiver wants nothing of us any more."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem, permanent=True)


class NotYet(Exception):
    """It is too early to write a letter.

    Args:
        until: when it is time.
    """

    def __init__(self, until: datetime) -> None:
        super().__init__("not yet")
        self.until = until


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
