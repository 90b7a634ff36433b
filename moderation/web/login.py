"""The doors of signing in: to the provider, back from it, and over to the blog."""

import base64
import json
import logging
from typing import cast
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, jsonify, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from moderation.foundation.errors import Conflict, Missing, NotAllowed, Problem, Refused
from moderation.identity import attempt, handover, visit
from moderation.identity.attempt import Checked
from moderation.identity.failure import Reason
from moderation.identity.recognise import recognise
from moderation.identity.verify import is_verified
from moderation.web import provider_visit
from moderation.web.asking import answered, ask, question, read_wish
from moderation.web.errors import status_of
from moderation.web.hosted_sign_in import come_back
from moderation.web.house import house
from moderation.web.signing_in import at_number, build, calls, cookie_name, leave_for, set_cookie, to_done, verifier

login = Blueprint("login", __name__)

_LOG = logging.getLogger(__name__)
# What a provider may send back; everything else is dropped. "user" is Apple's, sent the first time only.
_PARAMS = ("code", "state", "error", "error_description", "iss", "user")
_LONGEST = 8192
_WAIT = 2.0


@login.record
def set_up(state: BlueprintSetupState) -> None:
    """Build what is shared, and leave the check of forged requests to the views below.

    None of them can use the general one: it wants a Referer, which these pages never send. The question has its token,
    the hand-over the attempt's cookie and the Origin; a provider's POST can have neither, and does nothing.
    """
    build(cast("Flask", state.app))
    if "csrf" in state.app.extensions:
        state.app.extensions["csrf"].exempt(login)


@login.get("/login/<provider>")
def start(provider: str) -> ResponseReturnValue:
    """Send the reader to the provider; ask first unless the blog's own page sent the reader, and all is known."""
    wish = read_wish(provider, request.args)
    with house().database.reading() as db:
        checked = attempt.check(db, wish)
    if _origin(request.referrer) == wish.origin and question(checked) is None:
        return _depart(checked)
    return ask(checked)


@login.post("/login/confirm")
def confirm() -> ResponseReturnValue:
    """Send a reader on who pressed the button."""
    wish, typed = answered()
    with house().database.reading() as db:
        checked = attempt.check(db, wish)
    return _depart(checked, typed=typed)


@login.get("/auth/<provider>/callback")
def callback(provider: str) -> ResponseReturnValue:
    """Take up what the provider sent back with the reader."""
    if at_number():
        return leave_for(house().settings.public_url + request.full_path)
    home, now, params = house(), house().now(), _params()
    for_dashboard = provider_visit.arrive(provider, params)
    if for_dashboard is not None:
        return for_dashboard
    with home.database.transaction() as db:
        name = attempt.named(db, params["state"])
        cookie = request.cookies.get(cookie_name(name))
        taken = attempt.take(db, name, state=params["state"], provider=provider, cookie=cookie, now=now)
    if taken is None:
        return to_done(name)
    found = visit.arrive(
        taken.row,
        visit.Answer(params=params, nonce=taken.nonce, verifier=taken.verifier, kept=taken.kept),
        calls=calls(),
        keys=home.keys,
        public_url=home.settings.public_url,
    )
    with home.database.transaction() as db:
        if isinstance(found, visit.Failure):
            _log(name, provider, found)
            attempt.settle(db, name, found)
        else:
            person = recognise(db, site_id=taken.site_id, provider=provider, profile=found, now=now)
            attempt.settle(db, name, person.id)
    return to_done(name)


@login.post("/auth/<provider>/callback")
def form_post(provider: str) -> ResponseReturnValue:
    """Turn a provider's form into a request of our own, which carries the attempt's cookie as the form could not.

    What it said travels sealed, since it may hold a name and an e-mail address, and addresses end up in logs.
    """
    said = {name: values[0] for name, values in request.form.lists() if name in _PARAMS and len(values) == 1}
    text = json.dumps(said)
    if len(text) > _LONGEST:
        raise Refused("The provider sent more than can be right.")
    sealed = base64.urlsafe_b64encode(house().keys.encrypt("form_post", text.encode())).decode()
    return leave_for(url_for("login.callback", provider=provider, sealed=sealed))


@login.get("/login/done/<attempt_id>")
def done(attempt_id: str) -> ResponseReturnValue:
    """Show the page that hands the sign-in over to the blog; its script does it."""
    home, now = house(), house().now()
    with home.database.reading() as db:
        view = handover.look(db, attempt_id, cookie=request.cookies.get(cookie_name(attempt_id)), now=now)
    if not view.is_settled:
        return render_template("login/wait.html", label=view.label)
    if view.is_ours:
        return come_back(attempt_id)
    back = view.page if view.is_verified else view.return_address
    if back is None and verifier().wait(site_id=view.site_id, page=view.page, seconds=_WAIT):
        with home.database.reading() as db:
            back = view.page if is_verified(db, view.site_id, view.page, now) else None
    return render_template("login/done.html", view=view, host=urlsplit(view.origin).netloc, back=back)


@login.post("/login/done/<attempt_id>")
def hand_over(attempt_id: str) -> ResponseReturnValue:
    """Give the done page its one-time code, or the reason why there is none.

    Only our own script can ask: the cookie is not sent from other sites, and the browser names the origin.
    """
    if request.headers.get("Origin") != house().settings.public_url:
        raise NotAllowed("Only the sign-in's own page may ask for this.")
    cookie = request.cookies.get(cookie_name(attempt_id))
    with house().database.transaction() as db:
        found = handover.hand_over(db, attempt_id, cookie=cookie, now=house().now())
    return jsonify({"error": found.value} if isinstance(found, Reason) else {"code": found})


@login.errorhandler(Problem)
def problem(error: Problem) -> ResponseReturnValue:
    """Tell what went wrong: in JSON to the script, else on a page."""
    status = status_of(error)
    if request.endpoint == "login.hand_over":
        return jsonify({"detail": error.message}), status
    return render_template("login/problem.html", message=error.message), status


@login.after_request
def add_headers(response: Response) -> Response:
    """Keep these pages out of caches, and their addresses out of other people's logs."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _depart(checked: Checked, *, typed: str | None = None) -> ResponseReturnValue:
    """Send the reader on.

    Args:
        typed: what the reader typed before the button was pressed; None when there was no button.
    """
    home, wish, now = house(), checked.wish, house().now()
    address = home.address_hash()
    home.throttle.take("login", address.hex() if address else "")
    cookie = request.cookies.get(cookie_name(wish.attempt))
    way = visit.depart(
        checked.row,
        change=wish.change,
        typed=typed or "",
        calls=calls(),
        keys=home.keys,
        public_url=home.settings.public_url,
    )
    if way.again:
        return ask(checked, typed=typed or "", problem=way.again), 422
    try:
        with home.database.transaction() as db:
            value = attempt.begin(db, checked, way, cookie=cookie, now=now)
            seen = is_verified(db, checked.site_id, checked.page, now)
    except Conflict:
        if cookie is None:
            raise
        # The reader went back after it was over: the last page says how it ended, and leads to the blog.
        return to_done(wish.attempt)
    if not seen:
        verifier().begin(site_id=checked.site_id, site_key=wish.site, page=checked.page)
    if way.failure:
        _log(wish.attempt, wish.provider, way.failure)
    if way.url is None:
        response = to_done(wish.attempt)
    elif typed is not None:
        # Browsers hold a form's redirects to form-action, which names nobody but us; a page may lead anywhere.
        response = Response(render_template("login/onward.html", address=way.url, label=checked.row.label))
    else:
        response = leave_for(way.url)
    set_cookie(response, wish.attempt, value)
    return response


def _params() -> dict[str, str]:
    """Return what the provider sent back.

    Raises:
        Missing: when it is not the answer to anything.
        Refused: when something was sent twice, or a sealed form is not ours.
    """
    if "sealed" in request.args:
        try:
            sealed = base64.urlsafe_b64decode(request.args["sealed"])
        except ValueError as error:
            raise Refused("This address is not complete.") from error
        params = cast("dict[str, str]", json.loads(house().keys.decrypt("form_post", sealed)))
    else:
        given = {name: request.args.getlist(name) for name in _PARAMS if name in request.args}
        if any(len(values) > 1 for values in given.values()):
            raise Refused("The provider sent something twice.")
        params = {name: values[0] for name, values in given.items()}
    if not params.get("state"):
        raise Missing("This sign-in is not known here. Go back to the blog and start again.")
    return params


def _origin(address: str | None) -> str | None:
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.netloc}"


def _log(name: str, provider: str, failure: visit.Failure) -> None:
    facts = {"attempt": name, "provider": provider, "reason": failure.reason.value, "detail": failure.detail}
    _LOG.warning("sign-in failed", extra=facts)
