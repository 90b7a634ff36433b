"""Sees every request that reaches Flask: counts and times it, and gives it an id that the log repeats."""

import logging
import re
import time
from ipaddress import ip_address
from typing import Final

from flask import Flask, Response, g, request

from moderation.foundation.log import about_request
from moderation.foundation.metrics import Metrics
from moderation.foundation.tokens import new_token
from moderation.settings import Settings

_LOG: Final = logging.getLogger(__name__)
_GIVEN: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def observe(app: Flask, metrics: Metrics, settings: Settings) -> None:
    """Watch the requests of an application; call it before anything else looks at them."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()
        g.request_id = _given(settings) or new_token()[:22]
        about_request(g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        if "began" not in g:
            return response
        seconds = time.perf_counter() - g.began
        endpoint = request.endpoint or "none"
        method = request.method if request.method in _METHODS else "other"
        metrics.requests.labels(endpoint, method, response.status_code).observe(seconds)
        response.headers["X-Request-Id"] = g.request_id
        if settings.log_requests:
            told = {"endpoint": endpoint, "method": method, "status": response.status_code}
            _LOG.info("answered", extra=told | {"milliseconds": round(seconds * 1000, 1)})
        return response

    @app.teardown_request
    def forget(_error: BaseException | None) -> None:
        about_request(None)


def _given(settings: Settings) -> str | None:
    """Return the id that a proxy of ours gave the request; a stranger's could be another's, or hold anything."""
    given = request.headers.get("X-Request-Id", "")
    if not settings.trusted_proxies or not _GIVEN.fullmatch(given):
        return None
    try:
        remote = ip_address(request.remote_addr or "")
    except ValueError:
        return None
    return given if any(remote in network for network in settings.trusted_proxies) else None
