"""Pages move with all that stands on them: one, or all below an address; and back, without what came since."""

from datetime import timedelta

import pytest

from moderation.foundation.errors import Refused
from moderation.records import Page
from moderation.review.act import act
from moderation.review.undo import undo_action
from tests import make

NEW = "https://new.example"
LATER = make.NOW + timedelta(days=1)


@pytest.fixture
def site(db):
    return make.site(db, origins=(make.BLOG, NEW))


@pytest.fixture
def owner(db, site):
    return make.moderator(db, site)


def page(db, site, key, url=None, now=make.NOW):
    made = make.page(db, site, key=key)
    made.url, made.created_at = url or make.BLOG + key, now
    db.flush()
    return made


def move(db, owner, site, before=f"{make.BLOG}/", after=f"{NEW}/", now=make.NOW):
    wanted = {"from": before, "to": after}
    return act(db, "move_site", moderator=owner, subject_id=site.id, wanted=wanted, now=now)


def where(db, *pages):
    return [(one.key, one.url) for one in (db.get_one(Page, page.id, populate_existing=True) for page in pages)]


def test_a_domain_moves_and_its_keys_stay(db, site, owner):
    one, two = page(db, site, "/her?p=1"), page(db, site, "post-7", f"{make.BLOG}/her/seven")
    revision = one.revision
    move(db, owner, site)
    assert where(db, one, two) == [("/her?p=1", f"{NEW}/her?p=1"), ("post-7", f"{NEW}/her/seven")]
    assert one.revision == revision + 1


def test_a_folder_moves_with_the_keys_that_follow_the_address(db, site, owner):
    inside, own, outside = (
        page(db, site, "/blog/a"),
        page(db, site, "b", f"{make.BLOG}/blog/b"),
        page(db, site, "/blogs"),
    )
    move(db, owner, site, f"{make.BLOG}/blog/", f"{make.BLOG}/")
    assert where(db, inside, own, outside) == [
        ("/a", f"{make.BLOG}/a"),
        ("b", f"{make.BLOG}/b"),
        ("/blogs", f"{make.BLOG}/blogs"),
    ]


def test_what_came_since_or_was_there_before_does_not_go_back(db, site, owner):
    before, there = page(db, site, "/before"), page(db, site, "/there", f"{NEW}/there")
    done = move(db, owner, site)
    since = page(db, site, "/since", f"{NEW}/since", now=LATER)
    behind = page(db, site, "/behind", now=LATER)
    undo_action(db, done.id, moderator=owner, now=LATER)
    assert where(db, before, there, since, behind) == [
        ("/before", f"{make.BLOG}/before"),
        ("/there", f"{NEW}/there"),
        ("/since", f"{NEW}/since"),
        ("/behind", f"{make.BLOG}/behind"),
    ]


def test_pages_that_take_each_others_places_move_together(db, site, owner):
    outer, inner = page(db, site, "/a/x"), page(db, site, "/a/a/x")
    move(db, owner, site, f"{make.BLOG}/a/", f"{make.BLOG}/")
    assert where(db, outer, inner) == [("/x", f"{make.BLOG}/x"), ("/a/x", f"{make.BLOG}/a/x")]


def test_a_pattern_in_an_address_is_no_pattern(db, site, owner):
    plain = page(db, site, "/100x/a")
    page(db, site, "/100%/a")
    move(db, owner, site, f"{make.BLOG}/100%/", f"{make.BLOG}/hundred/")
    assert where(db, plain) == [("/100x/a", f"{make.BLOG}/100x/a")]


def test_nothing_moves_onto_another_page_or_away_from_the_site(db, site, owner):
    page(db, site, "/blog/a")
    page(db, site, "/a")
    with pytest.raises(Refused, match="/a already"):
        move(db, owner, site, f"{make.BLOG}/blog/", f"{make.BLOG}/")
    with pytest.raises(Refused, match="no origin"):
        move(db, owner, site, after="https://elsewhere.example/")


def test_one_page_moves_over_an_empty_one_but_never_over_comments(db, site, owner):
    old = page(db, site, "/old")
    make.comment(db, old, make.person(db, site))
    empty, full = page(db, site, "/empty"), page(db, site, "/full")
    make.comment(db, full, make.person(db, site))

    def one(key):
        wanted = {"key": key, "url": make.BLOG + key}
        return act(db, "move_page", moderator=owner, subject_id=old.id, wanted=wanted, now=make.NOW)

    with pytest.raises(Refused, match="comments at the new address"):
        one("/full")
    one("/empty")
    assert db.get(Page, empty.id) is None
    assert where(db, old) == [("/empty", f"{make.BLOG}/empty")]
