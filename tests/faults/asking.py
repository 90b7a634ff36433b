"""A client that sends one comment until there is an answer, with the same idempotency key."""

import http.client
import json
import time
from typing import Any

from tests import make
from tests.cli.serving import Serving


class Asking:
    """One comment of a guest. ``lost`` counts answers that never came, ``refused`` others than 201, by status."""

    def __init__(self, service: Serving, text: str, *, with_key: bool = True) -> None:
        self._service = service
        self.document = {
            "site": "blog",
            "page": {"key": "/her", "url": f"{make.BLOG}/her", "title": "Her"},
            "body": text,
            "guest": {"name": "Ann", "email": "ann@example.org"},
        }
        self._key = {"Idempotency-Key": text.replace(" ", "-")} if with_key else {}
        self.lost = 0
        self.refused: list[int] = []

    @property
    def sent(self) -> bytes:
        """The request's body."""
        return json.dumps(self.document).encode()

    @property
    def headers(self) -> dict[str, str]:
        """The request's headers."""
        return self._key | {"Content-Type": "application/json"}

    def once(self) -> tuple[int, dict[str, Any]]:
        """Send it once; return status and document. Raises OSError or HTTPException when no answer comes."""
        status, answer = self._service.ask("/api/v1/comments", body=self.document, headers=self._key)
        return status, json.loads(answer)

    def until_answered(self, seconds: float = 60) -> int:
        """Send it until there is an answer that is no outage; return the status."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                status, _ = self.once()
            except (OSError, http.client.HTTPException):
                self.lost += 1
                time.sleep(0.02)
                continue
            if status < 500:
                return status
            self.refused.append(status)
        raise AssertionError(f"no answer within {seconds} s")
