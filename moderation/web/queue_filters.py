"""What the queue is narrowed down to, as it stands in the address: read, shown as chips, offered in a form."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Missing
from moderation.foundation.language import NAMES
from moderation.records import Page, Person, ProviderKeys
from moderation.review.queue import Tab, Wanted
from moderation.screening.screen import POLICY, all_rules

_LONGEST: Final = 100
_WORDS: Final = {
    "page": "page_id",
    "person": "person_id",
    "provider": "provider",
    "rule": "rule",
    "language": "language",
}
_SIGNS: Final = {"links": "Has links", "unanswered": "Not answered yet"}
_BY_POLICY: Final = "Does the site’s policy hold it?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One thing that the list is narrowed down to; ``name`` is the address's."""

    name: str
    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the form offers, each a value and its name."""

    providers: tuple[tuple[str, str], ...]
    rules: tuple[tuple[str, str], ...]
    languages: tuple[tuple[str, str], ...]


def wanted_in(query: Mapping[str, str], site_ids: tuple[str, ...]) -> Wanted:
    """Return what an address asks for; what is empty narrows nothing.

    Args:
        query: the address's, from anybody.

    Raises:
        Missing: there is no such tab.
    """
    word = query.get("status") or Tab.waiting.value
    if word not in set(Tab):
        raise Missing("There is no such list of comments.")
    words: dict[str, Any] = {
        field: query.get(name, "")[:_LONGEST].replace("\0", "") or None for name, field in _WORDS.items()
    }
    return replace(
        Wanted(site_ids=site_ids, tab=Tab(word)),
        **words,
        links=bool(query.get("links")),
        unanswered=bool(query.get("unanswered")),
        search=" ".join(query.get("q", "")[:_LONGEST].replace("\0", "").split()),
    )


def filters_of(wanted: Wanted) -> dict[str, str]:
    """Return what of an address says what is wanted, without the tab."""
    words = {name: getattr(wanted, field) for name, field in _WORDS.items()}
    signs = {name: "1" for name in _SIGNS if getattr(wanted, name)}
    return {name: value for name, value in {**words, **signs, "q": wanted.search}.items() if value}


def in_address(query: Mapping[str, str]) -> str:
    """Return the part of an address that says what is asked for, in such characters that one is led back to it."""
    return urlencode({name: value for name, value in query.items() if value}).replace(".", "%2E")


def chips(db: Session, wanted: Wanted) -> tuple[Chip, ...]:
    """Return what the list is narrowed down to, in words."""
    page = db.get(Page, wanted.page_id) if wanted.page_id else None
    person = db.get(Person, wanted.person_id) if wanted.person_id else None
    ours = set(wanted.site_ids)
    choices = choices_for(db)
    told = {
        "page": (page.title or page.key) if page and page.site_id in ours else "unknown",
        "person": person.name if person and person.site_id in ours else "unknown",
        "provider": dict(choices.providers).get(wanted.provider or "", wanted.provider or ""),
        "rule": dict(choices.rules).get(wanted.rule or "", wanted.rule or ""),
        "language": NAMES.get(wanted.language or "", wanted.language or ""),
        "q": wanted.search,
    }
    labels = {"page": "Page", "person": "By", "provider": "Signed in with", "rule": "Held by", "language": "In"}
    return tuple(
        Chip(name=name, label=labels.get(name, "Search" if name == "q" else ""), value=told.get(name) or _SIGNS[name])
        for name in filters_of(wanted)
    )


def choices_for(db: Session) -> Choices:
    """Return what one can filter by."""
    providers = [(name, label) for name, label in db.execute(select(ProviderKeys.name, ProviderKeys.label)).all()]
    rules = [(name, rule.asks) for name, rule in all_rules().items()]
    return Choices(
        providers=(("guest", "No account (guests)"), *sorted(providers, key=lambda one: one[1].casefold())),
        rules=((POLICY, _BY_POLICY), *sorted(rules, key=lambda one: one[1])),
        languages=tuple(sorted(NAMES.items(), key=lambda one: one[1])),
    )
