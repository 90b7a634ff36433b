"""Webhooks are told how comments stand, signed, once it cannot be taken back; over real HTTP, on both databases."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, event, select, update

from moderation.foundation.errors import Conflict, Refused
from moderation.foundation.outbound import Outbound
from moderation.journey import (
    amend,
    ban,
    ban_comments,
    edit,
    erase,
    moderate,
    prepare,
    receive,
    report,
    undo,
    undo_action,
)
from moderation.journey.decide_many import decide_many, go_on, undo_many
from moderation.notifying.deliver import DOUBTFUL, deliver, lag
from moderation.notifying.purge import purge
from moderation.notifying.undelivered import send_again, send_all_again
from moderation.notifying.webhook import check_address, sign, signed
from moderation.notifying.webhook_state import begin
from moderation.records import Comment, Happening, Notice, OffBecause, Status, Webhook
from moderation.review.act import act
from tests import make
from tests.notifying.conftest import KEYS
from tests.notifying.receiver import SECRET, Receiver, office, sealed, webhook
from tests.test_journey import arrive

OTHER = "whsec_" + "YW5vdGhlciBzZWNyZXQgb2YgdGhpcnR5LXR3byBieXRlcw=="
# Where the database does not matter.
once = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
WAIT = timedelta(seconds=10)
LATER = timedelta(minutes=1)


@pytest.fixture(scope="module")
def _receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def receiver(_receiver):
    _receiver.status, _receiver.headers = 204, {}
    _receiver.received.clear()
    return _receiver


class Scene:
    """A site with its owner, a webhook and a comment that waits; the webhook has been told of nothing yet."""

    def __init__(self, database, receiver):
        self.database, self.receiver = database, receiver
        self.office = office(database, receiver.place)
        with database.transaction() as db:
            self.site = make.site(db)
            self.owner = make.moderator(db, self.site)
            self.webhook_id = webhook(db, self.site, receiver.url, owner=self.owner).id
            arrival = arrive(self.site, "A canary sings.", name="Canary")
            self.comment_id = receive(db, self.site, arrival, now=make.NOW).comment.id

    def do(self, verb, *given, now=make.NOW, **values):
        with self.database.transaction() as db:
            return verb(db, *given, now=now, **values)

    def decide(self, status, now=make.NOW, wait=WAIT):
        about = {"moderator": self.owner, "comment_id": self.comment_id, "status": status, "wait": wait}
        return self.do(moderate, now=now, **about).decision_id

    def undo(self, decision_id, now=make.NOW):
        return self.do(undo, moderator=self.owner, decision_id=decision_id, now=now).decision_id

    def events(self, now=make.NOW):
        """Send what is due, and return what the webhook was told."""
        self.send(now)
        for _, body in self.receiver.received:
            assert b'"status":"approved"' in body or b"anary" not in body
        return self.receiver.events()

    def send(self, now=make.NOW):
        sent = 0
        while deliver(self.office, now=now, chance=0, lane="webhook") or deliver(
            self.office, now=now, chance=0, lane="doubtful webhook"
        ):
            sent += 1
        return sent

    def webhook(self):
        with self.database.reading() as db:
            return db.get_one(Webhook, self.webhook_id)

    def notices(self, kind="webhook"):
        with self.database.reading() as db:
            return db.scalars(select(Notice).where(Notice.kind == kind).order_by(Notice.created_at, Notice.id)).all()


@pytest.fixture
def scene(database, receiver):
    return Scene(database, receiver)


# --- what is told -----------------------------------------------------------------------------------------------------


@once
def test_a_comment_that_waits_is_told_without_a_word_of_it(scene):
    scene.send()
    ((headers, body),) = scene.receiver.received
    (told,) = scene.receiver.told()
    assert (told["type"], told["timestamp"]) == ("comment.waiting", "2026-11-22T06:28:00Z")
    assert told["data"]["page"] == {"key": "/her", "url": f"{make.BLOG}/her", "title": None, "revision": 0}
    comment = told["data"]["comment"]
    assert (comment["id"], comment["status"], comment["version"], comment["waits"]) == (
        scene.comment_id,
        "waiting",
        1,
        True,
    )
    assert (comment["author"], comment["html"], comment["url"]) == (None, None, None)
    assert comment["dashboard"] == f"https://comments.example/dashboard/comments/{scene.comment_id}"
    assert "anary" not in body.decode()
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"] == scene.notices()[0].id


@once
def test_an_approved_comment_is_told_as_readers_see_it_and_never_the_address(scene):
    scene.send()
    scene.decide(Status.approved)
    scene.receiver.received.clear()
    scene.send(make.NOW + WAIT)
    body = scene.receiver.received[0][1].decode()
    (told,) = scene.receiver.told()
    comment = told["data"]["comment"]
    assert (told["type"], comment["status"], comment["html"]) == (
        "comment.decided",
        "approved",
        "<p>A canary sings.</p>",
    )
    assert comment["author"]["name"] == "Canary"
    assert comment["url"] == f"{make.BLOG}/her#comment-{scene.comment_id}"
    assert (told["data"]["page"]["title"], told["data"]["page"]["revision"]) == ("Her", 1)
    decision = told["data"]["decision"]
    assert (decision["before"], decision["after"], decision["by"]) == ("waiting", "approved", "moderator")
    assert "@" not in body


@once
def test_an_edit_that_waits_shows_the_text_that_readers_see(scene):
    scene.decide(Status.approved, wait=timedelta())
    scene.events()
    scene.do(edit, scene.comment_id, prepare("Another bird."))
    scene.send()
    (told,) = scene.receiver.told()
    comment = told["data"]["comment"]
    assert (told["type"], comment["waits"]) == ("comment.edited", True)
    assert (comment["html"], comment["edited_at"]) == ("<p>A canary sings.</p>", None)


def test_every_way_a_comment_changes_is_told(scene):
    assert scene.events() == [("waiting", "waiting")]
    scene.decide(Status.rejected, wait=timedelta())
    assert scene.events() == [("decided", "rejected")]
    done = scene.decide(Status.approved, wait=timedelta())
    assert scene.events() == [("decided", "approved")]
    scene.undo(done)
    assert scene.events() == [("decided", "rejected")]
    scene.decide(Status.approved, wait=timedelta())
    scene.events()
    values = {"site_id": scene.site.id, "person_id": None, "address_hash": b"x" * 32, "reason": "Rude."}
    scene.do(report, scene.comment_id, **values)
    scene.do(report, scene.comment_id, **values)
    assert scene.events() == [("reported", "approved")]
    scene.do(amend, scene.comment_id, prepare("Kinder words."), moderator=scene.owner, seen=seen(scene))
    assert sorted(scene.events()) == [("decided", "approved"), ("edited", "approved")]
    with scene.database.transaction() as db:
        person_id = db.get_one(Comment, scene.comment_id).person_id
    action = scene.do(ban, "ban", person_id, moderator=scene.owner, lasts=None)
    scene.do(ban_comments, action, Status.spam, moderator=scene.owner)
    assert scene.events() == [("decided", "spam")]
    scene.do(undo_action, action.id, moderator=scene.owner)
    assert scene.events() == [("decided", "approved")]
    chosen = [(scene.comment_id, seen(scene))]
    batch = scene.do(decide_many, moderator=scene.owner, status=Status.rejected, chosen=chosen)
    scene.do(go_on, batch.id)
    assert scene.events() == [("decided", "rejected")]
    scene.do(undo_many, batch.id, moderator=scene.owner)
    scene.do(go_on, batch.id)
    assert scene.events() == [("decided", "approved")]


def seen(scene):
    with scene.database.reading() as db:
        return db.get_one(Comment, scene.comment_id).version


@once
def test_a_webhook_is_told_of_what_it_listens_to_on_its_own_site_only(database, receiver):
    with database.transaction() as db:
        site, other = make.site(db), make.site(db)
        owner = make.moderator(db, site, other)
        webhook(db, site, receiver.url, owner=owner, happenings=(Happening.decided,))
        for one in (site, other):
            comment = receive(db, one, arrive(one), now=make.NOW).comment
            moderate(db, moderator=owner, comment_id=comment.id, status=Status.approved, now=make.NOW)
    while deliver(office(database, receiver.place), now=make.NOW, chance=0, lane="doubtful webhook"):
        pass
    assert [told["data"]["site"] for told in receiver.told()] == [site.key]


def test_who_is_erased_is_told_as_withdrawn_and_found_in_no_row(scene):
    scene.decide(Status.approved, wait=timedelta())
    scene.events()
    with scene.database.transaction() as db:
        erase(db, db.get_one(Comment, scene.comment_id).person_id, now=make.NOW)
    scene.send()
    body = scene.receiver.received[0][1].decode()
    assert scene.receiver.events() == [("withdrawn", "withdrawn")]
    with scene.database.reading() as db:
        rows = [db.scalars(select(kind)).all() for kind in (Webhook, Notice)]
    kept = str([getattr(row, column.key) for found in rows for row in found for column in row.__table__.columns])
    assert "anary" not in body + kept
    assert "mail.example" not in kept


# --- when it is told --------------------------------------------------------------------------------------------------


def test_a_decision_is_told_when_it_cannot_be_taken_back_any_more(scene):
    scene.events()
    scene.decide(Status.approved)
    assert scene.events(make.NOW + WAIT - timedelta(seconds=1)) == []
    assert scene.events(make.NOW + WAIT) == [("decided", "approved")]


def test_what_is_undone_within_the_window_is_never_told(scene):
    scene.events()
    scene.undo(scene.decide(Status.approved), make.NOW + timedelta(seconds=9))
    assert scene.events(make.NOW + timedelta(days=1)) == []


@once
def test_an_edit_by_a_moderator_that_is_undone_within_the_window_is_never_told(scene):
    scene.decide(Status.approved, wait=timedelta())
    scene.events()
    words = {"moderator": scene.owner, "seen": seen(scene), "wait": WAIT}
    done = scene.do(amend, scene.comment_id, prepare("Other words."), **words)
    scene.do(undo_action, done.id, moderator=scene.owner, now=make.NOW + timedelta(seconds=9))
    assert scene.events(make.NOW + timedelta(days=1)) == []


def test_what_is_undone_later_is_told_with_a_higher_version(scene):
    scene.events()
    done = scene.decide(Status.approved)
    scene.send(make.NOW + WAIT)
    scene.undo(done, make.NOW + LATER)
    scene.send(make.NOW + LATER)
    told = [(one["data"]["comment"]["status"], one["data"]["comment"]["version"]) for one in scene.receiver.told()]
    assert told == [("approved", 2), ("waiting", 3)]


def test_a_second_decision_that_is_undone_leaves_the_first_to_be_told(scene):
    scene.events()
    scene.decide(Status.approved)
    second = scene.decide(Status.rejected, make.NOW + timedelta(seconds=2))
    scene.undo(second, make.NOW + timedelta(seconds=4))
    assert scene.events(make.NOW + LATER) == [("decided", "approved")]


@once
def test_to_decide_and_undo_again_and_again_is_never_told(scene):
    scene.events()
    for second in range(3):
        now = make.NOW + timedelta(seconds=second)
        scene.undo(scene.decide(Status.approved, now), now)
    assert scene.events(make.NOW + LATER) == []
    again = scene.decide(Status.approved)
    scene.undo(scene.undo(again))
    assert scene.events(make.NOW + LATER) == [("decided", "approved")]


def test_nothing_else_tells_of_a_decision_within_the_window(scene):
    done = scene.decide(Status.approved)
    report_it = {"site_id": scene.site.id, "person_id": None, "address_hash": b"x" * 32, "reason": ""}
    scene.do(report, scene.comment_id, **report_it)
    assert scene.events() == []
    scene.undo(done, make.NOW + timedelta(seconds=5))
    assert ("decided", "approved") not in (events := scene.events(make.NOW + WAIT))
    assert {status for _, status in events} == {"waiting"}


def test_late_and_twice_end_in_the_same_state(scene):
    scene.decide(Status.approved, wait=timedelta())
    scene.decide(Status.rejected, wait=timedelta())
    # Nothing could be sent until now: what has passed is not told any more.
    assert scene.events() == [("decided", "rejected")]
    with scene.database.transaction() as db:
        for notice in db.scalars(select(Notice).where(Notice.kind == "webhook")):
            notice.finished, notice.sent_at, notice.dropped_at = False, None, None
    assert scene.events() == [("decided", "rejected")]


# --- the signature ----------------------------------------------------------------------------------------------------


def test_the_signature_is_that_of_standard_webhooks():
    """The example that the standard's own libraries are tested with."""
    secret, moment, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1614265330, '{"test": 2432232314}'
    made = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", moment, body)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@once
def test_a_new_secret_and_the_former_one_sign_together_for_a_day(scene):
    scene.do(
        act,
        "webhook",
        moderator=scene.owner,
        subject_id=scene.site.id,
        wanted={"webhook": scene.webhook_id, "host": "", "secret": sealed(KEYS, OTHER)},
    )
    for now, secrets in ((make.NOW, [OTHER, SECRET]), (make.NOW + timedelta(days=1), [OTHER])):
        headers = signed(scene.webhook(), KEYS, notice_id="n_1", body="{}", now=now)
        made = [sign(secret, "n_1", int(now.timestamp()), "{}") for secret in secrets]
        assert headers["webhook-signature"] == " ".join(made)


@once
def test_what_the_guide_says_about_checking_a_signature_works(scene):
    scene.send()
    ((headers, body),) = scene.receiver.received
    guide = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    names = {}
    exec(code, names)
    check, moment = names["is_ours"], int(make.NOW.timestamp())
    assert check(SECRET, headers, body, moment + 299)
    assert not check(SECRET, headers, body, moment + 301)
    assert not check(SECRET, headers, body + b" ", moment)
    assert not check(OTHER, headers, body, moment)
    assert not check(SECRET, headers | {"webhook-id": "n_2"}, body, moment)
    assert not check(SECRET, headers | {"webhook-timestamp": str(moment + 1)}, body, moment)
    assert not check(SECRET, {}, body, moment)
    assert check(SECRET, headers | {"webhook-signature": f"v1,AAAA {headers['webhook-signature']}"}, body, moment)


# --- when it does not work --------------------------------------------------------------------------------------------


def test_a_failure_is_tried_again_later_and_under_the_same_id(scene):
    scene.receiver.status = 500
    scene.send()
    first = scene.receiver.received[0][0]
    assert "500" in scene.webhook().problem
    assert scene.send(make.NOW + timedelta(seconds=29)) == 0
    scene.receiver.status = 200
    scene.send(make.NOW + timedelta(seconds=30))
    second = scene.receiver.received[1][0]
    assert second["webhook-id"] == first["webhook-id"]
    assert int(second["webhook-timestamp"]) == int(first["webhook-timestamp"]) + 30
    assert (scene.webhook().failing_since, scene.webhook().problem) == (None, None)


def test_one_that_fails_is_called_seldom_however_much_waits_for_it(scene):
    scene.decide(Status.approved, wait=timedelta())
    for number in range(5):
        scene.do(edit, scene.comment_id, prepare(f"Text {number}."))
    scene.receiver.status = 503
    for minute in range(60):
        scene.send(make.NOW + timedelta(minutes=minute))
    assert len(scene.receiver.received) == 7
    with scene.database.transaction() as db:
        db.execute(delete(Notice).where(Notice.kind == "waiting"))
    with scene.database.reading() as db:
        assert lag(db, now=make.NOW + timedelta(minutes=60)) == timedelta(0)
    # As soon as it takes something again, all the rest follows.
    scene.receiver.status = 200
    scene.receiver.received.clear()
    scene.send(scene.webhook().next_at)
    assert len(scene.receiver.received) == 6


@once
def test_it_is_left_alone_for_as_long_as_it_asks(scene):
    scene.receiver.status, scene.receiver.headers = 429, {"Retry-After": "600"}
    scene.send()
    assert scene.webhook().next_at == make.NOW + timedelta(seconds=600)
    scene.receiver.headers = {"Retry-After": "99999999"}
    scene.send(make.NOW + timedelta(seconds=600))
    assert scene.webhook().next_at == make.NOW + timedelta(seconds=600, hours=6)


@once
def test_a_redirect_is_not_followed(scene):
    scene.receiver.status, scene.receiver.headers = 302, {"Location": scene.receiver.url}
    scene.send()
    assert len(scene.receiver.received) == 1
    assert "another address (302)" in scene.notices()[0].problem


def test_a_webhook_that_wants_no_more_is_switched_off_and_its_owner_is_told(scene, mail_server):
    scene.do(edit, scene.comment_id, prepare("Other words."))
    scene.receiver.status = 410
    scene.send()
    assert len(scene.receiver.received) == 1
    assert (scene.webhook().enabled, scene.webhook().off_because) == (False, OffBecause.gone)
    assert [notice.dead_at for notice in scene.notices()] == [make.NOW, make.NOW]
    scene.do(edit, scene.comment_id, prepare("Even other words."))
    assert len(scene.notices()) == 2
    post = office(scene.database, mail=mail_server.url)
    while deliver(post, now=make.NOW, chance=0, lane="mail"):
        pass
    told = [mail for mail in mail_server.mails if "webhook" in mail["Subject"]]
    assert [mail["Subject"] for mail in told] == ["A webhook of A blog is off"]
    text = told[0].get_body(("plain",)).get_content()
    assert scene.receiver.place in text
    assert f"https://comments.example/dashboard/{scene.site.key}/webhooks" in text


def test_after_five_days_of_failures_it_is_switched_off(scene):
    scene.receiver.status, now = 500, make.NOW
    while (state := scene.webhook()).enabled:
        now = state.next_at or now
        if state.failures % 8 == 0:
            scene.do(edit, scene.comment_id, prepare(f"At {now}."), now=make.NOW + timedelta(minutes=1))
        scene.send(now)
    assert timedelta(days=5) <= now - make.NOW < timedelta(days=5.5)
    assert state.off_because is OffBecause.failing
    assert all(notice.dead_at is not None for notice in scene.notices())
    # What was given up can be sent when it is on again.
    with scene.database.transaction() as db:
        with pytest.raises(Conflict, match="Switch it on first"):
            send_again(db, [scene.site.id], scene.notices()[0].id, now=make.NOW)
        assert send_all_again(db, [scene.site.id], now=make.NOW) == 0
    switch(scene, on=True)
    scene.receiver.status = 200
    scene.receiver.received.clear()
    with scene.database.transaction() as db:
        sent = send_all_again(db, [scene.site.id], now=make.NOW)
    scene.send()
    assert len(scene.receiver.received) == sent > 3


@once
def test_two_failures_long_apart_are_not_five_days_of_failing(scene):
    scene.receiver.status = 500
    scene.send()
    with scene.database.transaction() as db:
        db.execute(update(Notice).values(finished=True, dead_at=make.NOW))
    later = make.NOW + timedelta(days=30)
    scene.do(edit, scene.comment_id, prepare("Other words."), now=make.NOW + timedelta(minutes=1))
    scene.send(later)
    assert scene.webhook().enabled
    assert (scene.webhook().failing_since, scene.webhook().failures) == (later, 1)


def switch(scene, **wanted):
    about = {"webhook": scene.webhook_id, "host": ""}
    scene.do(act, "webhook", moderator=scene.owner, subject_id=scene.site.id, wanted=about | wanted)


@pytest.mark.parametrize("wanted", [{"on": False}, {"url": None, "happenings": None, "on": None, "secret": None}])
def test_what_waits_for_a_webhook_that_its_owner_took_away_is_dropped(scene, wanted):
    switch(scene, **wanted)
    scene.send()
    assert scene.receiver.received == []
    assert scene.notices()[0].dropped_at == make.NOW
    scene.do(edit, scene.comment_id, prepare("Other words."))
    assert len(scene.notices()) == 1


@once
def test_what_was_written_while_a_webhook_was_removed_is_dropped(scene):
    with scene.database.transaction() as db:
        db.execute(delete(Webhook))
    assert scene.send() == 0
    with scene.database.transaction() as db:
        purge(db, now=make.NOW)
    assert scene.notices()[0].dropped_at == make.NOW


def test_a_bad_one_and_a_good_one_travel_in_lanes_of_their_own(scene):
    first = {"now": make.NOW, "chance": 0}
    assert not deliver(scene.office, **first, lane="webhook")
    assert deliver(scene.office, **first, lane="doubtful webhook")
    # It has shown that it works.
    scene.do(edit, scene.comment_id, prepare("Other words."))
    assert not deliver(scene.office, **first, lane="doubtful webhook")
    scene.receiver.status = 500
    assert deliver(scene.office, **first, lane="webhook")
    second = {"now": make.NOW + timedelta(seconds=30), "chance": 0}
    assert not deliver(scene.office, **second, lane="webhook")
    assert deliver(scene.office, **second, lane="doubtful webhook")


def test_one_call_at_a_time_goes_to_a_webhook(scene):
    scene.do(edit, scene.comment_id, prepare("Other words."))
    with scene.database.transaction() as db:
        assert begin(db, scene.webhook_id, now=make.NOW, until=make.NOW + LATER)
    assert scene.send() == 0
    with scene.database.transaction() as db:
        assert not begin(db, scene.webhook_id, now=make.NOW, until=make.NOW + LATER)
    # Whoever took it has died.
    assert scene.send(make.NOW + LATER) == 2


@once
@pytest.mark.parametrize(
    ("lane", "index"),
    [("mail", "ix_notice_channel"), ("webhook", "ix_notice_webhook"), (DOUBTFUL, "ix_notice_webhook")],
)
def test_however_much_waits_elsewhere_is_not_looked_at(database, lane, index):
    """Else a hundred thousand notices that wait for a dead webhook would slow down all others."""
    asked = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: asked.append(given[2:4]))
    deliver(office(database), now=make.NOW, chance=0, lane=lane)
    (statement, values) = next(one for one in asked if "FROM notice" in one[0])
    with database.engine.connect() as connection:
        plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all())
    assert index in plan
    assert "SCAN notice" not in plan
    assert "ix_notice_due" not in plan


@pytest.mark.parametrize(
    "address",
    ["", "http://hooks.example/", "https://127.0.0.1/", "https://hooks.example:22/", "https://u:p@hooks.example/", "x"],
)
def test_an_address_that_is_never_called_is_not_kept(address):
    with pytest.raises(Refused) as refusal:
        check_address(Outbound(), address)
    assert refusal.value.field == "url"
