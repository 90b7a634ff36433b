"""Linking accounts elsewhere, by which one signs in to the dashboard; the account page lists them."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from moderation.identity.linked import unlink
from moderation.notifying.account_changed import Change
from moderation.web import provider_visit, proving
from moderation.web.dashboard_page import Page
from moderation.web.guards import moderator_now, session_now
from moderation.web.house import house
from moderation.web.warn import warn

page = Page("linked", "Linked accounts", None)


@page.post("/account/linked/<provider>")
@proving.sensitive
def begin(provider: str) -> ResponseReturnValue:
    """Send the moderator to a provider, to come back with an account there."""
    there = url_for("dashboard.account.show") + "#linked"
    return provider_visit.depart(provider, link_to=session_now().digest, there=there, back=there)


@page.post("/account/linked/remove")
@proving.sensitive
def remove() -> ResponseReturnValue:
    """Unlink one of one's own accounts."""
    with house().database.transaction() as db:
        at = unlink(db, moderator_now().id, request.form.get("issuer", ""), request.form.get("subject", ""))
        if at is not None:
            warn(db, Change.account_unlinked, moderator_now().id, provider=at)
    flash("The account is unlinked. Nobody can sign in with it any more.", "done")
    return redirect(url_for("dashboard.account.show") + "#linked", 303)
