"""A wrong value of any option is told in a sentence that says how it must be, before anything is opened or written."""

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
