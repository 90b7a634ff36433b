"""What the daily sums of a site say about some weeks or months."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.foundation.days import days_between
from moderation.records import Attempt, Daily, Page, Status
from moderation.records.daily import SIGN_IN_FINISHED, SIGN_IN_STARTED
from moderation.review.daily import COMMENTS, DECIDED, JUDGED, NOTICED, OTHERWISE, PAGES, PURGED

STATUSES: Final = (Status.approved, Status.waiting, Status.rejected, Status.spam, Status.withdrawn)
_TOP: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFigures:
    """How often a rule noticed something, how many of those comments moderators decided about, and how many of these
    otherwise than the rule would have."""

    rule: str
    noticed: int
    judged: int
    otherwise: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """How many tries to sign in at a provider were begun, and how many ended with somebody signed in."""

    provider: str
    started: int
    finished: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TopPage:
    """A page, and how many approved comments were written there."""

    title: str
    url: str
    comments: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """The figures of some days.

    Args:
        comments: for each status, how many were written on each day.
        median, p90: seconds until a moderator's first decision on the comments of each day, None on a day without one.
        decided: how many comments of each day a moderator decided about.
    """

    days: tuple[date, ...]
    comments: dict[Status, tuple[int, ...]]
    median: tuple[int | None, ...]
    p90: tuple[int | None, ...]
    decided: tuple[int, ...]
    rules: tuple[RuleFigures, ...]
    funnels: tuple[Funnel, ...]
    pages: tuple[TopPage, ...]


def statistics(db: Session, site_id: str, *, first: date, last: date) -> Statistics:
    """Return the figures of a site from one day to another, both included; sign-ins of the last hour are in them."""
    days = days_between(first, last)
    found = select(Daily.kind, Daily.day, Daily.name, Daily.number).where(
        Daily.site_id == site_id, Daily.kind.in_((COMMENTS, PURGED, DECIDED)), Daily.day.between(first, last)
    )
    daily: dict[tuple[str, str], dict[date, int]] = {}
    for row in db.execute(found):
        kind = COMMENTS if row.kind == PURGED else row.kind
        of = daily.setdefault((kind, row.name), {})
        of[row.day] = of.get(row.day, 0) + row.number
    times = {name: daily.get((DECIDED, name), {}) for name in ("median", "p90", "count")}
    return Statistics(
        days=tuple(days),
        comments={
            status: tuple(daily.get((COMMENTS, status.value), {}).get(day, 0) for day in days) for status in STATUSES
        },
        median=tuple(times["median"].get(day) for day in days),
        p90=tuple(times["p90"].get(day) for day in days),
        decided=tuple(times["count"].get(day, 0) for day in days),
        rules=rule_figures(db, site_id, first=first, last=last),
        funnels=_funnels(db, site_id, first, last),
        pages=_pages(db, site_id, first, last),
    )


def rule_figures(db: Session, site_id: str, *, first: date, last: date) -> tuple[RuleFigures, ...]:
    """Return how the rules fared on the comments of some days, the busiest first."""
    sums = _totals(db, site_id, (NOTICED, JUDGED, OTHERWISE), first, last)
    rules = {name for _, name in sums}
    figures = (
        RuleFigures(
            rule=rule,
            noticed=sums.get((NOTICED, rule), 0),
            judged=sums.get((JUDGED, rule), 0),
            otherwise=sums.get((OTHERWISE, rule), 0),
        )
        for rule in rules
    )
    return tuple(sorted(figures, key=lambda one: (-one.noticed, one.rule)))


def _totals(db: Session, site_id: str, kinds: Sequence[str], first: date, last: date) -> dict[tuple[str, str], int]:
    total = (
        select(Daily.kind, Daily.name, func.sum(Daily.number))
        .where(Daily.site_id == site_id, Daily.kind.in_(kinds), Daily.day.between(first, last))
        .group_by(Daily.kind, Daily.name)
    )
    return {(kind, name): int(number) for kind, name, number in db.execute(total)}


def _funnels(db: Session, site_id: str, first: date, last: date) -> tuple[Funnel, ...]:
    sums = _totals(db, site_id, (SIGN_IN_STARTED, SIGN_IN_FINISHED), first, last)
    # They are counted when they are forgotten, an hour later.
    lately = (
        select(Attempt.provider, func.count(), func.count(Attempt.person_id))
        .where(Attempt.site_id == site_id)
        .group_by(Attempt.provider)
    )
    for provider, started, finished in db.execute(lately):
        for kind, number in ((SIGN_IN_STARTED, started), (SIGN_IN_FINISHED, finished)):
            sums[kind, provider] = sums.get((kind, provider), 0) + number
    names = {name for _, name in sums}
    funnels = (
        Funnel(
            provider=name, started=sums.get((SIGN_IN_STARTED, name), 0), finished=sums.get((SIGN_IN_FINISHED, name), 0)
        )
        for name in names
    )
    return tuple(sorted(funnels, key=lambda one: (-one.started, one.provider)))


def _pages(db: Session, site_id: str, first: date, last: date) -> tuple[TopPage, ...]:
    busiest = (
        select(Daily.name, func.sum(Daily.number).label("comments"))
        .where(Daily.site_id == site_id, Daily.kind == PAGES, Daily.day.between(first, last))
        .group_by(Daily.name)
        .order_by(func.sum(Daily.number).desc(), Daily.name)
        .limit(_TOP)
        .subquery()
    )
    pages = select(Page.title, Page.key, Page.url, busiest.c.comments).join(busiest, busiest.c.name == Page.id)
    return tuple(
        TopPage(title=row.title or row.key, url=row.url, comments=int(row.comments))
        for row in db.execute(pages.order_by(busiest.c.comments.desc(), Page.id))
    )
