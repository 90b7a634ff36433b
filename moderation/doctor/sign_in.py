"""Looks at the ways in which readers sign in: what each provider must know us by, and which of them fail."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from moderation.doctor.result import Result
from moderation.identity.provider_keys import all_keys, redirect_address
from moderation.identity.trouble import troubles


def look_at_providers(db: Session, *, public_url: str) -> Iterator[Result]:
    """Yield for each provider whether readers can use it, and the redirect address that is registered there."""
    failing = {told.name: told for told in troubles(db, public_url)}
    for row in all_keys(db):
        address = redirect_address(public_url, row.name)
        advice = "The redirect address that the provider must know, exactly so:"
        if not row.enabled:
            yield Result(said=f"{row.label} is switched off")
        elif told := failing.get(row.name):
            said = f"{row.label} fails: {told.sentence.rstrip('.')}"
            yield Result(said=said, advice=advice, paste=address, ok=False)
        else:
            yield Result(said=f"{row.label} is on offer", advice=advice, paste=address)
    if not all_keys(db):
        yield Result(said="Readers can comment as guests only", advice="Set up a provider on the page Sign-in.")
