"""What the doors share where somebody proves who they are: the browser's challenge, passkeys, and being sure again."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, ParamSpec

from flask import Response, flash, jsonify, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from moderation.foundation.errors import Refused
from moderation.identity.challenge import Asked
from moderation.identity.entrance import Entrance
from moderation.records import Purpose
from moderation.web.guards import enter, own_path, session_now, wants_json
from moderation.web.house import house

if TYPE_CHECKING:
    from moderation.identity.relying_party import RelyingParty

P = ParamSpec("P")

# After so long, what is sensitive asks again who one is.
CONFIRMED_FOR: Final = timedelta(minutes=15)
_AGAIN: Final = "For this, please show again that it is you. Nothing was changed yet."
_LONGEST: Final = 16 * 1024


def is_sure() -> bool:
    """Tell whether the moderator who asks has shown lately who they are; only behind ``require_moderator``."""
    return session_now().confirmed_at + CONFIRMED_FOR > house().now()


def sensitive(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let a view run only for a moderator who has shown lately who they are; others are asked first."""

    @wraps(view)
    def asked_first(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        return view(*args, **kwargs) if is_sure() else ask_again()

    return asked_first


def ask_again() -> ResponseReturnValue:
    """Lead to where a moderator shows again who they are, and back from there."""
    here = request.full_path.removesuffix("?") if request.method in ("GET", "HEAD") else request.form.get("back")
    address = url_for("dashboard.confirm.show", next=own_path(here))
    if wants_json():
        return jsonify(problem="confirm", sentence=_AGAIN, address=address), 403
    flash(_AGAIN, "problem")
    return redirect(address, 303)


def let_in(entrance: Entrance, there: str) -> Response:
    """Lead somebody on who gave a password, or signed in at a provider: in, or to the form for a code."""
    if entrance.session is not None:
        return enter(entrance.session, there)
    session.clear()
    keep(Purpose.code, entrance.code_for or "")
    return Response(status=303, headers={"Location": url_for("second_step.show", next=there)})


def keep(purpose: Purpose, token: str) -> None:
    """Bind a challenge to the browser; the newest of its purpose is the one that counts."""
    session[f"challenge:{purpose}"] = token


def brought(purpose: Purpose, *, last: bool = False) -> str:
    """Return what binds the browser to its challenge, empty when it has none.

    Args:
        last: it will not be asked for again.
    """
    name = f"challenge:{purpose}"
    return str(session.pop(name, "") if last else session.get(name, ""))


def relying_party() -> "RelyingParty":
    """Return this installation as passkeys know it."""
    # Here, since its library is 3 MB, and many installations have no passkey.
    from moderation.identity.relying_party import RelyingParty

    return RelyingParty(house().settings.public_url)


def limit_challenges() -> None:
    """Count a challenge by where it is asked from.

    Raises:
        TooMany: there were too many.
    """
    address = house().address_hash()
    house().throttle.take("passkey", address.hex() if address else "")


def ask_browser(purpose: Purpose, asked: Asked, options: dict[str, Any]) -> Response:
    """Answer the page's script with what the browser is to ask the person for."""
    keep(purpose, asked.token)
    return jsonify(options)


def given_passkey() -> dict[str, Any]:
    """Return what the browser said of a passkey, from a stranger.

    Raises:
        Refused: it is nothing that a browser says.
    """
    text = request.form.get("credential", "")
    try:
        answer = json.loads(text) if len(text) <= _LONGEST else None
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise Refused("Passkeys need JavaScript, which did not run here. Please try again.", field="passkey")
    return answer
