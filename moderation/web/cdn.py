"""What a CDN in front is told of an answer: for how long it may keep it, and under which names it is taken back."""

from flask import Flask, Response, g

from moderation.foundation.tags import lists_tag, page_tag, site_tag
from moderation.settings import Settings


def tag_page(site_key: str, page_key: str) -> None:
    """Say that the answer under way shows a page, there or not yet there."""
    g.cdn_tags = [site_tag(site_key), page_tag(site_key, page_key)]


def tag_lists(site_key: str) -> None:
    """Say that the answer under way shows something of several pages of a site."""
    g.cdn_tags = [site_tag(site_key), lists_tag(site_key)]


def add_cdn_headers(app: Flask, settings: Settings) -> None:
    """Give tagged answers their headers.

    A shared cache without purges keeps them for a second (``s-maxage``); a CDN that we tell of changes, for as long as
    the settings say. Sources: RFC 9213 (CDN-Cache-Control); Edge Architecture 1.0 (Surrogate-Control).
    """
    seconds = settings.cdn_seconds if settings.purge_url else 1

    @app.after_request
    def add(response: Response) -> Response:
        tags = g.get("cdn_tags")
        if tags and response.status_code == 200:
            response.headers["Surrogate-Key"] = " ".join(tags)
            response.headers["Cache-Tag"] = ",".join(tags)
            if seconds > 1:
                response.headers["CDN-Cache-Control"] = f"public, max-age={seconds}"
                response.headers["Surrogate-Control"] = f"max-age={seconds}"
        return response
