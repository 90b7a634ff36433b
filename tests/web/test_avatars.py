"""People's pictures at their addresses: kept for good, shown anywhere, never run."""

import pytest

from moderation.records import Avatar, Person, Status
from tests import make
from tests.web.service import COMMENTS, decide, guest_comment

ID = "0123456789abcdef" * 2


@pytest.fixture
def avatar(house):
    with house.database.transaction() as db:
        db.add(Avatar(id=ID, small=b"small", large=b"large", created_at=make.NOW))
    return f"/avatars/{ID}.webp"


def test_a_picture_is_kept_for_good_and_may_be_shown_on_any_page(client, avatar):
    answer = client.get(avatar)
    assert (answer.status_code, answer.data, answer.content_type) == (200, b"small", "image/webp")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
    assert client.get(avatar.replace(".webp", "-large.webp")).data == b"large"


def test_a_drawn_picture_is_an_svg_that_may_do_nothing(client, house):
    name = f"p_{'0' * 22}"
    answer = client.get(f"/avatars/{name}.svg")
    assert (answer.status_code, answer.content_type) == (200, "image/svg+xml; charset=utf-8")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert client.get(f"/avatars/{name}.svg").data == answer.data
    assert client.get(f"/avatars/p_{'1' * 22}.svg").data != answer.data


def test_nothing_else_is_there(client, avatar):
    names = ["", "x.webp", f"{'0' * 32}.webp", f"{ID.upper()}.webp", f"{ID}-small.webp", ID, "p_.svg", "p_%00.svg"]
    for name in names:
        assert client.get(f"/avatars/{name}").status_code == 404


def test_a_comment_names_the_picture_of_its_writer(client, house, site, avatar):
    sent = client.post(
        COMMENTS, json=guest_comment(site), headers={"Origin": make.BLOG, "Idempotency-Key": "k" * 22}
    ).json
    person = sent["author"]["id"]
    assert sent["author"]["avatar"] == f"/avatars/{person}.svg"
    assert client.get(sent["author"]["avatar"]).status_code == 200
    with house.database.transaction() as db:
        db.get_one(Person, person).avatar = ID
    decide(house, sent["id"], Status.approved)
    shown = client.get(f"/api/v1/thread?site={site}&page=/her").json["comments"][0]
    assert shown["author"]["avatar"] == avatar
