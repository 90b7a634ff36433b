"""What is not approved is nowhere: one word in everything that waits, was rejected or withdrawn, looked for everywhere.

Everywhere is every GET of the application, taken from its map of addresses, as anybody may call it.
"""

import logging
import mailbox
import re
from datetime import timedelta
from email import message_from_bytes, policy
from urllib.parse import unquote

import pytest

from moderation.intake.edit import edit
from moderation.notifying.deliver import deliver
from moderation.notifying.kind import Sender
from moderation.notifying.webhook_message import about
from moderation.records import Comment, Finding, Page, Person, PersonSession, Site, Status, Subscription, Verdict
from tests import make
from tests.contracts.callers import prepare
from tests.notifying.conftest import office
from tests.web.service import COMMENTS, decide, guest_comment, session_token

CANARY = "canarysings"
# Where a comment is read; each must show the word while the comment is approved, or this test would see nothing.
SURFACES = {
    "api.read_thread",
    "api.read_recent",
    "feeds.of_site",
    "feeds.of_page",
    "fragment.show",
    "page.show",
}


@pytest.fixture
def house(app):
    return app.extensions["house"]


@pytest.fixture
def site(house):
    with house.database.transaction() as db:
        made = make.site(db)
        make.moderator(db, made, password="x")
        return made.key


def comment(house, site, page_key, status, *, parent=None, name=f"{CANARY} of a name", edited=False):
    """Make a comment full of the word, by a person full of it too; return its id."""
    with house.database.transaction() as db:
        blog = db.query(Site).filter_by(key=site).one()
        page = db.query(Page).filter_by(site_id=blog.id, key=page_key).one_or_none()
        page = page or make.page(db, blog, key=page_key, title=f"{CANARY} of a title")
        url, email = f"https://{CANARY}.example/", f"{CANARY}@mail.example"
        person = make.person(db, blog, provider="guest", name=name, url=url, email=email)
        above = db.get_one(Comment, parent) if parent else None
        made = make.comment(db, page, person, body=f"A {CANARY} here.", parent=above, status=status, now=house.now())
        if edited:
            edit(db, made, make.text(f"An edited {CANARY}."), policy=blog.policy, now=house.now())
        finding = {"rule": "x", "verdict": Verdict.hold, "sentence": f"Says {CANARY}.", "created_at": make.NOW}
        db.add(Finding(id=f"f_{made.id}", comment_id=made.id, number=made.latest, **finding))
        return made.id


def approved(house, site, page_key, body, *, parent=None, edited=False):
    """Make an approved comment of somebody harmless; its address alone holds the word, since nobody ever sees it."""
    with house.database.transaction() as db:
        blog = db.query(Site).filter_by(key=site).one()
        page = db.query(Page).filter_by(site_id=blog.id, key=page_key).one_or_none() or make.page(
            db, blog, key=page_key, title="Her"
        )
        above = db.get_one(Comment, parent) if parent else None
        person = make.person(db, blog, email=f"{CANARY}@mail.example")
        made = make.comment(db, page, person, body=body, parent=above, status=Status.approved, now=house.now())
        if edited:
            edit(db, made, make.text(f"An edited {CANARY}."), policy=blog.policy, now=house.now())
        return made.id


def questions(app, site, comments):
    """Yield every GET address of the application with each sensible value in each place."""
    values = {
        "comment_id": comments,
        "key": [site],
        "site_key": [site],
        "filename": ["style.css"],
        "name": ["v1.js"],
    }
    wide = [
        f"site={site}&page={page}&sort={sort}&limit=100&answer={comments[0]}"
        for page in ("/a", "/b", "/c")
        for sort in ("oldest", "newest", "best")
    ]
    wide += [f"site={site}&page=/a&answer={comment_id}" for comment_id in comments]
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()):
            continue
        paths = [rule.rule]
        for name in rule.arguments:
            paths = [
                re.sub(rf"<(?:\w+:)?{name}>", value, path)
                for path in paths
                for value in values.get(name, ["x", site, *comments])
            ]
        # What needs a cookie, or names in its path what it wants, reads no more of the question than this.
        narrow = rule.rule.startswith("/dashboard") or (rule.arguments and "key" not in rule.arguments)
        for path in paths:
            for query in wide[:1] if narrow else wide:
                yield rule.endpoint, f"{path}?{query}"


def look(client, address, headers, known=None):
    """Return an answer as text with its headers, the slices that follow it too."""
    asked = dict(headers) | ({"If-None-Match": known} if known else {})
    answer = client.get(address, headers=asked)
    assert answer.status_code < 500, address
    text = f"{answer.headers}{answer.text}"
    answer.close()
    following = (answer.json or {}).get("next") if answer.is_json else None
    return answer, text + (look(client, f"{address}&after={following}", headers)[1] if following else "")


def found(app, site, comments, callers):
    """Return the views at which any of the callers meets the word."""
    client, met = app.test_client(use_cookies=False), set()
    for view, address in questions(app, site, comments):
        for headers in callers:
            _, text = look(client, address, headers)
            # What was asked may be repeated to whoever asked; the word is in no question.
            if CANARY in unquote(text).lower():
                met.add(view)
    return met


def test_nothing_that_is_not_approved_is_public_anywhere(app, house, site):
    first = approved(house, site, "/a", "A fine review.", edited=True)
    made = [first]
    for status in (Status.waiting, Status.rejected, Status.spam, Status.withdrawn):
        made.append(comment(house, site, "/a", status))
        made.append(comment(house, site, "/a", status, parent=first))
        made.append(comment(house, site, "/b", status))
    removed = comment(house, site, "/a", Status.approved)
    made += [removed, approved(house, site, "/a", "An answer to what is gone.", parent=removed)]
    decide(house, removed, Status.rejected)
    client = app.test_client(use_cookies=False)
    token, person_id = session_token(house, site, name=f"{CANARY} who only likes")
    liker = {"Authorization": f"Bearer {token}"}
    assert client.put(f"/api/v1/pages/like?site={site}&page=/a", headers=liker).status_code == 200
    assert client.put(f"{COMMENTS}/{first}/like", headers=liker).status_code == 200
    assert client.post(f"{COMMENTS}/{first}/report", json={"reason": f"A {CANARY}."}).status_code == 204
    reader = {"Authorization": f"Bearer {session_token(house, site, name='Bob')[0]}"}
    callers = [{}, reader, prepare(house, site, site, "guest").headers]
    assert found(app, site, made, callers) == set()
    # Whoever wrote it sees it; so it is there to be found.
    with house.database.transaction() as db:
        db.get_one(Comment, made[1]).person_id = person_id
    assert found(app, site, made[1:2], [liker]) >= {"api.see"}
    with house.database.reading() as db:
        assert db.query(PersonSession).count() == 2
        assert db.query(Person).filter(Person.name.contains(CANARY)).count() > 10


def test_while_it_is_approved_the_word_is_seen_and_afterwards_no_answer_that_was_kept_is_true(app, house, site):
    shown = comment(house, site, "/c", Status.approved)
    assert found(app, site, [shown], [{}]) == SURFACES
    client, kept = app.test_client(use_cookies=False), {}
    for _, address in questions(app, site, [shown]):
        answer, text = look(client, address, {})
        if CANARY in text:
            kept[address] = answer.headers.get("ETag")
    assert len(kept) > len(SURFACES)
    decide(house, shown, Status.spam)
    for address, etag in kept.items():
        answer, text = look(client, address, {}, etag)
        assert answer.status_code == 200, address
        # The title came with an approved comment, and stays.
        assert CANARY not in text.lower().replace(f"{CANARY} of a title", "")


def test_no_refusal_repeats_what_waits(app, house, site):
    client = app.test_client()
    waiting = comment(house, site, "/a", Status.waiting)
    for sent in (
        guest_comment(site, key="/a", url=f"{make.BLOG}/a", parent=waiting),
        guest_comment(site, key="/b", url=f"{make.BLOG}/b", parent=waiting),
    ):
        assert CANARY not in client.post(COMMENTS, json=sent).text
    for method in (client.post, client.put, client.delete, client.patch):
        for path in ("", "/like", "/report"):
            assert CANARY not in method(f"{COMMENTS}/{waiting}{path}", json={"reason": "", "body": "x"}).text
    reader = {"Authorization": f"Bearer {session_token(house, site, name='Bob')[0]}"}
    mine = client.get(f"/api/v1/me?site={site}&page=/a", headers=reader)
    assert (mine.json["comments"], CANARY in mine.text) == ([], False)
    assert CANARY not in client.get("/api/v1/me/export", headers=reader).text
    again = {"Idempotency-Key": "k"}
    first = client.post(COMMENTS, json=guest_comment(site, body_text=f"A {CANARY}."), headers=again)
    assert first.status_code == 201
    for changed in ({"body_text": "Other."}, {"name": "Bob"}):
        assert CANARY not in client.post(COMMENTS, json=guest_comment(site, **changed), headers=again).text


def test_no_webhook_tells_what_is_not_approved(app, house, site):
    hidden = [comment(house, site, "/a", status) for status in Status if status is not Status.approved]
    hidden.append(approved(house, site, "/b", "A fine review.", edited=True))
    shown = comment(house, site, "/c", Status.approved)
    decide(house, shown, Status.rejected)
    told = Sender(public_url="https://comments.example", keys=house.keys)
    with house.database.reading() as db:
        for comment_id in (*hidden, shown):
            assert CANARY not in str(about(db, db.get_one(Comment, comment_id), told)).replace(
                # The title came with an approved comment, and stays.
                f"{CANARY} of a title",
                "" if comment_id in (hidden[-1], shown) else CANARY,
            )
    decide(house, shown, Status.approved)
    with house.database.reading() as db:
        assert f"A {CANARY} here." in str(about(db, db.get_one(Comment, shown), told))


def test_no_mail_to_a_reader_and_no_line_of_the_log_holds_what_is_not_approved(app, house, site, tmp_path, caplog):
    folder = tmp_path / "mail"
    mailbox.Maildir(folder, create=True)
    sender = office(house.database, f"maildir:{folder}")
    caplog.set_level(logging.DEBUG)
    with house.database.transaction() as db:
        blog = db.query(Site).filter_by(key=site).one()
        page = make.page(db, blog, key="/a")
        bob = make.person(db, blog, name="Bob", email="bob@mail.example", email_verified=True)
        now = house.now()
        db.add(Subscription(page_id=page.id, person_id=bob.id, created_at=now, confirmed_at=now))

    def letters_to_readers() -> list[str]:
        while deliver(sender, now=house.now() + timedelta(days=1), chance=0):
            pass
        mails = [message_from_bytes(bytes(mail), policy=policy.default) for mail in mailbox.Maildir(folder)]
        return [str(mail) for mail in mails if "blog.example" not in mail["To"].addresses[0].addr_spec]

    # Approved, and taken back before the mail went out; and whatever never was approved, sent by a stranger.
    taken_back = comment(house, site, "/a", Status.waiting)
    decide(house, taken_back, Status.approved)
    decide(house, taken_back, Status.rejected)
    sent = guest_comment(site, body_text=f"A {CANARY}.", name=CANARY, key="/a", url=f"{make.BLOG}/a", subscribe=True)
    assert app.test_client().post(COMMENTS, json=sent).status_code == 201
    letters = letters_to_readers()
    assert len(letters) == 1, "the guest is asked to confirm the address"
    assert f"A {CANARY}" not in letters[0]
    assert CANARY not in caplog.text
    # The control: an approved one is mailed to the same reader, by the same way.
    decide(house, comment(house, site, "/a", Status.waiting, name="Carol"), Status.approved)
    assert any(f"A {CANARY} here." in letter for letter in letters_to_readers())
