"""One's own account: all the ways to sign in, where one is signed in, and keys for one's own programs."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moderation.foundation.errors import NotAllowed, Problem, Refused
from moderation.identity import moderator as identity
from moderation.identity import second_factor
from moderation.identity.linked import linked_to, offers
from moderation.identity.passkey import are_possible, passkeys_of
from moderation.identity.password import matches, seal
from moderation.identity.personal_key import issue, keys_of, revoke
from moderation.notifying.account_changed import Change
from moderation.records import Moderator
from moderation.web import proving
from moderation.web.dashboard_page import Page
from moderation.web.guards import cookie_name, enter, leave, limit_passwords, moderator_now, session_now
from moderation.web.house import house
from moderation.web.warn import warn
from moderation.web.words import browser

page = Page("account", "Account", 30)

_WRONG = "This is not your present password."


@page.get("/account")
def show() -> str:
    """The account of the moderator who asks."""
    return _render()


@page.post("/account/password")
def change_password() -> ResponseReturnValue:
    """Take a new password from somebody who knows the old one; all other sessions end."""
    moderator = moderator_now()
    try:
        limit_passwords()
        # Slow, so outside any transaction.
        if not matches(moderator.password, request.form.get("current", "")):
            raise NotAllowed(_WRONG, field="current")
        sealed = seal(request.form.get("password", ""))
    except Refused as problem:
        return _render(problem), 422
    except NotAllowed as problem:
        return _render(problem), 403
    with house().database.transaction() as db:
        mine = db.get_one(Moderator, moderator.id, with_for_update=True)
        if mine.password != moderator.password:
            raise NotAllowed("Your password was changed a moment ago. Please sign in with the new one.")
        identity.set_password(db, mine, sealed, now=house().now())
        warn(db, Change.password, mine.id)
        token = identity.begin_session(db, mine, now=house().now(), user_agent=request.user_agent.string)
    response = enter(token, url_for("dashboard.account.show"))
    flash("Your password is changed. You are signed out everywhere else.", "done")
    return response


@page.post("/account/keys")
@proving.sensitive
def create_key() -> ResponseReturnValue:
    """Make a personal key and show it this once."""
    try:
        with house().database.transaction() as db:
            token = issue(db, moderator_now(), request.form.get("label", ""), now=house().now())
            warn(db, Change.key_made, moderator_now().id)
    except Refused as problem:
        return _render(problem), 422
    return _render(new_key=token)


@page.post("/account/keys/revoke")
def revoke_key() -> ResponseReturnValue:
    """End one of one's own keys."""
    with house().database.transaction() as db:
        if revoke(db, moderator_now(), request.form.get("key", ""), now=house().now()):
            warn(db, Change.key_revoked, moderator_now().id)
    flash("The key is revoked. Programs that use it are refused from now on.", "done")
    return redirect(url_for("dashboard.account.show") + "#keys", 303)


@page.post("/account/sessions/end")
def end_other_session() -> ResponseReturnValue:
    """Sign one browser out, from another."""
    digest = request.form.get("session", "")
    with house().database.transaction() as db:
        identity.end_session(db, moderator_now().id, digest, now=house().now())
    if digest == session_now().digest.hex():
        return _signed_out("You are signed out.")
    flash("That browser is signed out.", "done")
    return redirect(url_for("dashboard.account.show") + "#sessions", 303)


@page.post("/sign-out")
def end_session() -> ResponseReturnValue:
    """Sign out of this browser."""
    with house().database.transaction() as db:
        identity.sign_out(db, request.cookies.get(cookie_name(), ""), now=house().now())
    return _signed_out("You are signed out.")


@page.post("/sign-out/everywhere")
def end_all_sessions() -> ResponseReturnValue:
    """Sign out of every browser, this one too."""
    with house().database.transaction() as db:
        identity.sign_out_everywhere(db, moderator_now().id, now=house().now())
    return _signed_out("You are signed out everywhere.")


def _signed_out(sentence: str) -> ResponseReturnValue:
    response = leave(url_for("sign_in.show"))
    flash(sentence, "done")
    return response


def _render(problem: Problem | None = None, *, new_key: str | None = None) -> str:
    moderator, now = moderator_now(), house().now()
    with house().database.reading() as db:
        shown: dict[str, Any] = {
            "passkeys": passkeys_of(db, moderator.id),
            "has_app": second_factor.is_on(db, moderator.id),
            "codes_left": second_factor.recovery_codes_left(db, moderator.id),
            "linked": linked_to(db, moderator.id),
            "offers": offers(db),
            "sessions": identity.live_sessions(db, moderator.id, now=now),
            "keys": keys_of(db, moderator),
        }
    return render_template(
        "dashboard/account.html",
        **shown,
        this_session=session_now().digest,
        is_sure=proving.is_sure(),
        can_have_passkeys=are_possible(house().settings.public_url),
        browser=browser,
        this_browser=browser(request.user_agent.string),
        new_key=new_key,
        label="" if new_key else request.form.get("label", ""),
        problems={problem.field: problem.message} if problem else {},
        place=url_for("dashboard.account.show"),
    )
