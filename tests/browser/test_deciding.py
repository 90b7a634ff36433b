"""Beside deciding, in a browser: the menu, forms on top of the list, saved replies, one key to take it back."""

from threading import Thread

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from werkzeug.serving import make_server

from moderation.app import create_app
from moderation.identity.password import seal
from moderation.intake.edit import edit
from moderation.records import Comment, SavedReply, Status
from moderation.settings import load_settings
from tests import make

PASSWORD = "a calm long sentence"
SEALED = seal(PASSWORD)


@pytest.fixture
def room(tmp_path, sqlite_url):
    """The real application, served: three waiting comments, and an edit that waits."""
    app = create_app(load_settings(data=tmp_path / "data", database_url=sqlite_url, secret="s" * 40, limited=False))
    house = app.extensions["house"]
    with house.database.transaction() as db:
        site = make.site(db, key="oak")
        make.moderator(db, site, email="ada@blog.example", name="Ada", password=SEALED.hash)
        post, alice = make.page(db, site), make.person(db, site, email="alice@mail.example", email_verified=True)
        ids = [make.comment(db, post, alice, body=f"Remark {number}.").id for number in range(3)]
        changed = make.comment(db, post, alice, body="An old remark.", status=Status.approved)
        edit(db, changed, make.text("A new remark."), policy=site.policy, now=changed.created_at)
        db.add(SavedReply(id="y_1", site_id=site.id, title="Thanks", text="Thank you.", created_at=make.NOW))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    server.house, server.ids, server.person = house, ids, alice.id
    server.at = f"http://localhost:{server.server_port}"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
    house.database.close()


def enter(page, room):
    page.goto(f"{room.at}/dashboard/")
    page.get_by_label("E-mail address").fill("ada@blog.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".card")).not_to_have_count(0)
    page.wait_for_load_state("domcontentloaded")


def comment(room, number=0):
    with room.house.database.reading() as db:
        return db.get_one(Comment, room.ids[number])


def card(page, number):
    return page.locator(".card", has_text=f"Remark {number}.")


def test_where_there_is_no_list_one_key_takes_back_what_the_form_before_did(new_context, room):
    page = new_context().new_page()
    enter(page, room)
    page.goto(f"{room.at}/dashboard/people/{room.person}")
    page.get_by_label("New note").fill("Met at the fair.")
    page.get_by_role("button", name="Add the note").click()
    expect(page.locator(".message")).to_contain_text("Noted.")
    page.get_by_label("New note").press("z")
    expect(page.get_by_label("New note")).to_have_value("z")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("z")
    expect(page.locator(".message")).to_contain_text("Undone.")
    expect(page.get_by_text("Met at the fair.")).to_have_count(0)


def test_keys_open_forms_and_one_key_takes_all_of_it_back(new_context, room):
    page = new_context().new_page()
    enter(page, room)
    page.keyboard.press("R")
    form = page.get_by_role("dialog", name="Reject with a reason")
    form.get_by_label("Reason for the writer").press_sequentially("Be kind. ")
    form.get_by_label("Saved reply").select_option(label="Thanks")
    expect(form.get_by_label("Reason for the writer")).to_have_value("Be kind. Thank you.")
    form.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("status")).to_contain_text("Rejected, with your reason.")
    expect(card(page, 0)).to_have_count(0)
    expect(card(page, 1)).to_be_focused()
    assert comment(room).status is Status.rejected
    page.keyboard.press("z")
    expect(card(page, 0)).to_be_focused()
    assert comment(room).status is Status.waiting

    page.keyboard.press("e")
    form = page.get_by_role("dialog", name="Edit")
    form.get_by_label("What Alice wrote").fill("Edited words.")
    form.get_by_role("button", name="Save").click()
    expect(page.locator(".card", has_text="Edited words.").first).to_contain_text("Edited by a moderator")
    page.keyboard.press("z")
    expect(page.get_by_role("status")).to_contain_text("Undone.")
    expect(card(page, 0)).to_contain_text("Remark 0.")
    assert comment(room).latest == 1

    page.keyboard.press("t")
    expect(page.get_by_role("status")).to_contain_text("Trusted.")
    expect(card(page, 0)).to_contain_text("trusted")
    page.keyboard.press("z")
    expect(card(page, 0)).not_to_contain_text("trusted")


def test_a_form_that_is_not_sent_loses_nothing_and_says_why(new_context, room):
    page = new_context().new_page()
    enter(page, room)
    page.keyboard.press("A")
    form = page.get_by_role("dialog", name="Approve and answer")
    form.get_by_label("Your answer").fill("Thank you.")
    page.context.set_offline(True)
    form.get_by_role("button", name="Approve and answer").click()
    expect(form.get_by_role("alert")).to_contain_text("There is no connection")
    page.context.set_offline(False)
    form.get_by_role("button", name="Approve and answer").click()
    expect(page.get_by_role("status")).to_contain_text("Answered.")
    expect(card(page, 0)).to_have_count(0)
    assert comment(room).status is Status.approved
    page.get_by_role("button", name="Undo").click()
    expect(card(page, 0)).to_have_count(1)


def test_without_the_script_the_menu_leads_to_a_page_and_back(new_context, room):
    page = new_context(java_script_enabled=False).new_page()
    enter(page, room)
    card(page, 0).get_by_text("More").click()
    card(page, 0).get_by_role("link", name="Approve and answer").click()
    page.get_by_label("Your answer").fill("Thank you.")
    page.get_by_role("button", name="Approve and answer").click()
    expect(page.get_by_role("status")).to_contain_text("Answered.")
    page.get_by_role("button", name="Undo").click()
    # The answer waits as well, below the comment that it quotes.
    expect(page.locator(".card .said", has_text="Remark 0.")).to_have_count(1)


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1200, "light")])
def test_every_page_is_accessible_and_fits_the_screen(new_context, room, width, scheme):
    page = new_context(color_scheme=scheme, viewport={"width": width, "height": 844}).new_page()
    enter(page, room)
    page.keyboard.press("m")
    expect(page.get_by_role("link", name="Approve and answer")).to_be_in_viewport(ratio=1)
    _look(page, width)
    page.keyboard.press("Escape")
    page.keyboard.press("R")
    expect(page.get_by_role("dialog")).to_be_visible()
    _look(page, width)
    sheets = [f"comments/{room.ids[0]}/{form}" for form in ("answer", "edit", "ask-changes", "ban")]
    for path in (*sheets, f"comments/{room.ids[0]}", f"people/{room.person}", "history", "oak/replies", "oak/webhooks"):
        page.goto(f"{room.at}/dashboard/{path}")
        _look(page, width)


def _look(page, width):
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
