"""What every test can ask for: a fresh database of each kind, an open transaction, a real browser."""

import fcntl
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

import hypothesis
import psycopg
import pytest
import redis  # noqa: F401 - the doorbell leaves out what is not loaded where its first bell hangs elsewhere
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from moderation.foundation.database import Database
from moderation.migrations import upgrade
from tests.chromium import ARGUMENTS, find_chromium
from tests.postgresql import server_url

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Playwright

OURS = {"MODERATION_TEST_POSTGRESQL", "MODERATION_SHARED_DATA", "MODERATION_FAULTS", "MODERATION_PICTURES"}


def pytest_configure() -> None:
    """Keep a developer's own settings out of the tests."""
    for name in set(os.environ) - OURS:
        if name.startswith("MODERATION_"):
            del os.environ[name]
    # How long an example takes says more of the machine than of it.
    hypothesis.settings.register_profile("untimed", deadline=None)
    hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def compiled_templates(meeting_place: Path) -> None:
    """Let every application of a test run use the templates that the first one compiled."""
    folder = meeting_place / "templates"
    folder.mkdir(exist_ok=True)
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(folder))}


@pytest.fixture(scope="session", autouse=True)
def compiled_addresses() -> None:
    """Let every application of a test run use the addresses that the first one compiled: most of the time it takes."""
    Flask.url_rule_class = OnceCompiled


class OnceCompiled(Rule):
    """A rule of Werkzeug's, whose function that makes addresses is compiled once for all that read the same."""

    made: ClassVar[dict[Any, Any]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Any:
        key = self.rule, tuple(self._trace), repr(self.defaults), append_unknown
        if key not in self.made:
            self.made[key] = super()._compile_builder(append_unknown)
        return self.made[key]


# --- places -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def meeting_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this test run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real comments and pages, beside the checkout; they are never copied into it."""
    folder = Path(os.environ.get("MODERATION_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data: {folder} is missing (MODERATION_SHARED_DATA names another folder)")
    return folder


# --- databases --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgresql_server(meeting_place: Path) -> str:
    """The address of a PostgreSQL server's own database, in which others may be created."""
    test_run = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    return server_url(meeting_place, test_run)


@pytest.fixture(scope="session")
def postgresql_template(meeting_place: Path, postgresql_server: str) -> str:
    """The name of a migrated database, to be copied."""
    name = f"moderation_template_{meeting_place.name.replace('-', '_')}"

    def make() -> None:
        create_postgresql(postgresql_server, name)
        migrate(str(make_url(postgresql_server).set(database=name).render_as_string(hide_password=False)))

    once(meeting_place / "postgresql.template", make)
    return name


@pytest.fixture(scope="session")
def sqlite_template(meeting_place: Path) -> Path:
    """A migrated database file, to be copied."""
    template = meeting_place / "template.db"

    def make() -> None:
        migrate(f"sqlite:///{template}")
        with sqlite3.connect(template) as connection:
            # Everything into the one file, so that copying it copies all.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    once(meeting_place / "sqlite.template", make)
    return template


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a fresh, migrated SQLite database."""
    file = tmp_path / "database" / "moderation.db"
    file.parent.mkdir()
    shutil.copy(sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture
def postgresql_url(postgresql_server: str, postgresql_template: str) -> Iterator[str]:
    """The address of a fresh, migrated PostgreSQL database."""
    yield from copied_postgresql(postgresql_server, postgresql_template)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh, migrated database; the test runs once for each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh, migrated database; the test runs once for each kind."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    """An open transaction, undone at the end; for a test of a stage, which opens none itself."""
    with database.transaction() as db:
        yield db
        db.rollback()


def create_postgresql(server: str, name: str, template: str = "template0") -> None:
    """Create a database as a copy of another."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')


def copied_postgresql(server: str, template: str) -> Iterator[str]:
    """Give the address of a copy of a database, which is gone afterwards."""
    name = f"moderation_{uuid4().hex}"
    create_postgresql(server, name, template)
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def migrate(url: str) -> None:
    """Bring a database to the newest form."""
    database = Database(url)
    upgrade(database)
    database.close()


def once(mark: Path, make: Callable[[], None]) -> None:
    """Make what all workers use; the first does it, the others wait."""
    with mark.with_suffix(f"{mark.suffix}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not mark.exists():
            make()
            mark.touch()


# --- browser ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def playwright() -> Iterator["Playwright"]:
    """What drives the browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(playwright: "Playwright", meeting_place: Path) -> str:
    """The browser's program."""
    return find_chromium(playwright.chromium.executable_path, meeting_place)


@pytest.fixture(scope="session")
def browser(playwright: "Playwright", chromium: str) -> Iterator["Browser"]:
    """One browser for a worker's tests."""
    browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def new_context(browser: "Browser") -> Iterator[Callable[..., "BrowserContext"]]:
    """Open a private window, third-party cookies blocked; quicker than a browser of one's own.

    Arguments are Playwright's for ``new_context``.
    """
    opened: list[BrowserContext] = []

    def open_one(**arguments: Any) -> "BrowserContext":
        opened.append(browser.new_context(**arguments))
        return opened[-1]

    yield open_one
    for context in opened:
        context.close()


@pytest.fixture
def open_browser(playwright: "Playwright", chromium: str, tmp_path: Path) -> Iterator[Callable[..., "BrowserContext"]]:
    """Start a browser with a new profile of its own, as a person would have it.

    ``open_browser()`` blocks third-party cookies; ``open_browser(third_party_cookies=True)`` lets them pass. Further
    arguments are Playwright's for ``launch_persistent_context``.
    """
    opened: list[BrowserContext] = []

    def open_one(*, third_party_cookies: bool = False, **arguments: Any) -> "BrowserContext":
        profile = tmp_path / f"profile-{len(opened)}"
        preferences = profile / "Default" / "Preferences"
        preferences.parent.mkdir(parents=True)
        preferences.write_text(json.dumps({"profile": {"cookie_controls_mode": 0 if third_party_cookies else 1}}))
        context = playwright.chromium.launch_persistent_context(
            str(profile), executable_path=chromium, args=ARGUMENTS, **arguments
        )
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        context.close()


@pytest.fixture
def browser_context(open_browser: Callable[..., "BrowserContext"]) -> "BrowserContext":
    """A browser with a new profile, third-party cookies blocked."""
    return open_browser()
