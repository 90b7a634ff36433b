"""A webhook: the owner's own program, told by a signed POST."""

from datetime import timedelta
from functools import cache
from typing import Annotated, Final

from msgspec import Meta

from moderation.foundation.errors import Outage, Refused
from moderation.foundation.options import Options
from moderation.foundation.outbound import Answer, Outbound
from moderation.notifying.channel import Channel, Gone, Letter, NotDelivered

_LIMIT: Final = 64 * 1024
_LONGEST_WAIT: Final = timedelta(hours=6)


class WebhookOptions(Options, frozen=True, kw_only=True):
    """What webhooks need to know of this installation."""

    exceptions: Annotated[
        frozenset[str], Meta(description="host:port on this machine that may be called; trial and tests only.")
    ] = frozenset()
    seconds: Annotated[
        float, Meta(gt=0, le=600, description="How long a call may take, from the first step to the last.")
    ] = 10


def post(outbound: Outbound, letter: Letter, *, seconds: float = 10) -> Answer:
    """Send a letter, and return the answer, which is one of success.

    Source: Standard Webhooks 1.0.0, "Delivery success and failure".

    Args:
        seconds: for all of it.

    Raises:
        NotDelivered: saying why not.
    """
    try:
        answer = outbound.fetch(
            "POST",
            outbound.encrypted(letter.address),
            headers=letter.headers,
            data=letter.text.encode(),
            seconds=seconds,
            limit=_LIMIT,
        )
    except (Outage, Refused) as error:
        # Neither names more of the address than its host. Who is refused today may have another address tomorrow.
        raise NotDelivered(error.message) from error
    if answer.status == 410:
        raise Gone("It answered 410: it wants nothing any more.")
    if 300 <= answer.status < 400:
        raise NotDelivered(f"It leads to another address ({answer.status}), which is not followed. Enter that one.")
    if not 200 <= answer.status < 300:
        raise NotDelivered(f"It answered {answer.status}, and not that it took it.", wait=_asked_to_wait(answer))
    return answer


def _asked_to_wait(answer: Answer) -> timedelta:
    """Return how long the receiver asks us to wait, as far as that is reasonable; a date counts as nothing."""
    text = answer.headers.get("Retry-After", "")
    seconds = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    return min(timedelta(seconds=seconds), _LONGEST_WAIT)


@cache
def _outbound(exceptions: frozenset[str]) -> Outbound:
    # Kept, since reading all certificates takes longer than a call.
    return Outbound(exceptions)


def _send(letter: Letter, options: WebhookOptions) -> None:
    post(_outbound(options.exceptions), letter, seconds=options.seconds)


webhook = Channel(name="webhook", options=WebhookOptions, send=_send)
