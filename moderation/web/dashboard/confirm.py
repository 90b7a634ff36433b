"""Asks again who one is, before what is sensitive: by password, passkey, or a code of the app."""

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from moderation.foundation.errors import NotAllowed, Refused
from moderation.identity import challenge, passkey, second_factor
from moderation.identity.moderator import rotate
from moderation.identity.password import matches
from moderation.notifying.account_changed import Change
from moderation.records import Moderator, Purpose
from moderation.web import proving
from moderation.web.dashboard_page import Page
from moderation.web.guards import cookie_name, limit_passwords, moderator_now, own_path
from moderation.web.house import house
from moderation.web.warn import warn

page = Page("confirm", "Is it you?", None)

_WRONG = "This is not your password."
_WRONG_CODE = "This is not the code that the app shows now. Codes change every 30 seconds, and each works once."


@page.get("/confirm")
def show() -> ResponseReturnValue:
    """The ways in which the moderator who asks can show it."""
    there = own_path(request.args.get("next"))
    return redirect(there, 303) if proving.is_sure() else _form(there)


@page.post("/confirm")
def send() -> ResponseReturnValue:
    """Take a password."""
    there = own_path(request.form.get("next"))
    limit_passwords()
    moderator = moderator_now()
    # Slow, so outside any transaction.
    if not matches(moderator.password, request.form.get("password", "")):
        return _form(there, "password", _WRONG), 403
    with house().database.transaction() as db:
        if db.get_one(Moderator, moderator.id).password != moderator.password:
            raise NotAllowed("Your password was changed a moment ago. Please sign in with the new one.")
        _be_sure(db)
    return _go_on(there)


@page.post("/confirm/code")
def send_code() -> ResponseReturnValue:
    """Take a code of the app."""
    there, home, moderator_id = own_path(request.form.get("next")), house(), moderator_now().id
    home.throttle.take("second_factor", moderator_id)
    with home.database.transaction() as db:
        code = request.form.get("code", "")
        right = second_factor.takes_code(db, home.keys, moderator_id, code, now=home.now())
        if right:
            _be_sure(db)
    return _go_on(there) if right else (_form(there, "code", _WRONG_CODE), 403)


@page.post("/confirm/passkey/options")
def ask_for_passkey() -> ResponseReturnValue:
    """Give the page's script a challenge for one of the moderator's passkeys."""
    proving.limit_challenges()
    with house().database.transaction() as db:
        known = passkey.passkeys_of(db, moderator_now().id)
        asked = challenge.ask(db, Purpose.passkey_confirm, moderator_id=moderator_now().id, now=house().now())
        options = proving.relying_party().request(known, asked)
    return proving.ask_browser(Purpose.passkey_confirm, asked, options)


@page.post("/confirm/passkey")
def send_passkey() -> ResponseReturnValue:
    """Take a passkey."""
    there = own_path(request.form.get("next"))
    try:
        proving.limit_challenges()
        answer, token = proving.given_passkey(), proving.brought(Purpose.passkey_confirm, last=True)
        with house().database.transaction() as db:
            taken = challenge.take(db, Purpose.passkey_confirm, token, now=house().now())
            who = passkey.prove(db, proving.relying_party(), taken, answer, now=house().now())
            if isinstance(who, passkey.Copied):
                warn(db, Change.passkey_blocked, who.moderator_id)
            if isinstance(who, Moderator):
                _be_sure(db)
        if isinstance(who, NotAllowed):
            raise who
    except (NotAllowed, Refused) as problem:
        return _form(there, "passkey", problem.message), 403
    return _go_on(there)


def _be_sure(db: Session) -> None:
    g.renewed_token = rotate(db, request.cookies.get(cookie_name(), ""), now=house().now())


def _go_on(there: str) -> ResponseReturnValue:
    flash("Thank you. For a quarter of an hour you will not be asked again.", "done")
    return redirect(there, 303)


def _form(there: str, field: str | None = None, message: str = "") -> str:
    moderator_id = moderator_now().id
    with house().database.reading() as db:
        has_passkey = bool(passkey.passkeys_of(db, moderator_id))
        has_app = second_factor.is_on(db, moderator_id)
    return render_template(
        "dashboard/confirm.html",
        there=there,
        has_passkey=has_passkey and passkey.are_possible(house().settings.public_url),
        has_app=has_app,
        problems={field: message} if message else {},
        back_to=url_for("dashboard.account.show"),
    )
