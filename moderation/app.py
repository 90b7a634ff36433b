"""Builds the application: everything once, from the settings."""

import os
from functools import partial
from pathlib import Path

from flask import Flask
from flask_wtf import CSRFProtect

from moderation.foundation.database import Database
from moderation.foundation.metrics import Metrics
from moderation.foundation.outbound import Outbound
from moderation.foundation.places import templates_folder
from moderation.foundation.secret_key import read_secret
from moderation.foundation.tokens import Keys
from moderation.intake.throttle import Throttle
from moderation.notifying.doorbell import Doorbell
from moderation.publishing.freshness import freshness_of
from moderation.publishing.ready import Ready
from moderation.settings import Settings, load_settings
from moderation.web.api import api
from moderation.web.application import Application
from moderation.web.avatars import avatars
from moderation.web.cdn import add_cdn_headers
from moderation.web.client_metadata import client_metadata
from moderation.web.dashboard import dashboard
from moderation.web.decide import decide
from moderation.web.embed import current, embed, keep
from moderation.web.errors import handle_errors
from moderation.web.feeds import feeds
from moderation.web.few_at_once import FewAtOnce
from moderation.web.fragment import fragment
from moderation.web.headers import add_headers
from moderation.web.health import health
from moderation.web.hooks import hooks
from moderation.web.house import House
from moderation.web.invitation import invitation
from moderation.web.links import links
from moderation.web.login import login
from moderation.web.metrics import metrics, of_ready
from moderation.web.observe import observe
from moderation.web.page import page
from moderation.web.page_sign_in import page_sign_in
from moderation.web.ready import ReadyAnswers
from moderation.web.second_step import second_step
from moderation.web.setup import setup
from moderation.web.sign_in import sign_in
from moderation.web.whole_bodies import WholeBodies
from moderation.web.writer_links import writer_links

_LARGEST_FORM = 256 * 1024
# Enough that one which waits for the database does not keep the others from being made.
_PAGES_AT_ONCE = 3


def create_app(settings: Settings, *, process: str = "web-1") -> Flask:
    """Return the application; the database is to be migrated already.

    Args:
        process: what the metrics call this process.

    Raises:
        Refused: when the secret key or the database's address cannot be used.
    """
    app = Application("moderation", template_folder=str(templates_folder()), static_folder="static")
    house = build_house(settings)
    app.extensions["house"] = house
    app.extensions["metrics"] = counted = _counting(settings, process, house.ready)
    observe(app, counted, settings)
    app.config.update(
        SECRET_KEY=house.keys.key("flask"),
        MAX_CONTENT_LENGTH=_LARGEST_FORM,
        MAX_FORM_MEMORY_SIZE=_LARGEST_FORM,
        PREFERRED_URL_SCHEME="https" if settings.secure else "http",
        SESSION_COOKIE_NAME="__Host-form" if settings.secure else "form",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
    )
    CSRFProtect(app).exempt(api)
    for blueprint in (
        api,
        avatars,
        client_metadata,
        dashboard,
        decide,
        embed,
        feeds,
        fragment,
        health,
        hooks,
        invitation,
        links,
        login,
        metrics,
        page,
        page_sign_in,
        second_step,
        setup,
        sign_in,
        writer_links,
    ):
        app.register_blueprint(blueprint)
    keep(current(), settings.data)
    handle_errors(app)
    add_headers(app, settings)
    add_cdn_headers(app, settings)
    app.wsgi_app = FewAtOnce(app.wsgi_app, most=_PAGES_AT_ONCE)  # type: ignore[method-assign]
    ready = ReadyAnswers(app.wsgi_app, house.ready, clock=house.now)
    app.extensions["at_once"] = ready.at_once
    app.wsgi_app = ready  # type: ignore[method-assign]
    # A quarter of the threads is never held by bodies that are on their way.
    slots = max(1, settings.threads * 3 // 4)
    app.wsgi_app = WholeBodies(app.wsgi_app, slots=slots, limit=_LARGEST_FORM)  # type: ignore[method-assign]
    return app


def build_house(settings: Settings) -> House:
    """Return what is built once, without any door: the background worker needs it too."""
    database = Database(settings.database, pool_size=settings.threads + 2, replica_url=settings.replica_url)
    return House(
        settings=settings,
        database=database,
        ready=Ready(freshness_of(database), limit=settings.ready_bytes),
        keys=Keys(read_secret(settings.secret, settings.data)),
        outbound=Outbound(settings.outbound_exceptions),
        throttle=Throttle(settings.redis_url or "memory://", settings.rates, enabled=settings.limited),
        doorbell=Doorbell(settings),
    )


def _counting(settings: Settings, process: str, ready: Ready) -> Metrics:
    several = settings.workers > 1
    counted = Metrics(process, folder=settings.data / "metrics" if several else None)
    counted.watch(partial(of_ready, ready))
    if several and settings.metrics_key:
        counted.keep_leaving()
    return counted


def from_environment() -> Flask:
    """Return the application for a web worker: MODERATION_CONFIG names the owner's file, MODERATION_* the rest."""
    config = os.environ.get("MODERATION_CONFIG")
    return create_app(load_settings(Path(config) if config else None))
