"""The doctor finds what is wrong, says what to do, and is content with a good installation."""

import pytest
from sqlalchemy.engine import make_url

from moderation.foundation.database import Database
from moderation.identity.password import seal
from moderation.identity.setup_code import new_setup_code, set_up
from moderation.records import Notice
from tests import make
from tests.cli.serving import free_port
from tests.cli.terminal import Terminal
from tests.faults.servers import own_valkey


@pytest.fixture
def terminal(tmp_path, monkeypatch, capsys):
    return Terminal(tmp_path / "data", monkeypatch, capsys)


@pytest.fixture
def data(tmp_path, terminal):
    """A good installation's data folder."""
    folder = tmp_path / "data"
    terminal.run("site", "add", "blog", "--name", "B", "--origin", make.BLOG)
    database = Database(f"sqlite:///{folder / 'moderation.db'}")
    with database.transaction() as db:
        code = new_setup_code(db, None, now=make.NOW)
        set_up(db, code, email="a@blog.example", name="Ann", password=seal("a long good password"), now=make.NOW)
    database.close()
    make_secret(folder)
    return folder


def examine(terminal, **settings):
    """Return the exit status, the lines that tell of something wrong, and everything."""
    status, said, _ = terminal.enter("doctor", **settings)
    return status, [line for line in said.splitlines() if line.startswith("✗")], said


def make_secret(data):
    file = data / "secret.key"
    file.touch(mode=0o600)
    file.write_text("k" * 48)


def test_a_good_installation_has_nothing_wrong(terminal, data):
    assert examine(terminal)[:2] == (0, [])


def test_an_empty_place_is_told_how_to_begin(terminal):
    status, wrong, said = examine(terminal)
    assert status == 1
    assert "moderation setup" in said
    assert len(wrong) == 3


@pytest.mark.parametrize(
    ("break_it", "settings", "told", "advice"),
    [
        (lambda data: data.chmod(0o755), {}, "look into", "chmod 700"),
        (lambda data: (data / "secret.key").chmod(0o644), {}, "Others can read", "chmod 600"),
        (lambda data: (data / "moderation.db").unlink(), {}, "no database", "moderation migrate"),
        (lambda data: None, {"mail_url": f"smtp://127.0.0.1:{free_port()}"}, "Mail cannot be handed over", "mail_url"),
        (lambda data: None, {"database_url": "postgresql://u:secretword@127.0.0.1:1/x"}, "cannot be reached", "server"),
        (lambda data: None, {"redis_url": f"redis://127.0.0.1:{free_port()}"}, "Redis cannot be reached", "redis_url"),
        (lambda data: (data / "secret.key").unlink(), {}, "no secret key", "After a restore"),
        (lambda data: None, {"public_url": "http://blog.example"}, "must be https", "Correct"),
    ],
)
def test_what_is_wrong_is_found_with_what_to_do(terminal, data, break_it, settings, told, advice):
    break_it(data)
    status, wrong, said = examine(terminal, **settings)
    assert status == 1
    assert len(wrong) == 1
    assert told in said
    assert advice in said
    assert "secretword" not in said


def test_what_the_server_says_is_told(terminal, data, postgresql_server):
    url = make_url(postgresql_server).set(database="nowhere").render_as_string(hide_password=False)
    _, wrong, _ = examine(terminal, database_url=url)
    assert len(wrong) == 1
    assert '"nowhere" does not exist' in wrong[0]


def test_redis_is_looked_at(terminal, data):
    with own_valkey() as valkey:
        status, wrong, said = examine(terminal, redis_url=valkey.url)
    assert (status, wrong) == (0, [])
    assert "Redis is reachable" in said


def test_mail_that_waits_for_a_worker_is_noticed(terminal, data):
    database = Database(f"sqlite:///{data / 'moderation.db'}")
    with database.transaction() as db:
        site = make.site(db)
        row = {"key": "x", "channel": "mail", "kind": "waiting", "site_id": site.id}
        db.add(Notice(id="n_1", due_at=make.NOW.replace(year=2026, month=1), created_at=make.NOW, **row))
    database.close()
    status, _, said = examine(terminal)
    assert status == 1
    assert "Does the worker run?" in said


def test_a_misspelt_variable_is_told_and_those_of_others_are_not(terminal, data, monkeypatch):
    monkeypatch.setenv("MODERATION_PUBLC_URL", "https://comments.example")
    monkeypatch.setenv("MODERATION_SERVICE_PORT_HTTP", "80")
    _, wrong, said = examine(terminal, rates__guest="6/minute")
    assert wrong == ["✗ MODERATION_PUBLC_URL in the environment is no option"]
    assert "Did you mean MODERATION_PUBLIC_URL?" in said


def test_an_empty_database_is_told_as_such(terminal, data, postgresql_server):
    # The one that others are made beside: nobody puts tables into it.
    _, wrong, said = examine(terminal, database_url=postgresql_server)
    assert wrong == ["✗ The database is empty"]
    assert "moderation restore FILE" in said


def test_a_data_folder_that_is_a_file_is_told_as_such(terminal, data, tmp_path):
    (tmp_path / "file").touch()
    _, wrong, _ = examine(terminal, data=tmp_path / "file")
    assert f"✗ {tmp_path / 'file'} is no folder" in wrong


def test_a_copy_that_is_down_or_none_is_told(terminal, data, postgresql_url):
    given = {"database_url": postgresql_url}
    _, wrong, _ = examine(terminal, **given, replica_url=f"postgresql://me@127.0.0.1:{free_port()}/copy")
    assert any("The copy of the database cannot be reached" in line for line in wrong)
    _, wrong, _ = examine(terminal, **given, replica_url=postgresql_url)
    assert any("follows no other server" in line for line in wrong)
