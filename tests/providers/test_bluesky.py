"""The way through Bluesky, from a name to an account."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.providers.asking import AskedVisit, visit
from tests.providers.bluesky import AUTH, DID, PDS, WEB, FakeBluesky, document
from tests.sign_in import SERVICE, path_of, query_of

HTTPS = "https://comments.example"
PATH = "/auth/bluesky/callback"
VisitBy = Callable[..., AskedVisit]


@pytest.fixture
def visit_by(tmp_path, sqlite_url) -> Iterator[VisitBy]:
    with ExitStack() as stack:

        def start(typed: str = "alice.test", *, public_url: str = SERVICE) -> AskedVisit:
            fake = FakeBluesky(f"{public_url}{PATH}")
            begun = visit(tmp_path, sqlite_url, "bluesky", fake, typed=typed, public_url=public_url)
            made = stack.enter_context(begun)
            # The server looks up who we are at our own address, as everybody can.
            fake.look_up = lambda address: made.browser.client.application.test_client().get(path_of(address)).json
            return made

        yield start


@pytest.mark.parametrize("typed", ["alice.test", "@Alice.TEST ", DID, "\u202aalice.test\u202c"])
def test_a_reader_says_a_name_and_signs_in(visit_by, typed) -> None:
    visit = visit_by(typed)
    made = visit.signs_in()
    assert made["person"]["name"] == "Alice"
    person = visit.persons()[0]
    assert (person.issuer, person.subject) == ("https://atproto.com", DID)
    assert person.url == f"https://bsky.app/profile/{DID}"


def test_the_way_there_shows_nothing_but_the_name_of_a_request(visit_by) -> None:
    visit = visit_by()
    address = visit.departs()
    assert address.startswith(f"{AUTH}/oauth/authorize?")
    assert set(query_of(address)) == {"client_id", "request_uri"}
    pushed = next(iter(visit.fake.pushed.values()))
    assert pushed.asked["login_hint"] == "alice.test"
    assert (pushed.asked["scope"], pushed.asked["response_type"]) == ("atproto", "code")


def test_on_this_machine_the_server_knows_us_by_localhost_and_sends_back_to_its_number(visit_by) -> None:
    visit = visit_by()
    way_back = visit.agrees()
    assert visit.fake.authenticated == ["none"]
    assert way_back.startswith(f"http://127.0.0.1:8000{PATH}?")
    there = visit.browser.client.get(path_of(way_back), base_url="http://127.0.0.1:8000")
    assert (there.status_code, there.location) == (303, SERVICE + path_of(way_back))
    visit.returns(there.location)
    assert "code" in visit.browser.asks_for_code(visit.blog.attempt).json


def test_in_production_we_prove_by_a_signature_who_we_are(visit_by) -> None:
    visit = visit_by(public_url=HTTPS)
    way_back = visit.agrees()
    assert way_back.startswith(f"{HTTPS}{PATH}?")
    visit.returns(way_back)
    told = visit.browser.asks_for_code(visit.blog.attempt, origin=HTTPS).json
    made = visit.blog.exchanges(visit.browser.client, told["code"])
    assert made.json["person"]["name"] == "Alice"
    assert visit.fake.authenticated == ["private_key_jwt", "private_key_jwt"]


def test_the_document_about_us_says_what_servers_check(visit_by) -> None:
    visit = visit_by(public_url=HTTPS)
    answer = visit.browser.client.get("/oauth/client-metadata.json")
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    said = answer.json
    key = said["jwks"]["keys"][0]
    assert said["client_id"] == f"{HTTPS}/oauth/client-metadata.json"
    assert said["redirect_uris"] == [f"{HTTPS}{PATH}"]
    assert (said["scope"], said["token_endpoint_auth_method"]) == ("atproto", "private_key_jwt")
    assert said["dpop_bound_access_tokens"] is True
    assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert visit.browser.client.get("/oauth/client-metadata.json").json == said


def test_where_nobody_signs_in_with_bluesky_there_is_no_document(visit_by) -> None:
    assert visit_by().browser.client.get("/oauth/client-metadata.json").status_code == 404


def test_each_proof_is_for_one_request_and_each_sign_in_has_a_key_of_its_own(visit_by) -> None:
    visit = visit_by()
    visit.signs_in()
    assert [proof["htu"] for proof in visit.fake.proofs] == [f"{AUTH}/oauth/par", f"{AUTH}/oauth/token"]
    assert [proof["htm"] for proof in visit.fake.proofs] == ["POST", "POST"]
    assert len({proof["jti"] for proof in visit.fake.proofs}) == 2
    # The first request learns the nonce by being refused; the token's has it from there.
    assert visit.fake.calls.count("POST /auth.test/oauth/par") == 2
    assert visit.fake.calls.count("POST /auth.test/oauth/token") == 1


def test_a_nonce_that_changed_while_the_reader_was_there_is_taken_up(visit_by) -> None:
    visit = visit_by()
    way_back = visit.agrees()
    visit.fake.nonce = "rotated"
    visit.returns(way_back)
    assert "code" in visit.browser.asks_for_code(visit.blog.attempt).json
    assert visit.fake.calls.count("POST /auth.test/oauth/token") == 2


def test_did_web_is_an_account_like_others(visit_by) -> None:
    visit = visit_by(WEB)
    visit.fake.world.documents[WEB] = document(WEB)
    visit.fake.world.token = {"sub": WEB}
    made = visit.signs_in()
    assert visit.persons()[0].subject == WEB
    # Nobody knows a name for it: it is not made up of what nobody checked.
    assert made["person"]["name"] == "Somebody"


def test_a_handle_whose_own_host_says_so_is_found_when_the_public_service_is_down(visit_by) -> None:
    visit = visit_by()
    visit.fake.broken = {"/public.api.bsky.app": (503, "down")}
    visit.fake.world.own_words["alice.test"] = DID
    made = visit.signs_in()
    assert made["person"]["name"] == "alice.test"


def test_a_profile_of_somebody_else_is_not_taken(visit_by) -> None:
    visit = visit_by()
    visit.fake.broken = {
        "/public.api.bsky.app/xrpc/app.bsky": (200, {"did": "did:plc:other", "displayName": "Mallory", "avatar": "x"})
    }
    assert visit.signs_in()["person"]["name"] == "alice.test"


def test_a_reader_who_declines_has_declined(visit_by) -> None:
    visit = visit_by()
    visit.fake.denies = True
    assert visit.fails()[0] == "denied"


def test_a_server_that_refuses_the_request_ends_it_with_a_reason(visit_by) -> None:
    visit = visit_by()
    visit.fake.broken = {"/auth.test/oauth/par": (400, {"error": "invalid_client_metadata"})}
    there = visit.answers()
    assert (there.status_code, there.location) == (303, f"/login/done/{visit.blog.attempt}")
    assert visit.browser.asks_for_code(visit.blog.attempt).json == {"error": "provider_misconfigured"}


def test_a_name_that_is_nobodys_is_told_so_on_the_same_page(visit_by) -> None:
    visit = visit_by("nobody.test")
    assert visit.is_asked_again() == "There is no account nobody.test. Check the name."


def test_an_address_with_a_port_cannot_be_a_name(visit_by) -> None:
    visit = visit_by(public_url="https://comments.example:8443")
    there = visit.answers()
    assert there.location == f"/login/done/{visit.blog.attempt}"
    assert visit.detail() == "The public address must be a name without a port."


def test_nothing_of_the_sign_in_can_be_read_in_the_database(visit_by) -> None:
    visit = visit_by()
    visit.departs()
    visit.house.database.checkpoint()
    stored = b"".join(file.read_bytes() for file in sorted(visit.house.settings.data.parent.rglob("moderation.db*")))
    assert visit.blog.attempt.encode() in stored
    for secret in (DID, PDS, "P-256", visit.fake.nonce):
        assert secret.encode() not in stored
