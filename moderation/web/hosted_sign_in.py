"""Signing in on our own page of a thread, by redirects alone: who is there, and what was typed before and after."""

import json
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from flask import request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from moderation.foundation.errors import Missing, NotAllowed, Refused
from moderation.identity import attempt, handover
from moderation.records import Person, Site
from moderation.web.house import house
from moderation.web.signing_in import cookie_name, leave_for

_PURPOSE: Final = "hosted_draft"
_CLOSED: Final = {
    "denied": "{label} did not sign you in: the request was declined.",
    "login_expired": "Signing in took too long. Please try again.",
    "provider_down": "{label} cannot be reached just now. Try again later, or use another way.",
    "provider_quota": "{label} allows no more sign-ins here for now. Please use another way.",
    "provider_misconfigured": "Signing in with {label} is not set up correctly on this site. Please use another way.",
    "provider_bad_reply": "{label} gave an answer that we do not understand. Please use another way.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a form held when its reader left to sign in: all fields, and why nobody is signed in, if so."""

    form: dict[str, str]
    problem: Refused | None = None


def seal(form: dict[str, str]) -> bytes:
    """Return a form's fields as an attempt keeps them."""
    return house().keys.encrypt(_PURPOSE, json.dumps(form).encode())


def come_back(attempt_id: str) -> ResponseReturnValue:
    """Begin the session of somebody who comes from a provider, and lead back to the form."""
    home, now = house(), house().now()
    cookie = request.cookies.get(cookie_name(attempt_id))
    with home.database.transaction() as db:
        token = handover.settle_here(db, attempt_id, cookie=cookie, origin=home.settings.public_url, now=now)
        found = attempt.bind(db, attempt_id, cookie)
        site_id, form = found.site_id, _open(found.draft)
    if token:
        session[_place(site_id)] = token
    there = {name: form[name] for name in ("site", "page", "url", "title", "answer") if form.get(name)}
    return leave_for(f"{url_for('page.show')}?{urlencode(there | {'draft': attempt_id})}#respond")


def draft(db: Session, attempt_id: str) -> Draft | None:
    """Return what this browser's form held before signing in; None where it is not known any more.

    Args:
        attempt_id: text from a stranger.
    """
    try:
        found = attempt.bind(db, attempt_id, request.cookies.get(cookie_name(attempt_id)))
    except (Missing, NotAllowed):
        return None
    if found.draft is None:
        return None
    seen = handover.look(db, attempt_id, cookie=request.cookies.get(cookie_name(attempt_id)), now=house().now())
    failed = None if seen.is_used else _CLOSED.get(seen.reason or "")
    problem = Refused(failed.format(label=seen.label)) if failed else None
    return Draft(form=_open(found.draft), problem=problem)


def person_here(db: Session, site: Site) -> Person | None:
    """Return who is signed in on our own page of a site's threads, in this browser."""
    token = session.get(_place(site.id))
    found = handover.session_for(db, token, now=house().now()) if isinstance(token, str) else None
    return found.person if found and found.site_id == site.id else None


def sign_out(site: Site) -> None:
    """End the session in this browser."""
    token = session.pop(_place(site.id), None)
    if isinstance(token, str):
        with house().database.transaction() as db:
            handover.revoke(db, token, house().now())


def _open(sealed: bytes | None) -> dict[str, str]:
    form: dict[str, Any] = json.loads(house().keys.decrypt(_PURPOSE, sealed or b""))
    return {name: str(value) for name, value in form.items()}


def _place(site_id: str) -> str:
    return f"reader {site_id}"
