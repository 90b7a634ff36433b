"""The secret key of an installation, from which all other keys are derived: given, or in a file of the data folder."""

import hmac
import os
import secrets
from pathlib import Path

from moderation.foundation.errors import Refused
from moderation.foundation.secret import Secret

_LENGTH = 32


def read_secret(given: Secret, data: Path) -> bytes:
    """Return the secret key: the one given, else DATA/secret.key, made at the first start for its owner's eyes only.

    Raises:
        Refused: when it is too short, or its file may be read by others.
    """
    if given:
        if len(given.reveal()) < _LENGTH:
            raise Refused(f"MODERATION_SECRET is too short: at least {_LENGTH} characters.", field="secret")
        return given.reveal().encode()
    file = data / "secret.key"
    try:
        data.mkdir(parents=True, exist_ok=True)
        _write_once(file, secrets.token_urlsafe(48))
        if file.stat().st_mode & 0o077:
            raise Refused(f"Others can read {file}; run: chmod 600 {file}", field="secret")
        content = file.read_text(encoding="ascii").strip()
    except OSError as error:
        raise Refused(f"The secret key {file} cannot be read or made: {error.strerror}.", field="secret") from error
    if len(content) < _LENGTH:
        raise Refused(f"{file} is damaged: it should hold at least {_LENGTH} characters.", field="secret")
    return content.encode()


def known_secret(given: Secret, data: Path) -> bytes | None:
    """Return the secret key where there is one already; none is made.

    Raises:
        Refused: when it cannot be used.
    """
    return read_secret(given, data) if given or (data / "secret.key").exists() else None


def secret_seal(secret: bytes) -> str:
    """Return what tells whether a secret key is the same, and nothing else about it."""
    return hmac.digest(secret, b"moderation/seal", "sha256").hex()[:16]


def _write_once(file: Path, content: str) -> None:
    # Two processes may start at once: written aside, then linked, so that one of them wins and none reads half a key.
    if file.exists():
        return
    aside = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as writer:
        writer.write(content)
        writer.flush()
        os.fsync(writer.fileno())
    try:
        os.link(aside, file)
    except FileExistsError:
        pass
    finally:
        aside.unlink()
