"""Tells a supervisor whether the service lives, and whether it can work."""

from flask import Blueprint, Response
from sqlalchemy import text

from moderation.foundation.errors import Outage
from moderation.migrations import fits
from moderation.web.house import house

health = Blueprint("health", __name__, url_prefix="/health")


@health.get("/live")
def live() -> Response:
    """The process is up."""
    return Response("live\n", content_type="text/plain; charset=utf-8")


@health.get("/ready")
def ready() -> Response:
    """The database answers and is at this release's schema."""
    with house().database.reading() as db:
        db.execute(text("SELECT 1"))
    if not fits(house().database):
        raise Outage("The database is not at this release's schema; run: moderation migrate")
    return Response("ready\n", content_type="text/plain; charset=utf-8")
