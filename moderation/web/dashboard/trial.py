"""A changed rule, tried on former comments: how far it is, and which of them would have fared otherwise."""

from dataclasses import dataclass
from typing import Final

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from moderation.foundation.errors import Missing
from moderation.foundation.options import read_options
from moderation.publishing.markup import plain
from moderation.records import Comment, Role, RuleSetting, Simulation, Site, Status, Verdict, Version
from moderation.screening import simulate
from moderation.screening.simulate import Change
from moderation.web.dashboard import rules
from moderation.web.dashboard_page import Page
from moderation.web.guards import own_site
from moderation.web.house import house
from moderation.web.words import excerpt, plural

page = Page("trial", "What would change", None)

_WOULD: Final = {Verdict.approve: "have passed", Verdict.hold: "have held", Verdict.spam: "have taken for spam"}
_WAS: Final = {
    Status.approved: "that you approved",
    Status.rejected: "that you rejected",
    Status.spam: "that you marked as spam",
}
_FOUND_OUT: Final = {"on": "It would be on", "log": "It would only log", "off": "It would be off"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A comment that would have fared otherwise."""

    id: str
    name: str
    excerpt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Comments that would have fared otherwise in the same way; ``against`` how they were decided."""

    sentence: str
    count: int
    against: bool
    comments: tuple[Tried, ...]


@page.get("/<site_key>/rules/tried/<trial_id>")
def show(site_key: str, trial_id: str) -> str:
    """How far a trial is, and what it found."""
    site = own_site(site_key, role=Role.owner)
    with house().database.reading() as db:
        trial = _trial(db, site, trial_id)
        groups = tuple(_group(db, change) for change in simulate.changes(trial.changed))
    there = url_for("dashboard.rules.show", site_key=site.key, rule=trial.rule, trial=trial.id, _anchor=trial.rule)
    return render_template(
        "dashboard/trial.html",
        site=site,
        trial=trial,
        asks=rules.asks(trial.rule),
        told=_told(trial),
        done=trial.done,
        wanted=trial.wanted,
        running=trial.finished_at is None,
        groups=groups,
        rule_address=there,
    )


@page.post("/<site_key>/rules/tried/<trial_id>/end")
def end(site_key: str, trial_id: str) -> ResponseReturnValue:
    """Stop a trial; what it found so far stays."""
    site = own_site(site_key, role=Role.owner)
    with house().database.transaction() as db:
        simulate.stop(db, _trial(db, site, trial_id), now=house().now())
    return redirect(url_for("dashboard.trial.show", site_key=site.key, trial_id=trial_id), 303)


@page.post("/<site_key>/rules/tried/<trial_id>/save")
def save(site_key: str, trial_id: str) -> ResponseReturnValue:
    """Keep the setting that was tried."""
    site = own_site(site_key, role=Role.owner)
    with house().database.reading() as db:
        trial = _trial(db, site, trial_id)
    return rules.save_rule(site, trial.rule, _setting(trial))


def _trial(db: Session, site: Site, trial_id: str) -> Simulation:
    trial = db.get(Simulation, trial_id) if trial_id.isascii() and trial_id.isidentifier() else None
    if trial is None or trial.site_id != site.id:
        raise Missing("This trial is not there any more. They are kept for a day; please try again.")
    return trial


def _setting(trial: Simulation) -> RuleSetting:
    return read_options(RuleSetting, trial.after["rules"][trial.rule])


def _told(trial: Simulation) -> str:
    """Return the setting that is tried, in words."""
    setting = _setting(trial)
    chosen = [f"{name.replace('_', ' ')}: {_value(value)}" for name, value in setting.options.items()]
    return f"{_FOUND_OUT[setting.state.value]}; {', '.join(chosen) or 'all its options at their defaults'}."


def _value(value: object) -> str:
    if isinstance(value, list):
        return plural(len(value), "entry" if len(value) == 1 else "entrie")
    return {True: "on", False: "off"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _group(db: Session, change: Change) -> Group:
    count, would = plural(change.count, "comment"), _WOULD[change.after]
    newest = (
        select(Comment, Version.html)
        .join(Version, (Version.comment_id == Comment.id) & (Version.number == Comment.latest))
        .where(Comment.id.in_(change.comment_ids))
        .options(joinedload(Comment.person))
    )
    found = {comment.id: (comment, html) for comment, html in db.execute(newest)}
    rows = (found[comment_id] for comment_id in change.comment_ids if comment_id in found)
    return Group(
        sentence=f"Would {would} {count} {_WAS.get(change.status, '')}".rstrip() + ".",
        count=change.count,
        against=change.against_you,
        comments=tuple(Tried(id=row.id, name=row.person.name, excerpt=excerpt(plain(html))) for row, html in rows),
    )
