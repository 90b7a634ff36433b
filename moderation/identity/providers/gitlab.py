"""GitLab: gitlab.com, or a server of one's own."""

from dataclasses import replace
from typing import Annotated, Any

from msgspec import Meta

from moderation.foundation.options import Options
from moderation.identity import openid as flow
from moderation.identity.calls import Calls
from moderation.identity.openid import OpenIdOptions
from moderation.identity.provider import Client, Departure, Profile, Provider, Returned, Start


class GitLabOptions(Options, frozen=True, kw_only=True):
    """Which GitLab it is."""

    address: Annotated[str, Meta(max_length=300, description="Your GitLab's address, as it calls itself.")] = (
        "https://gitlab.com"
    )


def _start(client: Client[GitLabOptions], attempt: Start, calls: Calls) -> Departure:
    return flow.start(_known(client), attempt, calls)


def _finish(client: Client[GitLabOptions], returned: Returned, calls: Calls) -> Profile:
    known = _known(client)
    issuer = flow.discover(known, calls)
    # Picture and link are not in the ID token.
    claims = flow.fetch_claims(known, issuer, returned, calls, always_ask=True)
    return flow.profile(issuer.issuer, claims["sub"], claims)


def _known(client: Client[Any]) -> Client[OpenIdOptions]:
    issuer = client.options.address.rstrip("/")
    # By “basic” GitLab takes id and secret as they are, not form-encoded as RFC 6749 wants them.
    return replace(
        client, options=OpenIdOptions(issuer=issuer, scope="openid profile email", auth="client_secret_post")
    )


gitlab = Provider(
    name="gitlab",
    label="GitLab",
    # Simple Icons (CC0 1.0).
    icon=(
        "m23.6004 9.5927-.0337-.0862L20.3.9814a.851.851 0 0 0-.3362-.405.8748.8748 0 0 0-.9997.0539.8748.8748 0 0 "
        "0-.29.4399l-2.2055 6.748H7.5375l-2.2057-6.748a.8573.8573 0 0 0-.29-.4412.8748.8748 0 0 0-.9997-.0537.8585"
        ".8585 0 0 0-.3362.4049L.4332 9.5015l-.0325.0862a6.0657 6.0657 0 0 0 2.0119 7.0105l.0113.0087.03.0213 4.97"
        "6 3.7264 2.462 1.8633 1.4995 1.1321a1.0085 1.0085 0 0 0 1.2197 0l1.4995-1.1321 2.4619-1.8633 5.006-3.7489"
        ".0125-.01a6.0682 6.0682 0 0 0 2.0094-7.003z"
    ),
    help=(
        "On gitlab.com, or your own GitLab, open Preferences, Applications (for a whole server: Admin, Applications), "
        "and press “Add new application”. Redirect URI:\n"
        "{redirect_uri}\n"
        "Leave “Confidential” ticked, and tick the scopes openid, profile and email. Enter here the Application ID and "
        "the Secret; for your own GitLab, its address too."
    ),
    options=GitLabOptions,
    start=_start,
    finish=_finish,
)
