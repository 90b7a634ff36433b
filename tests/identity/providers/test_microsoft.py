"""Microsoft's ID token, as its documentation shows it, becomes a profile."""

import pytest

from moderation.foundation.errors import Refused
from moderation.foundation.options import read_options
from moderation.identity.provider import Profile
from moderation.identity.providers.microsoft import MicrosoftOptions, read_profile

# Source: learn.microsoft.com, “ID tokens in the Microsoft identity platform”, a sample of version 2.0.
CLAIMS = {
    "ver": "2.0",
    "iss": "https://login.microsoftonline.com/9122040d-6c67-4c5b-b112-36a304b66dad/v2.0",
    "sub": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
    "aud": "6cb04018-a3f5-46a7-b995-940c78f5aef3",
    "exp": 1536361411,
    "iat": 1536274711,
    "nbf": 1536274711,
    "name": "Abe Lincoln",
    "preferred_username": "AbeLi@microsoft.com",
    "oid": "00000000-0000-0000-66f3-3332eca7ea81",
    "tid": "9122040d-6c67-4c5b-b112-36a304b66dad",
    "nonce": "123523",
}
PROFILE = Profile(
    issuer="https://login.microsoftonline.com/9122040d-6c67-4c5b-b112-36a304b66dad/v2.0",
    subject="AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
    name="Abe Lincoln",
)


def test_the_documented_token_becomes_a_profile() -> None:
    assert read_profile(CLAIMS) == PROFILE


def test_its_word_for_an_address_proves_nothing() -> None:
    profile = read_profile(CLAIMS | {"email": "abe@mail.example", "email_verified": True, "xms_edov": True})
    assert (profile.email, profile.email_verified) == ("abe@mail.example", False)


def test_its_picture_is_not_for_us() -> None:
    assert read_profile(CLAIMS | {"picture": "https://graph.microsoft.com/v1.0/me/photo/$value"}) == PROFILE


def test_the_name_by_which_one_signs_in_there_is_an_address_and_not_shown() -> None:
    assert read_profile({name: value for name, value in CLAIMS.items() if name != "name"}).name is None


@pytest.mark.parametrize("tenant", ["", "a/b", "common?x", "../x", "{tenantid}", "x" * 101, "a b"])
def test_a_tenant_is_one_word(tenant: str) -> None:
    with pytest.raises(Refused):
        read_options(MicrosoftOptions, {"tenant": tenant})


@pytest.mark.parametrize(
    "tenant", ["common", "organizations", "contoso.onmicrosoft.com", "9122040d-6c67-4c5b-b112-36a304b66dad"]
)
def test_a_tenant_has_a_name_a_domain_or_an_id(tenant: str) -> None:
    assert read_options(MicrosoftOptions, {"tenant": tenant}).tenant == tenant
