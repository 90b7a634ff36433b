"""The queue: comments that wait for a decision, and those that have one; filtered, searched."""

from collections.abc import Callable

from flask import render_template, request, url_for
from sqlalchemy.orm import Session

from moderation.identity.trouble import troubles
from moderation.records import Status
from moderation.review.queue import COUNTED_TO, Slice, Tab, Total, Wanted, count, counts, slice_of
from moderation.web.dashboard_page import Page
from moderation.web.guards import is_owner, moderator_now, own_path, own_site, own_sites
from moderation.web.house import house
from moderation.web.queue_card import MOVES, TABS, cards
from moderation.web.queue_filters import chips, choices_for, filters_of, in_address, wanted_in

page = Page("queue", "Queue", 10)

_AT_ONCE = 50


@page.get("/", defaults={"site_key": ""})
@page.get("/<site_key>/queue")
def show(site_key: str) -> str:
    """The comments of one tab, of all sites or of one, narrowed down as the address says."""
    sites = (own_site(site_key),) if site_key else own_sites()
    ids = tuple(site.id for site in sites)
    wanted = wanted_in(request.args, ids)
    usual = "oldest" if wanted.tab is Tab.waiting else "newest"
    order = request.args.get("order", usual)
    with house().database.reading() as db:
        after, counted = request.args.get("after"), bool(wanted.search) and "after" not in request.args
        slice_ = slice_of(db, wanted, after=after, limit=_AT_ONCE, newest_first=order == "newest", counted=counted)
        shown = cards(db, slice_.items, viewer=moderator_now(), now=house().now())
        numbers = counts(db, ids)
        wrong = troubles(db, house().settings.public_url) if is_owner() else ()
        total = slice_.total or _total(db, wanted, slice_, numbers, goes_on=after is not None)
        narrowed, choices = chips(db, wanted), choices_for(db)
    filters, address = filters_of(wanted), _addresses(site_key)
    return render_template(
        "dashboard/queue.html",
        cards=shown,
        next=slice_.next,
        reached=slice_.reached,
        goes_on=after is not None,
        status=wanted.tab,
        tabs=TABS,
        counts=numbers,
        wrong=wrong,
        site=sites[0] if site_key else None,
        sites=own_sites(),
        order=order,
        usual=usual,
        wanted=wanted,
        filters=filters,
        chips=narrowed,
        total=total,
        moves=MOVES,
        without=lambda these, name: {key: value for key, value in these.items() if key != name},
        choices=choices,
        place=own_path(address(**request.args.to_dict())),
        address=address,
    )


def _total(
    db: Session, wanted: Wanted, slice_: Slice, numbers: dict[Status | Tab, int], *, goes_on: bool
) -> Total | None:
    """Return how many comments the list has, None where only a search could tell."""
    if not goes_on and slice_.next is None:
        return Total(number=len(slice_.items))
    if wanted.search:
        return None
    number = count(db, wanted) if wanted.is_narrowed or wanted.tab is Tab.all else numbers[wanted.tab]
    return Total(number=min(number, COUNTED_TO), more=number > COUNTED_TO)


def _addresses(site_key: str) -> Callable[..., str]:
    """Return what makes the addresses of this view: the same site, with another tab, filter, order or slice."""
    path = url_for("dashboard.queue.show", site_key=site_key)

    def address(**query: str) -> str:
        said = in_address(query)
        return f"{path}?{said}" if said else path

    return address
