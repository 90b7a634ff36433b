"""A program of an owner's own that takes webhooks over real HTTP."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from sqlalchemy.orm import Session

from moderation.foundation.database import Database
from moderation.foundation.tokens import Keys, new_id
from moderation.notifying.deliver import PostOffice
from moderation.notifying.kind import Sender
from moderation.records import Happening, Moderator, Site, Webhook
from moderation.review.act import act
from tests import make
from tests.notifying.conftest import KEYS, SENDER


class Receiver:
    """A server on this machine that remembers what it was sent.

    ``status`` is what it answers with, ``headers`` what it says beside.
    """

    def __init__(self) -> None:
        self.status, self.headers = 204, dict[str, str]()
        self.received: list[tuple[dict[str, str], bytes]] = []
        # How many calls were under way at once, at most.
        self.together = 0
        here, counting = 0, threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                nonlocal here
                with counting:
                    here += 1
                    outer.together = max(outer.together, here)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(outer.status)
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                with counting:
                    here -= 1
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.place = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.place}/comments"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def told(self) -> list[dict[str, Any]]:
        """Return what it was told since it was asked last."""
        found = [json.loads(body) for _, body in self.received]
        self.received.clear()
        return found

    def events(self) -> list[tuple[str, str]]:
        """Return the events it was told of since it was asked last, each with the comment's status."""
        return [(one["type"].removeprefix("comment."), one["data"]["comment"]["status"]) for one in self.told()]


def webhook(
    db: Session, site: Site, url: str, *, owner: Moderator, happenings: tuple[Happening, ...] = tuple(Happening)
) -> Webhook:
    """Add a webhook, as its owner does; its secret is ``SECRET``."""
    state = {"url": url, "happenings": [one.value for one in happenings], "on": True, "secret": sealed(KEYS)}
    wanted = {"webhook": new_id("w", make.NOW), "host": "", **state}
    act(db, "webhook", moderator=owner, subject_id=site.id, wanted=wanted, now=make.NOW)
    return db.get_one(Webhook, wanted["webhook"])


SECRET = "whsec_" + "c2VjcmV0IG9mIHRoaXJ0eS10d28gYnl0ZXMgbG9uZyE="


def sealed(keys: Keys, secret: str = SECRET) -> str:
    """Return a secret as an action keeps it."""
    return base64.b64encode(keys.encrypt("webhook", secret.encode())).decode()


def office(database: Database, *places: str, mail: str = "smtp://127.0.0.1:1", seconds: float = 10) -> PostOffice:
    """An installation that may call these places on this machine, each for so many seconds."""
    return PostOffice(
        database=database,
        sender=Sender(public_url="https://comments.example", keys=KEYS),
        options={
            "mail": {"url": mail, "sender": SENDER},
            "webhook": {"exceptions": frozenset(places), "seconds": seconds},
        },
    )
