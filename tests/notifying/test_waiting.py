"""The mail about waiting comments: what waits, why, and links that decide; nothing once it is settled."""

import re

import pytest

from moderation.foundation.options import as_json
from moderation.foundation.tokens import new_id
from moderation.notifying.decide_link import Act, Wish, read_link
from moderation.notifying.deliver import deliver
from moderation.notifying.kind import Sender
from moderation.notifying.kinds.waiting import kind
from moderation.records import Finding, Mailed, Mails, Notice, Status, Verdict
from tests import make
from tests.notifying.conftest import KEYS, office

SENDER = Sender(public_url="https://comments.example", keys=KEYS)


@pytest.fixture
def page(db):
    return make.page(db, make.site(db, key="oak"), title="Her & him")


@pytest.fixture
def ada(db, page):
    return make.moderator(db, page.site, name="Ada")


def comment(db, page, **values):
    return make.comment(db, page, make.person(db, page.site, provider="guest", name="<Ann>"), **values)


def letter(db, page, moderator):
    notice = Notice(id=new_id("n", make.NOW), kind="waiting", site_id=page.site_id, moderator_id=moderator.id)
    return kind.write(db, notice, SENDER, make.NOW)


def links(text):
    return re.findall(r"https://comments\.example/decide/([^\s\"]+)", text)


def test_each_comment_comes_with_its_reason_and_four_links(db, page, ada):
    waiting = comment(db, page, body="Is it *her*?")
    found = {"rule": "links", "verdict": Verdict.hold, "sentence": "It has 4 links.", "created_at": make.NOW}
    db.add(Finding(id=new_id("f", make.NOW), comment_id=waiting.id, number=1, **found))
    db.flush()
    written = letter(db, page, ada)
    assert written.subject == "A comment waits on A blog"
    wishes = [Wish(act=act, comment_id=waiting.id, seen=waiting.version, moderator_id=ada.id) for act in Act]
    for part in (written.text, written.html):
        assert "It has 4 links." in part
        assert [read_link(KEYS, ticket, make.NOW) for ticket in links(part)] == wishes
    assert "<Ann>, a guest, on Her & him:" in written.text
    assert "Is it *her*?" in written.text
    assert "<Ann>" not in written.html
    assert "&lt;Ann&gt;" in written.html


def test_many_are_told_with_the_oldest_shown_and_the_others_counted(db, page, ada):
    for number in range(12):
        comment(db, page, body=f"Number {number}.")
    written = letter(db, page, ada)
    assert written.subject == "12 comments wait on A blog"
    assert len(links(written.text)) == 4 * 10
    assert "Number 0." in written.text
    assert "Number 11." not in written.text
    assert "2 more wait on the dashboard." in written.text


def test_what_is_decided_wanted_no_more_or_not_ones_business_is_not_sent(db, page, ada):
    comment(db, page, status=Status.approved)
    assert letter(db, page, ada) is None
    comment(db, page)
    assert letter(db, page, make.moderator(db, make.site(db))) is None
    for mails in (Mails(waiting=Mailed.never), Mails(muted=[page.site_id])):
        ada.wishes = as_json(mails, defaults=False)
        assert letter(db, page, ada) is None


def test_a_real_server_gets_both_parts_with_links_that_are_whole(database, mail_server):
    with database.transaction() as db:
        page = make.page(db, make.site(db))
        ada = make.moderator(db, page.site)
        comment(db, page, body="x" * 8192)
        row = {"key": "one", "channel": "mail", "kind": "waiting", "site_id": page.site_id, "created_at": make.NOW}
        db.add(Notice(id=new_id("n", make.NOW), moderator_id=ada.id, due_at=make.NOW, **row))
    assert deliver(office(database, mail_server.url), now=make.NOW, chance=0)
    (mail,) = mail_server.mails
    for kind_of_part in ("plain", "html"):
        tickets = links(mail.get_body((kind_of_part,)).get_content())
        assert [read_link(KEYS, ticket, make.NOW).act for ticket in tickets] == list(Act)
