"""Names, accounts and servers of Bluesky's network that lie: nobody is signed in as somebody else, nothing is called
that must not be.
"""

from collections.abc import Callable, Iterator

import pytest

from moderation.identity.failure import AskAgain, SignInFailed
from moderation.identity.providers.bluesky import bluesky
from tests.providers.asking import comes_back, starts
from tests.providers.bluesky import AUTH, DID, FakeBluesky, document

# On this machine, so that nobody has to look up who we are.
CALLBACK = "http://localhost:8000/auth/bluesky/callback"
PUSH = "POST /auth.test/oauth/par"


@pytest.fixture
def fake() -> Iterator[FakeBluesky]:
    running = FakeBluesky(CALLBACK)
    yield running
    running.close()


def asked_again(fake: FakeBluesky, typed: str = "alice.test") -> str:
    with pytest.raises(AskAgain) as again:
        starts(bluesky, fake, typed)
    assert PUSH not in fake.calls
    return again.value.sentence


def failure(fake: FakeBluesky, between: Callable[[], object] = lambda: None) -> tuple[str, str]:
    with pytest.raises(SignInFailed) as failed:
        comes_back(bluesky, fake, "alice.test", between)
    return failed.value.reason.value, failed.value.detail


def test_an_honest_network_is_honest_here_too(fake) -> None:
    assert comes_back(bluesky, fake, "alice.test").subject == DID


@pytest.mark.parametrize(
    "typed",
    [
        "alice",
        "alice@mail.test",
        "127.0.0.1",
        "alice.localhost",
        "router.local",
        "alice.internal",
        "did:plc:short",
        "did:web:127.0.0.1",
        "did:web:localhost",
        "did:web:localhost%3A8080",
        "did:web:router.internal",
        "did:web:alice.test:path",
        "did:web:alice.test%3A22",
        "did:key:zQ3shZc2QzApp2oymGvQbzP8eKheVshBHbU4ZYjeXqwSKEn6N",
        f"{DID}/../x",
        f"{DID}?x",
        "https://alice.test",
        "al ice.test",
        "\u24b6lice.test",
        "a" * 64 + ".test",
        "alice..test",
    ],
)
def test_what_is_no_name_is_told_so_and_not_called(fake, typed) -> None:
    assert "alice.bsky.social" in asked_again(fake, typed)
    assert fake.calls == []


@pytest.mark.parametrize(
    "claims", [["at://real.test", "https://alice.test"], ["at://alice.test/x"], "at://alice.test", None]
)
def test_a_handle_that_the_account_does_not_claim_is_not_the_accounts(fake, claims) -> None:
    fake.world.documents[DID]["alsoKnownAs"] = claims
    assert asked_again(fake) == "The account behind alice.test goes by another name. Type that one."


@pytest.mark.parametrize("did", ["did:plc:" + "a" * 24, "did:web:nobody.alice.test"])
def test_a_handle_that_leads_to_no_account_is_told_so(fake, did) -> None:
    fake.world.handles["alice.test"] = did
    fake.broken = {"/nobody.alice.test": (404, "<html>")}
    with pytest.raises((AskAgain, SignInFailed)):
        starts(bluesky, fake, "alice.test")
    assert PUSH not in fake.calls


def test_a_handle_may_not_lead_to_our_own_network(fake) -> None:
    for did in ("did:web:localhost", "did:web:169.254.169.254", "http://169.254.169.254/"):
        fake.world.handles["alice.test"] = did
        assert "no DID of Bluesky" in asked_again(fake)


def test_a_document_about_somebody_else_is_refused(fake) -> None:
    fake.world.documents[DID] = document("did:plc:" + "b" * 24)
    assert asked_again(fake) == "There is no such account. Check the name."


@pytest.mark.parametrize(
    "home",
    [
        "http://pds.test",
        "https://127.0.0.1",
        "https://[::1]",
        "https://localhost",
        "https://pds.test/path",
        "https://user@pds.test",
        "https://pds.test?x",
        "https://pds.test\n",
        "ftp://pds.test",
        "",
        None,
        ["https://pds.test"],
    ],
)
def test_an_account_that_lives_at_no_public_server_cannot_sign_in(fake, home) -> None:
    fake.world.documents[DID]["service"][0]["serviceEndpoint"] = home
    assert asked_again(fake) == "This account lives on no server that could sign it in."


@pytest.mark.parametrize("services", [None, [], ["x"], {"x": 1}, [{"id": "#other", "type": "Other"}]])
def test_an_account_without_a_home_cannot_sign_in(fake, services) -> None:
    fake.world.documents[DID]["service"] = services
    assert asked_again(fake) == "This account lives on no server that could sign it in."


@pytest.mark.parametrize(
    "said",
    [
        {"authorization_servers": []},
        {"authorization_servers": [AUTH, "https://evil.test"]},
        {"authorization_servers": ["http://auth.test"]},
        {"authorization_servers": ["https://auth.test/path"]},
        {"authorization_servers": ["https://127.0.0.1"]},
        {"authorization_servers": AUTH},
        {"authorization_servers": [AUTH], "resource": "https://other.test"},
        {"authorization_servers": [AUTH], "padding": "x" * 300_000},
    ],
)
def test_a_home_that_does_not_name_one_server_signs_nobody_in(fake, said) -> None:
    fake.world.resources["pds.test"] = said
    assert asked_again(fake) == "The server of alice.test does not sign anybody in at the moment."


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.test"},
        {"issuer": f"{AUTH}/"},
        {"scopes_supported": ["openid"]},
        {"dpop_signing_alg_values_supported": ["RS256"]},
        {"pushed_authorization_request_endpoint": None},
        {"pushed_authorization_request_endpoint": "http://auth.test/oauth/par"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": "https://auth.test/oauth/token\nX: y"},
        {"padding": "x" * 300_000},
    ],
)
def test_a_server_that_does_not_keep_to_what_is_agreed_is_not_asked(fake, metadata) -> None:
    fake.world.metadata = metadata
    assert "does not sign anybody in" in asked_again(fake)


@pytest.mark.parametrize(
    ("token", "detail"),
    [
        ({"sub": "did:plc:" + "b" * 24}, "The server signed in another account than the one asked for."),
        ({"sub": None}, "The provider did not say who signed in."),
        ({"scope": "transition:generic"}, "The server did not sign anybody in."),
        ({"scope": None}, "The server did not sign anybody in."),
        ({"token_type": "Bearer"}, "The server's token is anybody's who finds it."),
        ({"access_token": ""}, "The server's answer to our code holds no token."),
    ],
)
def test_a_token_that_is_not_what_was_asked_for_signs_nobody_in(fake, token, detail) -> None:
    fake.world.token = token
    assert failure(fake) == ("provider_bad_reply", detail)


def test_a_server_that_no_longer_speaks_for_the_account_signs_nobody_in(fake) -> None:
    def moves() -> None:
        fake.world.documents[DID] = document(DID, home="https://moved.test")
        said = {"resource": "https://moved.test", "authorization_servers": ["https://evil.test"]}
        fake.world.resources["moved.test"] = said

    assert failure(fake, moves) == ("provider_bad_reply", "The server does not speak for the account.")


@pytest.mark.parametrize("answer", [{"iss": None}, {"iss": "https://evil.test"}, {"code": None}])
def test_an_answer_must_come_from_the_server_that_was_asked(fake, answer) -> None:
    fake.world.answer = answer
    assert failure(fake)[0] == "provider_bad_reply"
    assert "POST /auth.test/oauth/token" not in fake.calls


def test_a_code_that_is_too_old_has_expired(fake) -> None:
    def later() -> None:
        for pushed in fake.pushed.values():
            pushed.code_at -= 61

    assert failure(fake, later)[0] == "login_expired"


def test_a_key_of_another_sign_in_is_of_no_use(fake) -> None:
    def swap() -> None:
        for pushed in fake.pushed.values():
            pushed.thumbprint = "another"

    assert failure(fake, swap)[0] == "provider_bad_reply"


def test_a_server_that_is_never_content_with_a_nonce_is_left(fake) -> None:
    def never_content() -> None:
        fake.discontent = 1000

    assert failure(fake, never_content) == (
        "provider_bad_reply",
        "The server takes none of the nonces it hands out.",
    )
    assert fake.calls.count("POST /auth.test/oauth/token") == 3


@pytest.mark.parametrize(
    ("status", "said", "reason"),
    [
        (400, {"error": "invalid_client_metadata", "error_description": "cannot fetch"}, "provider_misconfigured"),
        (401, {"error": "invalid_client"}, "provider_misconfigured"),
        (400, {"error": "invalid_request"}, "provider_misconfigured"),
        (400, {"error": "invalid_dpop_proof"}, "provider_bad_reply"),
        (503, "<html>", "provider_down"),
        (429, {"error": "x"}, "provider_quota"),
        (201, {"request_uri": ""}, "provider_bad_reply"),
        (200, {}, "provider_bad_reply"),
        (200, "<html>", "provider_bad_reply"),
    ],
)
def test_a_server_that_refuses_the_request_ends_it_with_a_reason(fake, status, said, reason) -> None:
    fake.broken = {"/auth.test/oauth/par": (status, said)}
    with pytest.raises(SignInFailed) as failed:
        starts(bluesky, fake, "alice.test")
    assert failed.value.reason == reason


@pytest.mark.parametrize(
    "callback",
    ["https://comments.example:8443/x", "https://192.0.2.1/x", "http://comments.localhost:8000/x", "http://[::2]:80/x"],
)
def test_an_address_that_cannot_be_a_name_is_told_to_the_owner(fake, callback) -> None:
    with pytest.raises(SignInFailed, match="provider_misconfigured: The public address must be"):
        starts(bluesky, fake, "alice.test", callback=callback)
