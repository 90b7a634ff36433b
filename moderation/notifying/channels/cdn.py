"""A CDN, told by one call which answers to drop, in the form that Cloudflare, Fastly and others understand."""

import json
from typing import Annotated, Final

from msgspec import Meta, field

from moderation.foundation.errors import Outage, Refused
from moderation.foundation.options import Options
from moderation.foundation.outbound import Outbound
from moderation.notifying.channel import Channel, Letter, NotDelivered

_SECONDS: Final = 10
_LIMIT: Final = 64 * 1024


class CdnOptions(Options, frozen=True, kw_only=True):
    """How the CDN in front is told of changes."""

    url: Annotated[str, Meta(description="https address that takes the tags to purge.")]
    headers: Annotated[dict[str, str], Meta(description="Its key, such as Authorization: Bearer ….")] = field(
        default_factory=dict
    )
    exceptions: Annotated[
        frozenset[str], Meta(description="host:port on this machine that may be called; trial and tests only.")
    ] = frozenset()


def _send(letter: Letter, options: CdnOptions) -> None:
    """Send the tags twice: as JSON (Cloudflare) and as a header (Fastly, Varnish).

    Sources: Cloudflare API, "Purge cached content" by tags; Fastly API, "Purge multiple surrogate keys".
    """
    tags = letter.text.split(" ")
    headers = options.headers | {"Content-Type": "application/json", "Surrogate-Key": letter.text}
    try:
        answer = Outbound(options.exceptions).fetch(
            "POST",
            options.url,
            headers=headers,
            data=json.dumps({"tags": tags}).encode(),
            seconds=_SECONDS,
            limit=_LIMIT,
        )
    except Outage as error:
        raise NotDelivered("The CDN's purge address (purge_url) cannot be reached.") from error
    except Refused as error:
        raise NotDelivered("The CDN's purge address (purge_url) is not one that may be called.") from error
    if not 200 <= answer.status < 300:
        # Also for a wrong key: the owner may put it right before we give up.
        raise NotDelivered(f"The CDN did not take the purge ({answer.status}).")


cdn = Channel(name="cdn", options=CdnOptions, send=_send)
