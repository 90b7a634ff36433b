"""The trial's sign-in provider keeps to the protocol, over real HTTP."""

import base64
import hashlib
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from moderation.cli.demo.accounts import ACCOUNTS
from moderation.cli.demo.issuer import Issuer
from moderation.foundation.errors import Refused

CLIENT = "moderation"
SECRET = "trial: a secret/with%signs"
CALLBACK = "http://localhost:8000/auth/demo/callback"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
IDA = ACCOUNTS[0]


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    server = Issuer(client_id=CLIENT, client_secret=SECRET, redirect_uri=CALLBACK)
    server.start()
    yield server
    server.close()


@pytest.fixture
def browser() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


def ask(issuer: Issuer, browser: requests.Session, **changes: str | list[str] | None) -> requests.Response:
    asked: dict[str, Any] = {
        "client_id": CLIENT,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid profile email",
        "state": "state-1",
        "nonce": "nonce-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    return browser.get(f"{issuer.address}/authorize", params=asked, allow_redirects=False, timeout=10)


def choose(issuer: Issuer, browser: requests.Session, page: requests.Response, **fields: str) -> requests.Response:
    number = re.search(r'name="request" value="([^"]+)"', page.text)
    assert number is not None
    form = {"request": number[1], **fields}
    return browser.post(f"{issuer.address}/choose", data=form, allow_redirects=False, timeout=10)


def sent_back(answer: requests.Response) -> dict[str, str]:
    assert answer.status_code == 303
    address = urlsplit(answer.headers["Location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == CALLBACK
    return {name: value for name, (value,) in parse_qs(address.query).items()}


def get_code(issuer: Issuer, browser: requests.Session, **changes: str | None) -> str:
    return sent_back(choose(issuer, browser, ask(issuer, browser, **changes), person=IDA.subject))["code"]


def redeem(
    issuer: Issuer, code: str, *, auth: tuple[str, str] | None = (CLIENT, SECRET), **changes: str
) -> requests.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        **changes,
    }
    credentials = (quote(auth[0], safe=""), quote(auth[1], safe="")) if auth else None
    return requests.post(f"{issuer.address}/token", data=form, auth=credentials, timeout=10)


def verified(issuer: Issuer, id_token: str) -> dict[str, Any]:
    description = requests.get(f"{issuer.address}/.well-known/openid-configuration", timeout=10).json()
    keys = KeySet.import_key_set(requests.get(description["jwks_uri"], timeout=10).json())
    allowed = description["id_token_signing_alg_values_supported"]
    token = jwt.decode(id_token, keys, algorithms=allowed)
    jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": description["issuer"]},
        aud={"essential": True, "value": CLIENT},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    ).validate(token.claims)
    return token.claims


def test_a_sign_in_goes_through_from_end_to_end(issuer: Issuer, browser: requests.Session) -> None:
    page = ask(issuer, browser)
    assert page.status_code == 200
    assert "Who are you today?" in page.text
    back = sent_back(choose(issuer, browser, page, person=IDA.subject))
    assert back["state"] == "state-1"
    assert back["iss"] == issuer.address
    answer = redeem(issuer, back["code"])
    assert answer.headers["Cache-Control"] == "no-store"
    tokens = answer.json()
    claims = verified(issuer, tokens["id_token"])
    assert claims["nonce"] == "nonce-1"
    assert (claims["sub"], claims["name"], claims["email"]) == (IDA.subject, IDA.name, IDA.email)
    assert claims["email_verified"] is True
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    about = requests.get(f"{issuer.address}/userinfo", headers=header, timeout=10).json()
    assert about == {name: claims[name] for name in ("sub", "name", "picture", "email", "email_verified")}
    picture = requests.get(claims["picture"], timeout=10)
    assert picture.headers["Content-Type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG\r\n\x1a\n")


def test_an_rsa_key_signs_as_well(browser: requests.Session) -> None:
    server = Issuer(
        client_id=CLIENT, client_secret=SECRET, redirect_uri=CALLBACK, key=RSAKey.generate_key(2048), coop=True
    )
    server.start()
    try:
        page = ask(server, browser)
        assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        code = sent_back(choose(server, browser, page, person=IDA.subject))["code"]
        assert verified(server, redeem(server, code).json()["id_token"])["sub"] == IDA.subject
    finally:
        server.close()


def test_the_opener_is_left_alone_unless_asked(issuer: Issuer, browser: requests.Session) -> None:
    assert "Cross-Origin-Opener-Policy" not in ask(issuer, browser).headers


def test_the_client_may_show_its_secret_in_the_form(issuer: Issuer, browser: requests.Session) -> None:
    answer = redeem(issuer, get_code(issuer, browser), auth=None, client_id=CLIENT, client_secret=SECRET)
    assert answer.status_code == 200


def test_only_what_was_asked_for_is_told(issuer: Issuer, browser: requests.Session) -> None:
    tokens = redeem(issuer, get_code(issuer, browser, scope="openid profile")).json()
    assert "email" not in verified(issuer, tokens["id_token"])


def test_a_code_works_once_and_a_second_try_takes_the_first_token_back(
    issuer: Issuer, browser: requests.Session
) -> None:
    code = get_code(issuer, browser)
    header = {"Authorization": f"Bearer {redeem(issuer, code).json()['access_token']}"}
    assert requests.get(f"{issuer.address}/userinfo", headers=header, timeout=10).status_code == 200
    again = redeem(issuer, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    refused = requests.get(f"{issuer.address}/userinfo", headers=header, timeout=10)
    assert refused.status_code == 401
    assert "invalid_token" in refused.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "x" * 43}, "invalid_grant"),
        ({"redirect_uri": CALLBACK + "/"}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_secret": SECRET}, "invalid_request"),
    ],
)
def test_a_wrong_exchange_is_refused(
    issuer: Issuer, browser: requests.Session, changes: dict[str, Any], error: str
) -> None:
    answer = redeem(issuer, get_code(issuer, browser), **changes)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_a_wrong_verifier_uses_the_code_up(issuer: Issuer, browser: requests.Session) -> None:
    code = get_code(issuer, browser)
    redeem(issuer, code, code_verifier="x" * 43)
    assert redeem(issuer, code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("auth", [(CLIENT, "wrong"), ("wrong", SECRET), None])
def test_a_client_without_the_right_secret_is_refused(
    issuer: Issuer, browser: requests.Session, auth: tuple[str, str] | None
) -> None:
    code = get_code(issuer, browser)
    answer = redeem(issuer, code, auth=auth)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert redeem(issuer, code).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": CALLBACK + "?next=elsewhere"},
        {"redirect_uri": CALLBACK + "/"},
        {"redirect_uri": "https://elsewhere.example/"},
        {"redirect_uri": [CALLBACK, CALLBACK]},
        {"redirect_uri": None},
        {"client_id": "somebody-else"},
        {"client_id": None},
    ],
)
def test_nothing_is_sent_to_an_address_that_is_not_registered(
    issuer: Issuer, browser: requests.Session, changes: dict[str, Any]
) -> None:
    answer = ask(issuer, browser, **changes)
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert "This did not work" in answer.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"scope": "profile email"}, "invalid_scope"),
        ({"nonce": None}, "invalid_request"),
        ({"nonce": ["one", "two"]}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"prompt": "none"}, "login_required"),
    ],
)
def test_a_wrong_request_is_answered_to_the_client(
    issuer: Issuer, browser: requests.Session, changes: dict[str, Any], error: str
) -> None:
    back = sent_back(ask(issuer, browser, **changes))
    assert (back["error"], back["state"], back["iss"]) == (error, "state-1", issuer.address)


def test_a_request_without_state_is_refused(issuer: Issuer, browser: requests.Session) -> None:
    back = sent_back(ask(issuer, browser, state=None))
    assert back["error"] == "invalid_request"
    assert "state" not in back


def test_who_denies_is_sent_back_without_a_code(issuer: Issuer, browser: requests.Session) -> None:
    back = sent_back(choose(issuer, browser, ask(issuer, browser), answer="deny"))
    assert (back["error"], back["state"]) == ("access_denied", "state-1")
    assert "code" not in back


def test_a_question_is_answered_once_and_by_the_browser_that_was_asked(
    issuer: Issuer, browser: requests.Session
) -> None:
    page = ask(issuer, browser)
    with requests.Session() as stranger:
        assert choose(issuer, stranger, page, person=IDA.subject).status_code == 400
    assert choose(issuer, browser, page, person=IDA.subject).status_code == 303
    assert choose(issuer, browser, page, person=IDA.subject).status_code == 400


def test_nobody_is_remembered_unless_they_chose_it(issuer: Issuer, browser: requests.Session) -> None:
    choose(issuer, browser, ask(issuer, browser), person=IDA.subject)
    assert sent_back(ask(issuer, browser, prompt="none"))["error"] == "login_required"
    choose(issuer, browser, ask(issuer, browser), person=IDA.subject, remember="yes")
    code = sent_back(ask(issuer, browser, prompt="none"))["code"]
    assert verified(issuer, redeem(issuer, code).json()["id_token"])["sub"] == IDA.subject
    assert "code" in sent_back(ask(issuer, browser))


@pytest.mark.parametrize("prompt", ["login", "select_account"])
def test_who_is_remembered_is_still_asked_when_the_client_wants_it(
    issuer: Issuer, browser: requests.Session, prompt: str
) -> None:
    choose(issuer, browser, ask(issuer, browser), person=IDA.subject, remember="yes")
    page = ask(issuer, browser, prompt=prompt)
    assert "Who are you today?" in page.text
    choose(issuer, browser, page, person=ACCOUNTS[1].subject)
    assert sent_back(ask(issuer, browser, prompt="none"))["error"] == "login_required"


def test_its_pages_load_nothing_from_elsewhere_and_stand_in_no_frame(issuer: Issuer, browser: requests.Session) -> None:
    page = ask(issuer, browser)
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' http://localhost:8000" in policy
    for address in set(re.findall(r'(?:src|href)="([^"]+)"', page.text)) - {"data:,"}:
        assert browser.get(issuer.address + address, timeout=10).status_code == 200


def test_a_port_in_use_is_refused_in_a_sentence(issuer: Issuer) -> None:
    with pytest.raises(Refused, match="another program is already there"):
        Issuer(port=urlsplit(issuer.address).port or 0, client_id=CLIENT, client_secret=SECRET, redirect_uri=CALLBACK)
