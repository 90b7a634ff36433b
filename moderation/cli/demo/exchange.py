"""The trial issuer's back door: a client brings a code and gets a signed statement of who somebody is.

Source: RFC 6749 sections 2.3.1, 3.2 and 5, RFC 7636 section 4.6, OpenID Connect Core 1.0 section 3.1.3.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import unquote_plus

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from werkzeug.datastructures import Authorization

from moderation.cli.demo.authorization import PROMPTS, SCOPES
from moderation.cli.demo.grants import ACCESS_LASTS, Grant, Grants

ID_TOKEN_LASTS: Final = timedelta(minutes=5)

_ALWAYS: Final = ("iss", "sub", "aud", "iat", "exp", "auth_time", "nonce")


class TokenError(Exception):
    """The exchange is refused, in the protocol's words.

    Args:
        error: one of the protocol's codes.
    """

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """The issuer's dealings with its one client."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str
    key: ECKey | RSAKey
    grants: Grants

    @property
    def algorithm(self) -> str:
        """What the key signs with."""
        return "ES256" if isinstance(self.key, ECKey) else "RS256"

    def public_key(self) -> Mapping[str, Any]:
        """Give what a client checks signatures with, as a JSON Web Key."""
        return self.key.as_dict(private=False, kid=self.key.thumbprint(), use="sig", alg=self.algorithm)

    def description(self) -> Mapping[str, Any]:
        """Say what this issuer can do, as its discovery document."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "scopes_supported": list(SCOPES),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [self.algorithm],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            "prompt_values_supported": sorted(PROMPTS),
            "claims_supported": [*_ALWAYS, "name", "picture", "email", "email_verified"],
            "authorization_response_iss_parameter_supported": True,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
        }

    def redeem(
        self, form: Mapping[str, Sequence[str]], credentials: Authorization | None, now: datetime
    ) -> Mapping[str, Any]:
        """Turn a code into tokens, once.

        Args:
            form: every value of every field, text from a stranger.
            credentials: the Authorization header, if there was one.

        Raises:
            TokenError: the client, the code or its verifier is not the right one.
        """
        if repeated := sorted(name for name, values in form.items() if len(values) > 1):
            raise TokenError("invalid_request", f"More than one {repeated[0]}.")
        given = {name: values[0] for name, values in form.items()}
        self._check_client(given, credentials)
        if "grant_type" not in given:
            raise TokenError("invalid_request", "The request has no grant_type.")
        if given["grant_type"] != "authorization_code":
            raise TokenError("unsupported_grant_type", "Only authorization_code is supported.")
        for name in ("code", "redirect_uri", "code_verifier"):
            if not given.get(name):
                raise TokenError("invalid_request", f"The request has no {name}.")
        grant = self.grants.take_code(given["code"], now)
        if grant is None:
            raise TokenError("invalid_grant", "The code is unknown, used or too old.")
        if given["redirect_uri"] != self.redirect_uri:
            raise TokenError("invalid_grant", "The redirect_uri is not the one the code was made for.")
        if not hmac.compare_digest(_s256(given["code_verifier"]), grant.request.challenge):
            raise TokenError("invalid_grant", "The code_verifier does not fit the challenge.")
        return {
            "access_token": self.grants.new_access(grant, given["code"], now),
            "token_type": "Bearer",
            "expires_in": int(ACCESS_LASTS.total_seconds()),
            "scope": " ".join(sorted(grant.request.scope)),
            "id_token": self._id_token(grant, now),
        }

    def _check_client(self, given: Mapping[str, str], credentials: Authorization | None) -> None:
        basic = credentials is not None and credentials.type == "basic"
        if basic and "client_secret" in given:
            raise TokenError("invalid_request", "The client shows its secret in two ways at once.")
        if credentials is not None and basic:
            name, secret = unquote_plus(credentials.username or ""), unquote_plus(credentials.password or "")
        else:
            name, secret = given.get("client_id", ""), given.get("client_secret", "")
        known = hmac.compare_digest(name.encode(), self.client_id.encode())
        if not hmac.compare_digest(secret.encode(), self.client_secret.encode()) or not known:
            raise TokenError("invalid_client", "The client or its secret is not known.", status=401)

    def _id_token(self, grant: Grant, now: datetime) -> str:
        claims = {
            **claims_about(grant, self.issuer),
            "iss": self.issuer,
            "aud": self.client_id,
            "nonce": grant.request.nonce,
            "iat": int(now.timestamp()),
            "exp": int((now + ID_TOKEN_LASTS).timestamp()),
            "auth_time": int(grant.signed_in_at.timestamp()),
        }
        return jwt.encode({"alg": self.algorithm, "kid": self.key.thumbprint()}, claims, self.key, [self.algorithm])


def claims_about(grant: Grant, issuer: str) -> Mapping[str, Any]:
    """Say who somebody is, as far as the client asked."""
    somebody, scope = grant.account, grant.request.scope
    claims: dict[str, Any] = {"sub": somebody.subject}
    if "profile" in scope:
        claims |= {"name": somebody.name, "picture": f"{issuer}/portraits/{somebody.subject}.png"}
    if "email" in scope:
        claims |= {"email": somebody.email, "email_verified": somebody.email_verified}
    return claims


def _s256(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
