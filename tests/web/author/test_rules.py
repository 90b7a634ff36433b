"""The rules of a site and its settings, through their doors: shown, tried, saved, refused, and taken back."""

import re
from datetime import timedelta

import pytest

from moderation.foundation.catalogue import catalogue
from moderation.foundation.options import known_options
from moderation.records import Finding, Moderate, Role, Simulation, Site, Status, Verdict
from moderation.screening import simulate
from moderation.screening.rule import Rule
from moderation.screening.screen import RULES
from moderation.web.reading import read
from tests import make
from tests.web.author.conftest import SEALED, Visitor

OAK = "/dashboard/oak"
LINKS = f"{OAK}/rules/many_links"


@pytest.fixture
def decided(house, blog):
    """Comments with a link each, one approved and one spam, that their site would have let pass."""
    with house.database.transaction() as db:
        site = db.get_one(Site, blog["site"].id)
        site.settings = {"moderate": "none"}
        page, person = make.page(db, site), make.person(db, site, name="Linda")
        both = (Status.approved, Status.spam)
        made = {status: make.comment(db, page, person, body=f"One {status}.", status=status) for status in both}
        for comment in made.values():
            make.newest(db, comment).html = '<p>Look <a href="https://elsewhere.example/">there</a></p>'
    return {status: comment.id for status, comment in made.items()}


def settings(house):
    with house.database.reading() as db:
        return db.query(Site).filter_by(key="oak").one().settings


def policy(house):
    with house.database.reading() as db:
        return db.query(Site).filter_by(key="oak").one().policy


def undo(visitor, page):
    """Press the Undo of the message on a page."""
    text = visitor.text(page)
    action = re.search(r'name="action" value="(\w+)"', text)[1]
    return visitor.send("/dashboard/undo", action=action, back=page)


def all_fields(house, **changes):
    """Return the settings' form as it stands, with changes."""
    given = {"name": "A blog", "locale": "en", "options.moderate": "untrusted", "options.theme": "auto"}
    given |= {"options.guests_allowed": "1", "options.guest_email_required": "1", "options.likes": "1"}
    return {name: value for name, value in (given | changes).items() if value is not None}


# --- rules ------------------------------------------------------------------------------------------------------------


def test_every_rule_is_on_the_page_with_its_question_options_and_state(ada):
    text = ada.text(f"{OAK}/rules")
    for rule in catalogue(RULES, Rule).values():
        assert rule.asks in text
        assert f'id="{rule.name}"' in text
        for name, option in known_options(rule.options).items():
            assert f'name="options.{name}"' in text
            assert option.description in text


def test_the_reason_of_a_hold_leads_to_its_rule(ada, house, blog):
    with house.database.transaction() as db:
        site = db.get_one(Site, blog["site"].id)
        comment = make.comment(db, make.page(db, site), make.person(db, site))
        facts = {"comment_id": comment.id, "number": 1, "verdict": Verdict.hold, "created_at": make.NOW}
        told = {"sentence": "It links to 4 other sites, more than 2.", "needed": "It would have passed with 2."}
        db.add(Finding(id="f_1", rule="many_links", **facts, **told))
    text = ada.text("/dashboard/")
    assert "It would have passed with 2." in text
    (place,) = re.findall(r'href="(/dashboard/oak/rules\?rule=many_links#many_links)"', text)
    assert re.search(r'<details class="card rule" id="many_links" open>', ada.text(place))


def test_a_rule_is_saved_and_taken_back(ada, house):
    ada.send(LINKS, state="log", do="save", **{"options.hold_above": "5", "options.spam_above": ""})
    assert settings(house) == {"rules": {"many_links": {"state": "log", "options": {"hold_above": 5}}}}
    assert undo(ada, f"{OAK}/rules").status_code == 303
    assert settings(house) == {"rules": {}}
    assert "Undone." in ada.text(f"{OAK}/rules")


def test_lists_are_saved_line_by_line(ada, house):
    words = {"options.hold": "one\r\n two words \r\n\r\n", "options.everywhere": "1"}
    ada.send(f"{OAK}/rules/blocked_words", state="on", do="save", **words)
    assert settings(house)["rules"]["blocked_words"]["options"] == {"hold": ["one", "two words"]}


def test_an_option_that_cannot_be_is_refused_beside_its_field(ada, house):
    answer = ada.send(LINKS, state="on", do="save", **{"options.hold_above": "-1"})
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert 'value="-1"' in text
    assert 'aria-invalid="true"' in text
    assert settings(house) == {}


def test_a_change_is_tried_told_and_then_saved(ada, house, decided):
    answer = ada.send(LINKS, state="on", do="try", wanted="100", **{"options.hold_above": "0"})
    assert settings(house) == {"moderate": "none"}
    text = ada.text(answer.location)
    assert "Would have held 1 comment that you approved." in text
    assert "Would have held 1 comment that you marked as spam." in text
    for comment_id in decided.values():
        assert f"/dashboard/comments/{comment_id}" in text
    ada.send(f"{answer.location}/save")
    assert policy(house).rules["many_links"].options == {"hold_above": 0}


def test_a_trial_that_is_not_over_shows_how_far_it_is_and_can_be_stopped(ada, house, decided, monkeypatch):
    monkeypatch.setattr(simulate, "PIECE", 1)
    there = ada.send(LINKS, state="on", do="try", wanted="1000", **{"options.hold_above": "0"}).location
    text = ada.text(there)
    assert "1 of 2 comments" in text
    assert '<noscript><meta http-equiv="refresh"' in text
    ada.send(f"{there}/end")
    assert "1 of 2" not in ada.text(there)
    with house.database.reading() as db:
        assert db.query(Simulation).one().done == 1


def test_the_worker_goes_on_with_a_trial(ada, house, decided, monkeypatch):
    monkeypatch.setattr(simulate, "PIECE", 1)
    there = ada.send(LINKS, state="on", do="try", wanted="all", **{"options.hold_above": "0"}).location
    while simulate.go_on_somewhere(house.database, read=read, now=house.now()):
        pass
    text = ada.text(there)
    assert "that you approved" in text
    assert "that you marked as spam" in text


def test_a_moderator_reads_the_rules_and_changes_none(app, house, blog):
    with house.database.transaction() as db:
        site = db.get_one(Site, blog["site"].id)
        make.moderator(db, site, role=Role.moderator, email="ben@blog.example", password=SEALED.hash)
    ben = Visitor(app)
    ben.signs_in("ben@blog.example")
    assert "Save this rule" not in ben.text(f"{OAK}/rules")
    assert ben.send(LINKS, state="off", do="save").status_code == 403
    assert settings(house) == {}


def origins(house):
    with house.database.reading() as db:
        return sorted(known.origin for known in db.query(Site).filter_by(key="oak").one().origins)


# --- settings ---------------------------------------------------------------------------------------------------------


def test_all_settings_are_kept_and_taken_back_together(ada, house):
    changed = {
        "name": "Another name",
        "locale": "pt-BR",
        "options.moderate": "first_timers",
        "options.close_after_days": "90",
        "options.guest_email_confirmed": "1",
        "options.likes": None,
        "options.time_zone": "Europe/Berlin",
        "options.privacy": "We keep little.",
        "options.address_days": "7",
        "options.spam_days": "30",
    }
    assert ada.send(f"{OAK}/settings", **all_fields(house, **changed)).status_code == 303
    with house.database.reading() as db:
        site = db.query(Site).filter_by(key="oak").one()
    assert (site.name, site.locale) == ("Another name", "pt-BR")
    assert site.tag == f'<comment-thread site="{site.key}" lang="pt-BR"></comment-thread>'
    kept = site.policy
    assert (kept.moderate, kept.close_after_days, kept.likes) == (Moderate.first_timers, 90, False)
    assert (kept.time_zone, kept.privacy, kept.address_days, kept.spam_days) == (
        "Europe/Berlin",
        "We keep little.",
        7,
        30,
    )
    text = ada.text(f"{OAK}/settings")
    assert "We keep little." in text
    ada.send(f"{OAK}/settings", **all_fields(house))
    undo(ada, f"{OAK}/settings")
    assert policy(house) == kept


def test_what_would_be_forgotten_is_shown_before_it_is_saved(ada, house, blog):
    with house.database.transaction() as db:
        page, long_ago = make.page(db, blog["site"]), house.now() - timedelta(days=20)
        for number, status in enumerate((Status.spam, Status.spam, Status.approved)):
            comment = make.comment(db, page, make.person(db, page.site), status=status, now=long_ago)
            comment.address_hash = b"n" * 32 if number else None
    fields = {"options.privacy": "Typed.", "options.address_days": "14", "options.spam_days": "14"}
    seen = ada.send(f"{OAK}/settings", **all_fields(house, **fields)).text
    assert settings(house) == {}
    for said in ("Nothing is saved yet", "2 comments and reports", "2 comments that are spam", "Typed."):
        assert said in seen
    sure = re.search(r'name="sure" value="([^"]+)"', seen)[1]
    other = all_fields(house, **fields | {"options.spam_days": "10"}, sure=sure)
    assert "Nothing is saved yet" in ada.send(f"{OAK}/settings", **other).text
    assert ada.send(f"{OAK}/settings", **all_fields(house, **fields, sure=sure)).status_code == 303
    assert settings(house) == {"privacy": "Typed.", "address_days": 14, "spam_days": 14}
    assert ada.send(f"{OAK}/settings", **all_fields(house, **fields | {"options.spam_days": "365"})).status_code == 303
    # Taking that back would forget as much, and nobody would be asked.
    undo(ada, f"{OAK}/settings")
    assert "would forget for good" in ada.text(f"{OAK}/settings")
    assert settings(house)["spam_days"] == 365


def test_the_languages_of_a_site_are_kept_and_told_to_the_form(ada, house):
    ada.send(f"{OAK}/settings", **all_fields(house, **{"options.languages": "EN\npt-BR\n"}))
    assert settings(house) == {"languages": ["en", "pt"]}
    assert ada.get("/api/v1/sites/oak").json["languages"] == ["en", "pt"]
    answer = ada.send(f"{OAK}/settings", **all_fields(house, **{"options.languages": "xx"}))
    assert (answer.status_code, "xx is not one of" in answer.text) == (422, True)


def test_what_cannot_be_is_told_beside_its_field_and_nothing_typed_is_lost(ada, house):
    for name, value in (
        ("options.edit_window", "-5"),
        ("options.time_zone", "Mars/Base"),
        ("locale", "x"),
        ("name", ""),
    ):
        answer = ada.send(f"{OAK}/settings", **all_fields(house, **{name: value, "options.privacy": "Typed."}))
        assert answer.status_code == 422, name
        text = answer.get_data(as_text=True)
        assert 'aria-invalid="true"' in text, name
        assert "Typed." in text
    assert settings(house) == {}


def test_saving_what_is_so_changes_nothing(ada, house):
    ada.send(f"{OAK}/settings", **all_fields(house))
    assert settings(house) == {}
    assert "so already" in ada.text(f"{OAK}/settings")


def test_origins_are_added_and_removed_and_one_stays(ada, house):
    ada.send(f"{OAK}/settings/origins", origin="https://www.blog.example/some/page")
    assert origins(house) == [make.BLOG, "https://www.blog.example"]
    undo(ada, f"{OAK}/settings")
    assert origins(house) == [make.BLOG]
    assert ada.send(f"{OAK}/settings/origins", origin="javascript:alert(1)").status_code == 422
    assert ada.send(f"{OAK}/settings/origins", remove=make.BLOG).status_code == 422
    assert origins(house) == [make.BLOG]


def test_holding_everything_is_told_on_every_page_and_ends(ada, house):
    ada.send(f"{OAK}/settings/hold", to="on", back="/dashboard/sites")
    assert policy(house).hold_everything
    for path in ("/dashboard/", "/dashboard/sites", "/dashboard/account", f"{OAK}/settings"):
        assert "Everything is held on" in ada.text(path)
    ada.send(f"{OAK}/settings/hold", to="off", back="/dashboard/sites")
    assert settings(house) == {}
    assert "Everything is held on" not in ada.text("/dashboard/account")
