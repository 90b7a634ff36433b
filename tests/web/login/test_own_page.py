"""Signing in on our own page of a thread, by redirects alone, with the text that one had begun."""

import re
from html import unescape

import pytest
from sqlalchemy import func, select

from moderation.records import Comment, PersonSession, Site
from tests.sign_in import visit

WORDS = "Kept & brought <back>."


@pytest.fixture
def page(site: str) -> str:
    return f"/page?site={site}&page=/her"


def fields(document: str) -> dict[str, str]:
    found = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', document)
    return {name: unescape(value) for name, value in found}


def departs(client, page: str, **more: str) -> str:
    """Press a provider's button, and return what the provider sends the reader back to."""
    sent = fields(client.get(page).text) | {"with": "demo", "body": WORDS, "name": "", "email": "half"} | more
    onward = client.post("/page/sign-in", data=sent)
    assert onward.status_code == 200
    return visit(unescape(re.search(r"url=([^\"]+)\">", onward.text)[1]))


def comes_back(client, back: str):
    """Walk from the provider's answer to the form."""
    for _ in range(2):
        answer = client.get(back.removeprefix("http://localhost:8000"))
        assert answer.status_code == 303
        back = answer.location
    return client.get(back)


def test_the_text_comes_back_and_is_posted_by_who_signed_in(reader, page, house, issuer):
    client = reader.client
    form = comes_back(client, departs(client, page, subscribe="1"))
    assert "You are commenting using your Demo account." in form.text
    assert "Kept &amp; brought &lt;back&gt;.</textarea>" in form.text
    assert 'name="subscribe" value="1" checked' in form.text
    assert 'name="email"' not in form.text
    sent = client.post("/page", data=fields(form.text) | {"body": WORDS})
    assert sent.status_code == 303
    assert "awaiting moderation" in client.get(sent.location).text
    with house.database.reading() as db:
        comment = db.scalars(select(Comment)).one()
        assert (comment.person.provider, comment.person.is_guest) == ("demo", False)


def test_logging_out_ends_the_session_and_keeps_the_text(reader, page, house):
    client = reader.client
    form = fields(comes_back(client, departs(client, page)).text)
    out = client.post("/page/sign-out", data=form | {"body": WORDS, "change": "1"})
    assert out.status_code == 200
    assert "Kept &amp; brought &lt;back&gt;.</textarea>" in out.text
    assert "You are commenting" not in out.text
    assert fields(out.text)["change"] == "1"
    with house.database.reading() as db:
        living = select(func.count()).select_from(PersonSession).where(PersonSession.revoked_at.is_(None))
        assert db.scalar(living) == 0
    assert "You are commenting" not in client.get(page).text


def test_a_refusal_is_told_beside_the_form_and_the_text_kept(reader, page):
    client = reader.client
    back = departs(client, page)
    state = re.search(r"state=([^&]+)", back)[1]
    denied = comes_back(client, f"/auth/demo/callback?state={state}&error=access_denied&iss=x")
    assert 'role="alert"' in denied.text
    assert "Demo gave an answer that we do not understand." in denied.text
    assert "Kept &amp; brought &lt;back&gt;.</textarea>" in denied.text
    assert 'value="half"' in denied.text


def test_the_text_is_not_readable_in_the_database(reader, page, house):
    departs(reader.client, page)
    with house.database.reading() as db:
        (kept,) = db.connection().exec_driver_sql("SELECT draft FROM attempt").one()
    assert b"brought" not in kept
    assert len(kept) > len(WORDS)


def test_who_must_sign_in_is_offered_nothing_else(reader, page, house, site):
    with house.database.transaction() as db:
        db.query(Site).filter_by(key=site).one().settings = {"guests_allowed": False}
    form = reader.client.get(page).text
    assert "Log in to comment" in form
    assert 'class="primary"' not in form
