"""What a shorter time of keeping would have forgotten for good, so that nobody chooses it unknowingly."""

from dataclasses import dataclass
from typing import Any

from moderation.intake.purge import count_traceable
from moderation.records import Site
from moderation.review.old_spam import count_old_spam
from moderation.web.house import house


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What setting options of a site would have forgotten for good.

    Args:
        addresses: of how many comments and reports it is forgotten where they came from.
        spam: how many comments are deleted.
        sure: names the numbers of days that were looked at.
    """

    addresses: int
    spam: int
    sure: str


def loss_by(site: Site, wanted: dict[str, Any]) -> Loss | None:
    """Return what setting these options would have forgotten, None where that is nothing."""
    home, policy = house(), site.policy
    default = home.settings.address_days
    before, after = policy.address_days or default, wanted.get("address_days", policy.address_days) or default
    days = wanted.get("spam_days")
    with home.database.reading() as db:
        addresses = count_traceable(db, site.id, days=after, now=home.now()) if after < before else 0
        shorter = days is not None and (policy.spam_days is None or days < policy.spam_days)
        spam = count_old_spam(db, site, days=days, now=home.now()) if days is not None and shorter else 0
    return Loss(addresses=addresses, spam=spam, sure=f"{after}-{days}") if addresses or spam else None
