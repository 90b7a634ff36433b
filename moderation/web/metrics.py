"""What Prometheus is told, whoever holds the key: this installation's figures, and those of each of its processes."""

import hmac
from collections.abc import Iterator
from typing import cast

from flask import Blueprint, Response, current_app, request
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Missing, NotAllowed, Outage
from moderation.foundation.metrics import CONTENT_TYPE, Figure, Metrics
from moderation.identity.trouble import lately_failed
from moderation.notifying.outbox import outbox
from moderation.publishing.ready import Ready
from moderation.records import ProviderTrouble
from moderation.review.queue import sizes
from moderation.web.house import house

metrics = Blueprint("metrics", __name__)


@metrics.get("/metrics")
def show() -> Response:
    """Return all figures; what rests on the database is left out while that cannot be reached."""
    key, given = house().settings.metrics_key.reveal(), request.headers.get("Authorization", "")
    if not key:
        raise Missing("There is nothing at this address.")
    if not hmac.compare_digest(given.encode(), f"Bearer {key}".encode()):
        raise NotAllowed("The metrics need the key of the settings (metrics_key).", signed_in=False)
    counted = cast("Metrics", current_app.extensions["metrics"])
    try:
        with house().database.reading() as db:
            shared = [_up(1), *_shared(db)]
    except Outage:
        shared = [_up(0)]
    return Response(counted.text(shared), content_type=CONTENT_TYPE)


def of_ready(ready: Ready) -> Iterator[Figure]:
    """Yield how the ready answers of this process fare."""
    answers: dict[tuple[str, ...], float] = {("hit",): ready.hits, ("miss",): ready.misses, ("build",): ready.builds}
    says = "Public reads answered at once (hit), those that had to wait or be built (miss), and answers built and kept."
    yield Figure(name="ready_answers", says=says, labels=("outcome",), values=answers, kind="counter")
    yield Figure(name="ready_bytes", says="Memory that the ready answers take.", values={(): ready.size})


def _up(value: int) -> Figure:
    return Figure(name="database_up", says="Whether the database answers.", values={(): value})


def _shared(db: Session) -> Iterator[Figure]:
    now = house().now()
    yield Figure(name="queue_comments", says="Comments that wait.", labels=("site",), values=_by_one(sizes(db)))
    out = outbox(db, now=now)
    yield Figure(
        name="outbox_notices",
        says="Notices that are due, that will be, and of these the ones that failed before.",
        labels=("state",),
        values=_by_one({"due": out.due, "later": out.later, "retrying": out.retrying}),
    )
    yield Figure(
        name="outbox_lag_seconds",
        says="For how long the oldest due notice has waited.",
        values={(): out.lag.total_seconds()},
    )
    yield Figure(
        name="outbox_dead_letters",
        says="Notices of the last 30 days that were given up.",
        labels=("channel",),
        values=_by_one(out.dead),
    )
    yield Figure(
        name="sign_in_failures",
        says="Sign-ins of the last hour that failed, by provider and reason.",
        labels=("provider", "reason"),
        values=lately_failed(db, now=now),
    )
    hidden = select(ProviderTrouble.name).where(ProviderTrouble.hidden.is_(True))
    yield Figure(
        name="providers_hidden",
        says="Providers that readers are not offered because they fail.",
        values={(): db.scalar(select(func.count()).select_from(hidden.subquery())) or 0},
    )


def _by_one(counts: dict[str, int]) -> dict[tuple[str, ...], float]:
    return {(name,): count for name, count in counts.items()}
