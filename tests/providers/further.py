"""GitHub, Microsoft, Apple, Discord, GitLab and LinkedIn as an owner may set them up, and what is to come of it."""

from joserfc.jwk import ECKey

from tests.providers.apple import ISSUER, KEY_ID, P8, TEAM, FakeApple
from tests.providers.case import Case
from tests.providers.discord import FakeDiscord
from tests.providers.github import FakeGitHub
from tests.providers.openid import TENANT, FakeGitLab, FakeLinkedIn, FakeMicrosoft, FakeOwnGitLab

GITHUB = Case(
    provider="github",
    fake=FakeGitHub,
    token="/github.com/login/oauth/access_token",
    person={
        "issuer": "https://github.com/login/oauth",
        "subject": "583231",
        "name": "Alice",
        "url": "https://github.com/alicewrites",
        "picture": "https://avatars.githubusercontent.com/u/583231?v=4",
        "email": "alice@mail.example",
        "email_verified": True,
    },
    wrong_secret="The provider said: incorrect_client_credentials: The client_id and/or client_secret passed are "
    "incorrect.",
    late="The provider said: bad_verification_code: The code passed is incorrect or expired.",
    pkce=True,
)
MICROSOFT = Case(
    provider="microsoft",
    fake=FakeMicrosoft,
    token="/login.microsoftonline.com/common/oauth2/v2.0/token",
    person={
        "issuer": f"https://login.microsoftonline.com/{TENANT}/v2.0",
        "subject": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
        "name": "Alice",
        "url": None,
        "picture": None,
        "email": "alice@mail.example",
        "email_verified": False,
    },
    wrong_secret=f"The provider said: invalid_client: {FakeMicrosoft.wrong_secret[2]}",
    late=f"The provider said: invalid_grant: {FakeMicrosoft.late[2]}",
    pkce=True,
)
APPLE = Case(
    provider="apple",
    fake=FakeApple,
    token="/appleid.apple.com/auth/token",
    options={"team_id": TEAM, "key_id": KEY_ID},
    person={
        "issuer": ISSUER,
        "subject": "001809.a3f7a1b2c3d4e5f60718293a4b5c6d7e.1414",
        "name": "Alice Writes",
        "url": None,
        "picture": None,
        "email": "x7k2m9@privaterelay.appleid.com",
        "email_verified": True,
    },
    secret=P8,
    wrong=ECKey.generate_key("P-256").as_pem(private=True).decode(),
    wrong_secret="The provider said: invalid_client",
    late="The provider said: invalid_grant: The code has expired or has been revoked.",
    pkce=True,
    later_name="Alice Writes",
)
DISCORD = Case(
    provider="discord",
    fake=FakeDiscord,
    token="/discord.com/api/oauth2/token",
    person={
        "issuer": "https://discord.com",
        "subject": "80351110224678912",
        "name": "Alice",
        "url": None,
        "picture": "https://cdn.discordapp.com/avatars/80351110224678912/8342729096ea3675442027381ff50dfe.png?size=128",
        "email": "alice@mail.example",
        "email_verified": True,
    },
    wrong_secret="The provider said: invalid_client",
    late='The provider said: invalid_grant: Invalid "code" in request.',
    pkce=True,
)
GITLAB = Case(
    provider="gitlab",
    fake=FakeGitLab,
    token="/gitlab.com/oauth/token",
    person={
        "issuer": "https://gitlab.com",
        "subject": "1482951",
        "name": "Alice",
        "url": "https://gitlab.com/alicewrites",
        "picture": "https://gitlab.com/uploads/-/system/user/avatar/1482951/avatar.png",
        "email": "alice@mail.example",
        "email_verified": True,
    },
    wrong_secret=f"The provider said: invalid_client: {FakeGitLab.wrong_secret[2]}",
    late=f"The provider said: invalid_grant: {FakeGitLab.late[2]}",
    pkce=True,
)
OWN_GITLAB = Case(
    provider="gitlab",
    fake=FakeOwnGitLab,
    token="/code.blog.example/gitlab/oauth/token",
    options={"address": "https://code.blog.example/gitlab/"},
    person=GITLAB.person | {"issuer": "https://code.blog.example/gitlab"},
    wrong_secret=GITLAB.wrong_secret,
    late=GITLAB.late,
    pkce=True,
)
LINKEDIN = Case(
    provider="linkedin",
    fake=FakeLinkedIn,
    token="/www.linkedin.com/oauth/v2/accessToken",
    person={
        "issuer": "https://www.linkedin.com/oauth",
        "subject": "782bbtaQ",
        "name": "Alice",
        "url": None,
        "picture": "https://media.licdn-ei.com/dms/image/C5F03AQHqK8v7tB1HCQ/profile-displayphoto-shrink_100_100/0/",
        "email": "alice@mail.example",
        "email_verified": True,
    },
    wrong_secret="The provider said: invalid_client: Client authentication failed",
    late=f"The provider said: invalid_request: {FakeLinkedIn.late[2]}",
    pkce=False,
)
FURTHER = {
    "github": GITHUB,
    "microsoft": MICROSOFT,
    "apple": APPLE,
    "discord": DISCORD,
    "gitlab": GITLAB,
    "own gitlab": OWN_GITLAB,
    "linkedin": LINKEDIN,
}
