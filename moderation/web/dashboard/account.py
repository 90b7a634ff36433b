"""One's own account: the password, where one is signed in, and keys for one's own programs."""

from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moderation.foundation.errors import NotAllowed, Problem, Refused
from moderation.identity.moderator import begin_session, live_sessions, set_password, sign_out, sign_out_everywhere
from moderation.identity.password import matches, seal
from moderation.identity.personal_key import issue, keys_of, revoke
from moderation.records import Moderator
from moderation.web.dashboard_page import Page
from moderation.web.guards import cookie_name, enter, leave, limit_passwords, moderator_now, session_now
from moderation.web.house import house
from moderation.web.words import browser

page = Page("account", "Account", 30)

# After so long, what is sensitive asks for the password again.
_CONFIRMED_FOR = timedelta(minutes=15)
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
        _confirm(request.form.get("current", ""), field="current")
        sealed = seal(request.form.get("password", ""))
    except Refused as problem:
        return _render(problem), 422
    except NotAllowed as problem:
        return _render(problem), 403
    with house().database.transaction() as db:
        mine = db.get_one(Moderator, moderator.id, with_for_update=True)
        if mine.password != moderator.password:
            raise NotAllowed("Your password was changed a moment ago. Please sign in with the new one.")
        set_password(db, mine, sealed, now=house().now())
        token = begin_session(db, mine, now=house().now(), user_agent=request.user_agent.string)
    response = enter(token, url_for("dashboard.account.show"))
    flash("Your password is changed. You are signed out everywhere else.", "done")
    return response


@page.post("/account/keys")
def create_key() -> ResponseReturnValue:
    """Make a personal key and show it this once."""
    try:
        if _must_confirm():
            _confirm(request.form.get("current", ""), field="key_current")
        with house().database.transaction() as db:
            token = issue(db, moderator_now(), request.form.get("label", ""), now=house().now())
    except Refused as problem:
        return _render(problem), 422
    except NotAllowed as problem:
        return _render(problem), 403
    return _render(new_key=token)


@page.post("/account/keys/revoke")
def revoke_key() -> ResponseReturnValue:
    """End one of one's own keys."""
    with house().database.transaction() as db:
        revoke(db, moderator_now(), request.form.get("key", ""), now=house().now())
    flash("The key is revoked. Programs that use it are refused from now on.", "done")
    return redirect(url_for("dashboard.account.show") + "#keys", 303)


@page.post("/sign-out")
def end_session() -> ResponseReturnValue:
    """Sign out of this browser."""
    with house().database.transaction() as db:
        sign_out(db, request.cookies.get(cookie_name(), ""), now=house().now())
    response = leave(url_for("sign_in.show"))
    flash("You are signed out.", "done")
    return response


@page.post("/sign-out/everywhere")
def end_all_sessions() -> ResponseReturnValue:
    """Sign out of every browser, this one too."""
    with house().database.transaction() as db:
        sign_out_everywhere(db, moderator_now().id, now=house().now())
    response = leave(url_for("sign_in.show"))
    flash("You are signed out everywhere.", "done")
    return response


def _confirm(password: str, *, field: str) -> None:
    """Check the password of somebody who is signed in; slow, so outside any transaction."""
    limit_passwords()
    if not matches(moderator_now().password, password):
        raise NotAllowed(_WRONG, field=field)


def _must_confirm() -> bool:
    return session_now().confirmed_at + _CONFIRMED_FOR <= house().now()


def _render(problem: Problem | None = None, *, new_key: str | None = None) -> str:
    moderator, now = moderator_now(), house().now()
    with house().database.reading() as db:
        shown: dict[str, Any] = {
            "sessions": live_sessions(db, moderator.id, now=now),
            "keys": keys_of(db, moderator),
        }
    return render_template(
        "dashboard/account.html",
        **shown,
        this_session=session_now().digest,
        must_confirm=_must_confirm(),
        browser=browser,
        new_key=new_key,
        label="" if new_key else request.form.get("label", ""),
        problems={problem.field: problem.message} if problem else {},
    )
