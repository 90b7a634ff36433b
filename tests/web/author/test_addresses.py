"""The blog has moved: what would move is shown before it does, and readers find the comments at the new place."""

import pytest

from moderation.records import Origin, Role, Site, Status
from tests import make

ADDRESSES = "/dashboard/oak/addresses"


@pytest.fixture
def talk(house, blog):
    with house.database.transaction() as db:
        site = db.get_one(Site, blog["site"].id)
        site.origins.append(Origin(origin="https://new.example"))
        page = make.page(db, site, key="/her")
        make.comment(db, page, make.person(db, site), body="A fine film.", status=Status.approved)


def thread(ada, key):
    return ada.client.get("/api/v1/thread", query_string={"site": "oak", "page": key}).get_json()


def send(ada, path=ADDRESSES, **fields):
    return ada.client.post(path, data={"csrf_token": ada.token(ADDRESSES)} | fields)


@pytest.mark.usefixtures("talk")
def test_a_look_moves_nothing_and_a_yes_does(ada):
    given = {"from": f"{make.BLOG}", "to": "https://new.example/blog"}
    assert thread(ada, "/blog/her")["count"] == 0
    shown = send(ada, **given)
    assert "https://new.example/blog/her" in shown.text
    assert thread(ada, "/her")["count"] == 1
    assert send(ada, sure="1", **given).status_code == 303
    assert thread(ada, "/her")["count"] == 0
    moved = thread(ada, "/blog/her")
    assert (moved["count"], moved["page"]["url"]) == (1, "https://new.example/blog/her")


@pytest.mark.usefixtures("talk")
def test_one_page_is_found_by_address_or_key_and_moved(ada):
    for old, new in ((f"{make.BLOG}/her", "/his"), ("/his", "/its")):
        assert send(ada, f"{ADDRESSES}/page", old=old, new=make.BLOG + new).status_code == 303
        assert thread(ada, new)["count"] == 1


@pytest.mark.usefixtures("talk")
@pytest.mark.parametrize(
    ("path", "fields", "said"),
    [
        ("", {"from": "nonsense", "to": make.BLOG}, "address"),
        ("", {"from": "https://none.example", "to": make.BLOG}, "No page with comments"),
        ("", {"from": make.BLOG, "to": "https://elsewhere.example"}, "no origin of this site"),
        ("", {"from": make.BLOG, "to": "https://elsewhere.example", "sure": "1"}, "no origin of this site"),
        ("", {"from": f"{make.BLOG}/?p=", "to": make.BLOG}, "a folder of it"),
        ("/page", {"old": "/nowhere", "new": make.BLOG}, "No page with comments"),
        ("/page", {"old": "/her", "new": "javascript:alert(1)"}, "http"),
        ("/page", {"old": "/her", "new": f"{make.BLOG}/x", "key": "k" * 513}, "at most 512"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_moves(ada, path, fields, said):
    answer = send(ada, ADDRESSES + path, **fields)
    assert answer.status_code in (200, 422)
    assert said in answer.text
    assert thread(ada, "/her")["count"] == 1


def test_moderators_and_others_move_nothing(ada, house):
    with house.database.transaction() as db:
        make.moderator(db, make.site(db, key="elm"), role=Role.owner)
    assert ada.get("/dashboard/elm/addresses").status_code == 404
