"""Reads the signed notes that Facebook posts when somebody takes a sign-in back."""

import base64
import hmac
import json
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Missing, NotAllowed, Refused
from moderation.foundation.tokens import Keys
from moderation.identity.failure import SignInFailed
from moderation.identity.provider import open_client, read_subject
from moderation.records import ProviderKeys

_LONGEST: Final = 4096
# Of a note that is older, nobody knows where it has been; the person may have signed in again since.
_LASTS: Final = timedelta(days=1)
_AHEAD: Final = timedelta(minutes=10)


def facebook_secrets(db: Session, keys: Keys) -> list[str]:
    """Return the secrets of all Facebook apps that are set up, switched off or not.

    Raises:
        Missing: when there is none.
    """
    rows = db.scalars(select(ProviderKeys).where(ProviderKeys.kind == "facebook")).all()
    if not rows:
        raise Missing("There is nothing at this address.")
    secrets = []
    for row in rows:
        try:
            _provider, client = open_client(row, keys, "")
        except SignInFailed:
            continue
        # With an empty one, anybody could sign.
        if client.secret:
            secrets.append(client.secret)
    return secrets


def read_signed_request(text: str, secrets: list[str], *, now: datetime) -> str:
    """Return the subject that a note of Facebook's is about.

    Args:
        text: from a stranger; signature and payload in base64url with a dot between, the payload such as
            ``{"user_id": "1022…", "algorithm": "HMAC-SHA256", "issued_at": 1763792880}``.

    Raises:
        Refused: when it is not of this form.
        NotAllowed: when it was not signed with one of the secrets, or is too old.

    Source: developers.facebook.com, "Data Deletion Request Callback".
    """
    signature, separator, payload = text.partition(".")
    if not separator or len(text) > _LONGEST or not text.isascii():
        raise _malformed()
    given = _unpack(signature)
    made = [hmac.digest(secret.encode(), payload.encode(), "sha256") for secret in secrets]
    if not any(hmac.compare_digest(given, one) for one in made):
        raise NotAllowed("This request was not signed with our secret.")
    return _read_payload(payload, now)


def _read_payload(payload: str, now: datetime) -> str:
    try:
        about: Any = json.loads(_unpack(payload))
    except (ValueError, RecursionError) as error:
        raise _malformed() from error
    if not isinstance(about, dict) or str(about.get("algorithm")).upper() != "HMAC-SHA256":
        raise _malformed()
    earliest, latest = (now - _LASTS).timestamp(), (now + _AHEAD).timestamp()
    issued_at = about.get("issued_at")
    if not isinstance(issued_at, int) or not earliest <= issued_at <= latest:
        raise NotAllowed("This request is too old, or the clocks differ by minutes.")
    try:
        return read_subject(about.get("user_id"))
    except SignInFailed as error:
        raise _malformed() from error


def _unpack(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise _malformed() from error


def _malformed() -> Refused:
    return Refused("This is not a signed request.", field="signed_request", code="malformed")
