"""The ways to sign in from our own page of a thread, for browsers that run no script; the text goes along."""

import secrets
from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from moderation.foundation.errors import Problem, Refused
from moderation.foundation.tokens import new_token, s256
from moderation.identity import attempt, visit
from moderation.identity.attempt import Checked, Wish
from moderation.identity.typed import LONGEST
from moderation.intake.page import site_by_key
from moderation.web import hosted_sign_in
from moderation.web.asking import question
from moderation.web.house import house
from moderation.web.page import asked_by_form, shown, stale, typed
from moderation.web.signing_in import calls, set_cookie, to_done
from moderation.web.thread_view import Asked, view

page_sign_in = Blueprint("page_sign_in", __name__, url_prefix="/page")
page_sign_in.register_error_handler(CSRFError, stale)

_KEPT: Final = ("site", "page", "url", "title", "answer", "body", "name", "email", "website", "subscribe")


@page_sign_in.post("/sign-in")
def depart() -> ResponseReturnValue:
    """Send the reader to a provider, and keep what was typed until the way back."""
    wanted = asked_by_form()
    try:
        return _depart(_checked(wanted))
    except Problem as problem:
        return shown(wanted, typed("answer"), problem=problem)


@page_sign_in.post("/sign-out")
def leave() -> ResponseReturnValue:
    """End the session in this browser and show the form again, with what was typed."""
    wanted = asked_by_form()
    with house().database.reading() as db:
        site = site_by_key(db, wanted.site)
    hosted_sign_in.sign_out(site)
    return shown(wanted, typed("answer"))


def _checked(wanted: Asked) -> Checked:
    """Return what the form asks for.

    Raises:
        Refused: when nobody can sign in for this page; else as ``attempt.check``.
    """
    with house().database.reading() as db:
        address = view(db, wanted, now=house().now()).address
        if address is None:
            raise Refused("One can sign in for this page on the blog itself.")
        parts = urlsplit(address)
        wish = Wish(
            provider=typed("with"),
            site=wanted.site,
            origin=f"{parts.scheme}://{parts.netloc}",
            page=address,
            # Nobody knows its verifier: no code is ever exchanged, since the session stays here.
            challenge=s256(new_token()),
            attempt=secrets.token_urlsafe(16),
            change=typed("change") == "1",
        )
        return attempt.check(db, wish)


def _depart(checked: Checked) -> ResponseReturnValue:
    home, now, wish = house(), house().now(), checked.wish
    asks, told = question(checked), typed("typed")
    if len(told) > LONGEST:
        raise Refused("That is longer than any name.", field="typed")
    if asks is not None and not told:
        return _ask(checked, asks)
    address = home.address_hash()
    home.throttle.take("login", address.hex() if address else "")
    way = visit.depart(
        checked.row,
        change=wish.change,
        typed=told,
        calls=calls(),
        keys=home.keys,
        public_url=home.settings.public_url,
    )
    if way.again:
        return _ask(checked, asks or "", problem=way.again), 422
    sealed = hosted_sign_in.seal(_form())
    with home.database.transaction() as db:
        value = attempt.begin(db, checked, way, cookie=None, draft=sealed, now=now)
    if way.url is None:
        response = to_done(wish.attempt)
    else:
        # Browsers hold a form's redirects to form-action, which names nobody but us; a page may lead anywhere.
        response = Response(render_template("login/onward.html", address=way.url, label=checked.row.label))
    set_cookie(response, wish.attempt, value)
    return response


def _ask(checked: Checked, asks: str, *, problem: str | None = None) -> str:
    form = _form() | {"with": checked.wish.provider, "change": typed("change")}
    return render_template(
        "page/ask.html",
        host=checked.host,
        label=checked.row.label,
        question=asks,
        problem=problem,
        typed=typed("typed"),
        longest=LONGEST,
        hidden={name: value for name, value in form.items() if value},
    )


def _form() -> dict[str, str]:
    return {name: request.form.get(name, "") for name in _KEPT}
