"""The author's room, through its doors: setting up, signing in, looking, deciding."""

import re
from datetime import timedelta
from html import unescape
from threading import Barrier, Thread

import pytest
from msgspec.structs import replace

from moderation.app import create_app
from moderation.foundation.catalogue import catalogue
from moderation.identity import moderator as identity
from moderation.identity import setup_code as setup_codes
from moderation.identity.password import seal
from moderation.records import (
    Comment,
    Decision,
    Finding,
    Membership,
    Moderator,
    ModeratorSession,
    PersonalKey,
    Role,
    Site,
    Status,
    Verdict,
)
from moderation.web.dashboard_page import Page
from moderation.web.guards import own_path
from tests import make

PASSWORD = "a calm long sentence"
SEALED = seal(PASSWORD)
JSON = {"Accept": "application/json"}
ROOM = "/dashboard/"
SIGN_IN = "/dashboard/sign-in"
PAGES = tuple(catalogue("moderation.web.dashboard", Page).values())


# --- helpers ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def blog(house):
    """A site with a page, its owner Ada, and three waiting comments."""
    with house.database.transaction() as db:
        site = make.site(db, key="oak")
        owner = make.moderator(db, site, email="ada@blog.example", name="Ada", password=SEALED.hash)
        page = make.page(db, site)
        person = make.person(db, site, email="alice@mail.example")
        ids = [make.comment(db, page, person, body=f"Remark {number}.").id for number in range(3)]
    return {"site": site, "owner": owner, "page": page, "person": person, "ids": ids}


def csrf(client, address):
    text = client.get(address).get_data(as_text=True)
    return unescape(re.search(r'name="csrf_token" value="([^"]+)"', text)[1])


def sign_in(client, email="ada@blog.example", password=PASSWORD, **fields):
    fields = {"email": email, "password": password} | fields
    if "csrf_token" not in fields:
        fields["csrf_token"] = csrf(client, SIGN_IN)
    return client.post(SIGN_IN, data=fields)


@pytest.fixture
def ada(client, blog):
    """A browser in which Ada is signed in."""
    assert sign_in(client).status_code == 303
    return client


def send(client, address, token_from=ROOM, headers=None, **fields):
    # Every page has a form: the account's, when the queue is empty.
    token = csrf(client, "/dashboard/account" if token_from == ROOM else token_from)
    return client.post(address, data={"csrf_token": token} | fields, headers=headers)


def decide(client, comment_id, status, seen=1, **fields):
    headers = fields.pop("headers", None)
    return send(
        client, "/dashboard/decide", comment=comment_id, status=status, seen=str(seen), headers=headers, **fields
    )


def standing(house, comment_id):
    with house.database.reading() as db:
        return db.get_one(Comment, comment_id).status


def decisions(house, comment_id):
    with house.database.reading() as db:
        return db.query(Decision).filter_by(comment_id=comment_id).count()


def setup_code(house, moderator_id=None):
    with house.database.transaction() as db:
        return setup_codes.new_setup_code(db, moderator_id, now=house.now())


# --- before there is anybody ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [ROOM, SIGN_IN, "/dashboard/sites", "/dashboard/oak/queue", "/dashboard/account"])
def test_an_installation_without_an_owner_says_what_to_do(client, path):
    answer = client.get(path)
    assert answer.status_code == 503
    assert "moderation setup" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("asked", "there"),
    [("/dashboard", "/dashboard/"), ("/dashboard?status=spam", "/dashboard/?status=spam"), ("/api/v1//recent", None)],
)
def test_a_path_is_put_right_without_believing_the_host_header(client, asked, there):
    answer = client.get(asked, headers={"Host": "evil.example"})
    assert (answer.status_code, answer.location) == (308, there or "/api/v1/recent")
    assert "evil" not in answer.get_data(as_text=True)


def test_looking_at_the_set_up_link_does_not_use_it_up(client, house):
    code = setup_code(house)
    for _ in range(3):
        assert client.get(f"/setup/{code}").status_code == 200


def test_the_set_up_form_makes_the_owner_and_the_first_site_and_signs_in(client, house):
    code = setup_code(house)
    sent = {
        "name": "Ada",
        "email": "Ada@Blog.Example",
        "password": PASSWORD,
        "site_name": "The Hollow Oak",
        "site_key": "oak",
        "site_origin": "https://oak.example/",
    }
    answer = send(client, f"/setup/{code}", token_from=f"/setup/{code}", **sent)
    assert (answer.status_code, answer.location) == (303, "/dashboard/sites")
    text = client.get("/dashboard/sites").get_data(as_text=True)
    assert "The Hollow Oak" in text
    assert "site=&#34;oak&#34;" in text or 'site="oak"' in text
    with house.database.reading() as db:
        site = db.query(Site).one()
        assert site.embeds_at("https://oak.example")
        assert db.query(Moderator).one().role_on(site.id) is Role.owner
    assert client.get(f"/setup/{code}").status_code == 404


def test_a_mistake_on_the_set_up_form_is_told_beside_the_field_and_loses_nothing(client, house):
    code = setup_code(house)
    sent = {
        "name": "Ada",
        "email": "ada@",
        "password": "short",
        "site_name": "Oak",
        "site_key": "O",
        "site_origin": "x",
    }
    answer = send(client, f"/setup/{code}", token_from=f"/setup/{code}", **sent)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="Ada"' in text
    assert "at least 12 characters" in text
    assert "This is not an e-mail address." in text
    assert "short" not in re.findall(r'value="([^"]*)"', text)
    sent |= {"email": "ada@blog.example", "password": PASSWORD, "site_origin": "https://oak.example"}
    answer = send(client, f"/setup/{code}", token_from=f"/setup/{code}", **sent)
    assert "lower-case letters" in answer.get_data(as_text=True)
    with house.database.reading() as db:
        assert db.query(Moderator).count() == 0
    assert send(client, f"/setup/{code}", token_from=f"/setup/{code}", **sent | {"site_key": "oak"}).status_code == 303


def test_an_old_or_invented_set_up_link_is_refused_in_words(client, house):
    answer = client.get(f"/setup/{'x' * 43}")
    assert answer.status_code == 404
    assert "moderation setup" in answer.get_data(as_text=True)
    with house.database.transaction() as db:
        code = setup_codes.new_setup_code(db, None, now=house.now() - timedelta(minutes=31))
    assert client.get(f"/setup/{code}").status_code == 404


def test_a_link_for_a_moderator_sets_a_password_and_asks_for_nothing_else(client, house, blog):
    code = setup_code(house, blog["owner"].id)
    text = client.get(f"/setup/{code}").get_data(as_text=True)
    assert "ada@blog.example" in text
    assert 'name="site_key"' not in text
    answer = send(client, f"/setup/{code}", token_from=f"/setup/{code}", password="another calm sentence")
    assert (answer.status_code, answer.location) == (303, ROOM)
    assert sign_in(client.application.test_client()).status_code == 403
    assert sign_in(client.application.test_client(), password="another calm sentence").status_code == 303


# --- signing in -------------------------------------------------------------------------------------------------------


def test_the_right_password_opens_the_room(client, blog):
    answer = sign_in(client)
    assert (answer.status_code, answer.location) == (303, ROOM)
    cookie = next(value for value in answer.headers.getlist("Set-Cookie") if value.startswith("moderator="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Domain" not in cookie
    assert client.get(ROOM).status_code == 200


def test_on_https_the_cookie_is_secure_and_bound_to_the_host(settings, database_url):
    app = create_app(replace(settings, public_url="https://comments.example"))
    house = app.extensions["house"]
    with house.database.transaction() as db:
        make.moderator(db, email="ada@blog.example", password=SEALED.hash)
    client = app.test_client()
    base = "https://comments.example"
    text = client.get(SIGN_IN, base_url=base).get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', text)[1]
    fields = {"email": "ada@blog.example", "password": PASSWORD, "csrf_token": token}
    answer = client.post(SIGN_IN, data=fields, base_url=base, headers={"Referer": f"{base}{SIGN_IN}"})
    cookie = next(value for value in answer.headers.getlist("Set-Cookie") if value.startswith("__Host-moderator="))
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert client.get(ROOM, base_url=base).status_code == 200
    house.database.close()


@pytest.mark.parametrize(
    ("email", "password", "status"),
    [
        ("ada@blog.example", "wrong", 403),
        ("nobody@blog.example", PASSWORD, 403),
        ("no address", PASSWORD, 422),
        ("", "", 422),
        ("ada@blog.example\x00", PASSWORD, 422),
        ("ada@blog.example", "\x00", 403),
    ],
)
def test_a_wrong_sign_in_is_told_and_opens_nothing(client, blog, email, password, status):
    answer = sign_in(client, email, password)
    assert answer.status_code == status
    assert 'class="problem"' in answer.get_data(as_text=True)
    assert client.get(ROOM).location == SIGN_IN


def test_too_many_tries_from_one_place_are_refused_for_a_while(settings):
    app = create_app(replace(settings, limited=True, rates={"password": "3/minute"}))
    with app.extensions["house"].database.transaction() as db:
        make.moderator(db, email="ada@blog.example", password=SEALED.hash)
    client = app.test_client()
    assert [sign_in(client, password="wrong").status_code for _ in range(4)] == [403, 403, 403, 429]
    assert int(sign_in(client).headers["Retry-After"]) <= 60
    app.extensions["house"].database.close()


@pytest.mark.parametrize(
    "path", ["/dashboard/sites", "/dashboard/oak/queue?status=spam&after=2026-11-22T06:28:00+00:00~c_1", ROOM]
)
def test_who_must_sign_in_first_arrives_where_they_wanted_to_be(client, blog, path):
    answer = client.get(path)
    assert answer.status_code == 303
    there = re.search(r'name="next" value="([^"]*)"', client.get(answer.location).get_data(as_text=True))[1]
    assert sign_in(client, next=unescape(there)).location == path


@pytest.mark.parametrize(
    "there",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/dashboard//evil.example",
        "/dashboard/../..//evil.example",
        "/login/x",
        "/dashboard/\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "/dashboardevil",
        "/dashboard/sign-in?next=/dashboard/",
        "",
    ],
)
def test_signing_in_never_leads_out_of_the_room(client, blog, there):
    assert own_path(there) == ROOM
    assert sign_in(client, next=there).location == ROOM


def test_a_new_session_gets_a_new_token_and_ends_the_one_before(ada, house):
    before = ada.get_cookie("moderator").value
    fields = {"email": "ada@blog.example", "password": PASSWORD, "csrf_token": csrf(ada, "/dashboard/account")}
    assert ada.post(SIGN_IN, data=fields).status_code == 303
    assert ada.get_cookie("moderator").value != before
    with house.database.reading() as db:
        assert identity.moderator_for(db, before, now=house.now()) is None


def test_forms_of_the_session_before_are_worth_nothing_afterwards(ada, house, blog):
    old = csrf(ada, ROOM)
    sign_in(ada, csrf_token=old)
    fields = {"comment": blog["ids"][0], "status": "approved", "seen": "1", "csrf_token": old}
    assert ada.post("/dashboard/decide", data=fields, headers=JSON).json["problem"] == "stale"
    assert standing(house, blog["ids"][0]) is Status.waiting


def test_a_session_idle_for_12_hours_has_to_sign_in_again(ada, house):
    with house.database.transaction() as db:
        db.query(ModeratorSession).update({"seen_at": house.now() - timedelta(hours=12)})
    assert ada.get(ROOM).location == SIGN_IN


def test_a_session_in_use_is_kept(ada, house):
    with house.database.transaction() as db:
        db.query(ModeratorSession).update({"seen_at": house.now() - timedelta(hours=11)})
    answer = ada.get(ROOM)
    assert any(value.startswith("moderator=") for value in answer.headers.getlist("Set-Cookie"))
    with house.database.reading() as db:
        assert db.query(ModeratorSession).one().seen_at > house.now() - timedelta(minutes=1)


def test_signing_out_ends_the_session_on_the_server(ada, house):
    token = ada.get_cookie("moderator").value
    assert send(ada, "/dashboard/sign-out").location == SIGN_IN
    with house.database.reading() as db:
        assert identity.moderator_for(db, token, now=house.now()) is None


def test_signing_out_everywhere_ends_other_browsers_too(ada, app):
    other = app.test_client()
    sign_in(other)
    send(ada, "/dashboard/sign-out/everywhere")
    assert other.get(ROOM).location == SIGN_IN


# --- forged requests, headers -----------------------------------------------------------------------------------------


POSTS = [
    "/dashboard/decide",
    "/dashboard/undo",
    "/dashboard/sign-out",
    "/dashboard/sign-out/everywhere",
    "/dashboard/account/password",
    "/dashboard/account/keys",
    "/dashboard/account/keys/revoke",
    "/dashboard/account/linked/<provider>",
    "/dashboard/account/linked/remove",
    "/dashboard/account/passkeys",
    "/dashboard/account/passkeys/options",
    "/dashboard/account/passkeys/remove",
    "/dashboard/account/second-factor",
    "/dashboard/account/second-factor/confirm",
    "/dashboard/account/second-factor/off",
    "/dashboard/account/second-factor/recovery-codes",
    "/dashboard/account/sessions/end",
    "/dashboard/confirm",
    "/dashboard/confirm/code",
    "/dashboard/confirm/passkey",
    "/dashboard/confirm/passkey/options",
    "/dashboard/providers/add/<kind>",
    "/dashboard/providers/<name>",
    "/dashboard/providers/<name>/remove",
    "/dashboard/providers/<name>/switch",
    "/dashboard/providers/<name>/test",
    "/dashboard/providers/<name>/up",
    "/dashboard/<site_key>/moderators/invite",
    "/dashboard/<site_key>/moderators/remove",
    "/dashboard/<site_key>/moderators/role",
    "/dashboard/<site_key>/moderators/withdraw",
    "/dashboard/account/mails",
    "/dashboard/doctor",
    "/dashboard/doctor/mail",
    "/dashboard/<site_key>/addresses",
    "/dashboard/bans/lift",
    "/dashboard/<site_key>/addresses/page",
    "/dashboard/<site_key>/return-addresses",
    "/dashboard/<site_key>/rules/<name>",
    "/dashboard/<site_key>/rules/tried/<trial_id>/end",
    "/dashboard/<site_key>/rules/tried/<trial_id>/save",
    "/dashboard/<site_key>/settings",
    "/dashboard/<site_key>/settings/hold",
    "/dashboard/<site_key>/settings/origins",
    "/dashboard/<site_key>/webhooks",
    "/dashboard/<site_key>/webhooks/remove",
    "/dashboard/<site_key>/webhooks/secret",
    "/dashboard/<site_key>/webhooks/switch",
    "/dashboard/<site_key>/webhooks/test",
]


@pytest.mark.parametrize("path", POSTS)
def test_a_forged_form_does_nothing(ada, house, blog, path):
    fields = {"comment": blog["ids"][0], "status": "approved", "seen": "1", "label": "x", "csrf_token": "forged"}
    answer = ada.post(path, data=fields)
    assert (answer.status_code, answer.location) == (303, ROOM)
    assert "nothing was changed" in ada.get(ROOM).get_data(as_text=True)
    assert standing(house, blog["ids"][0]) is Status.waiting
    assert ada.post(path, data=fields, headers=JSON).json["problem"] == "stale"
    with house.database.reading() as db:
        assert db.query(PersonalKey).count() == 0


@pytest.mark.parametrize("path", POSTS)
def test_who_is_not_signed_in_can_send_nothing(client, blog, house, path):
    fields = {"comment": blog["ids"][0], "status": "approved", "seen": "1"}
    assert send(client, path, token_from=SIGN_IN, **fields).location == SIGN_IN
    answer = send(client, path, token_from=SIGN_IN, headers=JSON, **fields)
    assert (answer.status_code, answer.json["problem"]) == (401, "signed_out")
    assert standing(house, blog["ids"][0]) is Status.waiting


def test_the_room_is_not_kept_framed_or_told_to_others(ada):
    headers = ada.get(ROOM).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", [ROOM, "/dashboard/sites", "/dashboard/account", f"{ROOM}?status=approved"])
def test_pages_have_no_script_or_style_of_their_own(ada, path):
    text = re.sub(r"<pre.*?</pre>", "", ada.get(path).get_data(as_text=True), flags=re.DOTALL)
    assert not re.search(r"<script(?![^>]* src=)|<style| style=| on[a-z]+=", text)
    assert not re.search(r'(?:src|href)="(?:https?:)?//(?!blog\.example)', text)


# --- looking ----------------------------------------------------------------------------------------------------------


def test_the_queue_shows_what_one_needs_to_decide(ada, house, blog):
    with house.database.transaction() as db:
        page, person = db.merge(blog["page"]), make.person(db, db.merge(blog["site"]), name="<b>Eve</b>")
        parent = db.get_one(Comment, blog["ids"][0])
        answer = make.comment(db, page, person, body="I disagree.", parent=parent)
        db.add(
            Finding(
                id="f_1",
                comment_id=answer.id,
                number=1,
                rule="links",
                verdict=Verdict.hold,
                sentence="It has 5 links.",
                created_at=house.now(),
            )
        )
    text = unescape(ada.get(ROOM).get_data(as_text=True))
    for words in ("I disagree.", "It has 5 links.", "In answer to <bdi>Alice</bdi>:", "Remark 0.", "Her", "New here"):
        assert words in text
    assert "alice@mail.example" in text
    assert "<b>Eve</b>" not in ada.get(ROOM).get_data(as_text=True)


def test_the_queue_shows_only_ones_own_sites(ada, house):
    with house.database.transaction() as db:
        site = make.site(db, key="other")
        theirs = make.comment(db, make.page(db, site), make.person(db, site), body="Not for Ada.")
    assert "Not for Ada." not in ada.get(ROOM).get_data(as_text=True)
    assert ada.get("/dashboard/other/queue").status_code == 404
    assert ada.get(f"/dashboard/comments/{theirs.id}").status_code == 404
    answer = decide(ada, theirs.id, "approved", headers=JSON)
    assert (answer.json["problem"], answer.json["card"]) == ("missing", None)
    assert standing(house, theirs.id) is Status.waiting


def test_one_may_look_at_one_site_alone(ada, house, blog):
    with house.database.transaction() as db:
        second = make.site(db, key="kitchen")
        db.add(Membership(moderator_id=blog["owner"].id, site_id=second.id, role=Role.owner, created_at=make.NOW))
        make.comment(db, make.page(db, second), make.person(db, second), body="About bread.")
    assert "About bread." in ada.get(ROOM).get_data(as_text=True)
    assert "About bread." not in ada.get("/dashboard/oak/queue").get_data(as_text=True)
    assert "Remark 0." not in ada.get("/dashboard/kitchen/queue").get_data(as_text=True)


def test_a_long_queue_is_read_slice_by_slice_without_gap_or_repetition(ada, house, blog):
    with house.database.transaction() as db:
        page, person = db.merge(blog["page"]), db.merge(blog["person"])
        for number in range(3, 120):
            make.comment(db, page, person, body=f"Remark {number}.")
    seen, address = [], ROOM
    while address:
        text = ada.get(address).get_data(as_text=True)
        seen += re.findall(r"<p>Remark (\d+)\.", text)
        more = re.search(r'href="([^"]+)" data-more', text)
        address = unescape(more[1]) if more else None
    assert seen == [str(number) for number in range(120)]


@pytest.mark.parametrize("status", ["waiting", "approved", "rejected", "spam"])
def test_an_empty_list_says_what_will_be_here(app, house, status):
    with house.database.transaction() as db:
        make.moderator(db, make.site(db), email="ada@blog.example", password=SEALED.hash)
    client = app.test_client()
    sign_in(client)
    assert '<p class="lead">No' in client.get(f"{ROOM}?status={status}").get_data(as_text=True)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{ROOM}?status=nonsense", 404),
        (f"{ROOM}?status=withdrawn", 404),
        (f"{ROOM}?after=nonsense", 422),
        (f"{ROOM}?after=2026-11-22T06:28:00%2B00:00~%00", 422),
        (f"{ROOM}?order=%00", 200),
        ("/dashboard/comments/c_0", 404),
        ("/dashboard/comments/%00", 404),
        ("/dashboard/nowhere", 404),
        ("/dashboard/%00/queue", 404),
    ],
)
def test_an_odd_address_is_answered_in_words(ada, path, status):
    answer = ada.get(path)
    assert answer.status_code == status
    assert "<h1>" in answer.get_data(as_text=True)


# --- deciding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["approved", "rejected", "spam"])
def test_a_form_decides_and_leads_back_to_where_one_was(ada, house, blog, status):
    back = f"{ROOM}?status=waiting&order=newest"
    first, second = blog["ids"][:2]
    answer = decide(ada, first, status, back=back, then=second)
    assert (answer.status_code, answer.location) == (303, f"{back}#{second}")
    assert standing(house, first) is Status(status)
    text = ada.get(back).get_data(as_text=True)
    assert "Remark 0." not in text
    assert "Undo" in text
    assert "Remark 0." in ada.get(f"{ROOM}?status={status}").get_data(as_text=True)


def test_a_decision_is_taken_back_by_a_form(ada, house, blog):
    decide(ada, blog["ids"][0], "spam")
    text = ada.get(ROOM).get_data(as_text=True)
    decision = re.search(r'name="decision" value="([^"]+)"', text)[1]
    answer = send(ada, "/dashboard/undo", decision=decision, back=ROOM)
    assert answer.location == f"{ROOM}#{blog['ids'][0]}"
    assert standing(house, blog["ids"][0]) is Status.waiting
    assert decisions(house, blog["ids"][0]) == 2
    again = send(ada, "/dashboard/undo", decision=decision, headers=JSON)
    assert again.json["problem"] == "changed"
    assert decisions(house, blog["ids"][0]) == 2


def test_the_script_gets_the_decision_the_counts_and_the_card(ada, blog):
    answer = decide(ada, blog["ids"][0], "approved", headers=JSON, scope="oak").json
    assert answer["problem"] is None
    assert answer["decision"].startswith("d_")
    assert answer["counts"] == {"waiting": 2, "reported": 0, "approved": 1, "rejected": 0, "spam": 0}
    back = send(ada, "/dashboard/undo", decision=answer["decision"], headers=JSON).json
    assert (back["status"], back["sentence"]) == ("waiting", "Undone. Back to waiting.")
    assert 'name="seen" value="3"' in back["card"]


def test_the_slower_of_two_moderators_is_told_and_sees_how_it_stands(app, ada, house, blog):
    with house.database.transaction() as db:
        make.moderator(db, db.merge(blog["site"]), email="bob@blog.example", name="Bob", password=SEALED.hash)
    bob = app.test_client()
    sign_in(bob, "bob@blog.example")
    assert decide(bob, blog["ids"][0], "rejected").status_code == 303
    slower = decide(ada, blog["ids"][0], "approved", headers=JSON).json
    assert slower["problem"] == "changed"
    assert slower["sentence"] == "Bob rejected this just now, so yours was not taken. This is how it stands now."
    assert 'data-status="rejected"' in slower["card"]
    same = decide(ada, blog["ids"][0], "rejected", seen=2, headers=JSON).json
    assert (same["problem"], same["sentence"]) == (
        "already",
        "Bob rejected this just now already. Nothing has changed.",
    )
    decide(ada, blog["ids"][0], "approved")
    assert "Bob rejected this just now, so yours was not taken." in ada.get(ROOM).get_data(as_text=True)
    assert decisions(house, blog["ids"][0]) == 1


def test_of_two_decisions_at_the_same_moment_one_is_taken(app, ada, house, blog):
    browsers = [app.test_client() for _ in range(2)]
    for browser in browsers:
        sign_in(browser)
    tokens = [csrf(browser, "/dashboard/account") for browser in browsers]
    for comment_id in blog["ids"]:
        barrier, answers = Barrier(2), []

        def press(browser, token, status, comment_id=comment_id, barrier=barrier, answers=answers):
            fields = {"comment": comment_id, "seen": "1", "status": status, "csrf_token": token}
            barrier.wait()
            answers.append(browser.post("/dashboard/decide", data=fields, headers=JSON).json["problem"])

        pairs = zip(browsers, tokens, ("approved", "spam"), strict=True)
        threads = [Thread(target=press, args=arguments) for arguments in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers, key=str) == [None, "changed"]
        assert decisions(house, comment_id) == 1


def test_a_session_lost_in_the_middle_decides_nothing_and_finds_back(ada, house, blog):
    back = f"{ROOM}?status=waiting"
    token = csrf(ada, ROOM)
    with house.database.transaction() as db:
        identity.sign_out_everywhere(db, blog["owner"].id, now=house.now())
    fields = {"comment": blog["ids"][0], "seen": "1", "status": "approved", "back": back, "csrf_token": token}
    answer = ada.post("/dashboard/decide", data=fields)
    assert answer.status_code == 303
    text = ada.get(answer.location).get_data(as_text=True)
    assert "so nothing was changed" in text
    there = unescape(re.search(r'name="next" value="([^"]*)"', text)[1])
    assert sign_in(ada, next=there).location == back
    assert standing(house, blog["ids"][0]) is Status.waiting


@pytest.mark.parametrize(
    "changes",
    [{"status": "withdrawn"}, {"status": ""}, {"seen": "x"}, {"seen": "9" * 30}, {"seen": "１"}, {"comment": "\x00"}],
)
def test_an_incomplete_form_is_refused(ada, house, blog, changes):
    fields = {"comment": blog["ids"][0], "status": "approved", "seen": "1"} | changes
    assert send(ada, "/dashboard/decide", **fields).status_code == 422
    assert send(ada, "/dashboard/undo", decision="\x00").status_code == 422
    assert standing(house, blog["ids"][0]) is Status.waiting


def test_a_mere_moderator_decides_too(app, house, blog):
    with house.database.transaction() as db:
        site = db.merge(blog["site"])
        make.moderator(db, site, role=Role.moderator, email="bob@blog.example", password=SEALED.hash)
    bob = app.test_client()
    sign_in(bob, "bob@blog.example")
    decide(bob, blog["ids"][0], "approved")
    assert standing(house, blog["ids"][0]) is Status.approved


# --- the account ------------------------------------------------------------------------------------------------------


def test_a_new_password_needs_the_present_one(ada, blog):
    form = {"current": "wrong", "password": "another calm sentence"}
    answer = send(ada, "/dashboard/account/password", **form)
    assert answer.status_code == 403
    assert "not your present password" in answer.get_data(as_text=True)
    answer = send(ada, "/dashboard/account/password", current=PASSWORD, password="short")
    assert answer.status_code == 422


def test_a_new_password_ends_all_other_sessions_and_keeps_this_one(ada, app):
    other = app.test_client()
    sign_in(other)
    answer = send(ada, "/dashboard/account/password", current=PASSWORD, password="another calm sentence")
    assert answer.status_code == 303
    assert ada.get("/dashboard/account").status_code == 200
    assert other.get(ROOM).location == SIGN_IN
    assert sign_in(app.test_client()).status_code == 403


def test_a_personal_key_is_shown_once_and_can_be_revoked(ada, house):
    text = send(ada, "/dashboard/account/keys", label="Weekly list").get_data(as_text=True)
    key = re.search(r"mk_[A-Za-z0-9_-]{43}", text)[0]
    text = ada.get("/dashboard/account").get_data(as_text=True)
    assert "Weekly list" in text
    assert key not in text
    send(ada, "/dashboard/account/keys/revoke", key=re.search(r'name="key" value="([^"]+)"', text)[1])
    with house.database.reading() as db:
        assert db.query(PersonalKey).one().revoked_at is not None
    assert "Weekly list" not in ada.get("/dashboard/account").get_data(as_text=True)


def test_a_key_asks_for_the_password_again_some_time_after_signing_in(ada, house):
    with house.database.transaction() as db:
        db.query(ModeratorSession).update({"confirmed_at": house.now() - timedelta(minutes=15)})
    answer = send(ada, "/dashboard/account/keys", label="Report", back="/dashboard/account#keys")
    assert (answer.status_code, answer.location) == (303, "/dashboard/confirm?next=/dashboard/account%23keys")
    fields = {"token_from": answer.location, "next": "/dashboard/account#keys"}
    assert send(ada, "/dashboard/confirm", password="wrong", **fields).status_code == 403
    assert send(ada, "/dashboard/confirm", password=PASSWORD, **fields).location == "/dashboard/account#keys"
    assert send(ada, "/dashboard/account/keys", label="Report").status_code == 200
    with house.database.reading() as db:
        assert db.query(PersonalKey).count() == 1


def test_a_key_without_a_label_is_refused(ada):
    assert send(ada, "/dashboard/account/keys", label=" ").status_code == 422


# --- the pages themselves ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "declared", catalogue("moderation.web.dashboard", Page).values(), ids=lambda declared: declared.name
)
def test_every_page_in_the_navigation_can_be_opened(ada, declared):
    if declared.place is not None:
        text = ada.get(ROOM).get_data(as_text=True)
        address = re.search(rf'<a href="([^"]+)"[^>]*>{declared.title}</a>', text)[1]
        assert ada.get(address).status_code == 200
    else:
        assert f">{declared.title}</a>" not in ada.get(ROOM).get_data(as_text=True)
