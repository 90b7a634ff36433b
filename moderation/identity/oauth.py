"""The steps that all OAuth 2 providers share, so that a provider's own file only says what is its own."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import quote_plus

from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.client import OAuth2Client

from moderation.identity.calls import Calls
from moderation.identity.failure import Reason, SignInFailed
from moderation.identity.provider import Client, Returned, Start

ClientAuth = Literal["client_secret_basic", "client_secret_post", "none"]
ReadError = Callable[[object, object], SignInFailed]

# Source: RFC 6749, sections 4.1.2.1 and 5.2; OpenID Connect Core, section 3.1.2.6.
_REASONS: Mapping[str, Reason] = MappingProxyType(
    {
        "access_denied": Reason.denied,
        "account_selection_required": Reason.denied,
        "consent_required": Reason.denied,
        "interaction_required": Reason.denied,
        "login_required": Reason.denied,
        "invalid_grant": Reason.login_expired,
        "server_error": Reason.provider_down,
        "temporarily_unavailable": Reason.provider_down,
        "invalid_client": Reason.provider_misconfigured,
        "invalid_redirect_uri": Reason.provider_misconfigured,
        "invalid_request": Reason.provider_misconfigured,
        "invalid_scope": Reason.provider_misconfigured,
        "redirect_uri_mismatch": Reason.provider_misconfigured,
        "unauthorized_client": Reason.provider_misconfigured,
        "unsupported_grant_type": Reason.provider_misconfigured,
        "unsupported_response_type": Reason.provider_misconfigured,
    }
)
NO_WORDS: Mapping[str, Reason] = MappingProxyType({})


def authorize_url(
    client: Client[Any],
    start: Start,
    endpoint: str,
    *,
    scope: str,
    pkce: bool = True,
    more: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Return where to send the reader.

    Args:
        more: further parameters of this provider.
    """
    asking = OAuth2Client(
        None, client_id=client.client_id, redirect_uri=client.redirect_uri, scope=scope, code_challenge_method="S256"
    )
    url, _state = asking.create_authorization_url(
        endpoint, state=start.state, code_verifier=start.verifier if pkce else None, **more
    )
    return str(url)


def read_code(
    returned: Returned,
    *,
    issuer: str | None = None,
    issuer_required: bool = False,
    words: Mapping[str, Reason] = NO_WORDS,
) -> str:
    """Return the code that the provider sent.

    Args:
        issuer: who must have sent it, where this is known.
        issuer_required: the provider promised to say so.
        words: what this provider's own error codes mean.

    Raises:
        SignInFailed: when it sent an error, nothing, or is another provider than the one that was asked.

    Source: RFC 6749, section 4.1.2; RFC 9207, section 2.4.
    """
    sender = returned.params.get("iss")
    if sender is None and issuer_required:
        raise SignInFailed(Reason.provider_bad_reply, "The answer does not say which provider sent it.")
    if issuer is not None and sender is not None and sender != issuer:
        raise SignInFailed(Reason.provider_bad_reply, "The answer came from another provider than the one asked.")
    if "error" in returned.params:
        raise failed(returned.params["error"], returned.params.get("error_description"), words=words)
    code = returned.params.get("code")
    if not code:
        raise SignInFailed(Reason.provider_bad_reply, "The answer holds neither a code nor an error.")
    return code


def fetch_token(
    client: Client[Any],
    returned: Returned,
    calls: Calls,
    endpoint: str,
    *,
    code: str,
    auth: ClientAuth,
    pkce: bool = True,
    words: Mapping[str, Reason] = NO_WORDS,
    read_error: ReadError | None = None,
) -> dict[str, Any]:
    """Exchange a code for a token, and return the whole answer; its ``access_token`` is a text.

    Args:
        words: what this provider's own error codes mean.
        read_error: reads ``error`` and ``error_description`` where the provider's errors are no codes.

    Raises:
        SignInFailed: when the provider refuses, does not answer, or answers something else.
    """
    # Basic joins them form-encoded, which Authlib leaves out. Source: RFC 6749, section 2.3.1.
    encode = quote_plus if auth == "client_secret_basic" else str
    asking = calls.client(
        client_id=encode(client.client_id),
        client_secret=encode(client.secret),
        token_endpoint_auth_method=auth,
        redirect_uri=client.redirect_uri,
    )
    proof = {"code_verifier": returned.verifier} if pkce else {}
    try:
        token = asking.fetch_token(
            endpoint, grant_type="authorization_code", code=code, redirect_uri=client.redirect_uri, **proof
        )
    except AuthlibBaseError as error:
        if read_error is not None:
            raise read_error(error.error, error.description) from error
        raise failed(error.error, error.description, words=words) from error
    except (ValueError, TypeError, RecursionError) as error:
        raise SignInFailed(Reason.provider_bad_reply, "The provider's answer to our code makes no sense.") from error
    if not isinstance(token.get("access_token"), str) or not token["access_token"]:
        raise SignInFailed(Reason.provider_bad_reply, "The provider's answer to our code holds no token.")
    return dict(token)


def fetch_profile(calls: Calls, url: str, token: dict[str, Any], **headers: str) -> dict[str, Any]:
    """Return the JSON object that a provider keeps about the person whose token it is.

    Raises:
        SignInFailed: when it cannot be had.
    """
    status, found = calls.fetch_json(url, headers={"Authorization": f"Bearer {token['access_token']}", **headers})
    if status != 200:
        raise SignInFailed(Reason.provider_bad_reply, f"The provider answered {status} instead of a profile.")
    return found


def failed(error: object, description: object = None, *, words: Mapping[str, Reason] = NO_WORDS) -> SignInFailed:
    """Return what a provider's error means.

    Args:
        error: the code as it came; some providers send an object.
    """
    code = error if isinstance(error, str) else ""
    reason = words.get(code) or _REASONS.get(code) or Reason.provider_bad_reply
    detail = f"{code or 'an error'}: {description}" if isinstance(description, str) and description else code
    return SignInFailed(reason, f"The provider said: {detail or 'an error without a name'}")
