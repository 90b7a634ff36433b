"""The set-up link that the console prints: it makes the first owner, or lets a moderator choose a new password."""

from collections.abc import Callable

from flask import Blueprint, Response, current_app, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Problem, Refused
from moderation.foundation.text import clean_name
from moderation.identity import moderator, setup_code
from moderation.identity.entrance import enter as begin
from moderation.identity.password import accept, seal
from moderation.identity.site import add_site, read_origin
from moderation.notifying.account_changed import Change
from moderation.records import Moderator, Site
from moderation.web.guards import HOME, limit_passwords
from moderation.web.house import house
from moderation.web.proving import let_in
from moderation.web.warn import warn

setup = Blueprint("setup", __name__, url_prefix="/setup")


@setup.get("/<code>")
def show(code: str) -> ResponseReturnValue:
    """The form; looking at it does not use the link up."""
    with house().database.reading() as db:
        known = setup_code.setup_for(db, code, now=house().now())
        return _form(known, ask_site=_lacks_site(db), problems={}, forgets=setup_code.setup_forgets(db, code))


@setup.post("/<code>")
def send(code: str) -> ResponseReturnValue:
    """Use the link up, and sign its holder in."""
    limit_passwords()
    with house().database.reading() as db:
        known = setup_code.setup_for(db, code, now=house().now())
        ask_site = known is None and _lacks_site(db)
    given, problems = _read(known, ask_site=ask_site)
    if problems:
        return _form(known, ask_site=ask_site, problems=problems), 422
    sealed = seal(given["password"])
    try:
        with house().database.transaction() as db:
            forgets = setup_code.setup_forgets(db, code)
            owner = setup_code.set_up(
                db, code, email=given["email"], name=given["name"], password=sealed, now=house().now()
            )
            if ask_site and _lacks_site(db):
                name, key, origin = given["site_name"], given["site_key"], given["site_origin"]
                add_site(db, key=key, name=name, origins=[origin], now=house().now())
            if known is not None:
                warn(db, Change.all_by_link if forgets else Change.password_by_link, owner.id)
            # A new password is one factor: whoever has a second is asked for it all the same.
            entrance = begin(db, owner, now=house().now(), user_agent=request.user_agent.string)
    except Refused as problem:
        field = {"key": "site_key", "origin": "site_origin"}.get(problem.field or "", problem.field or "")
        return _form(known, ask_site=ask_site, problems={field: problem.message}), 422
    response = let_in(entrance, url_for("dashboard.sites.show") if ask_site else HOME)
    if entrance.session is not None:
        welcome = "Welcome. Copy this tag into your blog, and comments will arrive." if ask_site else "Welcome back."
        flash(welcome, "done")
    return response


@setup.after_request
def let_the_form_name_itself(response: Response) -> Response:
    """Forms on https are accepted only with a Referer of our own, so the page must send one to ourselves."""
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    return response


@setup.errorhandler(CSRFError)
def stale(error: CSRFError) -> ResponseReturnValue:
    """Show the form again, with what was typed, to somebody who had it open for too long."""
    del error
    try:
        with house().database.reading() as db:
            known = setup_code.setup_for(db, (request.view_args or {}).get("code", ""), now=house().now())
            ask_site = known is None and _lacks_site(db)
    except Problem as problem:
        # Within a handler of errors, no other is asked.
        return current_app.handle_user_exception(problem)
    stale = "This page had been open for too long. Please send it once more; your browser must allow cookies here."
    return _form(known, ask_site=ask_site, problems={"form": stale}), 400


def _lacks_site(db: Session) -> bool:
    return db.scalar(select(Site.id).limit(1)) is None


def _read(known: Moderator | None, *, ask_site: bool) -> tuple[dict[str, str], dict[str, str]]:
    """Return what was typed, and what is wrong with it, field by field."""
    readers: dict[str, Callable[[str], str]] = {"password": accept}
    if known is None:
        readers |= {"email": moderator.address, "name": lambda text: clean_name(text, field="name")}
    if ask_site:
        readers |= {
            "site_name": lambda text: clean_name(text, field="name"),
            "site_key": str,
            "site_origin": read_origin,
        }
    given: dict[str, str] = {"email": "", "name": ""}
    problems: dict[str, str] = {}
    for field, read in readers.items():
        try:
            given[field] = read(request.form.get(field, ""))
        except Refused as problem:
            problems[field] = problem.message
    return given, problems


def _form(known: Moderator | None, *, ask_site: bool, problems: dict[str, str], forgets: bool = False) -> str:
    return render_template(
        "dashboard/setup.html", known=known, ask_site=ask_site, problems=problems, given=request.form, forgets=forgets
    )
