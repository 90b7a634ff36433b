"""The reader's visit to a provider: the way there and the way back. Calls the network, never the database."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_urlsafe

from moderation.foundation.tokens import Keys
from moderation.identity.calls import Calls
from moderation.identity.failure import AskAgain, Reason, SignInFailed
from moderation.identity.provider import Profile, Returned, Start, open_client
from moderation.records import ProviderKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a visit came to nothing: a word for the reader, a sentence for the owner."""

    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The way to a provider.

    Args:
        url: None when there is none; then ``failure`` or ``again`` says why.
        kept: what the provider's part wants back, sealed.
        again: a sentence for the reader, who is to type something else.
    """

    start: Start
    url: str | None = None
    kept: bytes | None = None
    failure: Failure | None = None
    again: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, beside what the attempt kept for it.

    Args:
        params: from a stranger; each was given once.
    """

    params: Mapping[str, str]
    nonce: str
    verifier: str = field(repr=False)
    kept: bytes | None


def depart(row: ProviderKeys, *, change: bool, typed: str = "", calls: Calls, keys: Keys, public_url: str) -> Way:
    """Find the way to a provider, with a fresh state, nonce and PKCE verifier.

    Args:
        typed: the reader's answer to the provider's question.
    """
    fresh = {"state": token_urlsafe(32), "nonce": token_urlsafe(32), "verifier": token_urlsafe(48)[:64]}
    start = Start(**fresh, change=change, typed=typed)
    try:
        provider, client = open_client(row, keys, public_url)
        departure = provider.start(client, start, calls)
    except SignInFailed as failed:
        return Way(start=start, failure=Failure(reason=failed.reason, detail=failed.detail))
    except AskAgain as again:
        return Way(start=start, again=again.sentence)
    kept = keys.encrypt("attempt", json.dumps(dict(departure.kept)).encode()) if departure.kept else None
    return Way(start=start, url=departure.url, kept=kept)


def arrive(row: ProviderKeys | None, answer: Answer, *, calls: Calls, keys: Keys, public_url: str) -> Profile | Failure:
    """Turn what a provider sent back with the reader into a profile.

    Args:
        row: None when the provider was removed meanwhile.
    """
    if row is None:
        return Failure(reason=Reason.provider_misconfigured, detail="The provider was removed meanwhile.")
    try:
        provider, client = open_client(row, keys, public_url)
        kept = json.loads(keys.decrypt("attempt", answer.kept)) if answer.kept else {}
        returned = Returned(params=answer.params, nonce=answer.nonce, verifier=answer.verifier, kept=kept)
        return provider.finish(client, returned, calls)
    except SignInFailed as failed:
        return Failure(reason=failed.reason, detail=failed.detail)
