"""What moderators find: by texts and names as they are now, in step with every write, and nothing of who was erased."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update

from moderation.identity.guest import take_over
from moderation.identity.provider import Profile
from moderation.identity.recognise import recognise
from moderation.intake.edit import edit
from moderation.journey import erase, withdraw
from moderation.records import Comment, Status
from moderation.records.search import ENTRIES, drop, note_all, renew
from moderation.review.act import kinds
from moderation.review.kind import Target
from moderation.review.piece import Bounds, piece_of
from moderation.review.queue import Tab, Wanted
from tests import make

CANARY = "canarysings"


@pytest.fixture
def page(db):
    return make.page(db, make.site(db))


@pytest.fixture
def alice(db, page):
    return make.person(db, page.site)


def find(db, page, query):
    """Look in both ways: among few comments, and among so many that the index leads; they must find the same."""
    wanted = Wanted(site_ids=(page.site_id,), tab=Tab.all, search=query)
    few, many = (piece_of(db, wanted, limit=50, bounds=bounds).found for bounds in (Bounds(), Bounds(few=0)))
    assert [one[:2] for one in few] == [one[:2] for one in many]
    return [one.comment_id for one in few]


def test_a_comment_is_found_by_its_words_and_its_writer(db, page, alice):
    mine = make.comment(db, page, alice, body="The quiet café of 你好吗.")
    make.comment(db, page, make.person(db, page.site, name="Bob"), body="Something else.")
    for query in ("quiet", "qui", "CAFE", "好吗", "alice", "alice quiet", '"the quiet"'):
        assert find(db, page, query) == [mine.id], query
    for query in ("quiet bob", "uiet", "!", "* OR quiet", "NOT"):
        assert find(db, page, query) == [], query


def test_an_edited_comment_is_found_by_its_newest_text(db, page, alice):
    mine = make.comment(db, page, alice, body="The former one.")
    edit(db, mine, make.text("The newer one."), policy=page.site.policy, now=mine.created_at)
    assert (find(db, page, "newer"), find(db, page, "former")) == ([mine.id], [])


def test_a_comment_whose_edit_was_undone_is_found_by_what_stands(db, page, alice):
    mine = make.comment(db, page, alice, body="The former one.")
    edit(db, mine, make.text("The newer one."), policy=page.site.policy, now=mine.created_at)
    target = Target(site_id=page.site_id, subject_id=mine.id, moderator_id="", now=make.NOW)
    kinds()["edit"].write(db, target, {"text": 2}, {"text": 1})
    assert (find(db, page, "newer"), find(db, page, "former")) == ([], [mine.id])


def test_a_new_name_finds_what_was_written_under_the_former(db, page):
    profile = {"issuer": "https://x.example", "subject": "1"}
    bob = recognise(db, site_id=page.site_id, provider="x", profile=Profile(**profile, name="Bob"), now=make.NOW)
    mine = make.comment(db, page, bob)
    recognise(db, site_id=page.site_id, provider="x2", profile=Profile(**profile, name="Robert"), now=make.NOW)
    assert (find(db, page, "robert"), find(db, page, "bob")) == ([mine.id], [])
    assert mine.provider == "x2"


def test_what_a_guest_wrote_is_found_by_who_claims_it(db, page, alice):
    guest = make.person(db, page.site, name="Zoe", provider="guest", email="a@b.example")
    theirs = make.comment(db, page, guest)
    take_over(db, alice, guest, now=make.NOW)
    assert (find(db, page, "alice"), find(db, page, "zoe"), theirs.provider) == ([theirs.id], [], "demo")


def test_what_is_withdrawn_is_found_no_more(db, page, alice):
    mine = make.comment(db, page, alice, body="A regret.")
    withdraw(db, mine.id, now=make.NOW)
    assert find(db, page, "regret") == []
    assert db.scalar(select(ENTRIES).where(ENTRIES.c.comment_id == mine.id)) is None


def test_other_sites_are_not_searched(db, page, alice):
    make.comment(db, page, alice, body="A secret.")
    assert find(db, make.page(db, make.site(db)), "secret") == []


@pytest.mark.parametrize(
    "query",
    ['"', "'", '" OR terms:x', "a AND", "NEAR(a b)", "x*", "-x", "\\", "%", "':*", "^a", "{a}: b", "\u202eabc", "&|!"],
)
def test_no_query_is_an_error(db, page, alice, query):
    make.comment(db, page, alice)
    find(db, page, query)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_no_text_at_all_is_an_error(db, page, query):
    find(db, page, query)


def test_comments_of_a_former_release_are_noted_later(db, page, alice):
    mine = make.comment(db, page, alice, body="Said long ago, with the old release.")
    db.execute(update(Comment).values(provider=None, language=None))
    note_all(db, Comment.provider.is_(None))
    db.refresh(mine)
    assert (mine.provider, mine.language, find(db, page, "release")) == ("demo", "en", [mine.id])


def test_entries_that_a_backup_left_out_are_made_anew(db, page, alice):
    made = [make.comment(db, page, alice, body=f"Number {number}") for number in range(5)]
    make.comment(db, page, alice, body="Number 7", status=Status.withdrawn)
    drop(db, [comment.id for comment in made])
    assert find(db, page, "number") == []
    after = ""
    while after is not None:
        after = renew(db, after=after, limit=2)
    assert find(db, page, "number") == [comment.id for comment in made]


def test_an_erased_person_is_in_no_byte_of_the_index(database):
    with database.transaction() as db:
        page = make.page(db, make.site(db))
        person = make.person(db, page.site, name=f"{CANARY} name")
        others = make.person(db, page.site)
        for number in range(30):
            make.comment(db, page, person, body=f"{CANARY} {number}", status=Status.approved)
            make.comment(db, page, others, body=f"harmless {number}")
    with database.transaction() as db:
        erase(db, person.id, now=make.NOW)
    with database.transaction() as db:
        assert find(db, page, CANARY) == []
        assert len(find(db, page, "harmless")) == 30
        if database.is_sqlite:
            blocks = db.scalars(text("SELECT block FROM search_index_data")).all()
            keys = [bytes(row) for row in db.scalars(text("SELECT term FROM search_index_idx")).all()]
            assert not any(CANARY[:3].encode() in found for found in [*blocks, *keys])
