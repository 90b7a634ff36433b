"""Adding and removing one's passkeys; the account page lists them."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from moderation.foundation.errors import Conflict, NotAllowed, Refused
from moderation.identity import challenge, passkey
from moderation.notifying.account_changed import Change
from moderation.records import Moderator, Purpose
from moderation.web import proving
from moderation.web.dashboard_page import Page
from moderation.web.guards import moderator_now
from moderation.web.house import house
from moderation.web.warn import warn

page = Page("passkeys", "Passkeys", None)


@page.post("/account/passkeys/options")
@proving.sensitive
def ask() -> ResponseReturnValue:
    """Give the page's script what the browser needs to make a passkey."""
    proving.limit_challenges()
    moderator = moderator_now()
    with house().database.transaction() as db:
        known = passkey.passkeys_of(db, moderator.id)
        asked = challenge.ask(db, Purpose.passkey_add, moderator_id=moderator.id, now=house().now())
        options = proving.relying_party().creation(moderator, known, asked)
    return proving.ask_browser(Purpose.passkey_add, asked, options)


@page.post("/account/passkeys")
@proving.sensitive
def add() -> ResponseReturnValue:
    """Keep a passkey that the browser made."""
    try:
        answer, token = proving.given_passkey(), proving.brought(Purpose.passkey_add, last=True)
        with house().database.transaction() as db:
            taken = challenge.take(db, Purpose.passkey_add, token, now=house().now())
        if taken is None or taken.moderator_id != moderator_now().id:
            raise NotAllowed("This took too long. Please try again.")
        new = proving.relying_party().read_new(taken, answer)
        with house().database.transaction() as db:
            owner = db.get_one(Moderator, moderator_now().id, with_for_update=True)
            passkey.add(db, owner, request.form.get("name", ""), new, now=house().now())
            warn(db, Change.passkey_added, owner.id)
    except (Refused, NotAllowed, Conflict) as problem:
        flash(problem.message, "problem")
    else:
        flash("The passkey is added. You can sign in with it from now on.", "done")
    return redirect(url_for("dashboard.account.show") + "#passkeys", 303)


@page.post("/account/passkeys/remove")
@proving.sensitive
def remove() -> ResponseReturnValue:
    """Remove one of one's own passkeys."""
    with house().database.transaction() as db:
        if passkey.remove(db, moderator_now().id, request.form.get("passkey", "")):
            warn(db, Change.passkey_removed, moderator_now().id)
    flash("The passkey is removed. Nobody can sign in with it any more; you may delete it on your device too.", "done")
    return redirect(url_for("dashboard.account.show") + "#passkeys", 303)
