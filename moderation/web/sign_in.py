"""The dashboard's own sign-in: a password, a passkey, or an account elsewhere that was linked before."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from moderation.foundation.errors import NotAllowed, Refused
from moderation.identity import challenge, moderator, passkey
from moderation.identity.entrance import enter as begin
from moderation.identity.linked import entries
from moderation.notifying.account_changed import Change
from moderation.records import Purpose
from moderation.web import provider_visit, proving
from moderation.web.guards import cookie_name, enter, limit_passwords, not_set_up, own_path, wants_json
from moderation.web.house import house
from moderation.web.warn import warn

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
    """Let in who gives the right password, or ask for the second factor."""
    there = own_path(request.form.get("next"))
    try:
        email = moderator.address(request.form.get("email", ""))
        limit_passwords()
        with house().database.reading() as db:
            account = moderator.find(db, email)
        checked = moderator.check(account, request.form.get("password", ""))
        with house().database.transaction() as db:
            moderator.sign_out(db, request.cookies.get(cookie_name(), ""), now=house().now())
            who = moderator.accept(db, checked)
            entrance = begin(db, who, now=house().now(), user_agent=request.user_agent.string)
    except Refused as problem:
        return _form(there, problem.field, problem.message), 422
    except NotAllowed as problem:
        return _form(there, problem.field, problem.message), 403
    return proving.let_in(entrance, there)


@sign_in.post("/passkey/options")
def ask_for_passkey() -> ResponseReturnValue:
    """Give the page's script a challenge for any passkey that the browser has for us."""
    proving.limit_challenges()
    with house().database.transaction() as db:
        asked = challenge.ask(db, Purpose.passkey_sign_in, moderator_id=None, now=house().now())
    return proving.ask_browser(Purpose.passkey_sign_in, asked, proving.relying_party().request(None, asked))


@sign_in.post("/passkey")
def send_passkey() -> ResponseReturnValue:
    """Begin a session for who holds a passkey. It is two factors by itself, so that no code is asked."""
    there = own_path(request.form.get("next"))
    try:
        proving.limit_challenges()
        answer, token = proving.given_passkey(), proving.brought(Purpose.passkey_sign_in, last=True)
        with house().database.transaction() as db:
            now = house().now()
            taken = challenge.take(db, Purpose.passkey_sign_in, token, now=now)
            who = passkey.prove(db, proving.relying_party(), taken, answer, now=now)
            if isinstance(who, passkey.Copied):
                warn(db, Change.passkey_blocked, who.moderator_id)
            session = None
            if not isinstance(who, NotAllowed):
                moderator.sign_out(db, request.cookies.get(cookie_name(), ""), now=now)
                session = moderator.begin_session(db, who, now=now, user_agent=request.user_agent.string)
        if isinstance(who, NotAllowed):
            raise who
    except (NotAllowed, Refused) as problem:
        return _form(there, "passkey", problem.message), 403
    return enter(session or "", there)


@sign_in.post("/with/<provider>")
def go_to_provider(provider: str) -> ResponseReturnValue:
    """Send a moderator to a provider at which an account was linked."""
    there = own_path(request.form.get("next"))
    return provider_visit.depart(provider, link_to=None, there=there, back=url_for("sign_in.show", next=there))


@sign_in.errorhandler(CSRFError)
def stale(error: CSRFError) -> ResponseReturnValue:
    """Show the form again to somebody who had it open for too long, or whose browser refuses cookies."""
    del error
    sentence = "This page had been open for too long. Please try again; your browser must allow cookies here."
    if wants_json():
        return {"problem": "stale", "sentence": sentence}, 400
    flash(sentence, "problem")
    there = own_path(request.form.get("next"))
    return redirect(url_for("sign_in.show", next=there), 303)


def _form(there: str, field: str | None = None, message: str = "") -> str:
    with house().database.reading() as db:
        elsewhere = entries(db)
    return render_template(
        "dashboard/sign_in.html",
        there=there,
        email=request.form.get("email", ""),
        problems={field: message} if message else {},
        passkeys=passkey.are_possible(house().settings.public_url),
        elsewhere=elsewhere,
    )
