"""What a place where people sign in must say about itself, and what it finds out about a person."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from moderation.foundation.catalogue import catalogue
from moderation.foundation.errors import Refused
from moderation.foundation.options import Options, read_options
from moderation.foundation.tokens import Keys
from moderation.identity.calls import Calls
from moderation.identity.failure import Reason, SignInFailed
from moderation.records import ProviderKeys

OptionsT = TypeVar("OptionsT", bound=Options)
# What serves a kind of options serves the narrower kinds too.
KnownOptions = TypeVar("KnownOptions", bound=Options, covariant=True)

_SUBJECT = 320


@dataclass(frozen=True, slots=True, kw_only=True)
class Client(Generic[KnownOptions]):
    """How this installation is known to a provider.

    Args:
        name: what the installation calls the provider; part of its addresses.
        redirect_uri: our callback, built from the configured public URL.
    """

    name: str
    client_id: str
    secret: str = field(repr=False)
    redirect_uri: str
    options: KnownOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a try to sign in sends along, so that the answer can be known again.

    Args:
        verifier: PKCE's, towards the provider.
        change: the reader wants another account than last time.
        typed: what the reader answered to the provider's question; text from a stranger.
    """

    state: str
    nonce: str
    verifier: str = field(repr=False)
    change: bool = False
    typed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """Where the reader is sent, and what the provider's part wants back with the answer (kept sealed)."""

    url: str
    kept: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What came back.

    Args:
        params: the callback's parameters, from a stranger; each was given once.
    """

    params: Mapping[str, str]
    nonce: str
    verifier: str = field(repr=False)
    kept: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Who signed in. (issuer, subject) is the key; all else is the provider's word and may be missing or odd.

    Args:
        email_verified: the provider is known to have checked that the address is this person's.
    """

    issuer: str
    subject: str
    name: str | None = None
    url: str | None = None
    avatar: str | None = None
    email: str | None = None
    email_verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider(Generic[OptionsT]):
    """A kind of place where people sign in.

    Args:
        label: its name as readers know it.
        icon: the path of a 24 × 24 SVG.
        help: what the owner pastes where in the provider's console; ``{redirect_uri}`` stands for our callback.
        start: says where to send the reader. It and ``finish`` raise ``SignInFailed``, nothing else; but one that
            asks may raise ``AskAgain`` at the start.
        finish: turns what came back into a profile.
        asks: a question to the reader that comes before the start, such as where the account is.
        has_keys: the owner gets a client id there; False where we make ourselves known without. Then the client's
            secret is one that only this installation knows, the same for ever.
    """

    name: str
    label: str
    icon: str | None
    help: str
    options: type[OptionsT]
    start: Callable[[Client[OptionsT], Start, Calls], Departure]
    finish: Callable[[Client[OptionsT], Returned, Calls], Profile]
    asks: str | None = None
    has_keys: bool = True


def providers() -> dict[str, Provider[Any]]:
    """Return all kinds of providers by name."""
    return catalogue("moderation.identity.providers", Provider)


def open_client(row: ProviderKeys, keys: Keys, public_url: str) -> tuple[Provider[Any], Client[Any]]:
    """Return a provider and our keys there, unsealed.

    Raises:
        SignInFailed: when the keys are damaged or their options wrong.
    """
    provider = providers().get(row.kind)
    if provider is None:
        raise SignInFailed(Reason.provider_misconfigured, f"There is no provider of the kind {row.kind}.")
    try:
        secret = keys.decrypt("provider", row.client_secret).decode() if row.client_secret else ""
        if not provider.has_keys:
            secret = keys.sign("own secret", provider.name)
        options = read_options(provider.options, row.options)
    except (Refused, UnicodeDecodeError) as error:
        raise SignInFailed(Reason.provider_misconfigured, str(error)) from error
    address = f"{public_url}/auth/{row.name}/callback"
    return provider, Client(
        name=row.name, client_id=row.client_id, secret=secret, redirect_uri=address, options=options
    )


def read_subject(value: Any) -> str:
    """Return what a provider calls a person, as text.

    Raises:
        SignInFailed: unless it is a non-empty text or a whole number.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip() or len(value) > _SUBJECT or not value.isprintable():
        raise SignInFailed(Reason.provider_bad_reply, "The provider did not say who signed in.")
    return value


def read_text(value: Any) -> str | None:
    """Return a text from a provider's JSON, None for anything else or nothing."""
    return value.strip() or None if isinstance(value, str) else None
