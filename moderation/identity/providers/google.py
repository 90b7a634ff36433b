"""Google."""

from dataclasses import replace
from typing import Any

from moderation.foundation.options import Options
from moderation.identity import openid as flow
from moderation.identity.calls import Calls
from moderation.identity.openid import OpenIdOptions
from moderation.identity.provider import Client, Departure, Profile, Provider, Returned, Start

_OPENID = OpenIdOptions(issuer="https://accounts.google.com", scope="openid profile email", auth="auto")


class GoogleOptions(Options, frozen=True, kw_only=True):
    """Google needs nothing but the keys."""


def _start(client: Client[GoogleOptions], attempt: Start, calls: Calls) -> Departure:
    return flow.start(_at_google(client), attempt, calls)


def _finish(client: Client[GoogleOptions], returned: Returned, calls: Calls) -> Profile:
    return flow.finish(_at_google(client), returned, calls)


def _at_google(client: Client[Any]) -> Client[OpenIdOptions]:
    return replace(client, options=_OPENID)


google = Provider(
    name="google",
    label="Google",
    # Source: Simple Icons, which are in the public domain (CC0 1.0).
    icon=(
        "M12.48 10.92v3.28h7.84c-.24 1.84-.853 3.187-1.787 4.133-1.147 1.147-2.933 2.4-6.053 2.4-4.827 0-8.6-3.893-8.6-"
        "8.72s3.773-8.72 8.6-8.72c2.6 0 4.507 1.027 5.907 2.347l2.307-2.307C18.747 1.44 16.133 0 12.48 0 5.867 0 .307 "
        "5.387.307 12s5.56 12 12.173 12c3.573 0 6.267-1.173 8.373-3.36 2.16-2.16 2.84-5.213 2.84-7.667 0-.76-.053-1.467"
        "-.173-2.053H12.48z"
    ),
    help=(
        "In the Google Cloud console (console.cloud.google.com) open “Google Auth Platform”, and fill in Branding and "
        "Audience (External; then “Publish app”, or only the test users you name can sign in).\n"
        "Clients, Create client, Application type: Web application. Authorized redirect URIs:\n"
        "{redirect_uri}\n"
        "Then enter here the Client ID (it ends in .apps.googleusercontent.com) and the Client secret, which Google "
        "shows once.\n"
        "The address must be https, or localhost. Signing in costs nothing and, for name, picture and e-mail, needs "
        "no review; Google refuses the browsers inside other apps, and readers are told so."
    ),
    options=GoogleOptions,
    start=_start,
    finish=_finish,
)
