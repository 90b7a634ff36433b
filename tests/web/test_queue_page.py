"""The queue's page: filters in its address, chips, searches, many at once; whatever somebody wrote or asks for."""

import re
from html import unescape

import pytest

from moderation.identity.password import seal
from moderation.journey import prepare
from moderation.records import Comment, Status
from moderation.review.piece import USUAL
from tests import make

PASSWORD = "a calm long sentence"
SEALED = seal(PASSWORD)
ROOM = "/dashboard/"
JSON = {"Accept": "application/json"}
POISON = {
    "without a blank": "W" * 8192,
    "right to left": "\u202eevil \u2066text\u2069 \u200f",
    "marks": "a\u0300\u0301" * 500,
    "brackets": "[" * 4000,
    "quotes": "> " * 2000 + "deep",
    "odd": "\ufffe\ufdd0\U0010ffff \ufeff &#0; &lt;b&gt; <script>alert(1)</script> {{ 7 * 7 }}",
    "lists": "\n".join(" " * number + "- x" for number in range(120)),
}


@pytest.fixture
def blog(house):
    """A site with a page, its owner Ada, and five waiting comments of two people."""
    with house.database.transaction() as db:
        site = make.site(db, key="oak")
        make.moderator(db, site, email="ada@blog.example", name="Ada", password=SEALED.hash)
        page = make.page(db, site, title="On oaks")
        alice, bob = make.person(db, site), make.person(db, site, name="Bob", provider="guest")
        ids = [make.comment(db, page, alice, body=f"Remark {number}.").id for number in range(4)]
        ids.append(make.comment(db, page, bob, body="Das ist nicht der Grund und auch die Frage.").id)
    return {"site": site, "page": page, "alice": alice, "bob": bob, "ids": ids}


@pytest.fixture
def ada(client, blog):
    fields = {"email": "ada@blog.example", "password": PASSWORD, "csrf_token": csrf(client, "/dashboard/sign-in")}
    assert client.post("/dashboard/sign-in", data=fields).status_code == 303
    return client


def csrf(client, address):
    text = client.get(address).get_data(as_text=True)
    return unescape(re.search(r'name="csrf_token" value="([^"]+)"', text)[1])


def shown(client, **query):
    answer = client.get(ROOM, query_string=query)
    assert answer.status_code == 200
    return re.findall(r'<article class="card" id="(c_\w+)"', answer.get_data(as_text=True))


def test_the_address_says_what_is_shown(ada, blog):
    ids = blog["ids"]
    assert shown(ada) == ids
    assert shown(ada, q="remark 2") == [ids[2]]
    assert shown(ada, q="bob") == shown(ada, provider="guest") == shown(ada, language="de") == [ids[4]]
    assert shown(ada, person=blog["alice"].id) == ids[:4]
    assert shown(ada, page=blog["page"].id, unanswered="1", order="newest") == ids[::-1]
    assert shown(ada, links="1") == shown(ada, rule="many_links") == shown(ada, page="g_none") == []
    assert shown(ada, status="all", q="remark") == ids[3::-1]


def test_chips_name_what_narrows_the_list_and_take_it_away(ada, blog):
    text = ada.get(ROOM, query_string={"q": "remark", "person": blog["alice"].id}).get_data(as_text=True)
    chips = re.search(r'<ul class="chips".*?</ul>', text, re.DOTALL)[0]
    assert "Alice" in chips
    assert "remark" in chips
    links = [unescape(link) for link in re.findall(r'href="([^"]+)"', chips)]
    assert [len(re.findall(r"(q|person)=", link)) for link in links] == [1, 1, 0]
    assert len(re.findall("<article", ada.get(links[1]).get_data(as_text=True))) == 4


def test_where_nothing_fits_the_page_says_so_and_leads_on(ada):
    text = ada.get(ROOM, query_string={"q": "unheard"}).get_data(as_text=True)
    assert "Nothing here fits." in text
    assert "status=all" in text
    assert re.search(r"<p><a [^>]+>Look in all comments</a>, or <a [^>]+>show this list without filters</a>.</p>", text)
    everywhere = ada.get(ROOM, query_string={"q": "unheard", "status": "all"}).get_data(as_text=True)
    assert re.search(r"<p><a [^>]+>Show this list without filters</a>.</p>", everywhere)


def test_a_search_among_very_many_tells_how_far_it_looked_and_leads_on(ada, house, blog):
    with house.database.transaction() as db:
        page, alice = db.merge(blog["page"]), db.merge(blog["alice"])
        make.crowd(db, page, alice, USUAL.few)
        make.crowd(db, make.page(db, page.site), alice, USUAL.most, said="remark")
    for order, first, second in (("oldest", blog["ids"][:4], []), ("newest", [], blog["ids"][3::-1])):
        asked = {"status": "all", "page": blog["page"].id, "q": "remark", "order": order}
        text = ada.get(ROOM, query_string=asked).get_data(as_text=True)
        place = re.search(r'<p class="more" data-searching>.*?</p>', text, re.DOTALL)[0]
        assert f"Looked {'through to' if order == 'oldest' else 'back to'} 22 November 2026." in place
        assert "Search on" in place
        assert ("All 4+ in this list" if first else "All in this list") in text
        assert re.findall(r'<article class="card" id="(c_\w+)"', text) == first
        assert '<div class="empty" hidden>' in text
        text = ada.get(unescape(re.search(r'href="([^"]+)" data-more', place)[1])).get_data(as_text=True)
        assert re.findall(r'<article class="card" id="(c_\w+)"', text) == second
        assert 'class="more"' not in text
        assert ('<div class="empty">' in text) == (not second)
        assert "Nothing more fits." in text


@pytest.mark.parametrize("word", ['"', "*", "'; --", "\0", "\u202e", "a" * 500, "<script>", "% _", "../..", "😀"])
def test_no_word_in_the_address_breaks_the_page(ada, word):
    for name in ("q", "page", "person", "provider", "rule", "language", "links"):
        answer = ada.get(ROOM, query_string={name: word})
        assert answer.status_code == 200
        assert "<script>" not in answer.get_data(as_text=True).replace("<script src", "")


def test_a_list_that_is_none_is_missing(ada):
    assert ada.get(ROOM, query_string={"status": "withdrawn"}).status_code == 404


def test_poison_breaks_no_page(ada, house, blog):
    with house.database.transaction() as db:
        page = db.merge(blog["page"])
        for name, body in POISON.items():
            made = make.comment(db, page, make.person(db, page.site, name=f"X {name}"), body="x")
            version, text = make.newest(db, made), prepare(body)
            version.body, version.html = text.body, text.html
        above = None
        for _ in range(60):
            above = make.comment(db, page, make.person(db, page.site), parent=above, status=Status.approved)
        make.comment(db, page, make.person(db, page.site), parent=above)
    assert len(shown(ada)) == 5 + len(POISON) + 1
    assert "alert(1)</script>" not in ada.get(ROOM).get_data(as_text=True)


def many(client, **fields):
    token = csrf(client, ROOM + "?status=all")
    return client.post("/dashboard/many", data={"csrf_token": token, **fields}, headers=JSON)


def standing(house, ids):
    with house.database.reading() as db:
        return [db.get_one(Comment, comment_id).status for comment_id in ids]


def test_chosen_comments_are_decided_together_and_taken_back_together(ada, house, blog):
    ids = blog["ids"]
    answer = many(ada, status="approved", chosen=[f"{comment_id}~1" for comment_id in ids[:3]]).json
    assert (answer["sentence"], answer["done"], answer["counts"]["waiting"]) == ("3 approved.", True, 2)
    assert standing(house, ids) == [*[Status.approved] * 3, *[Status.waiting] * 2]
    assert "approved <bdi>3 comments</bdi> on" in ada.get("/dashboard/history").text
    fields = {"csrf_token": csrf(ada, ROOM + "?status=all")}
    undone = ada.post(answer["undo"], data=fields, headers=JSON).json
    assert undone["sentence"] == "Undone: 3 comments."
    assert "put <bdi>3 comments</bdi> back that had been approved on" in ada.get("/dashboard/history").text
    assert standing(house, ids) == [Status.waiting] * 5
    assert ada.post(answer["undo"], data=fields, headers=JSON).json["sentence"] == "Undone: 3 comments."


def test_everything_that_a_filter_shows_is_decided_and_nothing_else(ada, house, blog):
    back = f"{ROOM}?status=waiting&provider=guest"
    assert many(ada, status="spam", everything="1", back=back).json["sentence"] == "1 marked as spam."
    assert "marked <bdi>1 comment</bdi> as spam on" in ada.get("/dashboard/history").text
    assert standing(house, blog["ids"]) == [*[Status.waiting] * 4, Status.spam]


def test_nothing_chosen_is_told_and_nothing_is_done(ada, house, blog):
    for fields in ({"status": "approved"}, {"status": "withdrawn", "everything": "1"}, {"chosen": "c_x~1"}):
        assert many(ada, **fields).status_code in (400, 422)
    assert standing(house, blog["ids"]) == [Status.waiting] * 5


def test_a_form_leads_to_a_page_that_says_what_was_done_and_takes_it_back(ada, house, blog):
    fields = {"csrf_token": csrf(ada, ROOM), "status": "rejected", "everything": "1", "back": ROOM}
    answer = ada.post("/dashboard/many", data=fields, follow_redirects=True)
    text = answer.get_data(as_text=True)
    assert "5 rejected." in text
    undo = unescape(re.search(r'action="(/dashboard/many/[^"]+/undo)"', text)[1])
    answer = ada.post(undo, data={"csrf_token": csrf(ada, undo.removesuffix("/undo"))}, follow_redirects=True)
    assert "Undone: 5 comments." in answer.get_data(as_text=True)
    assert standing(house, blog["ids"]) == [Status.waiting] * 5


@pytest.mark.parametrize("batch", ["x_" + "a" * 22, "x", "d_" + "a" * 22])
def test_a_selection_that_is_none_is_missing(ada, batch):
    assert ada.get(f"/dashboard/many/{batch}").status_code == 404
    token = csrf(ada, ROOM)
    assert ada.post(f"/dashboard/many/{batch}/undo", data={"csrf_token": token}).status_code == 404
