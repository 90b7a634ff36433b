"""The network of Bluesky, as far as signing in goes: directory, public service, a home for data, a server to sign in.

Source: atproto.com/specs, "OAuth", "DID", "Handle"; RFC 9126 (pushed requests), RFC 9449 (DPoP), RFC 7523; the checks
of the real one, bluesky-social/atproto, packages/oauth/oauth-provider.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from joserfc.jws import extract_compact

from tests.lying_issuer import challenge_of
from tests.providers.fake import Fake, said_as

DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
WEB = "did:web:alice.test"
AUTH = "https://auth.test"
PDS = "https://pds.test"
_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class RefusedHere(Exception):
    """What a server answers instead of an answer."""

    def __init__(self, error: str, description: str = "", status: int = 400) -> None:
        super().__init__(error)
        self.error, self.description, self.status = error, description, status


@dataclass(kw_only=True)
class Pushed:
    """A request that was pushed: the key it is bound to, what it asked for."""

    thumbprint: str
    asked: dict[str, str]
    made_at: float
    code_at: float = 0.0


@dataclass
class World:
    """What is said in the network; a test changes it."""

    handles: dict[str, str] = field(default_factory=lambda: {"alice.test": DID})
    own_words: dict[str, str] = field(default_factory=dict)
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    token: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, str | None] = field(default_factory=dict)


class FakeBluesky(Fake):
    """The network.

    Attributes:
        world: what is said in it.
        look_up: fetches the document of a client by its address; the test answers for our own.
        discontent: how many proofs are still refused with a new nonce.
        proofs: what was said in each proof that was taken.
        authenticated: how clients proved who they are.
    """

    hosts = ("plc.directory", "public.api.bsky.app", "auth.test", "pds.test", "alice.test", "moved.test", "evil.test")

    def open(self) -> None:
        self.world = World()
        self.world.documents[DID] = document(DID)
        self.world.resources["pds.test"] = {"resource": PDS, "authorization_servers": [AUTH]}
        self.person: dict[str, Any] = {
            "did": DID,
            "handle": "alice.test",
            "displayName": "Alice",
            "avatar": "https://cdn.bsky.app/img/avatar/plain/alice@jpeg",
        }
        self.look_up: Callable[[str], dict[str, Any]] = lambda address: {}
        self.nonce, self.discontent = "", 0
        self.seen: set[str] = set()
        self.proofs: list[dict[str, Any]] = []
        self.authenticated: list[str] = []
        self.pushed: dict[str, Pushed] = {}
        self.app.get("/plc.directory/<did>")(self._plc)
        self.app.get("/public.api.bsky.app/xrpc/com.atproto.identity.resolveHandle")(self._resolve)
        self.app.get("/public.api.bsky.app/xrpc/app.bsky.actor.getProfile")(self._profile)
        self.app.get("/<host>/.well-known/atproto-did")(self._own_word)
        self.app.get("/<host>/.well-known/did.json")(self._web)
        self.app.get("/<host>/.well-known/oauth-protected-resource")(self._resource)
        self.app.get("/auth.test/.well-known/oauth-authorization-server")(self._metadata)
        self.app.post("/auth.test/oauth/par")(self._push)
        self.app.get("/auth.test/oauth/authorize")(self._authorize)
        self.app.post("/auth.test/oauth/token")(self._token)
        self.app.errorhandler(RefusedHere)(self._refused)
        self.app.after_request(self._add_nonce)

    # --- who is where -------------------------------------------------------------------------------------------------

    def _plc(self, did: str) -> Response:
        found = self.world.documents.get(did)
        return said_as(404, {"message": f"DID not registered: {did}"}) if found is None else jsonify(found)

    def _web(self, host: str) -> Response:
        found = self.world.documents.get(f"did:web:{host}")
        return said_as(404, "<html>") if found is None else jsonify(found)

    def _resolve(self) -> Response:
        did = self.world.handles.get(request.args["handle"])
        missing = {"error": "InvalidRequest", "message": "Unable to resolve handle"}
        return said_as(400, missing) if did is None else jsonify({"did": did})

    def _own_word(self, host: str) -> Response:
        did = self.world.own_words.get(host)
        return said_as(404, "<html>") if did is None else Response(f"{did}\n", content_type="text/plain")

    def _profile(self) -> Response:
        missing = {"error": "InvalidRequest", "message": "Profile not found"}
        return jsonify(self.person) if request.args["actor"] == self.person["did"] else said_as(400, missing)

    def _resource(self, host: str) -> Response:
        found = self.world.resources.get(host)
        return said_as(404, "<html>") if found is None else jsonify(found)

    def _metadata(self) -> Response:
        usual = {
            "issuer": AUTH,
            "authorization_endpoint": f"{AUTH}/oauth/authorize",
            "token_endpoint": f"{AUTH}/oauth/token",
            "pushed_authorization_request_endpoint": f"{AUTH}/oauth/par",
            "require_pushed_authorization_requests": True,
            "authorization_response_iss_parameter_supported": True,
            "client_id_metadata_document_supported": True,
            "scopes_supported": ["atproto", "transition:generic"],
            "dpop_signing_alg_values_supported": ["RS256", "ES256", "ES256K"],
            "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
        }
        return jsonify(usual | self.world.metadata)

    # --- signing in ---------------------------------------------------------------------------------------------------

    def _push(self) -> Response:
        thumbprint, given = self._proven(), request.form.to_dict()
        about = self._client()
        in_order = (
            given.get("response_type") == "code"
            and given.get("redirect_uri") in about["redirect_uris"]
            and set(given.get("scope", "").split()) <= set(about["scope"].split())
            and "atproto" in given.get("scope", "").split()
            and len(given.get("code_challenge", "")) == 43
            and given.get("code_challenge_method") == "S256"
            and given.get("state")
        )
        if not in_order or not about.get("dpop_bound_access_tokens"):
            raise RefusedHere("invalid_request", "Invalid authorization request")
        name = f"urn:ietf:params:oauth:request_uri:req-{secrets.token_hex(16)}"
        self.pushed[name] = Pushed(thumbprint=thumbprint, asked=given, made_at=self.now())
        return said_as(201, {"request_uri": name, "expires_in": 299})

    def _authorize(self) -> Any:
        pushed = self.pushed.pop(request.args.get("request_uri", ""), None)
        if set(request.args) != {"client_id", "request_uri"} or pushed is None or self.now() > pushed.made_at + 299:
            return said_as(400, "<html>Unknown request_uri</html>")
        asked = pushed.asked
        if request.args["client_id"] != asked["client_id"]:
            return said_as(400, "<html>This request belongs to somebody else</html>")
        back: dict[str, str | None] = {"iss": AUTH, "state": asked["state"]}
        if self.denies:
            back |= {"error": "access_denied", "error_description": "Access denied"}
        else:
            code = f"cod-{secrets.token_hex(32)}"
            pushed.code_at = self.now()
            self.pushed[code] = pushed
            back["code"] = code
        said = {name: value for name, value in (back | self.world.answer).items() if value is not None}
        return redirect(f"{asked['redirect_uri']}?{urlencode(said)}", 303)

    def _token(self) -> Response:
        thumbprint, given = self._proven(), request.form
        self._client()
        pushed = self.pushed.pop(given.get("code", ""), None)
        if given.get("grant_type") != "authorization_code" or pushed is None or self.now() > pushed.code_at + 60:
            raise RefusedHere("invalid_grant", "Invalid code")
        asked = pushed.asked
        if (given.get("client_id"), given.get("redirect_uri")) != (asked["client_id"], asked["redirect_uri"]):
            raise RefusedHere("invalid_grant", "The code was issued to another client")
        if challenge_of(given.get("code_verifier", "")) != asked["code_challenge"]:
            raise RefusedHere("invalid_grant", "Invalid code_verifier")
        if thumbprint != pushed.thumbprint:
            raise RefusedHere("invalid_dpop_proof", "DPoP key does not match the request's")
        usual = {"access_token": secrets.token_urlsafe(40), "token_type": "DPoP", "expires_in": 300, "sub": DID}
        return jsonify(usual | {"scope": asked["scope"]} | self.world.token)

    def _proven(self) -> str:
        """Return the thumbprint of the key that this request's proof was signed with."""
        proof = request.headers.get("DPoP", "")
        try:
            header = extract_compact(proof.encode()).headers()
            key = ECKey.import_key(header["jwk"])
            said = jwt.decode(proof, key, algorithms=["ES256"]).claims
        except (JoseError, ValueError, KeyError) as error:
            raise RefusedHere("invalid_dpop_proof", f"Failed to verify DPoP proof: {error}") from error
        if header.get("typ") != "dpop+jwt" or "d" in header["jwk"] or "ath" in said:
            raise RefusedHere("invalid_dpop_proof", "Invalid DPoP proof")
        host, _, path = request.path.removeprefix("/").partition("/")
        if (said.get("htm"), said.get("htu")) != (request.method, f"https://{host}/{path}"):
            raise RefusedHere("invalid_dpop_proof", "DPoP htm or htu mismatch")
        if not isinstance(said.get("iat"), int) or abs(self.now() - said["iat"]) > 10:
            raise RefusedHere("invalid_dpop_proof", "DPoP proof is too old")
        if self.discontent or not self.nonce or said.get("nonce") != self.nonce:
            self.discontent = max(0, self.discontent - 1)
            self.nonce = secrets.token_urlsafe(32)
            raise RefusedHere("use_dpop_nonce", "Authorization server requires nonce in DPoP proof")
        self._once(said.get("jti"), "invalid_dpop_proof")
        self.proofs.append(dict(said))
        return key.thumbprint()

    def _client(self) -> dict[str, Any]:
        """Return what a client publishes about itself, once it has proved that it is the one."""
        given = request.form
        address = given.get("client_id", "")
        if address.startswith("http://localhost?"):
            self.authenticated.append("none")
            said = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
            place = urlsplit(said["redirect_uri"])
            if place.hostname not in ("127.0.0.1", "::1") or set(said) - {"redirect_uri", "scope"}:
                raise RefusedHere("invalid_client_metadata", "Invalid loopback client")
            scope = said.get("scope", "atproto")
            return {"redirect_uris": [said["redirect_uri"]], "scope": scope, "dpop_bound_access_tokens": True}
        about = self.look_up(address)
        if about.get("client_id") != address or about.get("token_endpoint_auth_method") != "private_key_jwt":
            raise RefusedHere("invalid_client_metadata", f"Failed to fetch client metadata from {address}")
        self._check_assertion(about, given.get("client_assertion", ""))
        self.authenticated.append("private_key_jwt")
        return about

    def _check_assertion(self, about: dict[str, Any], text: str) -> None:
        try:
            header = extract_compact(text.encode()).headers()
            key = next(key for key in about["jwks"]["keys"] if key["kid"] == header["kid"])
            said = jwt.decode(text, ECKey.import_key(key), algorithms=["ES256"]).claims
        except (JoseError, ValueError, KeyError, StopIteration) as error:
            raise RefusedHere("invalid_client", f'Validation of "client_assertion" failed: {error}', 401) from error
        named = (said.get("iss"), said.get("sub"), said.get("aud"))
        if named != (about["client_id"], about["client_id"], AUTH) or abs(self.now() - said.get("iat", 0)) > 60:
            raise RefusedHere("invalid_client", 'Validation of "client_assertion" failed', 401)
        if request.form.get("client_assertion_type") != _BEARER or "d" in key:
            raise RefusedHere("invalid_client", "Unsupported client_assertion_type", 401)
        self._once(said.get("jti"), "invalid_client")

    def _once(self, jti: Any, error: str) -> None:
        if not isinstance(jti, str) or not jti or jti in self.seen:
            raise RefusedHere(error, "jti was used before")
        self.seen.add(jti)

    def _refused(self, refusal: RefusedHere) -> Response:
        return said_as(refusal.status, {"error": refusal.error, "error_description": refusal.description})

    def _add_nonce(self, response: Response) -> Response:
        if request.path.startswith("/auth.test/oauth/") and self.nonce:
            response.headers["DPoP-Nonce"] = self.nonce
        return response


def document(did: str, *, handle: str = "alice.test", home: str = PDS) -> dict[str, Any]:
    """Return the document of an account."""
    service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": home}
    key = {"id": f"{did}#atproto", "type": "Multikey", "controller": did, "publicKeyMultibase": "zDnaekeyA"}
    return {"id": did, "alsoKnownAs": [f"at://{handle}"], "verificationMethod": [key], "service": [service]}
