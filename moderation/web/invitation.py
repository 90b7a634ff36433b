"""Accepting an invitation to moderate a site: with the account one has, or with a new one."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict, Refused
from moderation.foundation.text import clean_name
from moderation.identity import invitation as identity
from moderation.identity import moderator
from moderation.identity.password import accept, seal
from moderation.records import Invitation, Moderator
from moderation.web.guards import HOME, cookie_name, enter, limit_passwords, not_set_up
from moderation.web.house import house

invitation = Blueprint("invitation", __name__, url_prefix="/dashboard/invitation")
invitation.before_request(not_set_up)


@invitation.get("/<ticket>")
def show(ticket: str) -> str:
    """Show who invites to what; looking at it accepts nothing."""
    with house().database.reading() as db:
        return _form(db, identity.read(db, house().keys, ticket, now=house().now()), ticket)


@invitation.post("/<ticket>/join")
def join(ticket: str) -> ResponseReturnValue:
    """Accept with the account that is signed in."""
    now = house().now()
    with house().database.transaction() as db:
        found = identity.read(db, house().keys, ticket, now=now)
        who = _signed_in(db)
        if who is None:
            return redirect(url_for("invitation.show", ticket=ticket), 303)
        identity.join(db, found, who.id, now=now)
        name = found.site.name
    flash(f"You moderate {name} from now on.", "done")
    return redirect(HOME, 303)


@invitation.post("/<ticket>/create")
def create(ticket: str) -> ResponseReturnValue:
    """Accept with a new account, and sign its owner in."""
    limit_passwords()
    home, problems = house(), {}
    with home.database.reading() as db:
        found = identity.read(db, home.keys, ticket, now=home.now())
        for field, check in (("name", clean_name), ("password", accept)):
            try:
                check(request.form.get(field, ""), field=field)
            except Refused as problem:
                problems[field] = problem.message
        if problems:
            return _form(db, found, ticket, problems), 422
    # Slow, so outside any transaction.
    sealed = seal(request.form.get("password", ""))
    try:
        with home.database.transaction() as db:
            found = identity.read(db, home.keys, ticket, now=home.now())
            name, agent = request.form.get("name", ""), request.user_agent.string
            who = identity.create_account(db, found, name=name, password=sealed, now=home.now())
            token = moderator.begin_session(db, who, now=home.now(), user_agent=agent)
            site = found.site.name
    except Conflict as problem:
        flash(problem.message, "problem")
        return redirect(url_for("invitation.show", ticket=ticket), 303)
    response = enter(token, HOME)
    flash(f"Welcome. You moderate {site} from now on.", "done")
    return response


@invitation.errorhandler(CSRFError)
def stale(error: CSRFError) -> ResponseReturnValue:
    """Show the form again to somebody who had it open for too long."""
    del error
    flash("This page had been open for too long. Please try again; your browser must allow cookies here.", "problem")
    return redirect(url_for("invitation.show", ticket=(request.view_args or {}).get("ticket", "")), 303)


def _signed_in(db: Session) -> Moderator | None:
    token = request.cookies.get(cookie_name(), "")
    session = moderator.moderator_for(db, token, now=house().now()) if token else None
    return session.moderator if session else None


def _form(db: Session, found: Invitation, ticket: str, problems: dict[str, str] | None = None) -> str:
    who = _signed_in(db)
    return render_template(
        "dashboard/invitation.html",
        invitation=found,
        ticket=ticket,
        who=who,
        is_member=who is not None and who.role_on(found.site_id) is not None,
        is_known=identity.is_known(db, found),
        problems=problems or {},
        name=request.form.get("name", ""),
    )
