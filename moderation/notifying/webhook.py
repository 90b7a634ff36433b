"""A site's webhooks: their addresses, their secrets, and the signature under what is sent to them."""

import base64
import hmac
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Missing, Refused
from moderation.foundation.outbound import Outbound
from moderation.foundation.text import ADDRESS_CHARACTERS
from moderation.foundation.tokens import Keys, new_signing_secret
from moderation.records import Happening, Webhook

_PURPOSE: Final = "webhook"


def webhooks_of(db: Session, site_id: str) -> Sequence[Webhook]:
    """Return the webhooks of a site, the oldest first."""
    return db.scalars(select(Webhook).where(Webhook.site_id == site_id).order_by(Webhook.created_at, Webhook.id)).all()


def switched_off(db: Session, site_id: str) -> Sequence[Webhook]:
    """Return the webhooks of a site that were switched off by themselves."""
    off = Webhook.site_id == site_id, Webhook.off_because.is_not(None), Webhook.enabled.is_(False)
    return db.scalars(select(Webhook).where(*off).order_by(Webhook.off_at)).all()


def webhook_of(db: Session, site_id: str, webhook_id: str) -> Webhook:
    """Return a webhook of a site.

    Raises:
        Missing: there is none.
    """
    found = db.get(Webhook, webhook_id) if webhook_id.isprintable() else None
    if found is None or found.site_id != site_id:
        raise Missing("There is no such webhook any more.")
    return found


def check_address(outbound: Outbound, text: str) -> str:
    """Return the address of a webhook, from the owner, as it is kept.

    Raises:
        Refused: it is one that is never called.
    """
    text = text.strip()
    if not text:
        raise Refused("Please enter the address that is to be told.", field="url")
    try:
        address = outbound.encrypted(text)
    except Refused as problem:
        raise Refused(problem.message, field="url") from problem
    if len(address) > ADDRESS_CHARACTERS:
        raise Refused(f"An address can have at most {ADDRESS_CHARACTERS:,} characters.", field="url")
    return address


def check_happenings(given: Sequence[str]) -> list[str]:
    """Return what a webhook is to be told of, from the owner's form, in our order.

    Raises:
        Refused: nothing.
    """
    chosen = [happening.value for happening in Happening if happening.value in given]
    if not chosen:
        raise Refused("Please choose at least one event.", field="happenings")
    return chosen


def new_secret(keys: Keys) -> tuple[str, str]:
    """Return a new secret for its owner's eyes, once, and the same sealed, as it is kept."""
    secret = new_signing_secret()
    return secret, base64.b64encode(keys.encrypt(_PURPOSE, secret.encode())).decode()


def signed(webhook: Webhook, keys: Keys, *, notice_id: str, body: str, now: datetime) -> Mapping[str, str]:
    """Return the headers that say which notice this is, when it was sent, and that it is ours.

    Source: Standard Webhooks 1.0.0, "Webhook headers".

    Raises:
        Refused: when the secret cannot be read with this installation's key.
    """
    secrets, moment = [keys.decrypt(_PURPOSE, webhook.secret).decode()], int(now.timestamp())
    if webhook.former_secret is not None and webhook.former_until is not None and now < webhook.former_until:
        # One that cannot be read, after the installation's own secret was lost, is what a new one was made for.
        with suppress(Refused):
            secrets.append(keys.decrypt(_PURPOSE, webhook.former_secret).decode())
    signatures = " ".join(sign(secret, notice_id, moment, body) for secret in secrets)
    return {
        "Content-Type": "application/json",
        "webhook-id": notice_id,
        "webhook-timestamp": str(moment),
        "webhook-signature": signatures,
    }


def sign(secret: str, notice_id: str, moment: int, body: str) -> str:
    """Return the signature of a message: HMAC-SHA256 of its id, its time and its body.

    Source: Standard Webhooks 1.0.0, "Signature scheme".

    Args:
        secret: base64 behind ``whsec_``.
        moment: seconds since 1970.
    """
    key = base64.b64decode(secret.removeprefix("whsec_"))
    made = hmac.digest(key, f"{notice_id}.{moment}.{body}".encode(), "sha256")
    return f"v1,{base64.b64encode(made).decode()}"
