"""Every door, and who may pass it: a route that is not in the matrix, or lets another pass, fails the test.

A line of the matrix says what becomes of nine callers: nobody, a guest with the edit token of the comment, a commenter,
one of another site, a moderator, one of another site, an owner (these three by the dashboard's cookie), a moderator's
personal key, one of another site.

``-`` must sign in first, ``x`` may not, ``0`` there is no such thing, ``+`` may pass, ``!`` passes, and the comment is
another than before. Forms are let through without their tokens here; that they need them is tested below.
"""

import re

import pytest
from sqlalchemy import event

from moderation.records import Comment
from tests import make
from tests.contracts.callers import CALLERS, prepare, routes
from tests.web.service import guest_comment

MATRIX = """
+x+x+++xx POST /api/v1/comments
-!00---00 DELETE /api/v1/comments/<comment_id>
-+00---00 GET /api/v1/comments/<comment_id>
-!00---00 PATCH /api/v1/comments/<comment_id>
--+x----- DELETE /api/v1/comments/<comment_id>/like
--+x----- PUT /api/v1/comments/<comment_id>/like
+x+x+++xx POST /api/v1/comments/<comment_id>/report
+++++++++ GET /api/v1/counts
-xxx---!+ POST /api/v1/decisions
-xxx---!0 POST /api/v1/decisions/<decision_id>/undo
-x++---xx POST /api/v1/logout
-x++---xx DELETE /api/v1/me
-x+x---xx GET /api/v1/me
-x++---xx GET /api/v1/me/export
+++++++++ GET /api/v1/openapi.json
--+x----- DELETE /api/v1/pages/like
--+x----- PUT /api/v1/pages/like
+++++++++ POST /api/v1/preview
-xxx---+x GET /api/v1/queue
+++++++++ GET /api/v1/recent
+++++++++ GET /api/v1/sites/<key>
+++++++++ GET /api/v1/thread
+++++++++ POST /api/v1/token
000000000 GET /auth/<provider>/callback
+++++++++ POST /auth/<provider>/callback
000000000 GET /avatars/<name>
000000000 GET /change/<ticket>
000000000 POST /change/<ticket>
000000000 GET /confirm/<ticket>
000000000 POST /confirm/<ticket>
000000000 POST /confirm/<ticket>/claim
----+++-- GET /dashboard/
----x0+-- GET /dashboard/<site_key>/addresses
----x0+-- POST /dashboard/<site_key>/addresses
----x0+-- POST /dashboard/<site_key>/addresses/page
----+0+-- GET /dashboard/<site_key>/bans
----+0+-- GET /dashboard/<site_key>/history
----x0+-- GET /dashboard/<site_key>/moderators
----x0+-- POST /dashboard/<site_key>/moderators/invite
----x0+-- POST /dashboard/<site_key>/moderators/remove
----x0+-- POST /dashboard/<site_key>/moderators/role
----x0+-- POST /dashboard/<site_key>/moderators/withdraw
----+0+-- GET /dashboard/<site_key>/queue
----+0+-- GET /dashboard/<site_key>/replies
----+0+-- POST /dashboard/<site_key>/replies
----+0+-- POST /dashboard/<site_key>/replies/remove
----x0+-- GET /dashboard/<site_key>/return-addresses
----x0+-- POST /dashboard/<site_key>/return-addresses
----+0+-- GET /dashboard/<site_key>/rules
----x00-- POST /dashboard/<site_key>/rules/<name>
----x00-- GET /dashboard/<site_key>/rules/tried/<trial_id>
----x00-- POST /dashboard/<site_key>/rules/tried/<trial_id>/end
----x00-- POST /dashboard/<site_key>/rules/tried/<trial_id>/save
----x0+-- GET /dashboard/<site_key>/settings
----x0+-- POST /dashboard/<site_key>/settings
----x0+-- POST /dashboard/<site_key>/settings/hold
----x0+-- POST /dashboard/<site_key>/settings/origins
----+0+-- GET /dashboard/<site_key>/stats
----+0+-- GET /dashboard/<site_key>/stats.csv
----+0+-- GET /dashboard/<site_key>/stats.json
----x0+-- GET /dashboard/<site_key>/webhooks
----x0+-- POST /dashboard/<site_key>/webhooks
----x00-- POST /dashboard/<site_key>/webhooks/remove
----x00-- POST /dashboard/<site_key>/webhooks/secret
----x00-- POST /dashboard/<site_key>/webhooks/switch
----x00-- POST /dashboard/<site_key>/webhooks/test
----+++-- GET /dashboard/account
----+++-- POST /dashboard/account/keys
----+++-- POST /dashboard/account/keys/revoke
----000-- POST /dashboard/account/linked/<provider>
----+++-- POST /dashboard/account/linked/remove
----+++-- GET /dashboard/account/mails
----+++-- POST /dashboard/account/mails
----+++-- POST /dashboard/account/passkeys
----+++-- POST /dashboard/account/passkeys/options
----+++-- POST /dashboard/account/passkeys/remove
----xxx-- POST /dashboard/account/password
----+++-- GET /dashboard/account/second-factor
----+++-- POST /dashboard/account/second-factor
----+++-- POST /dashboard/account/second-factor/confirm
----+++-- POST /dashboard/account/second-factor/off
----000-- POST /dashboard/account/second-factor/recovery-codes
----+++-- POST /dashboard/account/sessions/end
----+0+-- POST /dashboard/act
----+0+-- GET /dashboard/comments/<comment_id>
----+0+-- GET /dashboard/comments/<comment_id>/answer
----+0+-- POST /dashboard/comments/<comment_id>/answer
----+0+-- GET /dashboard/comments/<comment_id>/ask-changes
----+0+-- POST /dashboard/comments/<comment_id>/ask-changes
----+0+-- GET /dashboard/comments/<comment_id>/ban
----!0!-- POST /dashboard/comments/<comment_id>/ban
----+0+-- GET /dashboard/comments/<comment_id>/edit
----!0!-- POST /dashboard/comments/<comment_id>/edit
----+0+-- GET /dashboard/comments/<comment_id>/reject
----!0!-- POST /dashboard/comments/<comment_id>/reject
----+++-- GET /dashboard/bans
----000-- POST /dashboard/bans/lift
----+++-- GET /dashboard/confirm
----xxx-- POST /dashboard/confirm
----xxx-- POST /dashboard/confirm/code
----xxx-- POST /dashboard/confirm/passkey
----+++-- POST /dashboard/confirm/passkey/options
----!+!-- POST /dashboard/decide
----xx+-- GET /dashboard/doctor
----xx0-- POST /dashboard/doctor
----xx0-- POST /dashboard/doctor/mail
----+++-- GET /dashboard/history
000000000 GET /dashboard/invitation/<ticket>
000000000 POST /dashboard/invitation/<ticket>/create
000000000 POST /dashboard/invitation/<ticket>/join
----!+!-- POST /dashboard/many
----000-- GET /dashboard/many/<batch_id>
----000-- POST /dashboard/many/<batch_id>/undo
----+0+-- POST /dashboard/notes
----000-- POST /dashboard/notes/remove
----+0+-- GET /dashboard/people/<person_id>
----+0+-- GET /dashboard/people/<person_id>/history
----xx+-- GET /dashboard/providers
----xx0-- GET /dashboard/providers/<name>
----xx0-- POST /dashboard/providers/<name>
----xx+-- POST /dashboard/providers/<name>/remove
----xx0-- POST /dashboard/providers/<name>/switch
----xx0-- POST /dashboard/providers/<name>/test
----xx+-- POST /dashboard/providers/<name>/up
----xx+-- GET /dashboard/providers/add/<kind>
----xx+-- POST /dashboard/providers/add/<kind>
+++++++++ GET /dashboard/sign-in
+++++++++ POST /dashboard/sign-in
--------- GET /dashboard/sign-in/code
--------- POST /dashboard/sign-in/code
xxxxxxxxx POST /dashboard/sign-in/passkey
+++++++++ POST /dashboard/sign-in/passkey/options
000000000 POST /dashboard/sign-in/with/<provider>
--------- POST /dashboard/sign-out
--------- POST /dashboard/sign-out/everywhere
----+++-- GET /dashboard/sites
----xx+-- GET /dashboard/undelivered
----xx+-- POST /dashboard/undelivered/again
----xx+-- POST /dashboard/undelivered/drop
----xx+-- POST /dashboard/undelivered/keep
----!+!-- POST /dashboard/undo
000000000 GET /decide/<ticket>
000000000 POST /decide/<ticket>
000000000 POST /decide/undo/<ticket>
+++++++++ GET /embed/<path:name>
+++++++++ GET /embed/manifest.json
+++++++++ GET /feeds/<key>.atom
+++++++++ GET /feeds/<key>/page.atom
+++++++++ GET /fragment
+++++++++ GET /health/live
+++++++++ GET /health/ready
+++++++++ POST /hooks/facebook/deauthorize
+++++++++ POST /hooks/facebook/deletion
+++++++++ GET /login/<provider>
+++++++++ POST /login/confirm
000000000 GET /login/done/<attempt_id>
xxxxxxxxx POST /login/done/<attempt_id>
000000000 GET /metrics
000000000 GET /oauth/client-metadata.json
+++++++++ GET /page
+++++++++ POST /page
+++++++++ POST /page/sign-in
+++++++++ POST /page/sign-out
000000000 GET /privacy/deletion/<code>
000000000 GET /quiet/<ticket>
000000000 POST /quiet/<ticket>
000000000 GET /setup/<code>
000000000 POST /setup/<code>
+++++++++ GET /static/<path:filename>
000000000 GET /unsubscribe/<ticket>
000000000 POST /unsubscribe/<ticket>
"""

ARGUMENTS = {"filename": "style.css", "kind": "github", "name": "v1.js", "provider": "github"}
# Signing in keeps its own rows from the first step on.
WRITING = {"login.start", "login.callback"}


@pytest.fixture
def database_url(sqlite_url):
    """The doors are the same on both databases, and what they call is tested on each."""
    return sqlite_url


@pytest.fixture
def sites(app):
    """The keys of a site that is set up, and of another one."""
    with app.extensions["house"].database.transaction() as db:
        site = make.site(db)
        make.moderator(db, site, password="x")
        return site.key, make.site(db).key


def expected():
    """Return the matrix's lines by route."""
    lines = [line for line in MATRIX.splitlines() if line and not line.startswith("#")]
    found = {route: marks for marks, route in (line.split(None, 1) for line in lines)}
    assert len(found) == len(lines)
    return found


def fill(rule, call):
    """Return a rule's address with something in each of its places."""
    known = {"comment_id": call.comment_id, "decision_id": call.decision_id, "key": call.site, "site_key": call.site}
    known["person_id"] = call.person_id
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: (known | ARGUMENTS).get(found[1], "x"), rule)


def body(route, call):
    """Return what a call of the API sends."""
    return {
        "POST /api/v1/comments": guest_comment(call.site, url=f"{make.BLOG}{call.page}"),
        "POST /api/v1/comments/<comment_id>/report": {"reason": "Rude."},
        "PATCH /api/v1/comments/<comment_id>": {"body": "Other words."},
        "POST /api/v1/decisions": {"comments": [call.comment_id], "status": "rejected"},
        "POST /api/v1/preview": {"site": call.site, "body": "Some words."},
    }.get(route, {})


def knock(app, sites, route, caller):
    """Ask for a route as somebody; return the mark of what became of it."""
    house = app.extensions["house"]
    call = prepare(house, *sites, caller)
    method, rule = route.split(" ")
    path = fill(rule, call)
    client = app.test_client()
    if call.cookie:
        client.set_cookie("moderator", call.cookie)
    with house.database.reading() as db:
        before = db.get_one(Comment, call.comment_id).version
    asked = {"method": method, "query_string": {"site": call.site, "page": call.page}, "headers": call.headers}
    if rule.startswith("/api/") and method in ("POST", "PATCH"):
        asked["json"] = body(route, call)
    elif method == "POST":
        asked["data"] = {"comment": call.comment_id, "seen": before, "status": "rejected", "decision": call.decision_id}
        asked["data"] |= {"person": call.person_id, "do": "pin", "key": "k", "who": "person", "lasts": "day"}
        asked["data"] |= {"fate": "spam", "body": "Other words.", "reason": "So.", "text": "Words.", "title": "A reply"}
        asked["data"]["chosen"] = f"{call.comment_id}~{before}"
    answer = client.open(path, **asked)
    answer.close()
    with house.database.reading() as db:
        if db.get_one(Comment, call.comment_id).version != before:
            return "!"
    if answer.status_code == 401 or (answer.location or "").startswith("/dashboard/sign-in"):
        return "-"
    return {403: "x", 404: "0"}.get(answer.status_code) or (
        "+" if answer.status_code < 500 else str(answer.status_code)
    )


def test_every_door_lets_pass_whom_the_matrix_says_and_nobody_else(app, sites):
    app.config["WTF_CSRF_ENABLED"] = False
    matrix = expected()
    assert set(routes(app)) == set(matrix), "each route needs its line in the matrix, and each line its route"
    found = {route: "".join(knock(app, sites, route, caller) for caller in CALLERS) for route in sorted(matrix)}
    assert {route: marks for route, marks in found.items() if marks != matrix[route]} == {}


def test_a_guard_that_is_taken_away_is_noticed(app, sites):
    app.config["WTF_CSRF_ENABLED"] = False
    before = app.before_request_funcs["dashboard"]
    assert knock(app, sites, "GET /dashboard/sites", "nobody") == "-"
    before.clear()
    assert knock(app, sites, "GET /dashboard/sites", "nobody") != "-"


def test_no_get_changes_anything_but_the_sign_ins_own_rows(app, sites):
    house, writing = app.extensions["house"], set()
    asked = []
    event.listen(
        house.database.engine,
        "begin",
        lambda connection: writing.update(asked) if connection.get_execution_options().get("writes") else None,
    )
    for route, view in routes(app).items():
        if not route.startswith("GET "):
            continue
        for caller in CALLERS:
            call = prepare(house, *sites, caller)
            client = app.test_client()
            if call.cookie:
                client.set_cookie("moderator", call.cookie)
            asked[:] = [view]
            query = {"site": call.site, "page": call.page}
            client.get(fill(route[4:], call), query_string=query, headers=call.headers).close()
            asked.clear()
    assert writing <= WRITING


def test_only_these_views_take_what_a_page_of_ours_did_not_send(app):
    csrf = app.extensions["csrf"]
    assert {getattr(blueprint, "name", blueprint) for blueprint in csrf._exempt_blueprints} == {"api", "hooks", "login"}
    assert csrf._exempt_views == set()


def test_every_form_needs_its_token(app, sites):
    """Whoever is signed in changes nothing by a form that another site made them send, and is told so in words."""
    for route, view in routes(app).items():
        blueprint = view.partition(".")[0]
        if route.startswith("POST ") and blueprint not in ("api", "hooks") and view != "login.form_post":
            assert knock(app, sites, route, "owner") in {"-", "x", "0", "+"}, route
    assert knock(app, sites, "POST /dashboard/decide", "owner") != "!"
    app.config["WTF_CSRF_ENABLED"] = False
    assert knock(app, sites, "POST /dashboard/decide", "owner") == "!"
