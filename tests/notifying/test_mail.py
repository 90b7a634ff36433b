"""Mails keep their shape whatever a stranger typed, and go through real servers."""

import mailbox
import socket
import ssl
import subprocess
from dataclasses import replace
from email import message_from_bytes, policy

import pytest

from moderation.notifying.channel import Letter, NotDelivered
from moderation.notifying.channels.mail import MailOptions, check, compose, mail
from tests import make
from tests.notifying.conftest import SENDER, MailServer

LETTER = Letter(
    id="n_1",
    name="Ann",
    address="ann@example.org",
    subject="Please confirm",
    text="Hello\n",
    html="<p>Hello</p>",
    unsubscribe="https://comments.example/unsubscribe/x",
    sent_at=make.NOW,
)
HOSTILE = [
    "Ann\r\nBcc: victim@example.org",
    "Ann\nBcc: victim@example.org\n\nText",
    "Ann\r\n\r\n<script>alert(1)</script>",
    "Ann\x0bBcc: victim@example.org",
    "Ann\x0cBcc: victim@example.org",
    "Ann\x1c\x1d\x1eBcc: victim@example.org",
    "Ann\x85Bcc: victim@example.org",
    "Ann\u2028Bcc: victim@example.org",
    "Ann\u2029Bcc: victim@example.org",
    "Ann\0Bcc: victim@example.org",
    'Ann" <victim@example.org>, "',
    "Ann <victim@example.org>",
    "victim@example.org, Ann",
    "=?utf-8?q?Ann=0D=0ABcc:_victim@example.org?=",
    "=?utf-8?b?QW5uDQpCY2M6IHZpY3RpbUBleGFtcGxlLm9yZw==?=",
    "Ann (comment) ; group: victim@example.org;",
    "\u202eAnn",
    "A" * 5000,
    "名" * 900,
    "\ud800",
]


def parsed(letter):
    return message_from_bytes(compose(letter, SENDER).as_bytes(), policy=policy.default)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
@pytest.mark.parametrize("field", ["name", "subject"])
def test_no_text_gets_out_of_its_header(field, text):
    text = text.encode("utf-8", "replace").decode()
    sent = parsed(replace(LETTER, **{field: text}))
    assert sent.keys().count("Bcc") == 0
    assert set(sent.keys()) == set(parsed(LETTER).keys())
    assert [address.addr_spec for address in sent["To"].addresses] == ["ann@example.org"]
    assert sent.get_body(("plain",)).get_content().splitlines() == ["Hello"]
    assert max(len(line) for line in compose(replace(LETTER, **{field: text}), SENDER).as_bytes().splitlines()) < 998


@pytest.mark.parametrize(
    "address",
    [
        "ann@example.org\r\nBcc: victim@example.org",
        "ann@example.org, victim@example.org",
        "ann@example.org>\r\nRCPT TO:<victim@example.org",
        "ann",
        "@example.org",
        "ann@",
        "",
        "a b@example.org",
        "ann@example.org\0",
        "=?utf-8?q?ann=0D=0ABcc:_victim=40example.org?=@example.org",
        "ann@=?utf-8?q?example.org=0D=0ABcc:_victim?=",
    ],
)
def test_what_is_no_address_is_given_up_and_sent_nowhere(address, tmp_path):
    with pytest.raises(NotDelivered) as failure:
        mail.send(replace(LETTER, address=address), MailOptions(url=f"maildir:{tmp_path / 'mail'}", sender=SENDER))
    assert failure.value.permanent
    assert list(tmp_path.rglob("new/*")) == []


def test_names_and_hosts_of_all_languages_arrive(mail_server):
    letter = replace(LETTER, name="Zoë 名前", address="zoe@bücher.example", subject="„Grüße“ 👋")
    mail.send(letter, MailOptions(url=mail_server.url, sender="Müllers Blog <comments@blog.example>"))
    received = mail_server.mails[0]
    assert received["Subject"] == "„Grüße“ 👋"
    assert received["To"].addresses[0].display_name == "Zoë 名前"
    assert received["From"].addresses[0].display_name == "Müllers Blog"
    assert mail_server.recipients == ["zoe@xn--bcher-kva.example"]


def test_a_mail_has_both_forms_and_says_that_nobody_typed_it(tmp_path):
    mail.send(LETTER, MailOptions(url=f"maildir:{tmp_path / 'deep' / 'mail'}", sender=SENDER))
    stored = next(iter(mailbox.Maildir(tmp_path / "deep" / "mail")))
    assert [part.get_content_type() for part in stored.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert stored["Auto-Submitted"] == "auto-generated"
    assert stored["Message-ID"] == "<n_1@blog.example>"
    assert stored["List-Unsubscribe"] == "<https://comments.example/unsubscribe/x>"


def test_a_long_link_to_unsubscribe_stays_a_link(mail_server, tmp_path):
    """Mail programs look for it in the header as it travels; the library would have made encoded words of it."""
    link = f"https://comments.example/unsubscribe/{'g_03561g1jAOBI9cZbrCTWcQ~' * 12}.1796565360"
    letter = replace(LETTER, unsubscribe=link, subject="„Grüße“ " * 30)
    mail.send(letter, MailOptions(url=mail_server.url, sender=SENDER))
    mail.send(letter, MailOptions(url=f"maildir:{tmp_path / 'mail'}", sender=SENDER))
    stored = next(path.read_bytes() for path in tmp_path.rglob("new/*"))
    for travelled in (mail_server.envelopes[0], stored):
        lines = travelled.split(b"\r\n" if b"\r\n" in travelled else b"\n")
        assert b"List-Unsubscribe: <" + link.encode() + b">" in lines
        assert all(len(line) < 100 for line in lines if line.startswith((b"Subject", b" =?")))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout key.pem -out cert.pem"
    made = subprocess.run(command.split(), cwd=folder, capture_output=True, check=False)
    if made.returncode:
        pytest.skip("openssl is needed to make a certificate")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def test_a_server_that_offers_encryption_gets_it(certificate):
    server = MailServer(tls_context=certificate, require_starttls=True)
    server.start()
    try:
        mail.send(LETTER, MailOptions(url=server.url, sender=SENDER))
    finally:
        server.stop()
    assert server.encrypted == [True]


def test_a_password_is_not_sent_in_the_clear_to_another_machine():
    # Not connected: the address of this machine that is not its loopback.
    server = MailServer(hostname="0.0.0.0")
    server.start()
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))
            own = probe.getsockname()[0]
        with pytest.raises(NotDelivered, match="offers no encryption"):
            mail.send(LETTER, MailOptions(url=f"smtp://me:secret@{own}:{server.port}", sender=SENDER))
    finally:
        server.stop()
    assert server.mails == []


def test_a_server_that_is_down_or_silent_is_a_passing_problem(mail_server):
    mail_server.stop()
    for url in (mail_server.url, "smtp://no-such-host.invalid", "smtps://127.0.0.1:1"):
        with pytest.raises(NotDelivered) as failure:
            check(MailOptions(url=url, sender=SENDER))
        assert not failure.value.permanent


def test_an_unknown_kind_of_mail_address_is_said_so():
    with pytest.raises(NotDelivered, match=r"must begin with smtp"):
        check(MailOptions(url="http://mail.example", sender=SENDER))
