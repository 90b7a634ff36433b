"""What stands in the trial: its site, its owner, its provider, and comments from people who do not exist."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from msgspec import convert
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.cli.demo.people import POSTS, SAMPLES, SampleComment
from moderation.foundation.database import Database
from moderation.foundation.secret_key import read_secret
from moderation.foundation.tokens import Keys, new_id, new_token
from moderation.identity.password import Sealed, seal
from moderation.identity.personal_key import issue
from moderation.identity.provider import Profile
from moderation.identity.recognise import recognise
from moderation.identity.setup_code import new_setup_code, set_up
from moderation.intake.arrival import Arrival
from moderation.intake.shapes import SubmissionIn
from moderation.journey import moderate, prepare, receive
from moderation.records import Moderator, Origin, Page, ProviderKeys, Site, Status
from moderation.settings import Settings

SITE: Final = "hollow-oak"
_FILE: Final = "demo.json"
_DECIDED_AFTER: Final = timedelta(minutes=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a trial keeps beside its database, so that its owner can come back. Every trial has its own password."""

    email: str
    password: str
    api_key: str
    client_secret: str
    issuer_port: int


def recall(data: Path) -> Trial:
    """Return what was kept of a trial, made now at its first start."""
    file = data / _FILE
    if not file.exists():
        trial = Trial(
            email="owner@hollow-oak.example",
            password=secrets.token_urlsafe(12),
            api_key="",
            client_secret=new_token(),
            issuer_port=0,
        )
        _keep(data, trial)
    return Trial(**json.loads(file.read_text(encoding="utf-8")))


def furnish(settings: Settings, *, blog: str, issuer: str, empty: bool) -> None:
    """Bring a migrated database to what the trial shows; what was written since the last start stays.

    Args:
        blog: the sample blog's origin, which may differ from start to start.
        issuer: the provider's address, likewise.
        empty: without sample comments.
    """
    trial, now = recall(settings.data), datetime.now(UTC)
    keys = Keys(read_secret(settings.secret, settings.data))
    password = seal(trial.password)
    database = Database(settings.database, pool_size=2)
    try:
        with database.transaction() as db:
            site = db.scalar(select(Site).where(Site.key == SITE))
            is_new = site is None
            site = site or _site(db, now)
            _move(db, site, blog)
            _provider(db, keys, issuer, trial.client_secret, now)
            if is_new:
                owner = _owner(db, trial.email, password, now)
                trial = replace(trial, api_key=issue(db, owner, "The trial", now=now))
            if is_new and not empty:
                _comments(db, site, owner, blog, now)
    finally:
        database.close()
    _keep(settings.data, replace(trial, issuer_port=int(issuer.rpartition(":")[2])))


def _keep(data: Path, trial: Trial) -> None:
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = data / f".{_FILE}.new"
    with os.fdopen(os.open(aside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as writer:
        json.dump(asdict(trial), writer, indent=2)
    aside.replace(data / _FILE)


def _site(db: Session, now: datetime) -> Site:
    site = Site(id=new_id("s", now), key=SITE, name="The Hollow Oak", settings={}, created_at=now)
    db.add(site)
    db.flush()
    return site


def _move(db: Session, site: Site, blog: str) -> None:
    if not site.embeds_at(blog):
        site.origins = [Origin(origin=blog)]
        site.revision += 1
        db.flush()
        db.execute(update(Page).where(Page.site_id == site.id).values(url=blog + Page.key))


def _provider(db: Session, keys: Keys, issuer: str, secret: str, now: datetime) -> None:
    row = db.get(ProviderKeys, "demo")
    if row is None:
        row = ProviderKeys(name="demo", kind="openid", label="Demo", client_id="trial", created_at=now)
        db.add(row)
    row.client_secret = keys.encrypt("provider", secret.encode())
    row.options = {"issuer": issuer}
    db.flush()


def _owner(db: Session, email: str, password: Sealed, now: datetime) -> Moderator:
    code = new_setup_code(db, None, now=now)
    return set_up(db, code, email=email, name="The Badger", password=password, now=now)


def _comments(db: Session, site: Site, owner: Moderator, blog: str, now: datetime) -> None:
    ids: list[str] = []
    for sample in SAMPLES:
        written_at = now - sample.age
        parent_id = ids[sample.answers] if sample.answers is not None else None
        comment_id = _comment(db, site, blog, sample, parent_id, written_at)
        if sample.approved:
            decided_at = written_at + _DECIDED_AFTER
            moderate(db, moderator=owner, comment_id=comment_id, status=Status.approved, now=decided_at)
        ids.append(comment_id)


def _comment(db: Session, site: Site, blog: str, sample: SampleComment, parent_id: str | None, now: datetime) -> str:
    guest = {"name": sample.person, "email": sample.email, "website": sample.website}
    person_id = None
    if sample.provider != "guest":
        profile = Profile(
            issuer=f"https://{sample.provider}.example",
            subject=sample.person,
            name=sample.person,
            url=sample.website,
            email=sample.email,
        )
        person_id = recognise(db, site_id=site.id, provider=sample.provider, profile=profile, now=now).id
    given = {
        "site": site.key,
        "page": {"key": sample.post, "url": blog + sample.post, "title": POSTS[sample.post]},
        "parent": parent_id,
        "body": sample.body,
    } | ({"guest": guest} if person_id is None else {})
    arrival = Arrival(
        submission=convert(given, SubmissionIn),
        text=prepare(sample.body),
        person_id=person_id,
        key=new_token(),
        origin=blog,
        address_hash=None,
    )
    return receive(db, site, arrival, now=now).comment.id
