"""A real SMTP server, and an installation that sends to it."""

import socket
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from moderation.foundation.database import Database
from moderation.foundation.tokens import Keys
from moderation.notifying.deliver import PostOffice
from moderation.notifying.kind import Sender

KEYS = Keys(b"k" * 32)
SENDER = "My blog <comments@blog.example>"


class MailServer:
    """A mail server that can be down, and may refuse recipients."""

    def __init__(self, hostname: str = "127.0.0.1", **options: Any) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        self.mails: list[EmailMessage] = []
        self.envelopes: list[bytes] = []
        self.recipients: list[str] = []
        self.encrypted: list[bool] = []
        self.refusal = ""
        self._hostname = hostname
        self._options = options
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._controller = Controller(self, hostname=self._hostname, port=self.port, **self._options)
        self._controller.start()

    def stop(self) -> None:
        if self._controller:
            self._controller.stop()
            self._controller = None

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.encrypted.append(session.ssl is not None)
        self.recipients += envelope.rcpt_tos
        self.envelopes.append(envelope.original_content or b"")
        self.mails.append(message_from_bytes(envelope.original_content or b"", policy=policy.default))
        return "250 OK"


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()


def office(database: Database, mail_url: str) -> PostOffice:
    """An installation that sends its mail to an address."""
    return PostOffice(
        database=database,
        sender=Sender(public_url="https://comments.example", keys=KEYS),
        options={"mail": {"url": mail_url, "sender": SENDER}},
    )
