"""Rows for tests: each function makes one noun with sensible values, and says only what matters."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import insert
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from moderation.foundation.tokens import new_id
from moderation.intake.submit import Text, compose, submit
from moderation.records import (
    Ban,
    Comment,
    DecidedBy,
    Membership,
    Moderator,
    Note,
    Origin,
    Page,
    Person,
    Role,
    Site,
    Status,
    Version,
)
from moderation.records.search import ENTRIES
from moderation.review.decide import decide

NOW = datetime(2026, 11, 22, 6, 28, tzinfo=UTC)
BLOG = "https://blog.example"
_numbers = count(1)


def site(db: Session, *, key: str | None = None, origins: tuple[str, ...] = (BLOG,), **settings: Any) -> Site:
    """Make a site; keyword arguments are its policy."""
    made = Site(
        id=new_id("s", NOW),
        key=key or f"blog{next(_numbers)}",
        name="A blog",
        settings=settings,
        created_at=NOW,
        origins=[Origin(origin=origin) for origin in origins],
    )
    db.add(made)
    db.flush()
    return made


def page(db: Session, site: Site, *, key: str | None = None, title: str | None = "Her", **values: Any) -> Page:
    """Make a page of a site."""
    key = key or f"/post-{next(_numbers)}"
    made = Page(id=new_id("g", NOW), site_id=site.id, key=key, url=BLOG + key, title=title, created_at=NOW, **values)
    made.site = site
    db.add(made)
    db.flush()
    return made


def person(db: Session, site: Site, *, name: str = "Alice", provider: str = "demo", **values: Any) -> Person:
    """Make a signed-in person, or with provider="guest" a guest."""
    if provider != "guest":
        values = {"issuer": f"https://{provider}.example", "subject": f"subject-{next(_numbers)}"} | values
    made = Person(
        id=new_id("p", NOW), site_id=site.id, name=name, provider=provider, created_at=NOW, seen_at=NOW, **values
    )
    db.add(made)
    db.flush()
    return made


def text(body: str = "A fine review.") -> Text:
    """Make a text whose HTML is one paragraph."""
    return Text(body=body, html=f"<p>{body}</p>", plain=body, links=())


def crowd(db: Session, page: Page, person: Person, number: int, *, said: str = "") -> None:
    """Make many approved comments without a text, for when it counts only that they are many.

    Args:
        said: the term that each is found by.
    """
    ids = [new_id("c", NOW) for _ in range(number)]
    values = {"site_id": page.site_id, "page_id": page.id, "person_id": person.id, "status": Status.approved}
    values |= {"awaits": False, "visible": True, "created_at": NOW}
    db.execute(insert(Comment), [values | {"id": comment_id, "root_id": comment_id} for comment_id in ids])
    if said:
        db.execute(insert(ENTRIES), [{"comment_id": comment_id, "terms": said} for comment_id in ids])
        if db.get_bind().dialect.name == "sqlite":
            db.execute(sql("INSERT INTO search_index(search_index) VALUES ('rebuild')"))


def comment(
    db: Session,
    page: Page,
    person: Person,
    *,
    body: str = "A fine review.",
    parent: Comment | None = None,
    status: Status = Status.waiting,
    now: datetime | None = None,
) -> Comment:
    """Make a comment, by intake and decide, so that all counts are right; each is a second younger than the last."""
    now = now or NOW + timedelta(seconds=next(_numbers))
    composed = compose(
        comment_id=new_id("c", now),
        page=page,
        person=person,
        parent=parent,
        text=text(body),
        address_hash=None,
        now=now,
    )
    made = submit(db, *composed)
    if status is not Status.waiting:
        by = DecidedBy.writer if status is Status.withdrawn else DecidedBy.moderator
        decide(db, made.id, status, by=by, now=now)
    return made


def newest(db: Session, comment: Comment) -> Version:
    """Return a comment's newest version."""
    return db.get_one(Version, (comment.id, comment.latest))


def moderator(db: Session, *sites: Site, role: Role = Role.owner, **values: Any) -> Moderator:
    """Make a moderator of some sites, without a password."""
    values = {"email": f"author{next(_numbers)}@blog.example", "name": "The author"} | values
    made = Moderator(id=new_id("m", NOW), created_at=NOW, **values)
    made.memberships = [Membership(site_id=site.id, role=role, created_at=NOW) for site in sites]
    db.add(made)
    db.flush()
    return made


def note(db: Session, person: Person, text: str = "Met at the fair.", **values: Any) -> Note:
    """Make a note on a person."""
    values = {"id": new_id("o", NOW), "created_at": NOW} | values
    made = Note(site_id=person.site_id, person_id=person.id, text=text, **values)
    db.add(made)
    db.flush()
    return made


def ban(site: Site, **values: Any) -> Ban:
    """Make a ban, for good, of a person_id or an address_hash; it is not stored yet."""
    return Ban(**{"id": new_id("b", NOW), "site_id": site.id, "created_at": NOW} | values)
