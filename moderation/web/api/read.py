"""What everybody may read: threads, counts, the newest comments, and what the form needs to know of a site."""

import hashlib

from flask import Response, request

from moderation.foundation.errors import Refused
from moderation.identity.choices import choices
from moderation.intake.page import page_by_key, site_by_key
from moderation.publishing.counts import counts
from moderation.publishing.ready import Rests
from moderation.publishing.recent import recent
from moderation.publishing.thread import Sort, thread
from moderation.records import Page, Site
from moderation.web.api.door import answer, api, argument, arguments, public
from moderation.web.cdn import tag_lists, tag_page
from moderation.web.house import house
from moderation.web.ready import rests_on

PAGE_KEY = 512
_SITE_KEY = 64
_CURSOR = 80
# A cache may keep it, but asks each time; a shared one may serve it for a second.
_FRESH = "public, max-age=0, s-maxage=1"


@api.get("/thread")
@public
def read_thread() -> Response:
    """Return the approved comments of a page."""
    sort, after = argument("sort", longest=10, default="oldest"), argument("after", longest=_CURSOR, default="")
    if sort not in set(Sort):
        raise Refused("sort: must be oldest, newest or best.", field="sort")
    site_key, page_key = argument("site", longest=_SITE_KEY), argument("page", longest=PAGE_KEY)
    now = house().now()
    with house().database.public() as db:
        site = site_by_key(db, site_key)
        page = page_by_key(db, site, page_key)
        rests_on(thread_rests(site, page_key, page))
        tag_page(site_key, page_key)
        return cached(answer(thread(db, site, page, now=now, sort=Sort(sort), after=after or None)))


@api.get("/counts")
@public
def read_counts() -> Response:
    """Return how many comments some pages have."""
    site_key, keys = argument("site", longest=_SITE_KEY), arguments("page", longest=PAGE_KEY, most=200)
    rests_on(Rests())
    tag_lists(site_key)
    with house().database.public() as db:
        found = counts(db, site_by_key(db, site_key), keys)
    # Under the words it was asked with, however their accents were written.
    asked = zip(request.args.getlist("page"), keys, strict=True)
    return cached(answer({"counts": {word: found[key] for word, key in asked}}))


@api.get("/recent")
@public
def read_recent() -> Response:
    """Return the newest approved comments of a site."""
    limit = argument("limit", longest=3, default="10")
    if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit) <= 100:
        raise Refused("limit: must be a number from 1 to 100.", field="limit")
    site_key = argument("site", longest=_SITE_KEY)
    rests_on(Rests())
    tag_lists(site_key)
    with house().database.public() as db:
        site = site_by_key(db, site_key)
        return cached(answer({"site": site.key, "comments": recent(db, site, limit=int(limit))}))


@api.get("/sites/<key>")
@public
def read_site(key: str) -> Response:
    """Return what the form needs to know of a site."""
    rests_on(Rests())
    tag_lists(key)
    with house().database.public() as db:
        site = site_by_key(db, key)
        policy = site.policy
        document = {
            "key": site.key,
            "name": site.name,
            "locale": site.locale,
            "languages": list(policy.languages),
            "theme": policy.theme,
            "likes": policy.likes,
            "privacy": policy.privacy,
            "providers": choices(db, site),
            "guests": {"allowed": policy.guests_allowed, "email_required": policy.guest_email_required},
            "limits": {"body": policy.max_length, "name": 64},
            "edit_window": policy.edit_window,
            "max_depth": policy.max_depth,
        }
    return cached(answer(document))


def thread_rests(site: Site, page_key: str, page: Page | None) -> Rests:
    """Return what an answer about one page rests on."""
    return Rests(
        site_id=site.id,
        page_key=page_key,
        page_revision=page.revision if page else None,
        site_revision=site.revision,
        until=page.closes_at(site.policy) if page else None,
    )


def cached(response: Response) -> Response:
    """Give an answer for everybody its ETag, and leave the body out where it is known."""
    response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32])
    response.headers["Cache-Control"] = _FRESH
    response.make_conditional(request)
    return response
