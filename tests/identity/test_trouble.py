"""Where readers cannot sign in is tested by us, hidden if it is true, and offered when it works again."""

from datetime import timedelta
from secrets import token_bytes, token_urlsafe

import pytest

from moderation.foundation.outbound import Outbound
from moderation.foundation.tokens import Keys
from moderation.identity.choices import choice, choices
from moderation.identity.failure import Reason
from moderation.identity.probe import Found
from moderation.identity.provider_keys import Entry, save_keys
from moderation.identity.trouble import ENOUGH, ENOUGH_DOWN, look_after, note_test, sweep, troubles
from moderation.records import Attempt, ProviderKeys, ProviderTrouble, Site
from tests import make
from tests.lying_issuer import issuer
from tests.sign_in import provider_keys

KEYS = Keys(b"k" * 32)
SERVICE = "https://comments.example"
MINUTE = timedelta(minutes=1)
WRONG = "provider_misconfigured"
QUOTA = "provider_quota"
DOWN = "provider_down"


class Watch:
    """A provider, whom readers visit and the worker looks after."""

    def __init__(self, database, running):
        self.database, self.issuer = database, running
        self.outbound = Outbound(frozenset({running.place}))
        with database.transaction() as db:
            self.site_id = make.site(db).id
            provider_keys(db, KEYS, issuer=running.address)

    def readers(self, error, times, *, now=make.NOW, detail="The provider said: invalid_client"):
        """Let readers sign in; with None they succeed."""
        with self.database.transaction() as db:
            person = make.person(db, db.get_one(Site, self.site_id)) if error is None else None
            for _ in range(times):
                row = Attempt(id=token_urlsafe(16), site_id=self.site_id, provider="demo", origin=make.BLOG, page="/")
                row.challenge, row.nonce, row.verifier = "c" * 43, "n" * 43, "v" * 64
                row.cookie, row.state = token_bytes(32), token_bytes(32)
                row.created_at = row.taken_at = now
                row.expires_at = now + 10 * MINUTE
                row.error, row.detail = error, detail if error else None
                row.person_id = person.id if person else None
                db.add(row)

    def works(self, *, now):
        """Let the worker go round once; tell whether it tested anything."""
        with self.database.transaction() as db:
            sweep(db, now=now)
        return look_after(self.database, self.outbound, KEYS, public_url=SERVICE, now=now)

    @property
    def offered(self):
        with self.database.reading() as db:
            site = db.get_one(Site, self.site_id)
            assert choice(db, site, "demo") is not None
            return [offer["name"] for offer in choices(db, site)] == ["demo"]

    @property
    def told(self):
        with self.database.reading() as db:
            return [told.sentence for told in troubles(db, SERVICE)]

    def due_at(self):
        with self.database.reading() as db:
            return db.get_one(ProviderTrouble, "demo").due_at

    def breaks(self):
        self.issuer.lies.discovery = lambda document: document | {"issuer": "https://evil.example"}

    def is_mended(self):
        self.issuer.forget()


@pytest.fixture
def watch(database):
    with issuer() as running:
        yield Watch(database, running)


@pytest.mark.parametrize(
    ("error", "times"),
    [
        (WRONG, ENOUGH - 1),
        (DOWN, ENOUGH_DOWN - 1),
        ("denied", 50),
        ("login_expired", 50),
    ],
)
def test_a_few_failures_or_harmless_ones_are_nothing(watch, error, times):
    watch.breaks()
    watch.readers(error, times)
    assert not watch.works(now=make.NOW + MINUTE)
    assert watch.offered
    assert watch.told == []


@pytest.mark.parametrize(
    ("error", "times"), [(WRONG, ENOUGH), ("provider_bad_reply", ENOUGH), (QUOTA, ENOUGH), (DOWN, ENOUGH_DOWN)]
)
def test_what_fails_again_and_again_and_in_our_own_test_is_hidden_and_told(watch, error, times):
    watch.breaks()
    watch.readers(error, times)
    assert watch.works(now=make.NOW + MINUTE)
    assert not watch.offered
    assert watch.told == [f"The issuer calls itself https://evil.example, not {watch.issuer.address}."]


def test_a_success_after_the_failures_clears_the_suspicion(watch):
    watch.breaks()
    watch.readers(WRONG, ENOUGH)
    watch.readers(None, 1, now=make.NOW + timedelta(seconds=1))
    assert not watch.works(now=make.NOW + MINUTE)
    assert watch.offered


def test_failures_of_an_hour_ago_do_not_count(watch):
    watch.breaks()
    watch.readers(WRONG, ENOUGH)
    assert not watch.works(now=make.NOW + 61 * MINUTE)


def test_what_strangers_make_up_hides_nothing_but_the_owner_is_told(watch):
    watch.readers(WRONG, 50, detail="The provider said: invalid_scope")
    assert watch.works(now=make.NOW + MINUTE)
    assert watch.offered
    assert watch.told[0].startswith("The provider does not let us ask for what we need to know.")
    assert not watch.works(now=make.NOW + 2 * MINUTE)
    assert watch.works(now=make.NOW + 62 * MINUTE)
    assert watch.told == []


def test_it_is_tested_again_with_growing_delay_and_offered_when_it_works(watch):
    watch.breaks()
    watch.readers(WRONG, ENOUGH)
    now, delays = make.NOW + MINUTE, []
    for _ in range(8):
        assert watch.works(now=now)
        assert not watch.works(now=now)
        delays.append(watch.due_at() - now)
        now = watch.due_at()
    assert delays == sorted(delays)
    assert (delays[0], delays[-1]) == (2 * MINUTE, 60 * MINUTE)
    watch.is_mended()
    assert watch.works(now=now)
    assert watch.offered
    assert watch.told == []


def test_what_failed_before_it_worked_again_is_not_held_against_it(watch):
    watch.breaks()
    watch.readers(WRONG, ENOUGH)
    watch.works(now=make.NOW + MINUTE)
    watch.is_mended()
    watch.works(now=make.NOW + 3 * MINUTE)
    assert watch.offered
    watch.breaks()
    assert not watch.works(now=make.NOW + 4 * MINUTE)


def test_a_reader_who_gets_in_after_all_brings_it_back(watch):
    watch.breaks()
    watch.readers(WRONG, ENOUGH)
    watch.works(now=make.NOW + MINUTE)
    watch.readers(None, 1, now=make.NOW + 2 * MINUTE)
    watch.works(now=make.NOW + timedelta(seconds=150))
    assert watch.offered
    assert watch.told == []


def test_used_up_credits_hide_it_though_no_test_shows_them_and_it_is_offered_on_trial_later(watch):
    watch.readers(QUOTA, ENOUGH, detail="https://api.x.com answered 402: the credits there are used up.")
    assert watch.works(now=make.NOW + MINUTE)
    assert not watch.offered
    assert watch.told[0].startswith("The credits there are used up.")
    trial = watch.due_at()
    assert watch.works(now=trial)
    assert watch.offered
    # One reader is enough to see that nothing has changed.
    watch.readers(QUOTA, 1, now=trial + MINUTE)
    watch.works(now=trial + 2 * MINUTE)
    assert not watch.offered
    again = watch.due_at()
    assert watch.works(now=again)
    assert watch.offered
    watch.readers(None, 1, now=again + MINUTE)
    watch.works(now=again + 2 * MINUTE)
    assert watch.told == []


def test_credits_that_nobody_misses_on_trial_are_believed_to_be_there(watch):
    watch.readers(QUOTA, ENOUGH)
    watch.works(now=make.NOW + MINUTE)
    watch.works(now=watch.due_at())
    watch.works(now=watch.due_at())
    assert watch.offered
    assert watch.told == []


@pytest.mark.parametrize(("reason", "hides"), [(WRONG, True), (DOWN, False), (QUOTA, False)])
def test_the_owners_own_test_hides_what_is_plainly_wrong_and_brings_back_what_works(watch, reason, hides):
    with watch.database.transaction() as db:
        note_test(db, "demo", Found(sentence="…", reason=Reason(reason), detail="said."), now=make.NOW)
    assert watch.offered is not hides
    assert len(watch.told) == 1
    with watch.database.transaction() as db:
        note_test(db, "demo", Found(sentence="…"), now=make.NOW)
    assert watch.offered
    assert watch.told == []


def test_new_keys_are_given_a_chance(watch):
    watch.breaks()
    watch.readers(WRONG, ENOUGH)
    watch.works(now=make.NOW + MINUTE)
    entry = Entry(name="demo", kind="openid", client_id="new", secret="new", options={"issuer": watch.issuer.address})
    with watch.database.transaction() as db:
        save_keys(db, KEYS, entry, now=make.NOW + 2 * MINUTE)
    assert watch.offered
    assert not watch.works(now=make.NOW + 3 * MINUTE)


def test_what_is_off_or_removed_is_left_alone(watch):
    watch.breaks()
    watch.readers(WRONG, ENOUGH)
    with watch.database.transaction() as db:
        db.get_one(ProviderKeys, "demo").enabled = False
    assert not watch.works(now=make.NOW + MINUTE)
    with watch.database.transaction() as db:
        db.delete(db.get_one(ProviderKeys, "demo"))
    assert not watch.works(now=make.NOW + MINUTE)
