"""The thread as a page of its own: read, answered and written on without JavaScript; and as a fragment."""

import json
import re
from html import unescape
from html.parser import HTMLParser

import pytest
from sqlalchemy import func, select

from moderation.records import Comment, Page, Site, Status, Version
from tests import make
from tests.web.service import COMMENTS, decide, guest_comment

PAGE = "/page"


class Outline(HTMLParser):
    """Checks that elements close in order, and notes below which comments each comment stands."""

    def __init__(self, document):
        super().__init__()
        self.open, self.above = [], {}
        self.feed(document)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        if tag in ("li", "ol", "article", "section"):
            identifier = dict(attrs).get("id") or ""
            if identifier.startswith("comment-"):
                self.above[identifier[8:]] = [known for known in self.open if known.startswith("c_")]
            self.open.append(identifier[8:] if identifier.startswith("comment-") else tag)

    def handle_endtag(self, tag):
        if tag in ("li", "ol", "article", "section"):
            found = self.open.pop()
            assert found == tag or (tag == "li" and found.startswith("c_"))


def fields(document):
    """Return the values of a page's hidden fields."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', document)
    return {name: unescape(value) for name, value in found}


@pytest.fixture
def write(client, site):
    """Fill the page's form in and send it; keyword arguments are fields, and query the page's address."""

    def write(*, query=None, **changes):
        form = client.get(PAGE, query_string={"site": site, "page": "/her"} | (query or {}))
        given = {"body": "A fine review.", "name": "Alice", "email": "alice@mail.example", "website": ""}
        return client.post(PAGE, data=fields(form.text) | given | changes)

    return write


@pytest.fixture
def thread(house, site):
    """Ids of an approved comment, its approved answer, and that one's approved answer."""
    with house.database.transaction() as db:
        page = make.page(db, db.query(Site).filter_by(key=site).one(), key="/her")
        made, parent = [], None
        for name in ("Alice", "Bob", "Carol <b>"):
            person = make.person(db, page.site, name=name)
            parent = make.comment(db, page, person, body=f"{name[:5]} speaks.", parent=parent, status=Status.approved)
            made.append(parent.id)
        return made


def test_a_guests_comment_waits_and_its_writer_alone_is_shown_it_once(client, app, site, write, house):
    answer = write(body="Hello *there*.\r\nYou.")
    assert answer.status_code == 303
    assert answer.location.startswith("/page?")
    shown = client.get(answer.location).text
    assert "Your comment is awaiting moderation." in shown
    assert "<em>there</em>" in shown
    for later in (client.get(answer.location).text, app.test_client().get(answer.location).text):
        assert "there" not in later.replace("Hello there", "")
    with house.database.reading() as db:
        comment = db.scalars(select(Comment)).one()
        assert (comment.status, comment.page.url, comment.person.name) == (Status.waiting, f"{make.BLOG}/her", "Alice")
        assert db.get_one(Version, (comment.id, 1)).body == "Hello *there*.\nYou."
    decide(house, comment.id, Status.approved)
    assert f'id="comment-{comment.id}"' in client.get(answer.location).text


def test_a_form_sent_twice_is_one_comment(client, site, house):
    form = fields(client.get(f"{PAGE}?site={site}&page=/her").text)
    sent = form | {"body": "Once.", "name": "Alice", "email": "alice@mail.example"}
    assert [client.post(PAGE, data=sent).status_code for _ in range(2)] == [303, 303]
    other = client.post(PAGE, data=sent | {"body": "Another, with the same form."})
    assert (other.status_code, "Another, with the same form." in other.text) == (422, True)
    with house.database.reading() as db:
        assert db.scalar(select(func.count()).select_from(Comment)) == 1


@pytest.mark.parametrize(
    ("changes", "beside", "status"),
    [
        ({"body": "  "}, "body", 422),
        ({"body": "x" * 8193}, "body", 422),
        ({"name": ""}, "name", 422),
        ({"name": "A\u202eB"}, "name", 422),
        ({"email": "nowhere"}, "email", 422),
        ({"email": ""}, "email", 422),
        ({"website": "javascript:alert(1)"}, "website", 422),
        ({"answer": "c_nothing"}, None, 422),
        ({"url": "https://evil.example/her"}, "refused", 403),
        ({"site": "nowhere"}, "refused", 404),
        ({"page": ""}, "refused", 400),
        ({"key": "k" * 65}, None, 422),
        ({"body": "a\0b"}, "body", 422),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_nothing_typed_is_lost(write, house, changes, beside, status):
    answer = write(**{"body": "Kept & safe.", "website": "https://alice.example/"} | changes)
    assert answer.status_code == status
    if beside != "refused":
        told = re.search(rf'id="{beside}-problem">([^<]+)<' if beside else r'role="alert"><p>([^<]+)<', answer.text)
        assert told
        assert "body" in changes or "Kept &amp; safe." in answer.text
    assert "traceback" not in answer.text.lower()
    with house.database.reading() as db:
        assert db.scalars(select(Comment)).all() == []
        assert db.scalars(select(Page)).all() == []


def test_a_forged_form_stores_nothing_and_a_stale_one_keeps_the_text(client, app, site, house):
    stranger = app.test_client()
    sent = fields(client.get(f"{PAGE}?site={site}&page=/her").text)
    sent |= {"body": "Kept.", "name": "Alice", "email": "a@mail.example"}
    for data in (sent, {name: value for name, value in sent.items() if name != "csrf_token"}):
        answer = stranger.post(PAGE, data=data)
        assert answer.status_code == 400
        assert "Kept." in answer.text
    with house.database.reading() as db:
        assert db.scalars(select(Comment)).all() == []
    assert client.post(PAGE, data={"body": "Kept."}).status_code == 400
    again = fields(answer.text) | {"body": "Kept.", "name": "Alice", "email": "a@mail.example"}
    assert stranger.post(PAGE, data=again).status_code == 303


def test_an_answer_goes_below_what_it_answers(client, site, thread, write, house):
    form = client.get(PAGE, query_string={"site": site, "page": "/her", "answer": thread[1]}).text
    assert re.search(r"Leave a Reply to <bdi>Bob</bdi>", form)
    assert "Bob speaks." in form
    write(query={"answer": thread[1]}, body="An answer.")
    with house.database.reading() as db:
        assert db.scalars(select(Comment.parent_id).where(Comment.status == Status.waiting)).one() == thread[1]


def test_what_is_not_approved_cannot_be_answered_and_is_not_quoted(client, site, thread, house):
    decide(house, thread[1], Status.rejected)
    form = client.get(PAGE, query_string={"site": site, "page": "/her", "answer": thread[1]}).text
    assert "not there any more" in form
    assert "Bob" not in form
    assert "This comment is no longer here." in form


def test_a_thread_is_shown_as_nested_lists_on_both(client, site, thread, house):
    for address in (PAGE, "/fragment"):
        document = client.get(address, query_string={"site": site, "page": "/her"}).text
        assert Outline(document).above == {thread[0]: [], thread[1]: [thread[0]], thread[2]: thread[:2]}
        assert "Carol &lt;b&gt;" in document
        assert "<p>Alice speaks.</p>" in document
        assert "3 Comments on “<bdi>Her</bdi>”" in document
        assert f"answer={thread[0]}#respond" in document


def test_a_long_thread_is_read_slice_by_slice(client, site, house):
    with house.database.transaction() as db:
        page = make.page(db, db.query(Site).filter_by(key=site).one(), key="/long")
        alice, parent, made = make.person(db, page.site), None, []
        for number in range(130):
            parent = make.comment(db, page, alice, parent=parent if number % 13 else None, status=Status.approved)
            made.append(parent.id)
    for address, sort in ((PAGE, "oldest"), ("/fragment", "newest")):
        seen, following = [], f"{address}?site={site}&page=/long&sort={sort}"
        while following:
            document = client.get(following).text
            outline = Outline(document)
            seen += outline.above
            assert max(len(above) for above in outline.above.values()) <= 8
            more = re.search(r'<p class="more"><a [^>]*href="([^"]+)"', document)
            following = unescape(more[1]).replace("http://localhost:8000/page", address) if more else None
        assert sorted(seen) == sorted(made)


def test_a_closed_page_and_a_site_without_guests_take_nothing(client, site, thread, write, house):
    with house.database.transaction() as db:
        db.query(Site).filter_by(key=site).one().settings = {"guests_allowed": False}
    assert "one signs in" in client.get(f"{PAGE}?site={site}&page=/her").text
    with house.database.transaction() as db:
        db.query(Site).filter_by(key=site).one().settings = {}
    form = fields(client.get(f"{PAGE}?site={site}&page=/her").text)
    with house.database.transaction() as db:
        db.query(Page).filter_by(key="/her").one().closed_at = house.now()
    answer = client.post(PAGE, data=form | {"body": "Kept.", "name": "Alice", "email": "a@mail.example"})
    assert (answer.status_code, "Comments are closed here." in answer.text) == (403, True)
    assert "Reply</a>" not in client.get(f"/fragment?site={site}&page=/her").text


def test_a_page_nobody_has_commented_on_stands_only_at_the_blog(client, site, write, house):
    known = client.get(f"{PAGE}?site={site}&page=/new&title=Free+money").text
    assert f'href="{make.BLOG}/new"' in known
    assert "Comments on “<bdi>blog.example/new</bdi>”" in known
    assert "Free money" not in re.sub(r"<input[^>]*>", "", known).replace("title=Free+money", "")
    nowhere = client.get(f"{PAGE}?site={site}&page=post-17")
    assert nowhere.status_code == 200
    assert "<form" not in nowhere.text
    for url in ("https://evil.example/x", "javascript:alert(1)", "https://blog.example@evil.example/"):
        assert client.get(PAGE, query_string={"site": site, "page": "post-17", "url": url}).status_code in (403, 422)
    query = {"page": "post-17", "url": f"{make.BLOG}/seventeen", "title": "Seventeen"}
    assert write(query=query).status_code == 303
    with house.database.reading() as db:
        made = db.scalars(select(Page)).one()
        assert (made.key, made.url, made.title, made.public_title) == (*query.values(), None)
    assert "Seventeen" not in client.get(f"{PAGE}?site={site}&page=post-17").text


@pytest.mark.parametrize(("key", "address"), [("/it's", "/it%27s"), ('/a b?q={"x"}', "/a%20b?q=%7B%22x%22%7D")])
def test_a_page_of_any_path_can_be_read_and_written_to(client, site, write, house, key, address):
    assert client.get("/fragment", query_string={"site": site, "page": key}).status_code == 200
    assert write(query={"page": key}).status_code == 303
    sent = guest_comment(site, key=key, url=f"{make.BLOG}/it's")
    assert client.post(COMMENTS, json=sent).status_code == 201
    with house.database.reading() as db:
        assert db.scalars(select(Page)).one().url == make.BLOG + address


def test_the_page_is_not_for_search_engines_and_runs_no_script(client, site, thread):
    answer = client.get(f"{PAGE}?site={site}&page=/her")
    assert '<meta name="robots" content="noindex">' in answer.text
    assert "<script" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    for query in ({"site": site}, {"site": site, "page": "/her", "sort": "worst"}, {"site": "x", "page": "/her"}):
        assert client.get(PAGE, query_string=query).status_code in (404, 422)


def test_too_many_comments_by_the_form_have_to_wait_and_are_not_lost(limited_client, site):
    sent = {"body": "Kept.", "name": "Alice", "email": "alice@mail.example"}
    for _ in range(7):
        form = fields(limited_client.get(f"{PAGE}?site={site}&page=/her").text)
        answer = limited_client.post(PAGE, data=form | sent)
    assert (answer.status_code, "Kept." in answer.text) == (429, True)
    assert int(answer.headers["Retry-After"]) > 0


# --- fragment ---------------------------------------------------------------------------------------------------------


def test_the_fragment_is_for_every_origin_and_not_sent_twice(client, site, thread, house):
    address = f"/fragment?site={site}&page=/her"
    answer = client.get(address, headers={"Origin": "https://anywhere.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Set-Cookie" not in answer.headers
    assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    decide(house, thread[2], Status.spam)
    assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 200
    assert 'src="http://localhost:8000/avatars/' in answer.text


def test_the_fragment_says_the_same_in_words_for_search_engines(client, site, thread, house):
    decide(house, thread[0], Status.rejected)
    document = client.get(f"/fragment?site={site}&page=/her").text
    (linked,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', document, re.DOTALL)
    said = json.loads(linked)
    assert (said["@type"], said["url"], said["commentCount"]) == ("DiscussionForumPosting", f"{make.BLOG}/her", 2)
    assert [comment["text"] for comment in said["comment"]] == ["Bob speaks.", "Carol speaks."]
    assert said["comment"][1]["author"]["name"] == "Carol <b>"
    assert said["comment"][1]["parentItem"]["@id"] == f"{make.BLOG}/her#comment-{thread[1]}"


def test_nothing_that_a_stranger_writes_ends_the_script_element(client, site, house):
    hostile = "</script><script>alert(1)</script><!-- \u2028 ]]>"
    sent = guest_comment(site, body_text=f"`{hostile}`", name="</script>Alice", title="</script>Her")
    told = client.post(COMMENTS, json=sent).json
    decide(house, told["id"], Status.approved)
    document = client.get(f"/fragment?site={site}&page=/her").text
    assert document.count("<script") == document.count("</script>") == 1
    (linked,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', document, re.DOTALL)
    said = json.loads(linked)
    assert said["comment"][0]["text"].replace("\u2028", " ") == hostile.replace("\u2028", " ")
    assert said["headline"] == "</script>Her"
    assert client.get(f"{PAGE}?site={site}&page=/her").text.count("<script") == 0


def test_an_empty_thread_is_an_empty_fragment(client, site):
    document = client.get(f"/fragment?site={site}&page=/nobody").text
    assert "<ol" not in document
    assert "<script" not in document
    assert "Comments on “<bdi>blog.example/nobody</bdi>”" in document
