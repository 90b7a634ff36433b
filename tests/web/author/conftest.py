"""The real application on SQLite, a site with its owner Ada, and browsers at the dashboard.

The doors are the same on both databases, and what they call is tested on each.
"""

import re
from html import unescape

import pyotp
import pytest

from moderation.app import create_app
from moderation.identity import second_factor
from moderation.identity.password import seal
from moderation.records import Moderator, ModeratorSession, Notice
from moderation.settings import load_settings
from tests import make

PASSWORD = "a calm long sentence"
SEALED = seal(PASSWORD)
ROOM = "/dashboard/"
SIGN_IN = "/dashboard/sign-in"
ACCOUNT = "/dashboard/account"
JSON = {"Accept": "application/json"}


class Visitor:
    """A browser at the dashboard."""

    def __init__(self, app):
        self.app = app
        self.house = app.extensions["house"]
        self.client = app.test_client()

    def get(self, path):
        return self.client.get(path)

    def text(self, path):
        return unescape(self.client.get(path, follow_redirects=True).get_data(as_text=True))

    def token(self, page):
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get(page).get_data(as_text=True))
        return unescape(found[1]) if found else ""

    def send(self, path, *, page=ACCOUNT, headers=None, **fields):
        """Send a form with the token of a page."""
        return self.client.post(path, data={"csrf_token": self.token(page)} | fields, headers=headers)

    def signs_in(self, email="ada@blog.example", password=PASSWORD, **fields):
        return self.send(SIGN_IN, page=SIGN_IN, email=email, password=password, **fields)

    @property
    def is_in(self):
        return self.client.get(ROOM).status_code == 200

    def waits(self, delta):
        """Let time pass since everybody showed who they are."""
        with self.house.database.transaction() as db:
            db.query(ModeratorSession).update({"confirmed_at": self.house.now() - delta})


def told(house):
    """Return what moderators are told was changed about their accounts: the change and whose it is, in order."""
    with house.database.reading() as db:
        notices = db.query(Notice).filter_by(kind="account_changed").order_by(Notice.id)
        return [(notice.details["change"], db.get(Moderator, notice.moderator_id).email) for notice in notices]


@pytest.fixture
def start_app(tmp_path, sqlite_url):
    """Start the application; keyword arguments are settings."""
    started = []

    def start(**settings):
        given = {"data": tmp_path / "data", "database_url": sqlite_url, "secret": "s" * 40, "limited": False} | settings
        started.append(create_app(load_settings(**given)))
        return started[-1]

    yield start
    for app in started:
        app.extensions["house"].database.close()


@pytest.fixture
def app(start_app):
    return start_app()


@pytest.fixture
def blog(house):
    """A site with its owner Ada."""
    with house.database.transaction() as db:
        site = make.site(db, key="oak")
        ada = make.moderator(db, site, email="ada@blog.example", name="Ada", password=SEALED.hash)
    return {"site": site, "ada": ada}


@pytest.fixture
def visitor(app, blog):
    """A browser in which nobody is signed in."""
    return Visitor(app)


@pytest.fixture
def ada(app, blog):
    """A browser in which Ada is signed in."""
    visitor = Visitor(app)
    assert visitor.signs_in().status_code == 303
    return visitor


class App:
    """Ada's authenticator app."""

    def __init__(self, secret, house):
        self.secret, self.house = secret, house

    def code(self, steps=0):
        return pyotp.TOTP(self.secret).at(int(self.house.now().timestamp()) + 30 * steps)


@pytest.fixture
def authenticator(house, blog):
    """Ada's second factor, on since the last time step; with the codes for recovery."""
    with house.database.transaction() as db:
        second_factor.begin(db, house.keys, blog["ada"].id, now=house.now())
        app = App(second_factor.pending_secret(db, house.keys, blog["ada"].id), house)
        app.recovery = second_factor.confirm(db, house.keys, blog["ada"].id, app.code(-1), now=house.now())
    return app
