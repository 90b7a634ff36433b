"""What the stories in a real browser share: one running trial for all of a worker's, readers and moderators."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.people import Author, Reader, Watch
from tests.browser.trial import Trial, running_trial

# A machine that does much else at the time is slow; what does not come in this time never will.
expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """The trial without rate limits, since a hundred stories come from one address."""
    with running_trial(tmp_path_factory.mktemp("trial"), "--no-limits") as trial:
        yield trial


@pytest.fixture(scope="session")
def severed_trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """The trial with its limits, whose provider cuts its window off from the blog's."""
    with running_trial(tmp_path_factory.mktemp("severed"), "--coop") as trial:
        yield trial


@pytest.fixture
def enter(
    new_context: Callable[..., BrowserContext], trial: Trial
) -> Iterator[Callable[..., tuple[BrowserContext, Watch]]]:
    """Start a browser of somebody's own under watch; at the end it must have seen nothing wrong.

    Further arguments are Playwright's for a context; ``context`` brings one that is there already, ``to`` leads to
    another trial.
    """
    watches: list[Watch] = []

    def enter_one(
        *, context: BrowserContext | None = None, to: Trial | None = None, **more: Any
    ) -> tuple[BrowserContext, Watch]:
        there = to or trial
        context = context or new_context(**more)
        watches.append(Watch(context, there))
        return context, watches[-1]

    yield enter_one
    for watch in watches:
        watch.check()


@pytest.fixture
def reader(enter: Callable[..., tuple[BrowserContext, Watch]], trial: Trial) -> Callable[..., Reader]:
    """Make somebody who reads, in a browser of their own; takes what ``enter`` takes."""

    def make(**more: Any) -> Reader:
        context, watch = enter(**more)
        return Reader(context, more.get("to") or trial, watch)

    return make


@pytest.fixture
def author(enter: Callable[..., tuple[BrowserContext, Watch]], trial: Trial) -> Callable[..., Author]:
    """Make somebody who moderates, in a browser of their own; takes what ``enter`` takes."""

    def make(**more: Any) -> Author:
        context, watch = enter(**more)
        return Author(context, more.get("to") or trial, watch)

    return make
