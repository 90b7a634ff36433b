"""Sites, and who owns them: who set the installation up owns all there are, and a new site belongs to all owners."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Refused
from moderation.foundation.origin import origin_of
from moderation.foundation.text import clean_name
from moderation.foundation.tokens import new_id
from moderation.records import Membership, Moderator, Origin, Role, Site

_KEY: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


def add_site(db: Session, *, key: str, name: str, origins: Sequence[str], now: datetime, locale: str = "en") -> Site:
    """Make a site. Its owners are all who own another; while nobody owns any, every moderator there is.

    Args:
        key: what the tag on its pages names; lower-case letters, digits and hyphens.
        origins: from where it may be embedded, such as ``https://blog.example``.

    Raises:
        Refused: one of them cannot be taken; ``field`` is ``key``, ``name`` or ``origin``.
    """
    site = Site(id=new_id("s", now), key=_checked_key(db, key), name=clean_name(name, field="name"), created_at=now)
    site.locale = locale
    site.origins = [Origin(origin=origin) for origin in dict.fromkeys(read_origin(origin) for origin in origins)]
    if not site.origins:
        raise Refused("Please name at least one address of the blog, such as https://blog.example.", field="origin")
    db.add(site)
    db.flush()
    owners = set(db.scalars(select(Membership.moderator_id).where(Membership.role == Role.owner)))
    for moderator_id in sorted(owners or set(db.scalars(select(Moderator.id)))):
        _own(db, moderator_id, site.id, now)
    db.flush()
    return site


def own_everything(db: Session, moderator: Moderator, *, now: datetime) -> None:
    """Make a moderator an owner of every site there is."""
    for site_id in db.scalars(select(Site.id)).all():
        _own(db, moderator.id, site_id, now)
    db.flush()
    db.refresh(moderator, ["memberships"])


def read_origin(text: str, *, field: str = "origin") -> str:
    """Return an origin exactly as browsers send it; a path that was pasted along is left out.

    Raises:
        Refused: when it is no web address.
    """
    text = text.strip()
    return origin_of(text if "://" in text else f"https://{text}", field=field)


def read_locale(text: str) -> str:
    """Return a language as it is written in addresses and pages, such as en, de or pt-BR.

    Raises:
        Refused: when it is none.
    """
    text = text.strip()
    parts = text.split("-")
    if not (2 <= len(parts[0]) <= 3 and text.isascii() and all(part.isalnum() and len(part) <= 8 for part in parts)):
        raise Refused(f"“{text}” is no language such as en, de or pt-BR.", field="locale")
    if len(text) > 35:
        raise Refused("A language has at most 35 characters.", field="locale")
    return text


def _checked_key(db: Session, key: str) -> str:
    key = key.strip()
    if not _KEY.fullmatch(key):
        raise Refused("A key has lower-case letters, digits and hyphens, at most 64, such as my-blog.", field="key")
    if db.scalar(select(Site.id).where(Site.key == key)) is not None:
        raise Refused(f"There is a site with the key {key} already.", field="key")
    return key


def _own(db: Session, moderator_id: str, site_id: str, now: datetime) -> None:
    membership = db.get(Membership, (moderator_id, site_id))
    if membership is None:
        db.add(Membership(moderator_id=moderator_id, site_id=site_id, role=Role.owner, created_at=now))
    else:
        membership.role = Role.owner
