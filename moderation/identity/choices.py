"""The ways to sign in on a site, as its form offers them."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.identity.provider import Provider, providers
from moderation.identity.trouble import hidden
from moderation.records import ProviderKeys, Site


def choices(db: Session, site: Site) -> list[dict[str, Any]]:
    """Return name, label and icon of each way: those the owner listed, in that order; else all that are set up.

    What does not work at the moment is left out.
    """
    kinds, out_of_order = providers(), set(db.scalars(hidden()))
    return [
        {"name": row.name, "label": row.label, "icon": icon_of(kinds[row.kind])}
        for row in _offered(db, site, kinds)
        if row.name not in out_of_order
    ]


def choice(db: Session, site: Site, name: str) -> ProviderKeys | None:
    """Return the keys behind one of a site's ways to sign in, None where it is not offered.

    Who still has it on the page may try what does not work at the moment; if it does, it is offered again.
    """
    return next((row for row in _offered(db, site, providers()) if row.name == name), None)


def icon_of(provider: Provider[Any]) -> str | None:
    """Return a provider's icon as SVG in the colour of the text around it."""
    if provider.icon is None:
        return None
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="24" height="24" fill="currentColor" '
        f'aria-hidden="true"><path d="{provider.icon}"/></svg>'
    )


def _offered(db: Session, site: Site, kinds: dict[str, Provider[Any]]) -> list[ProviderKeys]:
    usable = select(ProviderKeys).where(ProviderKeys.enabled, ProviderKeys.kind.in_(kinds))
    order = (ProviderKeys.position, ProviderKeys.created_at, ProviderKeys.name)
    rows = {row.name: row for row in db.scalars(usable.order_by(*order))}
    chosen = site.policy.providers
    return list(rows.values()) if chosen is None else [rows[name] for name in dict.fromkeys(chosen) if name in rows]
