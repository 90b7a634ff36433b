"""All that the owner of a site can set, on one page, each option with its help and its default."""

from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import available_timezones

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moderation.foundation.errors import Problem, Refused
from moderation.foundation.options import as_json, known_options, read_options
from moderation.foundation.text import clean_name
from moderation.identity.provider_keys import all_keys
from moderation.identity.return_address import return_address
from moderation.identity.site import read_locale, read_origin
from moderation.records import Moderate, Policy, Role, Site
from moderation.review.old_spam import count_old_spam
from moderation.web.configuring import save
from moderation.web.dashboard_page import Page
from moderation.web.guards import own_path, own_site
from moderation.web.house import house
from moderation.web.losing import Loss, loss_by
from moderation.web.option_fields import PREFIX, Field, option_fields, read_fields

page = Page("settings", "Settings", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Options that belong together on the page."""

    name: str
    title: str
    about: str
    options: tuple[str, ...]


_GROUPS: Final = (
    Group(
        name="moderating",
        title="Moderating",
        about="Whose comments wait for you where no rule says anything, and how long pages take comments.",
        options=("moderate", "languages", "close_after_days"),
    ),
    Group(
        name="commenters",
        title="Who may comment",
        about="Guests write with a name; others sign in at a provider.",
        options=("guests_allowed", "guest_email_required", "guest_email_confirmed"),
    ),
    Group(
        name="comments",
        title="Comments",
        about="What a comment may be.",
        options=("max_length", "edit_window", "max_depth", "likes"),
    ),
    Group(name="looks", title="Looks and time", about="", options=("theme", "time_zone")),
    Group(
        name="privacy",
        title="Privacy",
        about="What is kept of commenters, how long, and what they are told.",
        options=("privacy", "address_days", "spam_days"),
    ),
)
_LABELS: Final = {
    "moderate": {
        Moderate.all.value: "Every comment waits",
        Moderate.first_timers.value: "A writer’s first comment waits",
        Moderate.untrusted.value: "All wait but those whom I trust",
        Moderate.none.value: "None waits, unless a rule holds it",
    },
    "theme": {"auto": "As the blog", "light": "Light", "dark": "Dark"},
}


_FORM: Final = tuple(name for group in _GROUPS for name in group.options)


@page.get("/<site_key>/settings")
def show(site_key: str) -> str:
    """All options of a site."""
    return _render(own_site(site_key, role=Role.owner))


@page.post("/<site_key>/settings")
def change(site_key: str) -> ResponseReturnValue:
    """Keep all options of the form; what is as it was is not touched."""
    site = own_site(site_key, role=Role.owner)
    try:
        wanted = _differing(site, _typed(site))
        loss = loss_by(site, wanted)
        if loss is not None and request.form.get("sure") != loss.sure:
            return _render(site, loss=loss)
        save(site, wanted, said="Saved. It holds from now on.")
    except Refused as problem:
        return _render(site, problem), 422
    return _back(site)


@page.post("/<site_key>/settings/hold")
def hold(site_key: str) -> ResponseReturnValue:
    """Make every new comment wait, or no more."""
    site, begins = own_site(site_key, role=Role.owner), request.form.get("to") == "on"
    said = "Every new comment waits for you now." if begins else "Comments are screened as usual again."
    save(site, {"hold_everything": True if begins else None}, said=said)
    return redirect(own_path(request.form.get("back")), 303)


@page.post("/<site_key>/settings/origins")
def origins(site_key: str) -> ResponseReturnValue:
    """Let another origin embed the site, or one no more."""
    site = own_site(site_key, role=Role.owner)
    known = sorted(origin.origin for origin in site.origins)
    try:
        if removed := request.form.get("remove", ""):
            wanted, said = _without(site, known, removed), f"Readers at {removed} see no comments now."
        else:
            added = read_origin(request.form.get("origin", ""))
            wanted, said = {"origins": sorted({*known, added})}, f"The comments may be embedded on {added} now."
        save(site, wanted, said=said)
    except Refused as problem:
        return _render(site, problem), 422
    return _back(site, "origins")


def _without(site: Site, known: list[str], removed: str) -> dict[str, Any]:
    wanted: dict[str, Any] = {"origins": [origin for origin in known if origin != removed]}
    address = return_address(site, removed)
    if address is not None:
        # No sign-in comes back there any more.
        wanted["return_addresses"] = [one for one in site.policy.return_addresses if one != address] or None
    return wanted


def _typed(site: Site) -> dict[str, Any]:
    """Return all that the form holds, checked.

    Raises:
        Refused: naming the first that cannot be.
    """
    form = request.form
    wanted: dict[str, Any] = {
        "name": clean_name(form.get("name", ""), field="name"),
        "locale": read_locale(form.get("locale", "")),
    }
    found = read_fields(Policy, form, only=_FORM)
    read = read_options(Policy, {**site.settings, **dict.fromkeys(_FORM), **_defaults(), **found})
    stored = as_json(read, defaults=False)
    wanted |= {name: stored.get(name) for name in _FORM}
    if "providers_shown" in form:
        there = form.getlist("provider_there")
        chosen = [name for name in form.getlist("provider") if name in there]
        wanted["providers"] = None if set(chosen) == set(there) else chosen
    return wanted


def _defaults() -> dict[str, Any]:
    return {name: known_options(Policy)[name].default for name in _FORM}


def _differing(site: Site, wanted: dict[str, Any]) -> dict[str, Any]:
    now = {"name": site.name, "locale": site.locale, **as_json(site.policy, defaults=False)}
    return {name: value for name, value in wanted.items() if now.get(name) != value}


def _back(site: Site, place: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("dashboard.settings.show", site_key=site.key, _anchor=place), 303)


def _render(site: Site, problem: Problem | None = None, *, loss: Loss | None = None) -> str:
    home, policy, unsaved = house(), site.policy, problem is not None or loss is not None
    given = {**site.settings, **read_fields(Policy, request.form, only=_FORM)} if unsaved else site.settings
    with home.database.reading() as db:
        providers = [(row.name, row.label) for row in all_keys(db) if row.enabled]
        days = policy.spam_days
        old = count_old_spam(db, site, days=days, now=home.now()) if days else None
        would = count_old_spam(db, site, days=30, now=home.now()) if not days else None
    field = (problem.field or "") if problem else ""
    return render_template(
        "dashboard/settings.html",
        site=site,
        policy=policy,
        groups=[(group, _fields(group, given)) for group in _GROUPS],
        labels=_LABELS,
        name=request.form.get("name", site.name) if unsaved else site.name,
        locale=request.form.get("locale", site.locale) if unsaved else site.locale,
        origin=request.form.get("origin", "") if problem else "",
        origins=sorted(known.origin for known in site.origins),
        providers=providers,
        chosen=policy.providers if policy.providers is not None else [name for name, _ in providers],
        zones=sorted(available_timezones()),
        loss=loss,
        old_spam=old,
        would_spam=would,
        problems={field: problem.message, PREFIX + field: problem.message} if problem else {},
        place=url_for("dashboard.settings.show", site_key=site.key),
    )


def _fields(group: Group, given: dict[str, Any]) -> tuple[Field, ...]:
    found = {field.name.removeprefix(PREFIX): field for field in option_fields(Policy, given, only=group.options)}
    return tuple(found[name] for name in group.options)
