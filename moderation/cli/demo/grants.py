"""What the trial's issuer has promised and to whom: questions on screen, one-time codes, access tokens; all in memory.

Everything here is used up by one look, and gone after its time.
"""

import secrets
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from moderation.cli.demo.accounts import Account

QUESTION_LASTS: Final = timedelta(minutes=10)
CODE_LASTS: Final = timedelta(seconds=60)
ACCESS_LASTS: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """What a client asked for, after every check.

    Args:
        challenge: S256 of the client's verifier, 43 base64url characters.
        prompt: words out of none, login, select_account, consent.
        max_age: how long ago somebody may have signed in to need no question, in seconds.
    """

    state: str
    nonce: str
    challenge: str
    scope: frozenset[str]
    prompt: frozenset[str] = frozenset()
    max_age: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Somebody said yes to a request."""

    request: AuthorizationRequest
    account: Account
    signed_in_at: datetime


@dataclass(slots=True)
class Grants:
    """The issuer's memory, safe for several threads; every moment is UTC."""

    _questions: dict[str, tuple[AuthorizationRequest, str, datetime]] = field(default_factory=dict)
    _codes: dict[str, tuple[Grant, datetime]] = field(default_factory=dict)
    _access: dict[str, tuple[Grant, str, datetime]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, request: AuthorizationRequest, browser: str, now: datetime) -> str:
        """Remember a question shown to one browser, and give the id that its answer must bring back."""
        number = secrets.token_urlsafe(24)
        with self._lock:
            self._forget(now)
            self._questions[number] = request, browser, now + QUESTION_LASTS
        return number

    def take_question(self, number: str, browser: str, now: datetime) -> AuthorizationRequest | None:
        """Give the request behind a question, once, and only to the browser that was asked."""
        with self._lock:
            self._forget(now)
            if number not in self._questions or self._questions[number][1] != browser:
                return None
            return self._questions.pop(number)[0]

    def new_code(self, grant: Grant, now: datetime) -> str:
        """Make a code that is good for one exchange within a minute."""
        code = secrets.token_urlsafe(32)
        with self._lock:
            self._forget(now)
            self._codes[code] = grant, now + CODE_LASTS
        return code

    def take_code(self, code: str, now: datetime) -> Grant | None:
        """Give what a code stands for, once; a second try also takes back the access token of the first.

        Source: RFC 6749, section 4.1.2.
        """
        with self._lock:
            self._forget(now)
            found = self._codes.pop(code, None)
            if found is None:
                self._access = {token: entry for token, entry in self._access.items() if entry[1] != code}
                return None
            return found[0]

    def new_access(self, grant: Grant, code: str, now: datetime) -> str:
        """Make an access token out of the code that was just taken."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._access[token] = grant, code, now + ACCESS_LASTS
        return token

    def by_access(self, token: str, now: datetime) -> Grant | None:
        """Give what an access token stands for, as long as it is good."""
        with self._lock:
            self._forget(now)
            found = self._access.get(token)
        return found[0] if found else None

    def _forget(self, now: datetime) -> None:
        self._questions = {key: entry for key, entry in self._questions.items() if entry[2] > now}
        self._codes = {key: entry for key, entry in self._codes.items() if entry[1] > now}
        self._access = {key: entry for key, entry in self._access.items() if entry[2] > now}
