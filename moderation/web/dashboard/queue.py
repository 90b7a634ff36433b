"""The queue: comments that wait for a decision, and those that have one."""

from collections.abc import Callable

from flask import render_template, request, url_for

from moderation.foundation.errors import Missing
from moderation.identity.trouble import troubles
from moderation.review.queue import Tab, counts, queue
from moderation.web.dashboard_page import Page
from moderation.web.guards import is_owner, moderator_now, own_path, own_site, own_sites
from moderation.web.house import house
from moderation.web.queue_card import TABS, cards

page = Page("queue", "Queue", 10)

_AT_ONCE = 50


@page.get("/", defaults={"site_key": ""})
@page.get("/<site_key>/queue")
def show(site_key: str) -> str:
    """The comments of one status, of all sites or of one."""
    sites = (own_site(site_key),) if site_key else own_sites()
    status = _tab(request.args.get("status"))
    usual = "oldest" if status is Tab.waiting else "newest"
    order = request.args.get("order", usual)
    now = house().now()
    ids = [site.id for site in sites]
    with house().database.reading() as db:
        slice_ = queue(
            db,
            site_ids=ids,
            status=status,
            after=request.args.get("after"),
            limit=_AT_ONCE,
            newest_first=order == "newest",
        )
        shown = cards(db, slice_.items, viewer=moderator_now(), now=now)
        numbers = counts(db, ids)
        wrong = troubles(db, house().settings.public_url) if is_owner() else ()
    return render_template(
        "dashboard/queue.html",
        cards=shown,
        next=slice_.next,
        status=status,
        tabs=TABS,
        counts=numbers,
        wrong=wrong,
        site=sites[0] if site_key else None,
        sites=own_sites(),
        order=order,
        place=own_path(request.full_path.removesuffix("?")),
        address=_addresses(site_key),
    )


def _tab(word: str | None) -> Tab:
    if word and word not in set(Tab):
        raise Missing("There is no such list of comments.")
    return Tab(word or Tab.waiting)


def _addresses(site_key: str) -> Callable[..., str]:
    """Return what makes the addresses of this view: the same site, with another tab, order or slice."""
    return lambda **query: url_for("dashboard.queue.show", site_key=site_key, **query)
