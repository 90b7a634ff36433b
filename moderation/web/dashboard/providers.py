"""Where readers can sign in: our keys at each provider, whether they work, and in which order readers see them."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from moderation.foundation.errors import Missing, Problem, Refused
from moderation.identity.choices import icon_of
from moderation.identity.probe import Found, probe
from moderation.identity.provider import Provider, providers
from moderation.identity.provider_keys import (
    Entry,
    all_keys,
    check_name,
    keys_named,
    move_up,
    redirect_address,
    remove_keys,
    save_keys,
)
from moderation.identity.trouble import note_test, troubles
from moderation.records import ProviderKeys
from moderation.web.dashboard_page import Page
from moderation.web.guards import require_owner
from moderation.web.house import house
from moderation.web.option_fields import option_fields, read_fields
from moderation.web.proving import sensitive

page = Page("providers", "Sign-in", 25, for_owners=True)
page.views.before_request(require_owner)


@page.get("/providers")
def show() -> str:
    """All providers: those that are set up, and those that could be."""
    kinds = providers()
    with house().database.reading() as db:
        rows = [row for row in all_keys(db) if row.kind in kinds]
        wrong = {told.name: told for told in troubles(db, house().settings.public_url)}
    return render_template("dashboard/providers.html", rows=rows, kinds=kinds, wrong=wrong, icon=_icon)


@page.get("/providers/add/<kind>")
def add(kind: str) -> ResponseReturnValue:
    """The form for keys that are not there yet."""
    name, known = request.args.get("name", kind).strip(), _kind(kind)
    with house().database.reading() as db:
        taken = {row.name for row in all_keys(db)}
    try:
        check_name(name)
        if name in taken:
            raise Refused("You have a provider of this name already. Choose another for this one.", field="name")
    except Refused as problem:
        return _form(known, None, name, problem)
    return _form(known, None, name)


@page.post("/providers/add/<kind>")
@sensitive
def create(kind: str) -> ResponseReturnValue:
    """Keep new keys, and test them."""
    known, name = _kind(kind), request.form.get("name", "")
    with house().database.reading() as db:
        if any(row.name == name for row in all_keys(db)):
            return redirect(url_for("dashboard.providers.add", kind=kind, name=name), 303)
    return _save(known, None, name)


@page.get("/providers/<name>")
def one(name: str) -> ResponseReturnValue:
    """One provider: what is set up, and how it fares."""
    row = _row(name)
    return _form(_kind(row.kind), row, name)


@page.post("/providers/<name>")
@sensitive
def change(name: str) -> ResponseReturnValue:
    """Keep changed keys, and test them."""
    row = _row(name)
    return _save(_kind(row.kind), row, name)


@page.post("/providers/<name>/test")
def test(name: str) -> ResponseReturnValue:
    """Find out whether a provider works."""
    return _tell(_test(_row(name)), name)


@page.post("/providers/<name>/switch")
@sensitive
def switch(name: str) -> ResponseReturnValue:
    """Let readers sign in there, or no more; the keys stay."""
    with house().database.transaction() as db:
        row = keys_named(db, name)
        row.enabled = request.form.get("to") == "on"
    flash(f"{row.label} is {'on' if row.enabled else 'off'}.", "done")
    return redirect(url_for("dashboard.providers.show"), 303)


@page.post("/providers/<name>/up")
def up(name: str) -> ResponseReturnValue:
    """Let readers see it earlier."""
    with house().database.transaction() as db:
        move_up(db, name)
    return redirect(url_for("dashboard.providers.show"), 303)


@page.post("/providers/<name>/remove")
@sensitive
def remove(name: str) -> ResponseReturnValue:
    """Forget the keys."""
    if request.form.get("sure") != "1":
        raise Refused("Please tick that you want to remove it.")
    with house().database.transaction() as db:
        remove_keys(db, name)
    flash("Removed. Who signed in there keeps what was written.", "done")
    return redirect(url_for("dashboard.providers.show"), 303)


def _save(kind: Provider[Any], row: ProviderKeys | None, name: str) -> ResponseReturnValue:
    given = request.form
    entry = Entry(
        name=name,
        kind=kind.name,
        label=given.get("label", ""),
        client_id=given.get("client_id", ""),
        secret=_secret(row),
        options=read_fields(kind.options, given),
    )
    try:
        with house().database.transaction() as db:
            saved = save_keys(db, house().keys, entry, now=house().now())
    except Refused as problem:
        return _form(kind, row, name, problem)
    return _tell(_test(saved), name, saved=True)


def _secret(row: ProviderKeys | None) -> str | None:
    """Return the secret that was entered; an empty field keeps the one that is there."""
    if request.form.get("no_secret"):
        return ""
    return request.form.get("secret", "").strip() or (None if row else "")


def _test(row: ProviderKeys) -> Found:
    home, now = house(), house().now()
    found = probe(row, home.outbound, home.keys, public_url=home.settings.public_url, now=now)
    with home.database.transaction() as db:
        keys_named(db, row.name)
        note_test(db, row.name, found, now=now)
    return found


def _tell(found: Found, name: str, *, saved: bool = False) -> ResponseReturnValue:
    flash(f"Saved. {found.sentence}" if saved else found.sentence, "done" if found.works else "problem")
    return redirect(url_for("dashboard.providers.one", name=name), 303)


def _row(name: str) -> ProviderKeys:
    with house().database.reading() as db:
        return keys_named(db, name)


def _kind(name: str) -> Provider[Any]:
    known = providers().get(name)
    if known is None:
        raise Missing("There is no such provider.")
    return known


def _icon(kind: str) -> Markup:
    return Markup(icon_of(providers()[kind]) or "")  # noqa: S704 - from our own files


def _form(
    kind: Provider[Any], row: ProviderKeys | None, name: str, problem: Problem | None = None
) -> ResponseReturnValue:
    given = request.form if request.method == "POST" else {}
    options = read_fields(kind.options, given) if given else (row.options if row else {})
    public_url = house().settings.public_url
    with house().database.reading() as db:
        wrong = next((told for told in troubles(db, public_url) if told.name == name), None)
    shown = render_template(
        "dashboard/provider.html",
        kind=kind,
        row=row,
        name=name,
        wrong=wrong,
        icon=_icon,
        redirect_uri=redirect_address(public_url, name),
        fields=option_fields(kind.options, options),
        label=given.get("label", row.label if row else kind.label),
        client_id=given.get("client_id", row.client_id if row else ""),
        problems={problem.field: problem.message} if problem else {},
    )
    return (shown, 422) if problem and request.method == "POST" else shown
