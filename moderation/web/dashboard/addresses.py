"""Where a site's pages are: moves one of them, or all below an address, when the blog has moved."""

from collections.abc import Sequence
from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict, Missing, Problem, Refused
from moderation.foundation.origin import origin_of
from moderation.foundation.text import web_address
from moderation.records import Action, Moderator, Role, Site
from moderation.records import Page as BlogPage
from moderation.review.act import act
from moderation.review.actions.move_site import moved, pages_below
from moderation.web.dashboard_page import Page
from moderation.web.guards import moderator_now, own_site
from moderation.web.house import house
from moderation.web.telling import leave_word
from moderation.web.words import plural

page = Page("addresses", "Addresses", None)

_SHOWN: Final = 10
_LONGEST_KEY: Final = 512


@page.get("/<site_key>/addresses")
def show(site_key: str) -> str:
    """Ask what has moved where."""
    return _render(own_site(site_key, role=Role.owner))


@page.post("/<site_key>/addresses")
def move_all(site_key: str) -> ResponseReturnValue:
    """Show which pages would move; move them when that was seen and confirmed."""
    site = own_site(site_key, role=Role.owner)
    try:
        before, after = _folder("from"), _folder("to")
        with house().database.reading() as db:
            going = [(one.url, moved(one, before, after)[1]) for one in pages_below(db, site.id, before)]
        if not going:
            raise Refused("No page with comments stands below this address.", field="from")
        if request.form.get("sure") != "1":
            return _render(site, going=going)
        with house().database.transaction() as db:
            mine = db.get_one(Moderator, moderator_now().id)
            wanted = {"from": before, "to": after}
            done = act(db, "move_site", moderator=mine, subject_id=site.id, wanted=wanted, now=house().now())
    except (Refused, Conflict) as problem:
        return _render(site, problem), 422
    return _done(site, f"{plural(len(going), 'page')} moved.", done)


@page.post("/<site_key>/addresses/page")
def move_one(site_key: str) -> ResponseReturnValue:
    """Move one page."""
    site = own_site(site_key, role=Role.owner)
    try:
        new = web_address(request.form.get("new", ""), field="new")
        with house().database.transaction() as db:
            mine, found = (
                db.get_one(Moderator, moderator_now().id),
                _page(db, site, request.form.get("old", "").strip()),
            )
            key = request.form.get("key", "").strip() or _key(found, new)
            if len(key) > _LONGEST_KEY:
                raise Refused(f"A key can have at most {_LONGEST_KEY} characters.", field="key")
            wanted = {"key": key, "url": new}
            done = act(db, "move_page", moderator=mine, subject_id=found.id, wanted=wanted, now=house().now())
    except (Refused, Conflict, Missing) as problem:
        return _render(site, problem), 422
    return _done(site, "The page is moved.", done)


def _folder(field: str) -> str:
    address = web_address(request.form.get(field, ""), field=field)
    if "?" in address or "#" in address:
        raise Refused("Give the address of the blog, or of a folder of it.", field=field)
    return address.rstrip("/") + "/"


def _page(db: Session, site: Site, text: str) -> BlogPage:
    query = select(BlogPage).where(BlogPage.site_id == site.id, or_(BlogPage.url == text, BlogPage.key == text))
    found = db.scalars(query.limit(2)).all()
    if not found:
        raise Missing("No page with comments has this address or key.", field="old")
    return next((one for one in found if one.key == text), found[0])


def _key(found: BlogPage, new: str) -> str:
    return moved(found, found.url, new)[0]


def _done(site: Site, sentence: str, done: Action) -> ResponseReturnValue:
    leave_word(sentence, undo=done.id)
    return redirect(url_for("dashboard.addresses.show", site_key=site.key), 303)


def _render(site: Site, problem: Problem | None = None, *, going: Sequence[tuple[str, str]] = ()) -> str:
    given: dict[str, Any] = {name: request.form.get(name, "") for name in ("from", "to", "old", "new", "key")}
    origins = sorted(known.origin for known in site.origins)
    foreign = next((there for _, there in going[:1] if origin_of(there, field=None) not in origins), None)
    return render_template(
        "dashboard/addresses.html",
        site=site,
        origins=origins,
        given=given,
        going=going[:_SHOWN],
        number=len(going),
        foreign=origin_of(foreign, field=None) if foreign else None,
        problems={problem.field or "from": problem.message} if problem else {},
        place=url_for("dashboard.addresses.show", site_key=site.key),
    )
