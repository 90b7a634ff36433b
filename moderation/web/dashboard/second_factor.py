"""Setting up a second factor with an authenticator app, its recovery codes, and turning it off."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moderation.foundation.errors import Conflict, Missing, Problem, Refused
from moderation.identity import second_factor
from moderation.identity.passkey import host_of
from moderation.notifying.account_changed import Change
from moderation.web import proving
from moderation.web.dashboard_page import Page
from moderation.web.guards import moderator_now
from moderation.web.house import house
from moderation.web.warn import warn

page = Page("second_factor", "Second factor", None)


@page.get("/account/second-factor")
@proving.sensitive
def show() -> ResponseReturnValue:
    """The QR code for the app, once it was begun; else there is nothing to see."""
    return _page() or redirect(url_for("dashboard.account.show") + "#second-factor", 303)


@page.post("/account/second-factor")
@proving.sensitive
def begin() -> ResponseReturnValue:
    """Make a secret for an app."""
    try:
        with house().database.transaction() as db:
            second_factor.begin(db, house().keys, moderator_now().id, now=house().now())
    except Conflict as problem:
        flash(problem.message, "problem")
    return redirect(url_for("dashboard.second_factor.show"), 303)


@page.post("/account/second-factor/confirm")
@proving.sensitive
def confirm() -> ResponseReturnValue:
    """Turn it on with a first code, and show the recovery codes this once."""
    home, moderator_id = house(), moderator_now().id
    home.throttle.take("second_factor", moderator_id)
    try:
        with home.database.transaction() as db:
            code = request.form.get("code", "")
            codes = second_factor.confirm(db, home.keys, moderator_id, code, now=home.now())
            warn(db, Change.app_added, moderator_id)
    except Refused as problem:
        return _page(problem) or redirect(url_for("dashboard.account.show"), 303), 422
    except Missing as problem:
        flash(problem.message, "problem")
        return redirect(url_for("dashboard.account.show") + "#second-factor", 303)
    return render_template("dashboard/recovery_codes.html", codes=codes, is_new=True)


@page.post("/account/second-factor/recovery-codes")
@proving.sensitive
def renew_codes() -> ResponseReturnValue:
    """Make a new set of recovery codes and show it this once; the old ones are void."""
    with house().database.transaction() as db:
        if not second_factor.is_on(db, moderator_now().id):
            raise Missing("Recovery codes come with a second factor, which is off.")
        codes = second_factor.new_recovery_codes(db, moderator_now().id, now=house().now())
        warn(db, Change.recovery_codes_made, moderator_now().id)
    return render_template("dashboard/recovery_codes.html", codes=codes, is_new=False)


@page.post("/account/second-factor/off")
@proving.sensitive
def turn_off() -> ResponseReturnValue:
    """Let the password suffice again."""
    with house().database.transaction() as db:
        if second_factor.turn_off(db, moderator_now().id):
            warn(db, Change.app_removed, moderator_now().id)
    flash("The second factor is off. Your password suffices, so make it a good one.", "done")
    return redirect(url_for("dashboard.account.show") + "#second-factor", 303)


def _page(problem: Problem | None = None) -> str | None:
    home = house()
    with home.database.reading() as db:
        secret = second_factor.pending_secret(db, home.keys, moderator_now().id)
    if secret is None:
        return None
    import segno  # here, since a moderator needs it once

    address = second_factor.app_address(secret, moderator_now(), host_of(home.settings.public_url))
    picture = segno.make(address, micro=False, error="m").svg_data_uri(scale=5, border=4, dark="#000", light="#fff")
    spaced = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return render_template(
        "dashboard/second_factor.html", picture=picture, secret=spaced, address=address, problem=problem
    )
