"""A wrong value of any option is told in a sentence that says how it must be, before anything is opened or written."""

import pickle
from ipaddress import ip_network

import pytest

from moderation.foundation.errors import Refused
from moderation.settings import load_settings

WRONG = [
    ('public_ulr = "https://x.example"', "public_ulr: there is no such option; did you mean public_url?"),
    ('public_url = ""', "public_url: must be scheme, host and port only"),
    ('public_url = "https://x.example/"', "did you mean https://x.example?"),
    ('public_url = "https://X.example"', "did you mean https://x.example?"),
    ('public_url = "https://x.example:99999"', "public_url: must be scheme"),
    ('public_url = "https://x .example"', "public_url: must be scheme"),
    ('public_url = "https://user:hushhush@x.example"', "public_url: must be scheme"),
    ('public_url = "http://x.example"', "public_url: must be https, except on this machine"),
    ("public_url = 5", "public_url: must be a text in quotation marks"),
    ('data = ""', "data: must name a folder"),
    ('database_url = "moderation"', "database_url: must be like postgresql://"),
    ('database_url = "mysql://me:hushhush@host/name"', "database_url: must be like postgresql://"),
    ('database_url = "postgresql://me:hush/hush@host/name"', "%2F"),
    ('database_url = "postgresql://me:hush@/hush@host/name"', "%40"),
    ('replica_url = "copy"', "replica_url: must be like postgresql://"),
    ('replica_url = "postgresql://me@copy/name"', "replica_url needs a PostgreSQL database_url"),
    ('redis_url = "localhost:6379"', "redis_url: must be like redis://"),
    ('redis_url = "redis://host:abc/0"', "redis_url: must be like redis://"),
    ('host = ""', "host: must name an address"),
    ("port = 70000", "port: must be at most 65535"),
    ('port = "many"', "port: must be a whole number"),
    ("workers = 0", "workers: must be at least 1"),
    ("workers = 2", "needs redis_url"),
    ("threads = 1.5", "threads: must be a whole number"),
    ('background = "perhaps"', "background: must be true or false"),
    ('mail_url = "mail.example"', "mail_url: must be like smtp://"),
    ('mail_url = "smpt://mail.example"', "mail_url: must be like smtp://"),
    ('mail_url = "smtp://"', "mail_url: must be like smtp://"),
    ('mail_url = "smtp://me:hush#hush@mail.example:587"', "%23"),
    ('mail_url = "maildir:"', "mail_url: must be like smtp://"),
    ('mail_from = ""', "mail_from: must be one address"),
    ('mail_from = "nobody"', "mail_from: must be one address"),
    ('mail_from = "A <a@b.example>, C <c@d.example>"', "mail_from: must be one address"),
    ('trusted_proxies = "127.0.0.1/32"', 'trusted_proxies: must be a list, such as ["127.0.0.1/32"]'),
    ('trusted_proxies = ["10.0.0.1/8"]', "did you mean 10.0.0.0/8?"),
    ('trusted_proxies = ["proxy.example"]', "trusted_proxies: proxy.example is no address or network"),
    ('purge_url = "ftp://cdn.example"', "purge_url: must be an https address"),
    ('purge_url = "http://127.0.0.1:6081/"', "purge_url must be on the public internet"),
    ("cdn_seconds = 300", "needs purge_url"),
    ('rates = "6/minute"', "rates: must be a table"),
    ('[rates]\nguset = "6/minute"', "there is no guset; did you mean guest?"),
    ('[rates]\nguest = "6/minut"', "guest must be like 6/minute;60/hour"),
    ("[rates]\nguest = 6", "rates.guest: must be a text"),
    ("[rates]\nport = 80", "rates.port: must be a text"),
    ('[rates]\nhost = "127.0.0.1"', "it stands above [rates]"),
    ("data = 5", "data: must be a text in quotation marks"),
    ("mail_url = 5", "mail_url: must be a text in quotation marks"),
    ("port = true", "port: must be a whole number"),
    ('outbound_exceptions = "127.0.0.1:80"', "outbound_exceptions: must be a list"),
    ("outbound_exceptions = [80]", "outbound_exceptions.0: must be a text in quotation marks"),
    ("[purge_headers]\nAuthorization = 5", "purge_headers.Authorization: must be a text in quotation marks"),
    ("not toml", "is not valid TOML"),
]


def loaded(tmp_path, words):
    file = tmp_path / "my.toml"
    file.write_text(words + "\n")
    return load_settings(file)


@pytest.mark.parametrize(("words", "told"), WRONG, ids=[words for words, _ in WRONG])
def test_a_wrong_value_is_told_in_a_sentence_that_shows_no_password(tmp_path, words, told):
    with pytest.raises(Refused) as refused:
        loaded(tmp_path, words)
    assert told in refused.value.message
    assert "hush" not in refused.value.message
    assert "Input should" not in refused.value.message


RIGHT = [
    'database_url = "postgresql://me:p%40ss@/name?host=/run/postgresql"',
    'database_url = "postgresql+psycopg://me@[::1]:5432/name"',
    'database_url = "sqlite:////srv/comments.db"',
    'redis_url = "rediss://:p%2Fss@host:6379/0"',
    'mail_url = "smtps://me%40mail.example:p%23ss@mail.example:465"',
    'mail_url = "smtp://localhost"',
    'mail_url = "maildir:/srv/mail"',
    'mail_from = "comments@blog.example"',
    'mail_from = "Ünïcode on “My” blog <comments@blog.example>"',
    'public_url = "https://comments.example:8443"',
    'public_url = "http://127.0.0.1:8000"',
    '[rates]\nguest = ""\nperson = "5 / 10 minutes; 1/day"',
]


@pytest.mark.parametrize("words", RIGHT)
def test_what_is_written_as_it_must_be_is_taken(tmp_path, words):
    loaded(tmp_path, words)


def test_a_proxy_may_be_an_address_or_a_network(tmp_path):
    proxies = loaded(tmp_path, 'trusted_proxies = ["10.0.0.1", "fd00::/8"]').trusted_proxies
    assert proxies == (ip_network("10.0.0.1/32"), ip_network("fd00::/8"))


def test_all_mistakes_are_told_at_once_one_a_line(tmp_path):
    words = 'port = 70000\npublic_ulr = ""\nhost = " "\nworkers = 2\n[rates]\nguest = 5\nperson = 6'
    with pytest.raises(Refused) as refused:
        loaded(tmp_path, words)
    assert refused.value.message.splitlines() == [
        "The settings have mistakes:",
        "  host: must name an address of this machine; 0.0.0.0 means all of them",
        "  port: must be at most 65535",
        "  rates.guest: must be a text in quotation marks",
        "  rates.person: must be a text in quotation marks",
        "  public_ulr: there is no such option; did you mean public_url?",
    ]


def test_options_that_do_not_fit_each_other_are_told_at_once(tmp_path):
    with pytest.raises(Refused) as refused:
        loaded(tmp_path, 'workers = 2\ncdn_seconds = 300\nreplica_url = "postgresql://me@copy/name"')
    assert len(refused.value.message.splitlines()) == 4


@pytest.mark.parametrize("name", ["MODERATION_PORT", "moderation_port", "Moderation_Port"])
@pytest.mark.parametrize("text", ["8080", " 8080 ", "8_080", "+8080", "8080.0"])
def test_a_number_may_be_written_as_text(monkeypatch, name, text):
    monkeypatch.setenv(name, text)
    assert load_settings().port == 8080


@pytest.mark.parametrize("text", ["", "many", "0x1F90", "8080.5"])
def test_what_is_no_number_is_refused(monkeypatch, text):
    monkeypatch.setenv("MODERATION_PORT", text)
    with pytest.raises(Refused, match="port: must be a whole number"):
        load_settings()


@pytest.mark.parametrize(("truth", "words"), [(True, "true True YES y on 1 t"), (False, "false False NO n off 0 f")])
def test_true_and_false_have_many_words(monkeypatch, truth, words):
    for word in words.split():
        monkeypatch.setenv("MODERATION_LOG_REQUESTS", word)
        assert load_settings().log_requests is truth


def test_what_is_given_stands_over_the_environment_the_owners_file_and_the_default(monkeypatch, tmp_path):
    file = tmp_path / "my.toml"
    file.write_text('host = "::1"\nport = 1\nthreads = 1\n[rates]\nsite = "1/day"\nguest = "1/day"\nperson = "1/day"\n')
    for name, text in {"PORT": "2", "THREADS": "2", "RATES__GUEST": "2/day", "RATES": '{"person": "2/day"}'}.items():
        monkeypatch.setenv(f"MODERATION_{name}", text)
    settings = load_settings(file, threads=3, rates={"person": "3/day"})
    assert (settings.host, settings.port, settings.threads) == ("::1", 2, 3)
    assert {name: settings.rates[name] for name in ("site", "guest", "person", "like")} == {
        "site": "1/day",
        "guest": "2/day",
        "person": "3/day",
        "like": load_settings().rates["like"],
    }


def test_the_environment_gives_lists_as_json_and_tables_entry_by_entry(monkeypatch):
    monkeypatch.setenv("MODERATION_TRUSTED_PROXIES", '["10.0.0.0/8", "::1"]')
    monkeypatch.setenv("MODERATION_PURGE_HEADERS__Fastly-Key", "12")
    monkeypatch.setenv("MODERATION_PORTS", "nobody's business here")
    settings = load_settings()
    assert settings.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("::1/128"))
    assert {name: value.reveal() for name, value in settings.purge_headers.items()} == {"fastly-key": "12"}


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("TRUSTED_PROXIES", "10.0.0.1", "trusted_proxies is not written as JSON"),
        ("RATES", "", "rates is not written as JSON"),
        ("TRUSTED_PROXIES", '"10.0.0.1"', "trusted_proxies: must be a list"),
        ("TRUSTED_PROXIES__0", "10.0.0.1", "trusted_proxies: must be a list"),
        ("RATES", '["6/minute"]', "rates: must be a table"),
        ("RATES__GUSET", "6/minute", "there is no guset; did you mean guest?"),
    ],
)
def test_what_the_environment_gives_in_another_form_is_refused(monkeypatch, name, text, told):
    monkeypatch.setenv(f"MODERATION_{name}", text)
    with pytest.raises(Refused) as refused:
        load_settings()
    assert told in refused.value.message


def test_what_is_secret_is_not_shown():
    hidden = {"secret": "hush" * 10, "metrics_key": "hush", "purge_headers": {"Authorization": "hush"}}
    settings = load_settings(**hidden, mail_url="smtp://me:hush@mail.example")
    assert "hush" not in f"{settings} {settings!r} {settings.secret} {settings.purge_headers}"
    assert settings.secret.reveal() == "hush" * 10
    assert settings.metrics_key
    assert not load_settings().metrics_key
    assert pickle.loads(pickle.dumps(settings)) == settings


def test_names_are_taken_in_any_case_and_still_stand_over_one_another(monkeypatch, tmp_path):
    file = tmp_path / "own.toml"
    file.write_text('Port = 1\nport = 2\nHOST = "127.0.0.9"\n[Rates]\nGuest = "1/minute"\nguest = "2/minute"\n')
    monkeypatch.setenv("MODERATION_PORT", "9000")
    with pytest.raises(Refused, match="there is no Guest; did you mean guest"):
        load_settings(file)
    file.write_text('Port = 1\nport = 2\nHOST = "127.0.0.9"\n[Rates]\nguest = "2/minute"\n')
    settings, usual = load_settings(file), load_settings()
    assert (settings.port, settings.host) == (9000, "127.0.0.9")
    assert settings.rates == {**usual.rates, "guest": "2/minute"}
    monkeypatch.delenv("MODERATION_PORT")
    assert load_settings(file).port == 1


@pytest.mark.parametrize("name", ["PORT", "BACKGROUND"])
def test_bytes_that_are_no_text_are_told_as_such(monkeypatch, name):
    monkeypatch.setenv(f"MODERATION_{name}", "\udcff")
    with pytest.raises(Refused, match=f"{name.lower()}: is not in UTF-8"):
        load_settings()
