"""The dashboard's own sign-in, with e-mail address and password."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from moderation.foundation.errors import NotAllowed, Refused
from moderation.identity import moderator
from moderation.web.guards import cookie_name, enter, limit_passwords, not_set_up, own_path
from moderation.web.house import house

sign_in = Blueprint("sign_in", __name__, url_prefix="/dashboard/sign-in")
sign_in.before_request(not_set_up)


@sign_in.get("")
def show() -> ResponseReturnValue:
    """The form; who is signed in already goes on."""
    there = own_path(request.args.get("next"))
    with house().database.reading() as db:
        if moderator.moderator_for(db, request.cookies.get(cookie_name(), ""), now=house().now()):
            return redirect(there, 303)
    return _form(there)


@sign_in.post("")
def send() -> ResponseReturnValue:
    """Begin a session for who gives the right password."""
    there = own_path(request.form.get("next"))
    try:
        email = moderator.address(request.form.get("email", ""))
        limit_passwords()
        with house().database.reading() as db:
            account = moderator.find(db, email)
        checked = moderator.check(account, request.form.get("password", ""))
        with house().database.transaction() as db:
            moderator.sign_out(db, request.cookies.get(cookie_name(), ""), now=house().now())
            token = moderator.sign_in(db, checked, now=house().now(), user_agent=request.user_agent.string)
    except Refused as problem:
        return _form(there, problem.field, problem.message), 422
    except NotAllowed as problem:
        return _form(there, problem.field, problem.message), 403
    return enter(token, there)


@sign_in.errorhandler(CSRFError)
def stale(error: CSRFError) -> ResponseReturnValue:
    """Show the form again to somebody who had it open for too long, or whose browser refuses cookies."""
    del error
    flash("This page had been open for too long. Please try again; your browser must allow cookies here.", "problem")
    there = own_path(request.form.get("next"))
    return redirect(url_for("sign_in.show", next=there), 303)


def _form(there: str, field: str | None = None, message: str = "") -> str:
    return render_template(
        "dashboard/sign_in.html",
        there=there,
        email=request.form.get("email", ""),
        problems={field: message} if message else {},
    )
