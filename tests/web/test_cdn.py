"""Public answers carry the tags by which a CDN takes them back; who is told of changes keeps them longer."""

import pytest
from msgspec.structs import replace

from moderation.app import create_app
from moderation.foundation.errors import Refused
from moderation.foundation.tags import lists_tag, page_tag, site_tag
from moderation.settings import load_settings

OF_PAGE = (
    "/api/v1/thread?site={site}&page=/her",
    "/feeds/{site}/page.atom?page=/her",
    "/fragment?site={site}&page=/her",
)
OF_LISTS = (
    "/api/v1/counts?site={site}&page=/her",
    "/api/v1/recent?site={site}",
    "/api/v1/sites/{site}",
    "/feeds/{site}.atom",
)


@pytest.mark.parametrize("address", OF_PAGE + OF_LISTS)
def test_an_answer_names_its_site_and_what_it_shows_kept_ready_or_not(client, site, address):
    shows = page_tag(site, "/her") if address in OF_PAGE else lists_tag(site)
    for _ in range(2):
        answer = client.get(address.format(site=site))
        assert answer.status_code == 200
        assert answer.headers["Surrogate-Key"] == f"{site_tag(site)} {shows}"
        assert answer.headers["Cache-Tag"] == f"{site_tag(site)},{shows}"
        assert answer.headers["Cache-Control"] == "public, max-age=0, s-maxage=1"
        assert "CDN-Cache-Control" not in answer.headers


def test_errors_and_private_answers_carry_no_tags(client, site):
    for address in ("/api/v1/thread?site=nowhere&page=/her", f"/api/v1/me?site={site}", "/dashboard/sign-in"):
        assert "Cache-Tag" not in client.get(address).headers


def test_a_cdn_that_is_told_of_changes_may_keep_answers_longer(settings, site):
    app = create_app(replace(settings, purge_url="https://cdn.example/purge", cdn_seconds=300))
    answer = app.test_client().get(f"/api/v1/thread?site={site}&page=/her")
    assert answer.headers["CDN-Cache-Control"] == "public, max-age=300"
    assert answer.headers["Surrogate-Control"] == "max-age=300"
    assert answer.headers["Cache-Control"] == "public, max-age=0, s-maxage=1"
    app.extensions["house"].database.close()


@pytest.mark.parametrize(
    "given", [{"cdn_seconds": 300}, {"purge_url": "http://cdn.example/purge"}, {"purge_url": "cdn.example"}]
)
def test_settings_that_would_leave_what_was_taken_back_in_sight_are_refused(tmp_path, given):
    with pytest.raises(Refused):
        load_settings(data=tmp_path, **given)
