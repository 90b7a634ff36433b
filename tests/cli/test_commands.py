"""First steps from a terminal: what each command prints, refuses and leaves in the database."""

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from sqlalchemy.engine import make_url

from moderation import __version__
from tests.cli.serving import environment
from tests.cli.terminal import Terminal
from tests.lying_issuer import issuer

LINK = re.compile(r"Set up: http://localhost:8000/setup/([\w-]{43})\n")


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def terminal(data, monkeypatch, capsys):
    return Terminal(data, monkeypatch, capsys)


def add_site(terminal, key="blog"):
    return terminal.run("site", "add", key, "--name", "My blog", "--origin", "https://blog.example")


def test_the_help_names_every_command_and_loads_no_framework():
    script = (
        "import sys\nfrom moderation.cli import main\ntry: main()\nexcept SystemExit: pass\nprint(sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script, "--help"], capture_output=True, text=True, check=True)
    for word in (
        "serve",
        "work",
        "migrate",
        "doctor",
        "setup",
        "site",
        "moderator",
        "provider",
        "backup",
        "restore",
        "demo",
    ):
        assert f"  {word} " in done.stdout
    modules = done.stdout.splitlines()[-1]
    for heavy in ("'flask'", "'sqlalchemy'", "'msgspec'"):
        assert heavy not in modules


def test_an_unknown_command_or_file_is_refused_in_a_sentence(terminal, data, tmp_path):
    assert "No such command" in terminal.refused("serv")
    assert "There is no file" in terminal.refused("--config", str(tmp_path / "none.toml"), "site", "list")


def test_the_owners_file_counts(terminal, data, tmp_path):
    config = tmp_path / "my.toml"
    config.write_text('public_url = "https://comments.example"\n')
    assert "Set up: https://comments.example/setup/" in terminal.run("--config", str(config), "setup")


def test_set_up_prints_a_new_link_each_time(terminal):
    codes = {LINK.fullmatch(terminal.run("setup"))[1] for _ in range(2)}
    assert len(codes) == 2


def test_a_site_is_added_listed_and_set(terminal):
    assert '<comment-thread site="blog">' in add_site(terminal)
    terminal.run("site", "set", "blog", "moderate=all", "edit_window=60", "name=A new name", "locale=pt-BR")
    terminal.run("site", "origins", "blog", "add", "https://www.blog.example")
    assert terminal.run("site", "list") == "blog  A new name  https://blog.example https://www.blog.example\n"
    shown = terminal.run("site", "show", "blog")
    assert 'moderate = "all"' in shown
    assert "edit_window = 60" in shown
    terminal.run("site", "set", "blog", "edit_window=")
    assert "edit_window = 60" not in terminal.run("site", "show", "blog")


def test_a_return_address_is_set_and_goes_with_its_origin(terminal):
    add_site(terminal)
    terminal.run("site", "origins", "blog", "add", "https://www.blog.example")
    two = '["https://blog.example/signed-in", "https://www.blog.example/signed-in"]'
    terminal.run("site", "set", "blog", f"return_addresses={two}")
    assert f"return_addresses = {two}" in terminal.run("site", "show", "blog")
    terminal.run("site", "origins", "blog", "remove", "https://blog.example")
    assert 'return_addresses = ["https://www.blog.example/signed-in"]' in terminal.run("site", "show", "blog")
    terminal.run("site", "set", "blog", "return_addresses=https://www.blog.example/welcome")
    assert 'return_addresses = ["https://www.blog.example/welcome"]' in terminal.run("site", "show", "blog")
    terminal.run("site", "set", "blog", "return_addresses=")
    assert "return_addresses = []" in terminal.run("site", "show", "blog")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("set", "blog", "edit_window=soon"), "edit_window: must be a whole number."),
        (("set", "blog", "edit_window=-5"), "edit_window: must be at least 0."),
        (("set", "blog", "theme=neon"), "theme: must be 'auto', 'light' or 'dark'."),
        (("set", "blog", "time_zone=Mars"), "time_zone: there is no such time zone"),
        (("set", "blog", 'rules={"many_link": {}}'), "There is no rule many_link. There are: "),
        (("set", "blog", 'rules={"many_links": {"options": {"hold": 1}}}'), "hold: there is no such option"),
        (("set", "blog", "theme=dark", "theme=light"), "twice"),
        (("set", "blog", "colour=red"), "There is no option colour"),
        (("set", "blog", "moderate"), "OPTION=VALUE"),
        (("set", "blog", "locale=x"), "no language"),
        (("set", "other", "moderate=all"), "There is no site other"),
        (("set", "blog", "return_addresses=https://other.example/in"), "https://other.example is not registered"),
        (("origins", "blog", "remove", "https://blog.example"), "at least one origin"),
        (("origins", "blog", "add", "https://blog.example/path"), "Did you mean https://blog.example?"),
        (("origins", "blog", "add", "javascript:alert(1)"), ""),
        (("add", "blog", "--name", "x", "--origin", "https://b.example"), "already"),
        (("add", "Blog", "--name", "x", "--origin", "https://b.example"), "key"),
        (("add", "b", "--name", "x", "--origin", "https://B.example/"), "Did you mean https://b.example?"),
    ],
)
def test_what_a_site_cannot_have_is_refused_and_changes_nothing(terminal, data, words, sentence):
    add_site(terminal)
    before = terminal.run("site", "show", "blog")
    assert sentence in terminal.refused("site", *words)
    assert terminal.run("site", "show", "blog") == before


def test_a_site_may_name_a_provider_before_it_is_set_up_but_is_told(terminal):
    add_site(terminal)
    status, said, warned = terminal.enter("site", "set", "blog", 'providers=["gogle"]')
    assert (status, said) == (0, "Done.\n")
    assert warned == "Not set up yet: gogle. See: moderation provider list\n"


def test_a_moderator_is_added_to_sites_and_gets_a_link(terminal):
    add_site(terminal)
    assert LINK.fullmatch(terminal.run("moderator", "add", "Ann@Blog.example", "--name", "Ann", "--site", "blog"))
    assert terminal.run("moderator", "list") == "ann@blog.example  Ann  blog: moderator  (no password yet)\n"
    add_site(terminal, "second")
    again = ("moderator", "add", "ann@blog.example", "--name", "Ann", "--site", "second", "--role", "owner")
    terminal.run(*again)
    assert "blog: moderator, second: owner" in terminal.run("moderator", "list")
    assert LINK.fullmatch(terminal.run("moderator", "reset", "ann@blog.example"))
    assert "no moderator" in terminal.refused("moderator", "reset", "bob@blog.example")
    assert "no site" in terminal.refused("moderator", "add", "b@blog.example", "--name", "B", "--site", "third")


def test_a_locked_out_owner_gets_a_link_and_several_must_be_told_apart(terminal):
    assert "no owner" in terminal.refused("setup", "--reset")
    add_site(terminal)
    for name in ("ann", "bob"):
        owner = ("moderator", "add", f"{name}@blog.example", "--name", name, "--site", "blog", "--role", "owner")
        terminal.run(*owner)
    assert "ann@blog.example, bob@blog.example" in terminal.refused("setup", "--reset")
    assert LINK.fullmatch(terminal.run("setup", "--reset", "--email", "Bob@blog.example"))


def test_a_link_forgets_what_somebody_lost_only_when_the_host_says_so(terminal, data):
    add_site(terminal)
    terminal.run("moderator", "add", "ann@blog.example", "--name", "Ann", "--site", "blog", "--role", "owner")
    asked = [("setup", "--reset"), ("moderator", "reset", "ann@blog.example")]
    for words in asked:
        for more in ((), ("--forget-factors",)):
            assert LINK.fullmatch(terminal.run(*words, *more))
            with closing(sqlite3.connect(data / "moderation.db")) as db:
                (forgets,) = db.execute("SELECT forgets FROM setup_code WHERE used_at IS NULL").fetchone()
            assert bool(forgets) is bool(more)
    assert "--reset" in terminal.refused("setup", "--forget-factors")


def test_a_providers_secret_is_read_from_standard_input_and_kept_encrypted(terminal, data):
    words = ("provider", "add", "acme", "--kind", "openid", "--client-id", "me", "--issuer", "https://acme.example")
    assert "http://localhost:8000/auth/acme/callback" in terminal.run(*words, stdin="a-secret-of-mine\n")
    assert terminal.run("provider", "list").startswith("acme  ")
    content = b"".join(file.read_bytes() for file in data.glob("moderation.db*"))
    assert b"a-secret-of-mine" not in content
    assert b"acme.example" in content
    assert "no provider of the kind" in terminal.refused("provider", "add", "nowhere", "--client-id", "y")
    assert "stands for something else" in terminal.refused("provider", "add", "guest", "--kind", "openid")
    assert "enter the client id" in terminal.refused("provider", "add", "x", stdin="secret\n")


def test_a_provider_is_tested_and_the_sentence_says_what_is_wrong(terminal):
    assert "No provider acme" in terminal.refused("provider", "test", "acme")
    with issuer() as running:
        issuers = {"outbound_exceptions": f'["{running.place}"]'}
        words = ("provider", "add", "acme", "--kind", "openid", "--label", "Acme", "--client-id", "me")
        terminal.run(*words, "--issuer", running.address, stdin="secret\n")
        assert terminal.run("provider", "test", "acme", **issuers).startswith("Acme answers, and takes our keys.")
        running.lies.discovery = lambda document: document | {"issuer": "https://evil.example"}
        wrong = f"The issuer calls itself https://evil.example, not {running.address}."
        assert terminal.refused("provider", "test", "acme", **issuers) == wrong
        assert f"    hidden: {wrong}" in terminal.run("provider", "list")
        running.forget()
        terminal.run("provider", "test", "acme", **issuers)
        assert "hidden" not in terminal.run("provider", "list")


def test_a_backup_holds_everything_and_is_never_written_over(terminal, data, tmp_path):
    add_site(terminal)
    file = tmp_path / "copy.db"
    terminal.run("backup", str(file))
    with closing(sqlite3.connect(file)) as copy:
        assert copy.execute("SELECT key FROM site").fetchall() == [("blog",)]
    assert oct(file.stat().st_mode)[-3:] == "600"
    assert "exists already" in terminal.refused("backup", str(file))
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def test_the_release_is_told(terminal):
    assert terminal.run("--version") == f"Moderation {__version__}\n"


def test_migrating_twice_is_harmless(terminal):
    assert "up to date" in terminal.run("migrate")
    assert "Nothing to do" in terminal.run("migrate")


def test_a_database_of_another_release_is_not_touched(terminal, data):
    terminal.run("migrate")
    with closing(sqlite3.connect(data / "moderation.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
        connection.commit()
    assert "moderation migrate" in terminal.refused("site", "list")


def test_another_programs_database_is_not_touched(terminal, data, tmp_path):
    terminal.run("migrate")
    with closing(sqlite3.connect(data / "moderation.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'ae1027a6acf'")
        connection.commit()
    assert "another program's" in terminal.refused("migrate")
    assert "another program's" in terminal.refused("serve", "--port", "0")
    assert "✗ The database is another program's" in terminal.enter("doctor")[1]
    terminal.run("backup", str(tmp_path / "file"))
    assert "none has the revision" in terminal.refused("restore", str(tmp_path / "file"))


def test_several_mistakes_in_the_settings_are_told_at_once(terminal):
    told = terminal.refused("site", "list", port="many", public_url="ftp://x")
    assert "port" in told
    assert "public_url" in told


def test_a_mistake_in_the_settings_is_told_where_it_is(terminal, data, tmp_path):
    config = tmp_path / "my.toml"
    config.write_text('pubic_url = "https://comments.example"\n')
    assert "pubic_url: there is no such option" in terminal.refused("--config", str(config), "site", "list")
    told = terminal.refused("site", "list", trusted_proxies="10.0.0.1/32")
    assert "trusted_proxies" in told
    assert "JSON" in told


@pytest.mark.parametrize("words", [("migrate",), ("site", "list"), ("backup", "x.mbak")])
def test_what_a_database_server_says_is_told(terminal, data, postgresql_server, words):
    url = make_url(postgresql_server).set(database="nowhere").render_as_string(hide_password=False)
    assert '"nowhere" does not exist' in terminal.refused(*words, database_url=url)


@pytest.mark.parametrize(
    "words", [("migrate",), ("site", "list"), ("setup",), ("work",), ("provider", "list"), ("serve", "--port", "0")]
)
def test_a_data_folder_that_cannot_be_is_told_in_a_sentence(terminal, tmp_path, words):
    (tmp_path / "file").write_text("")
    assert "Not a directory" in terminal.refused(*words, data=tmp_path / "file" / "data")


def test_a_file_that_is_no_database_is_told_as_such(terminal, data):
    data.mkdir(exist_ok=True)
    (data / "moderation.db").write_bytes(b"no database " * 1000)
    for words in (("migrate",), ("site", "list"), ("serve", "--port", "0")):
        assert "file is not a database" in terminal.refused(*words)
    status, told, _ = terminal.enter("doctor")
    assert (status, "file is not a database" in told, "moderation restore" in told) == (1, True, True)


def test_a_trial_that_cannot_begin_leaves_nothing_behind(terminal, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    assert "must name a folder" in terminal.refused("demo", "--data", "")
    assert "Not a directory" in terminal.refused("demo", "--data", "file/data")
    assert "a port each" in terminal.refused("demo", "--data", "trial", "--port", "8080", "--blog-port", "8080")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_worker_alone_wants_a_migrated_database_and_stops_when_told(terminal, data):
    assert "moderation migrate" in terminal.refused("work")
    terminal.run("migrate")
    worker = subprocess.Popen(
        [sys.executable, "-m", "moderation", "work"], env=environment(data), stderr=subprocess.DEVNULL
    )
    while not (data / "huey.db").exists():
        assert worker.poll() is None
        os.sched_yield()
    worker.terminate()
    assert worker.wait(20) == 0


def test_keys_of_a_provider_are_kept_with_the_secret_key_of_the_database_only(terminal):
    words = ("provider", "add", "github", "--client-id", "id")
    assert "NAME=VALUE" in terminal.refused(*words, "--option", "typo", stdin="secret\n")
    assert "scop: there is no such option" in terminal.refused(*words, "--option", "scop=x", stdin="secret\n")
    issuer = ("provider", "add", "work", "--kind", "openid", "--client-id", "id")
    assert "web address" in terminal.refused(*issuer, "--issuer", "acme", stdin="secret\n")
    assert "--issuer https://" in terminal.refused(*issuer, stdin="secret\n")
    terminal.run(*words, stdin="secret\n")
    for refused in (words, ("provider", "test", "github")):
        said = terminal.refused(*refused, stdin="secret\n", secret="another secret of this installation")
        assert "is not the one" in said


def test_another_secret_key_is_refused_until_the_owner_says_that_the_first_is_lost(terminal, data):
    terminal.run("migrate")
    terminal.run("setup", "--new-secret")
    other = "The secret key here is not the one that the database was begun with"
    assert other not in terminal.enter("doctor")[1]
    (data / "secret.key").unlink()
    assert other in terminal.refused("work")
    serve = [sys.executable, "-m", "moderation", "serve", "--port", "0"]
    ended = subprocess.run(serve, env=environment(data), capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, other in ended.stderr) == (2, True)
    assert other in terminal.enter("doctor")[1]
    assert "goes by itself" in terminal.refused("setup", "--new-secret", "--reset")
    terminal.run("setup", "--new-secret")
    assert other not in terminal.enter("doctor")[1]
