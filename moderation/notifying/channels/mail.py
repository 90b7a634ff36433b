"""Mail: to a server (smtp://, smtps://), or to files in a folder while there is none (maildir:)."""

import mailbox
import smtplib
import ssl
import unicodedata
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import parseaddr
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, NoReturn
from urllib.parse import SplitResult, unquote, urlsplit

from msgspec import Meta

from moderation.foundation.errors import Refused
from moderation.foundation.options import Options
from moderation.foundation.text import email_address
from moderation.notifying.channel import Channel, Letter, NotDelivered

_SECONDS = 15
_LONGEST_LINE = 200


class _Link(UnstructuredHeader, BaseHeader):
    """A header that holds an address, on one line whatever its length.

    The library would break a long one into encoded words, which are words to whoever reads the mail and no link.
    Source: RFC 2369, section 2; RFC 5322, section 2.1.1 (a line may have 998 characters).
    """

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}" if self.isascii() else super().fold(policy=policy)


def _policy() -> Policy:
    headers = HeaderRegistry()
    headers.map_to_type("list-unsubscribe", _Link)
    return SMTP.clone(header_factory=headers)


_POLICY = _policy()


class MailOptions(Options, frozen=True, kw_only=True):
    """How mail leaves this installation."""

    url: Annotated[str, Meta(description="smtp://user:password@host:587, smtps://…:465, or maildir:FOLDER.")]
    sender: Annotated[str, Meta(description="The From address, such as: My blog <comments@blog.example>.")]


def compose(letter: Letter, sender: str) -> EmailMessage:
    """Return the mail; whatever its parts hold, each stays in its own line and place.

    Args:
        sender: name and address, from the settings.

    Raises:
        NotDelivered: for good, when the address cannot be one.
    """
    name, address = parseaddr(sender)
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address(_line(name), addr_spec=address)
    mail["To"] = _receiver(letter.name, letter.address)
    mail["Subject"] = _line(letter.subject)
    mail["Date"] = letter.sent_at
    mail["Message-ID"] = f"<{letter.id}@{address.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    if letter.unsubscribe:
        # Not cut to a length: half a link leads nowhere.
        mail["List-Unsubscribe"] = f"<{''.join(letter.unsubscribe.split())}>"
    mail.set_content(letter.text)
    mail.add_alternative(letter.html, subtype="html")
    return mail


def check(options: MailOptions) -> None:
    """Find out whether mail can be sent, without sending any.

    Raises:
        NotDelivered: saying why not.
    """
    place = urlsplit(options.url)
    try:
        if place.scheme == "maildir":
            _folder(place)
        else:
            with _connect(place) as server:
                server.noop()
    except (OSError, smtplib.SMTPException) as error:
        _fail(error)


def _send(letter: Letter, options: MailOptions) -> None:
    mail, place = compose(letter, options.sender), urlsplit(options.url)
    try:
        if place.scheme == "maildir":
            _folder(place).add(mail.as_bytes())
        else:
            with _connect(place) as server:
                server.send_message(mail)
    except (OSError, smtplib.SMTPException) as error:
        _fail(error)


def _connect(place: SplitResult) -> smtplib.SMTP:
    host = place.hostname or "localhost"
    if place.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, place.port or 465, timeout=_SECONDS, context=_tls(host))
    elif place.scheme == "smtp":
        server = smtplib.SMTP(host, place.port or 25, timeout=_SECONDS)
    else:
        raise NotDelivered("The mail address in the settings must begin with smtp://, smtps:// or maildir:.")
    try:
        server.ehlo_or_helo_if_needed()
        if place.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=_tls(host))
            server.ehlo()
        elif place.scheme == "smtp" and place.username and not _is_here(host):
            raise NotDelivered("The mail server wants a password but offers no encryption: use smtps:// or another.")
        if place.username:
            server.login(unquote(place.username), unquote(place.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _tls(host: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if _is_here(host):
        # A mail server on this machine has, as a rule, a certificate it made itself, and nobody sits in between.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _folder(place: SplitResult) -> mailbox.Maildir:
    folder = Path(place.path)
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return mailbox.Maildir(folder, create=True)


def _fail(error: OSError | smtplib.SMTPException) -> NoReturn:
    """Say what happened in our own words: the server's may quote the address."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code = next(iter(error.recipients.values()))[0]
            raise NotDelivered(f"The mail server refused the recipient ({code}).", permanent=code >= 500) from error
        case smtplib.SMTPAuthenticationError():
            raise NotDelivered("The mail server refused the user name or the password.") from error
        case smtplib.SMTPSenderRefused():
            raise NotDelivered(f"The mail server refused our sender address ({error.smtp_code}).") from error
        case smtplib.SMTPDataError():
            code = error.smtp_code
            raise NotDelivered(f"The mail server refused the mail ({code}).", permanent=code >= 500) from error
        case smtplib.SMTPNotSupportedError():
            raise NotDelivered("The mail server cannot send to such an address.", permanent=True) from error
        case smtplib.SMTPException():
            raise NotDelivered(f"The mail server did not do its part ({type(error).__name__}).") from error
    raise NotDelivered(f"Mail cannot be handed over ({error.strerror or type(error).__name__}).") from error


def _receiver(name: str, address: str) -> Address:
    try:
        user, _, domain = email_address(address, field=None).rpartition("@")
    except Refused as error:
        raise NotDelivered(error.message, permanent=True) from error
    if "=?" in user:
        # Legal, but the library would decode it as it does a header's words.
        raise NotDelivered("This is not an e-mail address that mail can be sent to.", permanent=True)
    return Address(_line(name), user, domain)


def _line(text: str) -> str:
    """Return a text as one line, without control characters, of a length that a header may have."""
    plain = "".join(" " if unicodedata.category(character)[0] in "CZ" else character for character in text)
    # The library would decode an encoded word (=?utf-8?q?…?=) that somebody typed, line breaks and all.
    return " ".join(plain.split())[:_LONGEST_LINE].replace("=?", "= ?")


mail = Channel(name="mail", options=MailOptions, send=_send)
