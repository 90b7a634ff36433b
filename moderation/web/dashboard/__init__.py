"""The dashboard: the author's room. One file here is one page, found by its name; templates/dashboard holds its
look."""

from typing import Any

from flask import Blueprint, flash, g, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from moderation.foundation.catalogue import catalogue
from moderation.review.queue import COUNTED_TO
from moderation.web.dashboard_page import Page
from moderation.web.guards import (
    is_owner,
    moderator_now,
    own_path,
    own_sites,
    renew_cookie,
    require_moderator,
    wants_json,
)
from moderation.web.house import house
from moderation.web.words import ago, counted, plural

__all__ = ["dashboard"]

_STALE = "This page had been open for too long, so nothing was changed. Here it is again; please repeat the last step."

dashboard = Blueprint("dashboard", __name__, url_prefix="/dashboard")
dashboard.before_request(require_moderator)
dashboard.after_request(renew_cookie)

_pages = catalogue("moderation.web.dashboard", Page)
for _page in _pages.values():
    dashboard.register_blueprint(_page.views)


@dashboard.context_processor
def furniture() -> dict[str, Any]:
    """Give every template of the dashboard the navigation, and words about time."""
    mine = "moderator_session" in g
    owner = mine and is_owner()
    shown = (page for page in _pages.values() if page.place is not None and (owner or not page.for_owners))
    navigation, now = sorted(shown, key=lambda page: page.place or 0), house().now()
    return {
        "navigation": navigation,
        "here": (request.blueprint or "").rpartition(".")[2],
        "moderator": moderator_now() if mine else None,
        "holding": [site for site in own_sites() if site.settings.get("hold_everything")] if mine else [],
        "ago": lambda moment: ago(moment, now),
        "plural": plural,
        "many": lambda number, most=COUNTED_TO: counted(number, most),
    }


@dashboard.errorhandler(CSRFError)
def stale(error: CSRFError) -> ResponseReturnValue:
    """Lead back to where somebody was whose form no longer fits the session."""
    del error
    refused = require_moderator()
    if refused is not None:
        return refused
    if wants_json():
        return jsonify(problem="stale", sentence=_STALE), 400
    flash(_STALE, "problem")
    return redirect(own_path(request.form.get("back")), 303)
