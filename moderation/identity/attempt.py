"""A try to sign in, from the click on the blog to the provider's answer, bound to one browser."""

import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict, Missing, NotAllowed, Refused
from moderation.foundation.insert import insert_missing
from moderation.foundation.text import web_address
from moderation.foundation.tokens import digest, new_token
from moderation.identity.choices import choice
from moderation.identity.failure import Reason
from moderation.identity.visit import Failure, Way
from moderation.records import Attempt, ProviderKeys, Site

LIFETIME: Final = timedelta(minutes=10)
_ATTEMPT: Final = re.compile(r"[A-Za-z0-9_-]{22}")
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a blog's page asks for, or a stranger in its name.

    Args:
        site: the site's key.
        origin: where the page says it is.
        page: its full address.
        challenge: the page's PKCE challenge towards us.
        attempt: the name the page chose.
    """

    provider: str
    site: str
    origin: str
    page: str
    challenge: str
    attempt: str
    change: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A wish that may come true."""

    wish: Wish
    site_id: str
    row: ProviderKeys

    @property
    def host(self) -> str:
        """The blog as the reader knows it."""
        return urlsplit(self.wish.origin).netloc

    @property
    def page(self) -> str:
        """The page's address, without a fragment."""
        return self.wish.page.partition("#")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """An attempt whose answer is being taken up: what is needed to read it."""

    id: str
    site_id: str
    nonce: str
    verifier: str
    kept: bytes | None
    row: ProviderKeys | None


def check(db: Session, wish: Wish) -> Checked:
    """Check what a stranger asks for.

    Raises:
        Missing: when there is no such site, or no such way to sign in there.
        NotAllowed: when the origin may not embed the site.
        Refused: for anything of the wrong shape.
    """
    if not _ATTEMPT.fullmatch(wish.attempt):
        raise Refused("The attempt must be 22 characters of base64url.", field="attempt")
    if not _CHALLENGE.fullmatch(wish.challenge):
        raise Refused("The challenge must be 43 characters of base64url.", field="challenge")
    site = db.scalar(select(Site).where(Site.key == wish.site)) if wish.site.isprintable() else None
    if site is None:
        raise Missing("There is no such site.", field="site")
    if not wish.origin.isprintable() or not site.embeds_at(wish.origin):
        raise NotAllowed("This origin is not registered for the site.", field="origin")
    parts = urlsplit(web_address(wish.page, field="page"))
    if f"{parts.scheme}://{parts.netloc}" != wish.origin:
        raise Refused("The page is not on the origin that was given.", field="page")
    row = choice(db, site, wish.provider)
    if row is None:
        raise Missing("One cannot sign in this way here.", field="provider")
    return Checked(wish=wish, site_id=site.id, row=row)


def begin(
    db: Session, checked: Checked, way: Way, *, cookie: str | None, draft: bytes | None = None, now: datetime
) -> str:
    """Keep an attempt, and return the value of the cookie that binds it to the browser.

    A reader who goes back from the provider and asks again goes on with the same attempt; that takes its cookie.

    Args:
        cookie: what the browser sent under this attempt's name.
        draft: what the form of our own page held, sealed, if the attempt began there.

    Raises:
        Conflict: when the attempt is known, but not from this browser, or is over.
    """
    wish, start, failure = checked.wish, way.start, way.failure
    value = cookie or new_token()
    journey: dict[str, Any] = {
        "state": digest(start.state),
        "nonce": start.nonce,
        "verifier": start.verifier,
        "kept": way.kept,
        "draft": draft,
        "taken_at": now if failure else None,
        "error": failure.reason.value if failure else None,
        "detail": failure.detail if failure else None,
    }
    asked: dict[str, Any] = {
        "site_id": checked.site_id,
        "provider": wish.provider,
        "origin": wish.origin,
        "page": checked.page,
    }
    asked |= {"challenge": wish.challenge, "cookie": digest(value)}
    fresh = not cookie and insert_missing(
        db, Attempt, id=wish.attempt, created_at=now, expires_at=now + LIFETIME, **asked, **journey
    )
    if not fresh:
        same = [getattr(Attempt, name) == wanted for name, wanted in asked.items()]
        open_still = [Attempt.id == wish.attempt, Attempt.taken_at.is_(None), Attempt.expires_at > now]
        again = update(Attempt).where(*open_still, *same).values(**journey).returning(Attempt.id)
        if db.execute(again).one_or_none() is None:
            raise Conflict("This sign-in has already been used. Go back to the blog and start again.")
    return value


def named(db: Session, state: str) -> str:
    """Return the name of the attempt that a provider's answer belongs to; its cookie carries that name.

    Raises:
        Missing: when no attempt has this state.
    """
    found = db.scalar(select(Attempt.id).where(Attempt.state == digest(state)))
    if found is None:
        raise Missing("This sign-in is not known here. Go back to the blog and start again.")
    return found


def take(db: Session, attempt: str, *, state: str, provider: str, cookie: str | None, now: datetime) -> Taken | None:
    """Take up a provider's answer, once; None when there is nothing to take up any more, or never was.

    Args:
        provider: at whose callback the answer came in.

    Raises:
        NotAllowed: when another browser began the attempt.
    """
    bind(db, attempt, cookie)
    if not provider.isprintable():
        raise Missing("There is no such provider.")
    open_still = [Attempt.id == attempt, Attempt.taken_at.is_(None), Attempt.cookie == digest(cookie or "")]
    taking = (
        update(Attempt)
        .where(*open_still, Attempt.state == digest(state), Attempt.provider == provider, Attempt.expires_at > now)
        .values(taken_at=now)
        .returning(Attempt.id, Attempt.site_id, Attempt.nonce, Attempt.verifier, Attempt.kept)
    )
    taken = db.execute(taking).one_or_none()
    if taken is not None:
        return Taken(
            id=taken.id,
            site_id=taken.site_id,
            nonce=taken.nonce,
            verifier=taken.verifier,
            kept=taken.kept,
            row=db.get(ProviderKeys, provider),
        )
    # What is left open came too late, or by another provider's callback: a mix-up.
    late = update(Attempt).where(*open_still, Attempt.expires_at <= now)
    db.execute(late.values(taken_at=now, error=Reason.login_expired.value))
    mixed_up = update(Attempt).where(*open_still, Attempt.provider != provider)
    db.execute(
        mixed_up.values(taken_at=now, error=Reason.provider_bad_reply.value, detail="Another provider answered.")
    )
    return None


def settle(db: Session, attempt: str, result: str | Failure) -> None:
    """Write down what an attempt led to: a person's id, or why to nobody."""
    if isinstance(result, Failure):
        values = {"error": result.reason.value, "detail": result.detail}
    else:
        values = {"person_id": result}
    unsettled = [Attempt.id == attempt, Attempt.person_id.is_(None), Attempt.error.is_(None)]
    db.execute(update(Attempt).where(*unsettled).values(**values))


def bind(db: Session, attempt: str, cookie: str | None) -> Attempt:
    """Return an attempt that this browser began.

    Raises:
        Missing: when there is no such attempt.
        NotAllowed: when another browser began it.
    """
    found = db.get(Attempt, attempt) if _ATTEMPT.fullmatch(attempt) else None
    if found is None:
        raise Missing("This sign-in is not known here. Go back to the blog and start again.")
    if cookie is None or not hmac.compare_digest(found.cookie, digest(cookie)):
        raise NotAllowed("This sign-in was begun in another browser. Go back to the blog and start again.")
    return found
