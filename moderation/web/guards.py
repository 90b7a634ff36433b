"""Who may come in: the session cookie, the check before every page of the dashboard, and the roles on a site."""

import re
from typing import Final, cast

from flask import Response, flash, g, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from moderation.foundation.errors import Missing, NotAllowed
from moderation.identity.moderator import IDLE, moderator_for, touch, wants_touch
from moderation.identity.setup_code import SETUP_MINUTES, is_set_up
from moderation.records import Moderator, ModeratorSession, Role, Site
from moderation.web.house import house

HOME: Final = "/dashboard/"
SESSION_ENDED: Final = "Your session has ended, so nothing was changed. Sign in to go on where you were."
_OWN_PATH: Final = re.compile(r"/dashboard/[A-Za-z0-9_~.:+%=&?/@-]*(?:#[A-Za-z0-9_-]*)?")

# Where one does something, or passes through; nobody wants to come back there.
_NO_PLACES: Final = ("/dashboard/sign-", "/dashboard/decide", "/dashboard/undo", "/dashboard/confirm")


def own_path(path: str | None) -> str:
    """Return a path, from a stranger, if it leads into the dashboard; else the dashboard's first page."""
    if not path or len(path) > 1000 or not _OWN_PATH.fullmatch(path) or "//" in path or ".." in path:
        return HOME
    return HOME if path.startswith(_NO_PLACES) else path


def wants_json() -> bool:
    """Tell whether the dashboard's script asks, rather than a person's form."""
    return request.accept_mimetypes.best == "application/json"


def require_moderator() -> ResponseReturnValue | None:
    """Let a request for the dashboard pass if it comes from a moderator; else lead there."""
    home = house()
    token = request.cookies.get(cookie_name(), "")
    with home.database.reading() as db:
        found = moderator_for(db, token, now=home.now()) if token else None
    if found is None:
        return not_set_up() or sign_in_first()
    if wants_touch(found, now=home.now()):
        with home.database.transaction() as db:
            touch(db, token, now=home.now())
        g.renewed_token = token
    g.moderator_session = found
    return None


def not_set_up() -> ResponseReturnValue | None:
    """Answer everybody with how to begin, as long as nobody can sign in."""
    with house().database.reading() as db:
        if is_set_up(db):
            return None
    page = render_template("dashboard/not_set_up.html", minutes=SETUP_MINUTES)
    return Response(page, status=503, headers={"Retry-After": "60"})


def sign_in_first() -> ResponseReturnValue:
    """Answer somebody who is not signed in: the form, and afterwards the place where they were."""
    if request.method in ("GET", "HEAD"):
        there = own_path(request.full_path.removesuffix("?"))
    else:
        there = own_path(request.form.get("back"))
        flash(SESSION_ENDED, "problem")
    address = url_for("sign_in.show", next=None if there == HOME else there)
    if wants_json():
        return jsonify(problem="signed_out", sentence=SESSION_ENDED, sign_in=address), 401
    return redirect(address, 303)


def limit_passwords() -> None:
    """Count a try of a password by where it comes from; not by whose it is, or anybody could lock a moderator out.

    Raises:
        TooMany: there were too many.
    """
    address = house().address_hash()
    house().throttle.take("password", address.hex() if address else "")


def renew_cookie(response: Response) -> Response:
    """Let the browser keep a session in use as long as we do."""
    token = g.pop("renewed_token", None)
    if token is not None:
        give_cookie(response, token)
    return response


def session_now() -> ModeratorSession:
    """Return the session of the moderator who asks; only behind ``require_moderator``."""
    return cast("ModeratorSession", g.moderator_session)


def moderator_now() -> Moderator:
    """Return the moderator who asks; only behind ``require_moderator``."""
    return session_now().moderator


def own_sites() -> tuple[Site, ...]:
    """Return the sites of the moderator who asks, by name."""
    sites = (membership.site for membership in moderator_now().memberships)
    return tuple(sorted(sites, key=lambda site: (site.name.casefold(), site.key)))


def own_site(key: str, *, role: Role = Role.moderator) -> Site:
    """Return one of the asking moderator's sites.

    Raises:
        Missing: there is none of this key, or it is others' business.
        NotAllowed: it takes an owner.
    """
    site = next((site for site in own_sites() if site.key == key), None)
    if site is None:
        raise Missing("There is no such site.")
    if role is Role.owner and moderator_now().role_on(site.id) is not Role.owner:
        raise NotAllowed("Only an owner of this site may do this.")
    return site


def is_owner() -> bool:
    """Tell whether the moderator who asks owns a site; owners look after the installation together."""
    return any(membership.role is Role.owner for membership in moderator_now().memberships)


def require_owner() -> None:
    """Let a request pass that comes from an owner; only behind ``require_moderator``.

    Raises:
        NotAllowed: it comes from a moderator.
    """
    if not is_owner():
        raise NotAllowed("Only an owner may do this.")


def cookie_name() -> str:
    """Return the name of the dashboard's session cookie; browsers take the prefix over https only."""
    return "__Host-moderator" if house().settings.secure else "moderator"


def give_cookie(response: Response, token: str) -> None:
    """Hand a session's token to the browser."""
    response.set_cookie(
        cookie_name(),
        token,
        max_age=int(IDLE.total_seconds()),
        path="/",
        secure=house().settings.secure,
        httponly=True,
        samesite="Lax",
    )


def enter(token: str, address: str) -> Response:
    """Begin a session in this browser and lead it on; what it held before, forms' tokens too, is forgotten."""
    session.clear()
    response = cast("Response", redirect(address, 303))
    give_cookie(response, token)
    return response


def leave(address: str) -> Response:
    """End the session in this browser and lead it on."""
    session.clear()
    response = cast("Response", redirect(address, 303))
    response.delete_cookie(cookie_name(), path="/", secure=house().settings.secure, httponly=True, samesite="Lax")
    return response
