"""The mail that tells a moderator what was changed about their account."""

import re
from datetime import timedelta

import pytest

from moderation.foundation.options import as_json
from moderation.foundation.tokens import digest
from moderation.notifying.account_changed import Change, account_changed
from moderation.notifying.deliver import deliver
from moderation.records import Mailed, Mails, Notice, ProviderKeys, RecoveryCode
from tests import make
from tests.notifying.conftest import office


@pytest.fixture
def ada(database):
    with database.transaction() as db:
        ada = make.moderator(db, make.site(db), email="ada@blog.example", name="Ada <b>& Co</b>")
        # Whoever wants no mails about comments gets these all the same.
        ada.wishes = as_json(Mails(waiting=Mailed.never))
        row = ProviderKeys(name="octo", kind="github", label="Octo & Cat", client_id="", created_at=make.NOW)
        row.client_secret = b""
        db.add(row)
        db.add_all(RecoveryCode(moderator_id=ada.id, digest=digest(str(n)), created_at=make.NOW) for n in range(2))
        db.flush()
        return ada.id


def told(database, mail_server, moderator_id, *changes, provider=None):
    """Announce changes a second apart, and return the mails."""
    for number, change in enumerate(changes):
        with database.transaction() as db:
            now = make.NOW + timedelta(seconds=number)
            facts = {"moderator_id": moderator_id, "browser": "Firefox on Linux", "provider": provider}
            account_changed(db, change, **facts, now=now)
    while deliver(office(database, mail_server.url), now=make.NOW + timedelta(hours=1), chance=0):
        pass
    return mail_server.mails


def test_every_change_has_a_mail_of_its_own_in_words(database, mail_server, ada):
    mails = told(database, mail_server, ada, *Change, provider="octo")
    assert mail_server.recipients == ["ada@blog.example"] * len(Change)
    assert len({mail["Subject"] for mail in mails}) == len(Change)
    said = set()
    for mail in mails:
        text, page = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
        said.add(text.splitlines()[4])
        assert "When: 22 November 2026, 06:28 UTC" in text
        assert "With: Firefox on Linux" in text
        assert "moderation moderator reset ada@blog.example --forget-factors" in text
        assert "<b>" not in page
        # No link does anything: the only one leads to the account, where one must sign in.
        assert re.findall(r"https?://\S+", text) == ["https://comments.example/dashboard/account"]
        assert set(re.findall(r'href="([^"]*)"', page)) == {"https://comments.example/dashboard/account"}
    assert len(said) == len(Change)


def test_it_names_the_provider_and_counts_the_codes_that_are_left(database, mail_server, ada):
    linked, used = told(database, mail_server, ada, Change.account_linked, Change.recovery_code_used, provider="octo")
    assert "An account at Octo & Cat was linked." in linked.get_body(("plain",)).get_content()
    assert "An account at Octo &amp; Cat was linked." in linked.get_body(("html",)).get_content()
    assert "2 are left." in used.get_body(("plain",)).get_content()


def test_a_provider_that_is_gone_meanwhile_is_another_service(database, mail_server, ada):
    (mail,) = told(database, mail_server, ada, Change.account_unlinked, provider="gone")
    assert "An account at another service was unlinked." in mail.get_body(("plain",)).get_content()


def test_the_same_change_twice_is_told_twice(database, mail_server, ada):
    assert len(told(database, mail_server, ada, Change.key_made, Change.key_made)) == 2


def test_whoever_moderates_no_site_is_told_too_and_without_any_site_nothing_is_written(db):
    lonely = make.moderator(db, make.site(db))
    site_id = lonely.memberships[0].site_id
    lonely.memberships.clear()
    db.flush()
    account_changed(db, Change.password, moderator_id=lonely.id, browser="", now=make.NOW)
    assert [(notice.site_id, notice.moderator_id) for notice in db.query(Notice)] == [(site_id, lonely.id)]
    db.query(Notice).delete()
    db.execute(make.Site.__table__.delete())
    account_changed(db, Change.password, moderator_id=lonely.id, browser="", now=make.NOW)
    assert db.query(Notice).count() == 0
