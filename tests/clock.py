"""The application by a clock that a test can move, so that nobody waits for ten minutes, or a month."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from flask import Flask

from moderation.web.house import House


class Clock:
    """The service's time, which a test can move ahead."""

    ahead = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockedHouse(House):
    """The house, by a clock that can be moved."""

    clock: Clock

    def now(self) -> datetime:
        return House.now(self) + self.clock.ahead


def give_clock(app: Flask, **other: Any) -> Clock:
    """Let an application go by a clock of its own; keyword arguments are further parts of its house."""
    house: House = app.extensions["house"]
    parts = {part.name: getattr(house, part.name) for part in fields(house)} | other
    clock = Clock()
    app.extensions["house"] = ClockedHouse(**parts, clock=clock)
    return clock
