"""How a site fares: comments, how long they waited, what the rules did, sign-ins, the busiest pages; as plots, tables
and a file."""

import csv
import io
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from flask import Response, jsonify, render_template, request
from sqlalchemy import select

from moderation.foundation.days import day_of, zone
from moderation.foundation.errors import Refused
from moderation.records import ProviderKeys, Site
from moderation.review.statistics import STATUSES, Statistics, statistics
from moderation.screening.screen import POLICY, all_rules
from moderation.web.dashboard_page import Page
from moderation.web.guards import own_site
from moderation.web.house import house
from moderation.web.words import ago, span

page = Page("stats", "Statistics", None)

RANGES: Final = (7, 30, 90, 365)
# What a spreadsheet would take for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The figures of a site's last days, with names for people."""

    site: Site
    days: int
    zone: str
    figures: Statistics
    rules: dict[str, str]
    providers: dict[str, str]


@page.get("/<site_key>/stats")
def show(site_key: str) -> str:
    """All figures of a site."""
    seen, now = _seen(site_key), house().now()
    counted = seen.site.counted_at
    return render_template(
        "dashboard/stats.html",
        seen=seen,
        site=seen.site,
        figures=seen.figures,
        ranges=RANGES,
        statuses=STATUSES,
        totals={status: sum(seen.figures.comments[status]) for status in STATUSES},
        span=span,
        counted=ago(counted, now) if counted else None,
    )


@page.get("/<site_key>/stats.json")
def figures(site_key: str) -> Response:
    """The figures that the plots draw."""
    seen = _seen(site_key)
    found = seen.figures
    return jsonify(
        days=[day.isoformat() for day in found.days],
        comments=[
            {"name": status.value.capitalize(), "status": status.value, "numbers": found.comments[status]}
            for status in STATUSES
        ],
        times={"median": found.median, "p90": found.p90},
        rules=_bars(
            # Questions are too long beside a bar.
            [(one.rule.replace("_", " ").capitalize(), one.judged, one.otherwise) for one in found.rules if one.judged],
            ("You decided", "Otherwise than the rule"),
        ),
        sign_ins=_bars(
            [(seen.providers.get(one.provider, one.provider), one.started, one.finished) for one in found.funnels],
            ("Started", "Finished"),
        ),
        pages=_bars([(one.title, one.comments) for one in found.pages], ("Approved comments",)),
    )


@page.get("/<site_key>/stats.csv")
def export(site_key: str) -> Response:
    """The figures as a file for a spreadsheet."""
    seen = _seen(site_key)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("what", "day", "name", "number"))
    writer.writerows([plain_cell(cell) for cell in row] for row in _rows(seen))
    name = f"{seen.site.key}-{seen.figures.days[0]}-{seen.figures.days[-1]}.csv"
    return Response(
        # Some spreadsheets take anything else for an old encoding.
        "\ufeff" + text.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def plain_cell(cell: object) -> str:
    """Return what stands in a cell, so that no spreadsheet takes it for a formula."""
    text = str(cell)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _rows(seen: Seen) -> list[tuple[object, ...]]:
    found, whole = seen.figures, f"{seen.figures.days[0]} to {seen.figures.days[-1]}"
    rows: list[tuple[object, ...]] = []
    for place, day in enumerate(found.days):
        rows += [("comments", day, status.value, found.comments[status][place]) for status in STATUSES]
        for name, series in (("median seconds", found.median), ("90th percentile seconds", found.p90)):
            if series[place] is not None:
                rows.append(("time to decision", day, name, series[place]))
    for rule in found.rules:
        name = seen.rules.get(rule.rule, rule.rule)
        rows += [("rule noticed", whole, name, rule.noticed), ("rule judged", whole, name, rule.judged)]
        rows.append(("rule decided otherwise", whole, name, rule.otherwise))
    for one in found.funnels:
        name = seen.providers.get(one.provider, one.provider)
        rows += [("sign-in started", whole, name, one.started), ("sign-in finished", whole, name, one.finished)]
    rows += [("approved comments on page", whole, one.title, one.comments) for one in found.pages]
    return rows


def _bars(rows: list[tuple[Any, ...]], names: tuple[str, ...]) -> dict[str, Any]:
    series = [{"name": name, "numbers": [row[place] for row in rows]} for place, name in enumerate(names, start=1)]
    return {"labels": [row[0] for row in rows], "series": series}


def _seen(site_key: str) -> Seen:
    site, days = own_site(site_key), _days()
    there = site.policy.time_zone
    last: date = day_of(house().now(), zone(there))
    with house().database.reading() as db:
        found = statistics(db, site.id, first=last - timedelta(days=days - 1), last=last)
        labels = dict(db.execute(select(ProviderKeys.name, ProviderKeys.label)).all())
    asks = {name: rule.asks for name, rule in all_rules().items()}
    return Seen(
        site=site,
        days=days,
        zone=there,
        figures=found,
        rules=asks | {POLICY: "The site’s policy"},
        providers=labels,
    )


def _days() -> int:
    given = request.args.get("days", "30")
    if given not in {str(days) for days in RANGES}:
        raise Refused("Choose 7, 30, 90 or 365 days.", field="days")
    return int(given)
