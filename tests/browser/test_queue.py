"""The queue in a real browser: decided with the keyboard, taken back, and safe when the connection is not."""

import re
from threading import Thread

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from werkzeug.serving import make_server

from moderation.app import create_app
from moderation.identity.password import seal
from moderation.records import Comment, Status
from moderation.review.piece import USUAL
from moderation.settings import load_settings
from tests import make

PASSWORD = "a calm long sentence"
SEALED = seal(PASSWORD)
WAITING = 60


@pytest.fixture
def room(tmp_path, sqlite_url):
    """The real application, served; with an owner, Ada, and more waiting comments than one page holds."""
    app = create_app(load_settings(data=tmp_path / "data", database_url=sqlite_url, secret="s" * 40, limited=False))
    house = app.extensions["house"]
    with house.database.transaction() as db:
        site = make.site(db, key="oak")
        for name in ("ada", "bob"):
            make.moderator(db, site, email=f"{name}@blog.example", name=name.capitalize(), password=SEALED.hash)
        post, person = make.page(db, site), make.person(db, site)
        ids = [make.comment(db, post, person, body=f"Remark {number}.").id for number in range(WAITING)]
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    server.house, server.ids, server.at = house, ids, f"http://localhost:{server.server_port}"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
    house.database.close()


@pytest.fixture
def page(new_context):
    """A page in a private window."""
    return new_context().new_page()


def enter(page, room, name="ada"):
    page.goto(f"{room.at}/dashboard/")
    page.get_by_label("E-mail address").fill(f"{name}@blog.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".card")).not_to_have_count(0)
    # The cards are there before the script that listens to the keys.
    page.wait_for_load_state("domcontentloaded")


def standing(room, number):
    with room.house.database.reading() as db:
        return db.get_one(Comment, room.ids[number]).status


def card(page, number):
    return page.locator(".card", has_text=f"Remark {number}.")


def count(page, status="waiting"):
    return page.locator(f"[data-count={status}]")


def test_the_keyboard_decides_and_the_hand_stays_in_the_list(page, room):
    enter(page, room)
    page.keyboard.press("j")
    expect(card(page, 0)).to_be_focused()
    page.keyboard.press("a")
    expect(card(page, 0)).to_have_count(0)
    expect(card(page, 1)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(card(page, 2)).to_be_focused()
    page.keyboard.press("s")
    page.keyboard.press("k")
    page.keyboard.press("r")
    expect(count(page)).to_have_text(str(WAITING - 3))
    assert [standing(room, number) for number in range(3)] == [Status.approved, Status.rejected, Status.spam]
    assert page.title().startswith(f"({WAITING - 3}) ")


def test_the_last_decisions_are_taken_back_one_by_one(page, room):
    enter(page, room)
    for key in "jas":
        page.keyboard.press(key)
    expect(page.get_by_role("status")).to_contain_text("Marked as spam.")
    page.keyboard.press("z")
    expect(card(page, 1)).to_be_focused()
    page.get_by_role("button", name="Spam").first.wait_for()
    page.keyboard.press("z")
    expect(card(page, 0)).to_be_focused()
    expect(count(page)).to_have_text(str(WAITING))
    assert [standing(room, number) for number in range(2)] == [Status.waiting, Status.waiting]
    page.keyboard.press("a")
    expect(count(page)).to_have_text(str(WAITING - 1))
    page.get_by_role("button", name="Undo").click()
    expect(card(page, 0)).to_be_focused()


def test_a_lost_connection_loses_nothing_and_says_so(page, room):
    enter(page, room)
    page.context.set_offline(True)
    page.keyboard.press("a")
    expect(card(page, 0).get_by_role("alert")).to_contain_text("There is no connection, so nothing was decided.")
    expect(count(page)).to_have_text(str(WAITING))
    page.context.set_offline(False)
    card(page, 0).get_by_role("button", name="Approve").click()
    expect(count(page)).to_have_text(str(WAITING - 1))
    assert standing(room, 0) is Status.approved


def test_the_slower_of_two_moderators_sees_what_was_decided(page, room, new_context):
    enter(page, room)
    other = new_context().new_page()
    enter(other, room, "bob")
    other.keyboard.press("r")
    expect(count(other)).to_have_text(str(WAITING - 1))
    page.keyboard.press("a")
    expect(card(page, 0).get_by_role("alert")).to_contain_text("Bob rejected this just now, so yours was not taken.")
    expect(card(page, 0).get_by_role("button", name="Approve")).to_be_visible()
    assert standing(room, 0) is Status.rejected


def test_a_session_lost_in_the_middle_leads_back_to_the_same_place(page, room):
    enter(page, room)
    page.goto(f"{room.at}/dashboard/oak/queue?order=newest")
    page.context.clear_cookies()
    page.keyboard.press("a")
    page.get_by_role("status").get_by_role("link", name="Sign in").click()
    page.get_by_label("E-mail address").fill("ada@blog.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{room.at}/dashboard/oak/queue?order=newest")
    assert standing(room, WAITING - 1) is Status.waiting


def test_numbers_are_right_when_answers_overtake_each_other(page, room):
    held = []

    def late(route):
        answer = route.fetch()
        if not held:
            held.append((route, answer))
            return
        route.fulfill(response=answer)
        first, its_answer = held[0]
        first.fulfill(response=its_answer)

    enter(page, room)
    page.route("**/dashboard/decide", late)
    for number in range(2):
        expect(card(page, number)).to_have_count(1)
        page.keyboard.press("r")
    expect(count(page, "rejected")).to_have_text("2")
    expect(count(page, "waiting")).to_have_text(str(WAITING - 2))
    expect(page).to_have_title(re.compile(rf"^\({WAITING - 2}\) "))
    page.unroute_all(behavior="wait")


def test_the_list_goes_on_by_itself_until_it_is_empty(page, room):
    enter(page, room)
    expect(page.locator(".card")).to_have_count(50)
    for number in range(WAITING):
        expect(card(page, number)).to_have_count(1)
        page.keyboard.press("r")
    expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
    # Shown at once; the service answers sixty of them one after the other.
    expect(count(page, "rejected")).to_have_text(str(WAITING), timeout=60_000)


def test_a_search_among_very_many_goes_on_by_itself(page, room, new_context):
    with room.house.database.transaction() as db:
        first = db.get_one(Comment, room.ids[0])
        make.crowd(db, first.page, first.person, USUAL.few)
        elsewhere = make.page(db, first.page.site)
        make.crowd(db, elsewhere, first.person, USUAL.most, said="remark")
        make.crowd(db, elsewhere, first.person, USUAL.most, said="seldom")
    enter(page, room)
    address = f"{room.at}/dashboard/?status=all&page={first.page_id}&q="
    held = []
    page.route("**/dashboard/*after=*", lambda route: held.append(route))
    page.goto(f"{address}remark")
    expect(page.get_by_text("Looked back to 22 November 2026.")).to_be_visible()
    expect(page.get_by_role("link", name="Search on")).to_be_hidden()
    expect(page.get_by_text("Nothing here fits.")).to_be_hidden()
    _look(page, 1280)
    held[0].continue_()
    expect(page.locator(".card")).to_have_count(50)
    expect(page.get_by_role("status")).to_have_text("50 more comments found.")
    expect(page.get_by_role("link", name="Show the next ones")).to_be_visible()
    page.unroute_all(behavior="wait")
    page.goto(f"{address}seldom")
    expect(page.locator(".empty").get_by_text("Nothing here fits.")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("Nothing here fits.")
    expect(page.get_by_text("Looked back")).to_have_count(0)
    plain = new_context(java_script_enabled=False).new_page()
    plain.context.add_cookies(page.context.cookies())
    plain.goto(f"{address}remark")
    expect(plain.locator(".card")).to_have_count(0)
    plain.get_by_role("link", name="Search on").click()
    expect(plain.locator(".card")).to_have_count(50)


def test_keys_are_for_deciding_only_while_they_are_on(page, room):
    enter(page, room)
    page.keyboard.press("?")
    page.get_by_label("Decide with these keys").uncheck()
    page.keyboard.press("a")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.keyboard.press("Control+a")
    page.reload()
    page.keyboard.press("a")
    expect(card(page, 0)).to_have_count(1)
    assert standing(room, 0) is Status.waiting


def test_a_key_held_down_decides_once(page, room):
    enter(page, room)
    for _ in range(5):
        page.keyboard.down("a")
    expect(count(page)).to_have_text(str(WAITING - 1))
    expect(card(page, 1)).to_have_count(1)


def test_everything_works_without_the_script(new_context, room):
    page = new_context(java_script_enabled=False).new_page()
    enter(page, room)
    card(page, 0).get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status")).to_contain_text("Approved.")
    expect(page.get_by_role("status")).to_be_in_viewport()
    assert page.url.endswith(f"#{room.ids[1]}")
    page.get_by_role("button", name="Undo").click()
    expect(card(page, 0)).to_have_count(1)
    page.get_by_role("link", name="Show the next ones").click()
    expect(page.locator(".card")).to_have_count(WAITING - 50)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
def test_pages_are_accessible_and_fit_the_screen(new_context, room, scheme, width):
    page = new_context(color_scheme=scheme, viewport={"width": width, "height": 844}).new_page()
    page.goto(f"{room.at}/dashboard/")
    _look(page, width)
    enter(page, room)
    _look(page, width)
    for path in ("sites", "account", "?status=spam", f"comments/{room.ids[0]}"):
        page.goto(f"{room.at}/dashboard/{path}")
        _look(page, width)


def _look(page, width):
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_selected_comments_are_decided_and_taken_back_together_by_keys(page, room):
    enter(page, room)
    for key in "jxjx":
        page.keyboard.press(key)
    bar = page.get_by_role("form", name="Many at once")
    expect(bar).to_contain_text("2 comments")
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    card(page, 0).get_by_role("checkbox").check()
    card(page, 3).get_by_role("checkbox").click(modifiers=["Shift"])
    expect(bar).to_contain_text("4 comments")
    page.keyboard.press("r")
    expect(page.get_by_role("status")).to_contain_text("4 rejected.")
    expect(count(page)).to_have_text(str(WAITING - 4))
    expect(card(page, 4)).to_be_focused()
    assert [standing(room, number) for number in range(5)] == [*[Status.rejected] * 4, Status.waiting]
    page.keyboard.press("z")
    expect(page.get_by_role("status")).to_contain_text("Undone: 4 comments.")
    expect(card(page, 0)).to_be_focused()
    expect(count(page)).to_have_text(str(WAITING))


def test_everything_that_fits_is_decided_at_once(page, room):
    enter(page, room)
    page.keyboard.press("/")
    page.keyboard.type("alice rem")
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="Shown are only comments with")).to_contain_text("alice rem")
    page.wait_for_load_state("domcontentloaded")
    page.keyboard.press("X")
    page.get_by_label(f"All {WAITING} in this list").check()
    page.get_by_role("form", name="Many at once").get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status")).to_contain_text(f"{WAITING} approved.")
    expect(page.get_by_text("Nothing here fits.")).to_be_visible()
    assert standing(room, WAITING - 1) is Status.approved
    page.get_by_role("link", name="Remove Search: alice rem").click()
    expect(page.get_by_text("Nothing waits for you.")).to_be_visible()


def test_the_text_as_it_was_typed_is_one_key_away(page, room):
    enter(page, room)
    page.keyboard.press("j")
    page.keyboard.press("v")
    expect(card(page, 0).locator("pre")).to_have_text("Remark 0.")
    page.keyboard.press("v")
    expect(card(page, 0).locator("pre")).to_be_hidden()


def test_many_are_decided_and_taken_back_without_the_script(new_context, room):
    page = new_context(java_script_enabled=False).new_page()
    enter(page, room)
    for number in (0, 2):
        card(page, number).get_by_role("checkbox").check()
    page.get_by_role("form", name="Many at once").get_by_role("button", name="Spam").click()
    expect(page.get_by_role("status")).to_have_text("2 marked as spam.")
    page.get_by_role("button", name="Undo all of it").click()
    expect(page.get_by_role("status")).to_have_text("Undone: 2 comments.")
    page.get_by_role("link", name="Back to the list").click()
    expect(page.locator(".card")).to_have_count(50)
