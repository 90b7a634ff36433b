"""A moderator's visit to a provider: to enter the dashboard by an account that was linked, or to link one."""

import logging
from collections.abc import Mapping
from typing import Final

from flask import Response, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from moderation.foundation.errors import Conflict, NotAllowed, Problem
from moderation.identity import linked, moderator, visit
from moderation.identity.entrance import Entrance
from moderation.identity.entrance import enter as begin
from moderation.identity.failure import Reason
from moderation.identity.provider import Profile
from moderation.notifying.account_changed import Change
from moderation.web import proving
from moderation.web.guards import cookie_name
from moderation.web.house import house
from moderation.web.signing_in import calls
from moderation.web.warn import warn

_LOG = logging.getLogger(__name__)
_COOKIE: Final = "provider_visit"
_SAID: Final = {
    Reason.denied: "You did not go through with it there, so nothing happened here.",
    Reason.login_expired: "This took too long. Please try again.",
    Reason.provider_quota: "The provider lets nobody in just now: this installation has used up what it may ask there.",
    Reason.provider_misconfigured: "The provider is not set up rightly here. Its keys need a look.",
}
_DOWN: Final = "The provider cannot be reached, or did not answer as it should. Please try again, or another way."


def depart(provider: str, *, link_to: bytes | None, there: str, back: str) -> ResponseReturnValue:
    """Send a moderator to a provider.

    Args:
        provider: text from a stranger.
        link_to: the digest of the session whose moderator is to be linked; None to enter by an account.
        there: where it leads afterwards.
        back: where it leads when there is no way.

    Raises:
        Missing: there is no such provider.
        TooMany: there were too many tries from this place.
    """
    home, address = house(), house().address_hash()
    home.throttle.take("login", address.hex() if address else "")
    with home.database.reading() as db:
        row = linked.provider_keys(db, provider)
    way = visit.depart(
        row,
        change=link_to is not None,
        typed=request.form.get("typed", ""),
        calls=calls(),
        keys=home.keys,
        public_url=home.settings.public_url,
    )
    if way.url is None:
        flash(way.again or _sentence(provider, way.failure), "problem")
        return redirect(back, 303)
    with home.database.transaction() as db:
        cookie = linked.begin(db, provider, way, session=link_to, there=there, now=home.now())
    session[_COOKIE] = cookie
    # Browsers hold a form's redirects to form-action, which names nobody but us; a page may lead anywhere.
    return Response(render_template("login/onward.html", address=way.url, label=row.label))


def arrive(provider: str, params: Mapping[str, str]) -> ResponseReturnValue | None:
    """Take up what a provider sent back, if it answers a moderator; None when it answers a reader.

    Args:
        params: from a stranger; each was given once.
    """
    home = house()
    with home.database.reading() as db:
        if not linked.is_ours(db, params["state"]):
            return None
    try:
        back = _take(provider, params["state"])
        answer = visit.Answer(params=params, nonce=back.nonce, verifier=back.verifier, kept=back.kept)
        found = visit.arrive(back.row, answer, calls=calls(), keys=home.keys, public_url=home.settings.public_url)
        if isinstance(found, visit.Failure):
            flash(_sentence(provider, found), "problem")
            return redirect(back.there if back.session else url_for("sign_in.show", next=back.there), 303)
        if back.session:
            return _link(back.session, provider, found, back.there)
        return proving.let_in(_enter(found), back.there)
    except (NotAllowed, Conflict) as problem:
        return _refuse(problem)


def _take(provider: str, state: str) -> linked.Back:
    with house().database.transaction() as db:
        cookie = str(session.pop(_COOKIE, ""))
        return linked.take(db, state=state, provider=provider, cookie=cookie, now=house().now())


def _link(session_digest: bytes, provider: str, profile: Profile, there: str) -> ResponseReturnValue:
    with house().database.transaction() as db:
        whose = linked.link(db, session_digest, provider, profile, now=house().now())
        warn(db, Change.account_linked, whose, provider=provider)
    flash("The account is linked. You can sign in with it from now on.", "done")
    return redirect(there, 303)


def _enter(profile: Profile) -> Entrance:
    with house().database.transaction() as db:
        who = linked.moderator_of(db, profile, now=house().now())
        moderator.sign_out(db, request.cookies.get(cookie_name(), ""), now=house().now())
        return begin(db, who, now=house().now(), user_agent=request.user_agent.string)


def _refuse(problem: Problem) -> ResponseReturnValue:
    flash(problem.message, "problem")
    return redirect(url_for("dashboard.account.show") + "#linked", 303)


def _sentence(provider: str, failure: visit.Failure | None) -> str:
    if failure is None:
        return _DOWN
    facts = {"provider": provider, "reason": failure.reason.value, "detail": failure.detail}
    _LOG.warning("a moderator's sign-in failed", extra=facts)
    return _SAID.get(failure.reason, _DOWN)
