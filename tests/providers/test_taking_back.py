"""From signing in with Facebook to asking it that nothing is kept."""

from tests.providers.facebook import FakeFacebook
from tests.providers.fake import Visit


def test_who_asks_facebook_for_deletion_is_signed_out_and_forgotten(visit_at) -> None:
    visit: Visit = visit_at("facebook", FakeFacebook)
    made = visit.signs_in()
    client, me = visit.browser.client, f"/api/v1/me?site={visit.site}"
    bearer = {"Authorization": f"Bearer {made['access_token']}"}
    assert client.get(me, headers=bearer).status_code == 200
    told = client.post("/hooks/facebook/deletion", data={"signed_request": visit.fake.signed_request()})
    assert client.get(f"/privacy/deletion/{told.json['confirmation_code']}").status_code == 200
    assert client.get(me, headers=bearer).status_code == 401
    assert [(person.name, person.email) for person in visit.persons()] == [("Somebody", None)]
    again = Visit(house=visit.house, browser=visit.browser, fake=visit.fake, provider="facebook", site=visit.site)
    assert again.signs_in()["person"]["id"] != made["person"]["id"]
