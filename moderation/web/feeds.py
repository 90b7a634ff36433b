"""Atom feeds: the newest comments of a site, or of one page."""

from flask import Blueprint, Response

from moderation.intake.page import page_by_key, site_by_key
from moderation.intake.shapes import PAGE_KEY_CHARACTERS
from moderation.publishing.feed import feed
from moderation.publishing.ready import Rests
from moderation.web.api.door import argument
from moderation.web.api.read import cached, thread_rests
from moderation.web.cdn import tag_lists, tag_page
from moderation.web.house import house
from moderation.web.public import for_every_origin
from moderation.web.ready import rests_on

feeds = Blueprint("feeds", __name__, url_prefix="/feeds")
feeds.after_request(for_every_origin)

_ATOM = "application/atom+xml; charset=utf-8"


@feeds.get("/<key>.atom")
def of_site(key: str) -> Response:
    """Return the newest comments of a site."""
    rests_on(Rests())
    tag_lists(key)
    with house().database.public() as db:
        document = feed(db, site_by_key(db, key), service=house().settings.public_url)
    return cached(Response(document, content_type=_ATOM))


@feeds.get("/<key>/page.atom")
def of_page(key: str) -> Response:
    """Return the newest comments of a page."""
    page_key = argument("page", longest=PAGE_KEY_CHARACTERS)
    tag_page(key, page_key)
    with house().database.public() as db:
        site = site_by_key(db, key)
        rests_on(thread_rests(site, page_key, page_by_key(db, site, page_key)))
        document = feed(db, site, page_key=page_key, service=house().settings.public_url)
    return cached(Response(document, content_type=_ATOM))
