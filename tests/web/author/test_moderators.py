"""Who may do what about a site's moderators, route by route; and invitations from the form to the accepted link."""

import re
from datetime import timedelta
from email import message_from_bytes, policy
from html import unescape

import pytest

from moderation.notifying.deliver import PostOffice, deliver
from moderation.notifying.kind import Sender
from moderation.records import Invitation, Membership, Moderator, Notice, Role
from tests import make
from tests.sign_in import path_of
from tests.web.author.conftest import PASSWORD, ROOM, SEALED, SIGN_IN, Visitor

PLACE = "/dashboard/oak/moderators"
EVE = "eve@mail.example"


@pytest.fixture
def people(app, house, blog):
    """Browsers of everybody: an owner, a moderator, an owner of another site, and nobody."""
    with house.database.transaction() as db:
        site = db.merge(blog["site"])
        make.moderator(db, site, role=Role.moderator, email="bob@blog.example", name="Bob", password=SEALED.hash)
        make.moderator(db, make.site(db, key="elm"), email="eve@blog.example", name="Eve", password=SEALED.hash)
    browsers = {name: Visitor(app) for name in ("owner", "moderator", "stranger", "nobody")}
    for name, email in (("owner", "ada"), ("moderator", "bob"), ("stranger", "eve")):
        browsers[name].signs_in(f"{email}@blog.example")
    return browsers


def member(house, email, key="oak"):
    with house.database.reading() as db:
        found = db.query(Membership).join(Moderator).filter(Moderator.email == email)
        return next((one.role for one in found if one.site.key == key), None)


def moderator_id(house, email):
    with house.database.reading() as db:
        return db.query(Moderator).filter_by(email=email).one().id


def invites(visitor, email=EVE, role="moderator"):
    """Send an invitation; returns the path of its link."""
    answer = visitor.send(f"{PLACE}/invite", page=PLACE, email=email, role=role)
    assert answer.status_code == 200, answer.text
    return path_of(unescape(re.search(r"http://localhost:8000(/dashboard/invitation/[^<]+)", answer.text)[0]))


# --- who may do what --------------------------------------------------------------------------------------------------

EXPECTED = {"owner": (200, 303), "moderator": (403,), "stranger": (404,), "nobody": (303,)}
ROUTES = [
    ("GET", "", {}),
    ("POST", "/invite", {"email": EVE, "role": "owner"}),
    ("POST", "/withdraw", {"invitation": "i_0"}),
    ("POST", "/role", {"moderator": "bob", "role": "owner"}),
    ("POST", "/remove", {"moderator": "bob"}),
]


@pytest.mark.parametrize("who", EXPECTED)
def test_every_route_is_for_owners_of_the_site_alone(people, house, who):
    visitor, bob = people[who], moderator_id(house, "bob@blog.example")
    for method, path, fields in ROUTES:
        fields = fields | ({"moderator": bob} if "moderator" in fields else {})
        page = SIGN_IN if who == "nobody" else "/dashboard/account"
        answer = visitor.get(PLACE) if method == "GET" else visitor.send(PLACE + path, page=page, **fields)
        assert answer.status_code in EXPECTED[who], path
        if who == "nobody":
            assert answer.location.startswith(SIGN_IN)
    with house.database.reading() as db:
        assert db.query(Invitation).count() == (who == "owner")
    assert member(house, "bob@blog.example") is (None if who == "owner" else Role.moderator)


def test_the_matrix_names_every_route(app):
    ours = {rule.rule.partition("/moderators")[2] for rule in app.url_map.iter_rules() if "/moderators" in rule.rule}
    assert ours == {path for _, path, _ in ROUTES}


@pytest.mark.parametrize(("method", "path", "fields"), ROUTES[1:])
def test_every_change_asks_again_after_a_quarter_of_an_hour(people, house, method, path, fields):
    people["owner"].waits(timedelta(minutes=15))
    answer = people["owner"].send(PLACE + path, **fields, back=PLACE)
    assert answer.location == f"/dashboard/confirm?next={PLACE}"
    with house.database.reading() as db:
        assert db.query(Invitation).count() == 0


def test_only_owners_are_shown_the_way_there(people):
    assert PLACE in people["owner"].text("/dashboard/sites")
    assert PLACE not in people["moderator"].text("/dashboard/sites")


# --- roles ------------------------------------------------------------------------------------------------------------


def test_a_new_role_counts_at_once(people, house):
    bob = moderator_id(house, "bob@blog.example")
    people["owner"].send(f"{PLACE}/role", page=PLACE, moderator=bob, role="owner")
    assert people["moderator"].get(PLACE).status_code == 200
    people["owner"].send(f"{PLACE}/role", page=PLACE, moderator=bob, role="moderator")
    assert people["moderator"].get(PLACE).status_code == 403


def test_who_is_removed_sees_nothing_of_the_site_from_then_on(people, house):
    assert people["moderator"].get("/dashboard/oak/queue").status_code == 200
    people["owner"].send(f"{PLACE}/remove", page=PLACE, moderator=moderator_id(house, "bob@blog.example"))
    assert people["moderator"].get("/dashboard/oak/queue").status_code == 404
    assert people["moderator"].is_in


def test_the_last_owner_stays_and_is_told_why(people, house):
    ada = moderator_id(house, "ada@blog.example")
    for path, fields in (("/remove", {}), ("/role", {"role": "moderator"})):
        people["owner"].send(PLACE + path, page=PLACE, moderator=ada, **fields)
        assert "this is the last one" in people["owner"].text(PLACE)
    assert member(house, "ada@blog.example") is Role.owner


@pytest.mark.parametrize("role", ["", "admin", "\x00"])
def test_there_are_no_other_roles(people, role):
    assert people["owner"].send(f"{PLACE}/invite", email=EVE, role=role).status_code == 422
    assert people["owner"].send(f"{PLACE}/role", moderator="m", role=role).status_code == 422


# --- invitations ------------------------------------------------------------------------------------------------------


def test_an_invitation_goes_out_by_mail_and_makes_an_account(app, people, house, tmp_path):
    link = invites(people["owner"])
    settings = house.settings
    office = PostOffice(
        database=house.database,
        sender=Sender(public_url=settings.public_url, keys=house.keys),
        options={"mail": {"url": f"maildir:{tmp_path / 'mail'}", "sender": settings.mail_from}},
    )
    assert deliver(office, now=house.now(), chance=0)
    (file,) = (tmp_path / "mail" / "new").iterdir()
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert (mail["To"], mail["Subject"]) == (EVE, "Ada invites you to moderate A blog")
    assert link in mail.get_body(("plain",)).get_content()
    eve = Visitor(app)
    assert "asks you to decide" in eve.text(link)
    answer = eve.send(f"{link}/create", page=link, name="Eve", password="another calm sentence")
    assert (answer.status_code, answer.location) == (303, ROOM)
    assert member(house, EVE) is Role.moderator
    assert eve.get(link).status_code == 404
    assert Visitor(app).signs_in(EVE, "another calm sentence").location == ROOM


def test_an_invitation_that_was_withdrawn_is_not_sent(people, house, tmp_path):
    link = invites(people["owner"])
    invitation = re.search(r'name="invitation" value="([^"]+)"', people["owner"].text(PLACE))[1]
    people["owner"].send(f"{PLACE}/withdraw", page=PLACE, invitation=invitation)
    assert people["nobody"].get(link).status_code == 404
    office = PostOffice(
        database=house.database,
        sender=Sender(public_url=house.settings.public_url, keys=house.keys),
        options={"mail": {"url": f"maildir:{tmp_path / 'mail'}", "sender": house.settings.mail_from}},
    )
    assert deliver(office, now=house.now(), chance=0)
    with house.database.reading() as db:
        assert db.query(Notice).one().dropped_at is not None
    assert not (tmp_path / "mail").exists()


def test_the_link_is_shown_once(people):
    link = invites(people["owner"])
    text = people["owner"].text(PLACE)
    assert EVE in text
    assert link not in text


def test_a_mistake_on_the_accepting_form_loses_nothing(people, house):
    link = invites(people["owner"])
    answer = people["nobody"].send(f"{link}/create", page=link, name="Eve", password="short")
    assert answer.status_code == 422
    assert 'value="Eve"' in answer.text
    assert "at least 12 characters" in answer.text
    answer = people["nobody"].send(f"{link}/create", page=link, name="\u202e", password=PASSWORD)
    assert answer.status_code == 422
    assert member(house, EVE) is None
    assert people["nobody"].send(f"{link}/create", page=link, name="Eve", password=PASSWORD).status_code == 303


def test_who_has_an_account_signs_in_and_comes_back_to_accept(people, house):
    link = invites(people["owner"], "eve@blog.example", "owner")
    nobody = people["nobody"]
    text = nobody.text(link)
    assert 'name="password"' not in text
    there = re.search(rf'href="({SIGN_IN}\?next=[^"]+)"', text)[1]
    answer = nobody.send(SIGN_IN, page=there, email="eve@blog.example", password=PASSWORD, next=link)
    assert answer.location == link
    assert "Accept as Eve" in nobody.text(link)
    assert nobody.send(f"{link}/join", page=link).location == ROOM
    assert member(house, "eve@blog.example") is Role.owner


def test_no_link_sets_the_password_of_an_account_that_is_there(people, house):
    """An owner sees the link, so it must not open the account of whoever has the address."""
    link = invites(people["owner"], "eve@blog.example")
    token = people["nobody"].token(SIGN_IN)
    fields = {"csrf_token": token, "name": "Mallory", "password": "mallory's own sentence"}
    assert people["nobody"].client.post(f"{link}/create", data=fields).location == link
    assert not people["nobody"].is_in
    with house.database.reading() as db:
        eve = db.query(Moderator).filter_by(email="eve@blog.example").one()
        assert (eve.name, eve.password) == ("Eve", SEALED.hash)


def test_joining_needs_somebody_signed_in(people, house):
    link = invites(people["owner"])
    token = people["nobody"].token(SIGN_IN)
    assert people["nobody"].client.post(f"{link}/join", data={"csrf_token": token}).location == link
    assert people["nobody"].get(link).status_code == 200


def test_a_forged_form_accepts_nothing(people, house):
    link = invites(people["owner"], "eve@blog.example")
    for path in ("/join", "/create"):
        answer = people["stranger"].client.post(link + path, data={"csrf_token": "forged", "password": PASSWORD})
        assert answer.location == link
    assert member(house, "eve@blog.example") is None


@pytest.mark.parametrize("ticket", ["x", "i_0000000000000000000000.9999999999.x", "%00"])
def test_a_forged_link_is_answered_in_words(people, ticket):
    answer = people["nobody"].get(f"/dashboard/invitation/{ticket}")
    assert answer.status_code == 404
    assert "<h1>" in answer.text


def test_invitations_are_limited(start_app, blog):
    ada = Visitor(start_app(limited=True, rates={"invitation": "2/hour"}))
    ada.signs_in()
    statuses = [
        ada.send(f"{PLACE}/invite", page=PLACE, email=f"{name}@mail.example", role="moderator").status_code
        for name in ("a", "b", "c")
    ]
    assert statuses == [200, 200, 429]
