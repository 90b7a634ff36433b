"""What the OpenID Foundation asks of a relying party, and where we try it.

Source: the relying-party tests of openid.net/certification, by their names.
"""

import re
from pathlib import Path

import pytest

from tests.web.login.test_attacks import ATTACKS

HERE = "tests/web/login/"
FETCHED = f"{HERE}test_way.py::test_discovery_and_keys_are_fetched_once_for_many"
TOKEN = "tests/identity/test_id_token.py::"
REAL = "tests/web/login/test_real_issuers.py::"

# The name of an attack in the table, or a test that shows what must work.
TRIED: dict[str, tuple[str, ...]] = {
    "oidcc-client-test": (f"{REAL}test_a_reader_signs_in_by_basic_authentication_and_comes_again",),
    "oidcc-client-test-client-secret-basic": (f"{REAL}test_a_reader_signs_in_by_basic_authentication_and_comes_again",),
    "oidcc-client-test-discovery-issuer-mismatch": ("discovery: another issuer", "discovery: nearly the issuer"),
    "oidcc-client-test-discovery-jwks-uri-keys": (
        f"{HERE}test_way.py::test_discovery_and_keys_are_fetched_once_for_many",
    ),
    "oidcc-client-test-discovery-openid-config": (
        f"{HERE}test_way.py::test_discovery_and_keys_are_fetched_once_for_many",
    ),
    "oidcc-client-test-form-post-error": (f"{HERE}test_way_back.py::test_an_error_in_a_form_is_told_too",),
    "oidcc-client-test-idtoken-sig-none": ("ID token without a signature", "ID token without a signature, listed"),
    "oidcc-client-test-idtoken-sig-rs256": (f"{HERE}test_way.py::test_a_reader_signs_in_and_the_blog_gets_a_session",),
    "oidcc-client-test-invalid-athash": ("ID token of another access token",),
    "oidcc-client-test-invalid-aud": ("ID token for another client",),
    "oidcc-client-test-invalid-iss": ("ID token of another issuer",),
    "oidcc-client-test-invalid-sig-es256": ("ID token with the numbers that fit every key",),
    "oidcc-client-test-invalid-sig-hs256": ("ID token signed with the client's secret",),
    "oidcc-client-test-invalid-sig-rs256": ("ID token whose signature was cut", "ID token whose content was changed"),
    "oidcc-client-test-kid-absent-multiple-jwks": (f"{TOKEN}test_without_a_key_name_every_published_key_is_tried",),
    "oidcc-client-test-kid-absent-single-jwks": (f"{TOKEN}test_without_a_key_name_every_published_key_is_tried",),
    "oidcc-client-test-missing-aud": ("ID token that does not say for whom",),
    "oidcc-client-test-missing-iat": ("ID token that does not say when",),
    "oidcc-client-test-missing-sub": ("ID token without a subject",),
    "oidcc-client-test-nonce-invalid": ("ID token of another sign-in",),
    "oidcc-client-test-nonce-unless-code-flow": (
        f"{HERE}test_way.py::test_the_provider_is_asked_with_state_nonce_and_pkce",
    ),
    "oidcc-client-test-scope-userinfo-claims": (f"{REAL}test_what_only_userinfo_tells_is_asked_there",),
    "oidcc-client-test-signing-key-rotation": (f"{REAL}test_a_key_that_was_changed_is_asked_for_once_more",),
    "oidcc-client-test-signing-key-rotation-just-before-signing": ("ID tokens by unknown keys",),
    "oidcc-client-test-userinfo-bearer-header": (f"{REAL}test_what_only_userinfo_tells_is_asked_there",),
    "oidcc-client-test-userinfo-invalid-sub": ("user: somebody else", "user: nobody"),
}

# Patterns of names, and why there is nothing to try.
LEFT_OUT: dict[str, str] = {
    "oidcc-client-test-3rd-party-init-login": "a sign-in begins on the blog's page, nowhere else",
    "oidcc-client-test-(aggregated|distributed)-claims": "what an issuer says in others' names is not read",
    "oidcc-client-test-discovery-webfinger-.*": "the owner names the issuer; readers type no address of theirs",
    "oidcc-client-test-dynamic-registration": "the owner registers the client",
    "oidcc-client-test-(invalid|missing)-chash": "only the code comes by the browser, never an ID token",
    "oidcc-client-test-missing-athash": "only the code comes by the browser, so the ID token may leave at_hash out",
    "oidcc-client-test-mtls-endpoint-aliases": "we prove who we are by a secret",
    "oidcc-client-test-refresh-token.*": "an issuer's tokens are thrown away after the sign-in",
    "oidcc-client-test-request-uri-.*": "we send parameters, no request object",
    "oidcc-client-test-(rp-(back|front)channel|rp-init-logout|session-management).*": (
        "a session here is the blog's; it does not end with the issuer's"
    ),
    "oidcc-client-test-userinfo-bearer-body": "the token goes in the header",
    "oidcc-client-test-userinfo-signed": "we ask for plain JSON; a signed answer is refused (user: a signed answer)",
    "openid-federation-.*": "issuers are trusted one by one, by their owner",
}


def test_every_test_of_the_foundation_has_its_place(shared_data: Path) -> None:
    told = (shared_data / "login" / "openid_relying_party_tests.md").read_text(encoding="utf-8")
    names = re.findall(r"^- `([^`]+)`", told, re.MULTILINE)
    assert len(names) > 50
    left = [name for name in names if name not in TRIED and not any(re.fullmatch(one, name) for one in LEFT_OUT)]
    assert left == []
    assert set(TRIED) - set(names) == set()
    assert [one for one in LEFT_OUT if not any(re.fullmatch(one, name) for name in names)] == []


@pytest.mark.parametrize("name", TRIED)
def test_what_is_named_exists(name: str) -> None:
    attacks = {attack.name for attack in ATTACKS}
    for place in TRIED[name]:
        file, separator, function = place.partition("::")
        if separator:
            assert f"\ndef {function}(" in (Path(__file__).parents[3] / file).read_text(encoding="utf-8"), place
        else:
            assert place in attacks
