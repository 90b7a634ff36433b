"""Notices are sent once, later if need be, and never lost; on both databases, to a real mail server."""

import mailbox
import os
import re
import signal
import threading
import time
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from moderation.foundation.database import Database
from moderation.foundation.log import JsonLines
from moderation.foundation.tickets import read_ticket
from moderation.foundation.tokens import new_id
from moderation.notifying import announce
from moderation.notifying.deliver import TRIES, deliver, lag
from moderation.notifying.next_try import next_try
from moderation.records import Comment, DecidedBy, Membership, Notice, Person, Status, Subscription
from moderation.review.decide import decide
from tests import make
from tests.notifying.conftest import KEYS, office

NOW = make.NOW + timedelta(hours=1)


@pytest.fixture
def comment_id(database):
    """A guest's comment that waits, announced to the guest and to the site's one moderator."""
    with database.transaction() as db:
        site = make.site(db, guest_email_confirmed=True)
        make.moderator(db, site, email="author@blog.example", name="Zoë Author")
        person = make.person(db, site, provider="guest", name="Ann <b>", email="ann@example.org")
        comment = make.comment(db, make.page(db, site), person, body="Is <i>this</i> on?")
        announce.received(db, comment=comment, site=site, subscribe=False, now=NOW)
        return comment.id


def send_all(sender, now=NOW, chance=0.0):
    sent = 0
    while deliver(sender, now=now, chance=chance):
        sent += 1
    return sent


def notice(database, kind):
    with database.reading() as db:
        return db.scalars(select(Notice).where(Notice.kind == kind)).one()


def bulk(database, count):
    """Write this many notices to moderators, each of another site where a comment waits."""
    with database.transaction() as db:
        site = make.site(db)
        moderator = make.moderator(db, site)
        make.comment(db, make.page(db, site), make.person(db, site))
        for number in range(count):
            row = {"key": f"bulk:{number}", "channel": "mail", "kind": "waiting", "site_id": site.id}
            db.add(Notice(id=new_id("n", NOW), moderator_id=moderator.id, due_at=NOW, created_at=NOW, **row))


def test_a_notice_reaches_its_receiver_once(database, comment_id, mail_server):
    sender = office(database, mail_server.url)
    assert send_all(sender) == 2
    assert sorted(mail_server.recipients) == ["ann@example.org", "author@blog.example"]
    assert send_all(sender, NOW + timedelta(days=3)) == 0
    assert notice(database, "waiting").sent_at == NOW


def test_the_guests_mail_carries_a_link_that_is_good_for_that_comment_for_seven_days(database, comment_id, mail_server):
    send_all(office(database, mail_server.url))
    mail = next(mail for mail in mail_server.mails if mail["To"].addresses[0].addr_spec == "ann@example.org")
    text = mail.get_body(("plain",)).get_content()
    ticket = re.search(r"https://comments\.example/confirm/(\S+)", text)[1]
    assert read_ticket(KEYS, "confirm_guest", ticket, NOW + timedelta(days=6, hours=23)) == comment_id
    assert ticket in mail.get_body(("html",)).get_content()


def test_the_authors_mail_shows_the_text_escaped_and_the_dashboard(database, comment_id, mail_server):
    send_all(office(database, mail_server.url))
    mail = next(mail for mail in mail_server.mails if "author@" in mail["To"])
    assert mail["To"].addresses[0].display_name == "Zoë Author"
    assert "https://comments.example/dashboard/" in mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    assert "Is &lt;i&gt;this&lt;/i&gt; on?" in html
    assert "Ann &lt;b&gt;" in html


def test_a_mail_says_the_same_id_at_every_try(database, comment_id, tmp_path):
    sender = office(database, f"maildir:{tmp_path / 'mail'}")
    send_all(sender)
    with database.transaction() as db:
        db.execute(update(Notice).values(finished=False, sent_at=None))
    send_all(sender)
    ids = Counter(mail["Message-ID"] for mail in mailbox.Maildir(tmp_path / "mail"))
    assert sorted(ids.values()) == [2, 2]


def test_what_is_decided_meanwhile_is_dropped(database, comment_id, mail_server):
    with database.transaction() as db:
        decide(db, comment_id, Status.spam, by=DecidedBy.moderator, now=NOW)
    send_all(office(database, mail_server.url))
    assert mail_server.mails == []
    assert notice(database, "confirm_guest").dropped_at == NOW
    assert notice(database, "waiting").dropped_at == NOW


def test_who_is_no_moderator_any_more_is_not_told(database, comment_id, mail_server):
    with database.transaction() as db:
        for membership in db.scalars(select(Membership)):
            db.delete(membership)
    send_all(office(database, mail_server.url))
    assert mail_server.recipients == ["ann@example.org"]


def test_a_mail_server_that_is_down_only_delays(database, comment_id, mail_server):
    mail_server.stop()
    sender = office(database, mail_server.url)
    assert send_all(sender) == 2
    waiting = notice(database, "waiting")
    assert (waiting.attempts, waiting.finished) == (1, False)
    assert "author@" not in waiting.problem
    with database.reading() as db:
        assert lag(db, now=NOW) == timedelta(0)
    mail_server.start()
    assert send_all(sender, NOW + timedelta(seconds=29)) == 0
    assert send_all(sender, NOW + timedelta(seconds=30)) == 2
    assert len(mail_server.mails) == 2


def test_an_hour_of_outage_loses_no_mail(database, comment_id, mail_server):
    mail_server.stop()
    sender = office(database, mail_server.url)
    for minute in range(60):
        send_all(sender, NOW + timedelta(minutes=minute), chance=0.5)
    mail_server.start()
    send_all(sender, NOW + timedelta(hours=3))
    assert len(mail_server.mails) == 2


def test_the_delays_grow_to_six_hours_and_end_after_two_days():
    delays = [next_try(attempt, 0.0) for attempt in range(1, TRIES)]
    assert delays[:4] == [timedelta(seconds=seconds) for seconds in (30, 60, 120, 240)]
    assert delays == sorted(delays)
    assert timedelta(days=1.5) < sum(delays, timedelta()) < timedelta(days=3)
    assert next_try(1, 1.0) == timedelta(seconds=45)


def test_after_the_last_try_the_notice_is_given_up_where_the_author_can_see_it(database, comment_id, mail_server):
    mail_server.stop()
    with database.transaction() as db:
        db.execute(update(Notice).values(attempts=TRIES - 1))
    send_all(office(database, mail_server.url))
    assert notice(database, "waiting").dead_at == NOW
    assert notice(database, "waiting").problem


def test_a_refused_recipient_is_given_up_at_once_and_a_postponed_one_is_not(database, comment_id, mail_server):
    mail_server.refusal = "451 Try again later"
    sender = office(database, mail_server.url)
    send_all(sender)
    assert not notice(database, "confirm_guest").finished
    mail_server.refusal = "550 No such user ann@example.org"
    send_all(sender, NOW + timedelta(hours=1))
    dead = notice(database, "confirm_guest")
    assert dead.dead_at is not None
    assert dead.problem == "The mail server refused the recipient (550)."


def test_the_log_says_why_a_notice_was_not_sent_and_names_nobody(database, comment_id, mail_server, caplog):
    mail_server.refusal = "550 No such user ann@example.org"
    with caplog.at_level("INFO", "moderation.notifying.deliver"):
        send_all(office(database, mail_server.url))
    lines = [JsonLines().format(record) for record in caplog.records]
    assert any("The mail server refused the recipient (550)." in line for line in lines)
    assert not any("@" in line for line in lines)


def test_a_notice_that_nobody_can_write_is_tried_again_and_stops_nobody_else(database, comment_id, mail_server):
    with database.transaction() as db:
        db.execute(update(Notice).where(Notice.kind == "confirm_guest").values(kind="from_a_later_release"))
    assert send_all(office(database, mail_server.url)) == 2
    assert mail_server.recipients == ["author@blog.example"]
    assert not notice(database, "from_a_later_release").finished


def test_a_notice_whose_workers_keep_dying_is_given_up(database, comment_id, mail_server):
    with database.transaction() as db:
        db.execute(update(Notice).values(attempts=TRIES))
    send_all(office(database, mail_server.url))
    assert mail_server.mails == []
    assert notice(database, "waiting").dead_at == NOW


def test_eight_threads_send_two_hundred_notices_once_each(database_url, database, tmp_path):
    bulk(database, 200)
    folder = tmp_path / "mail"
    mailbox.Maildir(folder, create=True)
    go = threading.Barrier(8)

    def work():
        own = Database(database_url, pool_size=2)
        sender = office(own, f"maildir:{folder}")
        go.wait()
        # An empty hand can mean that another was quicker, so ask until all are done.
        while unfinished(own):
            send_all(sender)
        own.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = Counter(mail["Message-ID"] for mail in mailbox.Maildir(folder))
    assert len(ids) == 200
    assert set(ids.values()) == {1}
    with database.reading() as db:
        assert set(db.scalars(select(Notice.attempts))) == {1}


def test_a_worker_that_is_killed_while_it_sends_loses_nothing(database_url, database, tmp_path):
    bulk(database, 40)
    database.close()
    folder = tmp_path / "mail"
    mailbox.Maildir(folder, create=True)
    began, kills, ended = time.monotonic(), 0, False
    while not ended:
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            _work(database_url, folder, began, writer)
        os.close(writer)
        # After some deliveries, in the middle of the next one.
        ended = b"" in [os.read(reader, 1) for _ in range(1 + kills % 4)]
        time.sleep(0.002 * (kills % 7))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(reader)
        kills += 1
    ids = Counter(mail["Message-ID"] for mail in mailbox.Maildir(folder))
    print(f"{kills} kills, {len(ids)} of 40 notices arrived, {sum(ids.values()) - len(ids)} twice")
    assert len(ids) == 40
    assert kills > 5


def _work(url, folder, began, writer):
    """Send until all is sent, and write a byte for each."""
    try:
        own = Database(url, pool_size=1)
        sender = office(own, f"maildir:{folder}")
        while unfinished(own):
            now = NOW + timedelta(seconds=time.monotonic() - began)
            if deliver(sender, now=now, chance=0.0, lease=timedelta(milliseconds=500)):
                os.write(writer, b".")
    finally:
        os._exit(1)


def unfinished(database):
    with database.reading() as db:
        return db.scalar(select(Notice.id).where(Notice.finished.is_(False)).limit(1)) is not None


def test_a_subscriber_can_stop_the_mails_by_a_link_in_the_header(database, mail_server):
    with database.transaction() as db:
        site = make.site(db)
        person = make.person(db, site, provider="guest", email="ann@example.org")
        comment = make.comment(db, make.page(db, site), person)
        announce.received(db, comment=comment, site=site, subscribe=True, now=NOW)
        subject = f"{comment.page_id}~{person.id}"
    send_all(office(database, mail_server.url))
    header = mail_server.mails[0]["List-Unsubscribe"]
    ticket = re.fullmatch(r"<https://comments\.example/unsubscribe/(.+)>", header)[1]
    assert read_ticket(KEYS, "unsubscribe", ticket, NOW) == subject


def test_a_guest_who_confirmed_meanwhile_gets_no_mail(database, comment_id, mail_server):
    with database.transaction() as db:
        guest = db.get(Person, db.get(Comment, comment_id).person_id)
        guest.issuer, guest.subject = "mailto:", "ann@example.org"
        assert db.scalar(select(Subscription)) is None
    send_all(office(database, mail_server.url))
    assert mail_server.recipients == ["author@blog.example"]
