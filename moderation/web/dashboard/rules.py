"""The rules of a site: what each asks, how it is set, and how it fared; changes can be tried before they are saved."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moderation.foundation.days import day_of, zone
from moderation.foundation.errors import Missing, Refused
from moderation.foundation.options import as_json, read_options
from moderation.records import Moderate, Role, RuleSetting, RuleState, Simulation, Site
from moderation.review.statistics import RuleFigures, rule_figures
from moderation.screening import simulate
from moderation.screening.rule import Rule
from moderation.screening.screen import all_rules
from moderation.web.configuring import save
from moderation.web.dashboard_page import Page
from moderation.web.guards import moderator_now, own_site
from moderation.web.house import house
from moderation.web.option_fields import PREFIX, Field, option_fields, read_fields
from moderation.web.reading import read
from moderation.web.words import plural

page = Page("rules", "Rules", None)

_STATES: Final = {
    RuleState.on.value: ("On", "It counts."),
    RuleState.log.value: ("Log only", "What it notices is shown to you, without effect."),
    RuleState.off.value: ("Off", "It does not look."),
}
_AMOUNTS: Final = {"100": "the last 100 comments", "1000": "the last 1,000 comments", "all": "all comments"}
_OTHERWISE: Final = {
    Moderate.all: "Every comment waits for a moderator, whatever the rules say in its favour.",
    Moderate.untrusted: "A comment waits for a moderator, unless its writer is trusted.",
    Moderate.first_timers: "A writer’s first comment waits for a moderator; the following ones are approved.",
    Moderate.none: "A comment is approved.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleForm:
    """One rule, ready for its template."""

    name: str
    asks: str
    state: str
    fields: tuple[Field, ...]
    figures: str
    open: bool
    problems: dict[str, str]


@page.get("/<site_key>/rules")
def show(site_key: str) -> str:
    """All rules of a site."""
    site = own_site(site_key)
    tried = _tried(site, request.args.get("trial"))
    return _render(site, opened=request.args.get("rule"), given=tried)


@page.post("/<site_key>/rules/<name>")
def change(site_key: str, name: str) -> ResponseReturnValue:
    """Save a rule's setting, or try it on former comments first."""
    site, rule = own_site(site_key, role=Role.owner), _rule(name)
    setting = _typed(rule)
    try:
        read_options(rule.options, setting.options)
    except Refused as problem:
        return _render(site, opened=name, given={name: setting}, problem=problem), 422
    if request.form.get("do") == "try":
        return _try(site, name, setting)
    return save_rule(site, name, setting)


def save_rule(site: Site, name: str, setting: RuleSetting) -> ResponseReturnValue:
    """Keep a rule's setting, and lead back to it."""
    stored = as_json(setting, defaults=False)
    there = url_for("dashboard.rules.show", site_key=site.key, rule=name, _anchor=name)
    try:
        save(site, {f"rules.{name}": stored or None}, said="The rule is saved. It counts for comments from now on.")
    except Refused as problem:
        flash(problem.message, "problem")
    return redirect(there, 303)


def asks(name: str) -> str:
    """Return a rule's question."""
    return _rule(name).asks


def _try(site: Site, name: str, setting: RuleSetting) -> ResponseReturnValue:
    home, amount = house(), request.form.get("wanted", "100")
    if amount not in _AMOUNTS:
        raise Refused("This form is not complete. Please reload the page.")
    with home.database.transaction() as db:
        begun = simulate.begin(
            db,
            site_id=site.id,
            moderator_id=moderator_now().id,
            policy=site.policy,
            rule=name,
            setting=setting,
            wanted=None if amount == "all" else int(amount),
            now=home.now(),
        )
    if begun.finished_at is None:
        begun = simulate.go_on(home.database, begun, read=read, now=home.now())
    if begun.finished_at is None:
        # The worker does the rest.
        home.ring()
    return redirect(url_for("dashboard.trial.show", site_key=site.key, trial_id=begun.id), 303)


def _tried(site: Site, trial_id: str | None) -> dict[str, RuleSetting]:
    """Return the setting that was tried, to be shown in the form."""
    if not trial_id:
        return {}
    with house().database.reading() as db:
        trial = db.get(Simulation, trial_id)
    if trial is None or trial.site_id != site.id:
        return {}
    return {trial.rule: read_options(RuleSetting, trial.after["rules"][trial.rule])}


def _rule(name: str) -> Rule[Any]:
    rule = all_rules().get(name)
    if rule is None:
        raise Missing("There is no such rule.")
    return rule


def _typed(rule: Rule[Any]) -> RuleSetting:
    state = next((state for state in RuleState if state.value == request.form.get("state")), None)
    if state is None:
        raise Refused("This form is not complete. Please reload the page.")
    found = read_fields(rule.options, request.form)
    try:
        # Numbers and lists become what they are, and what is the default is left out.
        options = as_json(read_options(rule.options, found), defaults=False)
    except Refused:
        options = found
    return RuleSetting(state=state, options=options)


def _render(site: Site, *, opened: str | None, given: dict[str, RuleSetting], problem: Refused | None = None) -> str:
    policy = site.policy
    fared = _fared(site)
    forms = []
    for rule in all_rules().values():
        setting = given.get(rule.name) or policy.rules.get(rule.name) or RuleSetting()
        is_open = rule.name in (opened, *given)
        forms.append(
            RuleForm(
                name=rule.name,
                asks=rule.asks,
                state=setting.state.value,
                fields=option_fields(rule.options, setting.options),
                figures=_figures(fared.get(rule.name)),
                open=is_open,
                problems=_problems(problem) if is_open and problem else {},
            )
        )
    return render_template(
        "dashboard/rules.html",
        site=site,
        rules=forms,
        states=_STATES,
        amounts=_AMOUNTS,
        otherwise=_OTHERWISE[policy.moderate],
        owner=moderator_now().role_on(site.id) is Role.owner,
    )


def _fared(site: Site) -> dict[str, RuleFigures]:
    """Return how the rules fared within 30 days."""
    last = day_of(house().now(), zone(site.policy.time_zone))
    with house().database.reading() as db:
        figures = rule_figures(db, site.id, first=last - timedelta(days=29), last=last)
    return {one.rule: one for one in figures}


def _figures(fared: RuleFigures | None) -> str:
    if fared is None or not fared.noticed:
        return "Noticed nothing in 30 days."
    times = f"Noticed something {plural(fared.noticed, 'time')} in 30 days"
    if not fared.judged:
        return f"{times}; nothing of it was decided by a moderator."
    return f"{times}; of {fared.judged:,} that moderators decided, {fared.otherwise:,} otherwise than the rule."


def _problems(problem: Refused) -> dict[str, str]:
    # Of a list's entry, the field is the list.
    field = (problem.field or "rule").partition(".")[0]
    return {f"{PREFIX}{field}": problem.message, "rule": problem.message}
