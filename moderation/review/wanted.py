"""What a moderator wants to see: a list of comments, narrowed down by filters."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, func, literal_column
from sqlalchemy.orm import InstrumentedAttribute, Session

from moderation.records import Comment, Page, Person, Status

_ALL: Final = (Status.waiting, Status.approved, Status.rejected, Status.spam)


class Tab(StrEnum):
    """What a moderator looks through: the comments of a status, those that readers reported, or all but withdrawn
    ones."""

    waiting = Status.waiting.value
    reported = "reported"
    approved = Status.approved.value
    rejected = Status.rejected.value
    spam = Status.spam.value
    all = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A list, and what it is narrowed down to; what is None or empty narrows nothing.

    Args:
        site_ids: of which sites.
        rule: the name of a rule that spoke against a comment.
        links: only comments with links.
        unanswered: only comments that nobody has answered yet, so that readers see it.
        search: what a person typed to look for in texts and names.
    """

    site_ids: tuple[str, ...]
    tab: Tab = Tab.waiting
    page_id: str | None = None
    person_id: str | None = None
    provider: str | None = None
    rule: str | None = None
    language: str | None = None
    links: bool = False
    unanswered: bool = False
    search: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Something besides the list and its sites was asked for."""
        asked = (self.page_id, self.person_id, self.provider, self.rule, self.language)
        return any(value is not None for value in asked) or self.links or self.unanswered or bool(self.search)


Conditions = list[ColumnElement[bool]]


def parts(db: Session, wanted: Wanted) -> Iterator[Conditions]:
    """Yield the conditions of parts that together are what is wanted, each such that an index has it in order.

    The words that are searched for are not in the conditions.
    """
    for site_id in _sites(db, wanted):
        of_site = Comment.site_id == site_id
        for of_tab, few in _of_tab(wanted.tab):
            if few:
                yield [of_site, *of_tab, *_narrowed(wanted, _aside)]
            else:
                # A page or a person is of one site; the index of all the site's comments would only lead astray.
                at_home = wanted.page_id or wanted.person_id
                yield [*([] if at_home else [of_site]), *of_tab, *_narrowed(wanted)]


def everything(wanted: Wanted) -> Conditions:
    """Return the conditions in one piece, for when something else narrows first; the words are not among them."""
    conditions = [Comment.site_id.in_(wanted.site_ids), *_narrowed(wanted)]
    if wanted.tab is Tab.waiting:
        return [*conditions, Comment.awaits.is_(True)]
    if wanted.tab is Tab.reported:
        return [*conditions, Comment.reported > 0]
    return [*conditions, Comment.status.in_(_ALL if wanted.tab is Tab.all else (Status(wanted.tab.value),))]


def _of_tab(tab: Tab) -> Iterator[tuple[Conditions, bool]]:
    """Yield conditions, and whether there is an index of just these few comments.

    Such an index is used where its own condition stands in the query, word by word.
    """
    if tab is Tab.reported:
        yield [Comment.reported != literal_column("0")], True
        return
    for status in _ALL if tab is Tab.all else (Status(tab.value),):
        yield [Comment.status == status], False
    if tab is Tab.waiting:
        yield [Comment.awaits.is_(True), Comment.status == literal_column("'approved'")], True


def _aside(column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """Return a column so that no index of it is used."""
    return func.coalesce(column, "")


def _narrowed(wanted: Wanted, by: Callable[[Any], ColumnElement[Any]] = lambda column: column) -> Conditions:
    asked = {
        Comment.person_id: wanted.person_id,
        Comment.page_id: wanted.page_id,
        Comment.provider: wanted.provider,
        Comment.language: wanted.language,
    }
    conditions = [by(column) == value for column, value in asked.items() if value is not None]
    if wanted.links:
        conditions.append(Comment.links.is_(True))
    if wanted.rule is not None:
        against = Comment.held_by.contains(f" {wanted.rule} ", autoescape=True)
        conditions += [Comment.held_by != literal_column("''"), against]
    if wanted.unanswered:
        conditions.append(Comment.answers == 0)
    return conditions


def _sites(db: Session, wanted: Wanted) -> tuple[str, ...]:
    """Return the sites in question: those of the page and the person, where these are asked for."""
    sites = tuple(dict.fromkeys(wanted.site_ids))
    homes: list[Page | Person | None] = [db.get(Page, wanted.page_id)] if wanted.page_id else []
    homes += [db.get(Person, wanted.person_id)] if wanted.person_id else []
    return tuple(site for site in sites if all(home is not None and home.site_id == site for home in homes))
