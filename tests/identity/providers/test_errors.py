"""How each provider says no, as its documentation and bug reports record it, and what becomes of it."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from joserfc.jwk import ECKey

from moderation.foundation.options import read_options
from moderation.foundation.outbound import Answer, Outbound
from moderation.identity.calls import Calls, Documents
from moderation.identity.failure import Reason, SignInFailed
from moderation.identity.provider import Client, Returned, providers
from tests.make import NOW

ISSUERS = {
    "https://gitlab.com": "https://gitlab.com",
    "https://www.linkedin.com/oauth": "https://www.linkedin.com/oauth",
    "https://login.microsoftonline.com/common/v2.0": "https://login.microsoftonline.com/{tenantid}/v2.0",
}
KEYS = {"apple": (ECKey.generate_key("P-256").as_pem(private=True).decode(), {"team_id": "T", "key_id": "K"})}


@dataclass(frozen=True)
class Says(Outbound):
    """A provider that describes itself, and says one thing to everything else."""

    status: int
    said: Any

    def fetch(self, method: str, url: str, **_options: Any) -> Answer:
        place, known, _ = url.partition("/.well-known/")
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        described = {"issuer": ISSUERS.get(place)} | {name: f"{place}/{name}" for name in names}
        status, said = (200, described) if known else (self.status, self.said)
        return Answer(status=status, headers={}, body=json.dumps(said).encode(), url=url)


def finish(name: str, outbound: Says, **params: str) -> SignInFailed:
    """Come back from a provider that says no, and return what comes of it."""
    provider = providers()[name]
    secret, options = KEYS.get(name, ("secret", {}))
    client = Client(
        name=name,
        client_id="id",
        secret=secret,
        redirect_uri="https://comments.example/callback",
        options=read_options(provider.options, options),
    )
    with pytest.raises(SignInFailed) as failed:
        provider.finish(
            client, Returned(params=params, nonce="n", verifier="v" * 64), Calls(outbound, Documents(), NOW)
        )
    return failed.value


@pytest.mark.parametrize(
    ("name", "error", "reason"),
    [
        ("github", "access_denied", Reason.denied),
        ("github", "redirect_uri_mismatch", Reason.provider_misconfigured),
        ("github", "application_suspended", Reason.provider_misconfigured),
        ("microsoft", "access_denied", Reason.denied),
        ("microsoft", "consent_required", Reason.denied),
        ("microsoft", "unauthorized_client", Reason.provider_misconfigured),
        ("microsoft", "temporarily_unavailable", Reason.provider_down),
        ("apple", "user_cancelled_authorize", Reason.denied),
        ("apple", "invalid_scope", Reason.provider_misconfigured),
        ("discord", "access_denied", Reason.denied),
        ("discord", "invalid_scope", Reason.provider_misconfigured),
        ("gitlab", "access_denied", Reason.denied),
        ("linkedin", "user_cancelled_login", Reason.denied),
        ("linkedin", "user_cancelled_authorize", Reason.denied),
        ("linkedin", "unauthorized_scope_error", Reason.provider_misconfigured),
        ("linkedin", "invalid_request", Reason.provider_misconfigured),
        ("linkedin", "server_error", Reason.provider_down),
    ],
)
def test_what_the_reader_brings_back(name: str, error: str, reason: Reason) -> None:
    failed = finish(name, Says(500, {}), error=error, error_description="For a reason.")
    assert (failed.reason, failed.detail) == (reason, f"The provider said: {error}: For a reason.")


@pytest.mark.parametrize(
    ("name", "status", "error", "description", "reason"),
    [
        ("github", 200, "bad_verification_code", "The code passed is incorrect or expired.", Reason.login_expired),
        (
            "github",
            200,
            "incorrect_client_credentials",
            "The client_id and/or client_secret passed are incorrect.",
            Reason.provider_misconfigured,
        ),
        ("github", 200, "redirect_uri_mismatch", "The redirect_uri MUST match.", Reason.provider_misconfigured),
        ("github", 404, "Not Found", None, Reason.provider_misconfigured),
        ("github", 200, "unverified_user_email", "The user must verify.", Reason.provider_bad_reply),
        ("microsoft", 401, "invalid_client", "AADSTS7000222: The keys are expired.", Reason.provider_misconfigured),
        ("microsoft", 400, "invalid_grant", "AADSTS54005: Code was already redeemed.", Reason.login_expired),
        ("microsoft", 400, "unauthorized_client", "AADSTS700016: Not found.", Reason.provider_misconfigured),
        ("apple", 400, "invalid_client", None, Reason.provider_misconfigured),
        ("apple", 400, "invalid_grant", "The code has already been used.", Reason.login_expired),
        ("discord", 401, "invalid_client", None, Reason.provider_misconfigured),
        ("discord", 400, "invalid_grant", 'Invalid "code" in request.', Reason.login_expired),
        ("gitlab", 401, "invalid_client", "Client authentication failed.", Reason.provider_misconfigured),
        ("gitlab", 400, "invalid_grant", "The provided authorization grant is invalid.", Reason.login_expired),
        ("linkedin", 401, "invalid_client", "Client authentication failed", Reason.provider_misconfigured),
        ("linkedin", 400, "invalid_request", "Unable to retrieve access token.", Reason.login_expired),
        ("linkedin", 400, "invalid_redirect_uri", "Unable to retrieve access token.", Reason.login_expired),
    ],
)
def test_what_the_provider_answers_to_our_code(
    name: str, status: int, error: str, description: str | None, reason: Reason
) -> None:
    said = {"error": error} | ({"error_description": description} if description else {})
    failed = finish(name, Says(status, said), code="x")
    detail = f"{error}: {description}" if description else error
    assert (failed.reason, failed.detail) == (reason, f"The provider said: {detail}")


@pytest.mark.parametrize("name", ["github", "microsoft", "apple", "discord", "gitlab", "linkedin"])
@pytest.mark.parametrize("said", [{"message": "Bad credentials"}, {"code": 0}, [], "x", None])
def test_an_answer_of_no_known_shape_is_a_bad_reply(name: str, said: Any) -> None:
    assert finish(name, Says(400, said), code="x").reason is Reason.provider_bad_reply
