"""One person on one site: all they wrote, how they stand, notes, and what was decided about them."""

from flask import render_template, request
from sqlalchemy import select

from moderation.publishing.markup import plain
from moderation.records import ProviderKeys, Version
from moderation.review.history import Asked, history
from moderation.review.notes import notes_on
from moderation.review.people import comments_of, standing_of
from moderation.web.dashboard_page import Page
from moderation.web.guards import moderator_now, own_path, own_sites
from moderation.web.house import house
from moderation.web.past import lines, name_of
from moderation.web.queue_card import TABS
from moderation.web.words import excerpt

page = Page("person", "Person", None)


@page.get("/people/<person_id>")
def show(person_id: str) -> str:
    """A person, with a slice of their comments."""
    now, ids = house().now(), [site.id for site in own_sites()]
    with house().database.reading() as db:
        standing = standing_of(db, person_id, site_ids=ids, now=now)
        comments, following = comments_of(db, person_id, after=request.args.get("after"))
        texts = {
            version.comment_id: version.html
            for version in db.scalars(select(Version).where(Version.comment_id.in_([one.id for one in comments])))
            if version.number == next(one.latest for one in comments if one.id == version.comment_id)
        }
        past = history(db, Asked(site_ids=ids, person_id=person_id), limit=20)
        notes = notes_on(db, person_id)
        return render_template(
            "dashboard/person.html",
            standing=standing,
            person=standing.person,
            site=next(site for site in own_sites() if site.id == standing.person.site_id),
            way=db.scalar(select(ProviderKeys.label).where(ProviderKeys.name == standing.person.provider)),
            comments=[(comment, excerpt(plain(texts[comment.id]), 200)) for comment in comments],
            next=following,
            notes=[(note, name_of(db, note.moderator_id)) for note in notes],
            lines=lines(db, past.entries, viewer=moderator_now()),
            more_history=past.next,
            tabs={tab.value: label for tab, label in TABS.items()},
            place=own_path(request.full_path.removesuffix("?")),
        )


@page.get("/people/<person_id>/history")
def all_of_it(person_id: str) -> str:
    """Everything that was decided and done about a person."""
    ids = [site.id for site in own_sites()]
    with house().database.reading() as db:
        standing = standing_of(db, person_id, site_ids=ids, now=house().now())
        past = history(db, Asked(site_ids=ids, person_id=person_id, after=request.args.get("after") or None))
        return render_template(
            "dashboard/person_history.html",
            person=standing.person,
            lines=lines(db, past.entries, viewer=moderator_now()),
            next=past.next,
            place=own_path(request.full_path.removesuffix("?")),
        )
