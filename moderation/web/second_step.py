"""The second step of signing in, for moderators with a second factor: a code of the app, or a recovery code."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from moderation.foundation.errors import Refused
from moderation.identity import challenge
from moderation.identity.entrance import give_code
from moderation.notifying.account_changed import Change
from moderation.records import Purpose
from moderation.web import proving
from moderation.web.guards import enter, own_path
from moderation.web.house import house
from moderation.web.warn import warn
from moderation.web.words import plural

second_step = Blueprint("second_step", __name__, url_prefix="/dashboard/sign-in/code")

_OVER = "Please give your password again; the code was asked for too long ago, or was wrong too often."
_WRONG_APP = "This is not the code that the app shows now. Codes change every 30 seconds, and each works once."
_WRONG_RECOVERY = "This is not one of your recovery codes, or it was used before."


@second_step.get("")
def show() -> ResponseReturnValue:
    """The form for a code."""
    there = own_path(request.args.get("next"))
    return _form(there) if _whose() else _over(there)


@second_step.post("")
def send() -> ResponseReturnValue:
    """Begin a session for who gives the right code."""
    there, home = own_path(request.form.get("next")), house()
    moderator_id = _whose()
    if moderator_id is None:
        return _over(there)
    # By moderator: whoever guesses knows the password already, and may come from anywhere.
    home.throttle.take("second_factor", moderator_id)
    code, recovery = request.form.get("code", ""), "recovery" in request.form
    try:
        with home.database.transaction() as db:
            token, agent = proving.brought(Purpose.code), request.user_agent.string
            given = give_code(db, home.keys, token, code=code, recovery=recovery, now=home.now(), user_agent=agent)
            if recovery and given.moderator_id is not None:
                warn(db, Change.recovery_code_used, given.moderator_id)
    except Refused as problem:
        return _form(there, problem.message), 422
    if given.session is None:
        if given.is_over:
            return _over(there)
        return _form(there, _WRONG_RECOVERY if recovery else _WRONG_APP, recovery=recovery), 403
    response = enter(given.session, there)
    if given.recovery_codes_left is not None:
        left = plural(given.recovery_codes_left, "recovery code")
        flash(f"That recovery code is used up; you have {left} left. Make a new set on your account page.", "done")
    return response


@second_step.errorhandler(CSRFError)
def stale(error: CSRFError) -> ResponseReturnValue:
    """Show the form again to somebody who had it open for too long."""
    del error
    flash("This page had been open for too long. Please try again.", "problem")
    return redirect(url_for("second_step.show", next=own_path(request.form.get("next"))), 303)


def _whose() -> str | None:
    with house().database.reading() as db:
        return challenge.whose(db, Purpose.code, proving.brought(Purpose.code), now=house().now())


def _over(there: str) -> ResponseReturnValue:
    flash(_OVER, "problem")
    return redirect(url_for("sign_in.show", next=there), 303)


def _form(there: str, problem: str | None = None, *, recovery: bool = False) -> str:
    return render_template("dashboard/second_step.html", there=there, problem=problem, recovery=recovery)
