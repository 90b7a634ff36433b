"""The metrics are told to whoever holds the key; a dashboard asks only for what exists; each request has an id."""

import json
import logging
import re
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families

from moderation.app import create_app
from moderation.foundation.endpoints import check_networks
from moderation.foundation.log import JsonLines
from moderation.foundation.secret import Secret
from moderation.foundation.tokens import new_id
from moderation.records import Attempt, Notice, Site, Status
from tests import make
from tests.web.service import COMMENTS, decide, guest_comment

KEY = "k" * 30
ROOT = Path(__file__).parents[2]
BEARER = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture
def settings(settings):
    return replace(settings, metrics_key=Secret(KEY), log_requests=True, trusted_proxies=())


def told(client):
    answer = client.get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.text)
    return {(one.name, *sorted(one.labels.values())): one.value for family in families for one in family.samples}


def test_strangers_are_told_nothing(client, site):
    for headers in ({}, {"Authorization": KEY}, {"Authorization": f"Bearer {KEY}x"}, {"Authorization": "Bearer "}):
        answer = client.get("/metrics", headers=headers)
        assert answer.status_code == 401
        assert site not in answer.text
    assert client.get("/metrics", headers=BEARER).headers["Cache-Control"] == "no-store"


def test_what_happens_is_counted(client, house, site):
    sent = client.post(COMMENTS, json=guest_comment(site)).json
    client.post(COMMENTS, json=guest_comment(site, body_text="")).close()
    found = told(client)
    assert found[("moderation_queue_comments", site)] == 1
    decide(house, sent["id"], Status.approved)
    for _ in range(3):
        client.get(f"/api/v1/thread?site={site}&page=/her")
    found = told(client)
    assert found[("moderation_queue_comments", site)] == 0
    assert found[("moderation_request_seconds_count", "201", "POST", "api.send", "web-1")] == 1
    assert found[("moderation_request_seconds_count", "422", "POST", "api.send", "web-1")] == 1
    hits, misses = (found[("moderation_ready_answers_total", word, "web-1")] for word in ("hit", "miss"))
    assert hits + misses >= 3
    assert found[("moderation_ready_answers_total", "build", "web-1")] >= 1
    assert found[("moderation_ready_bytes", "web-1")] > 0
    assert found[("moderation_database_up",)] == 1


def test_the_outbox_and_the_providers_are_counted(client, house, site):
    now = house.now()
    with house.database.transaction() as db:
        row = db.query(Site).filter_by(key=site).one()
        common = {"channel": "mail", "kind": "waiting", "site_id": row.id, "created_at": now}
        ages = {"old": timedelta(minutes=5), "later": -timedelta(minutes=5), "dead": timedelta(days=1)}
        for key, age in ages.items():
            notice = Notice(id=new_id("n", now), key=key, due_at=now - age, **common)
            if key == "dead":
                notice.finished, notice.dead_at = True, now
            db.add(notice)
        db.add(
            Attempt(
                id="a" * 22, site_id=row.id, provider="x", origin=make.BLOG, page=make.BLOG, challenge="c" * 43,
                cookie=b"c" * 32, state=b"s" * 32, nonce="n", verifier="v", created_at=now, taken_at=now,
                expires_at=now + timedelta(minutes=10), error="provider_down",
            )
        )  # fmt: skip
    found = told(client)
    assert found[("moderation_outbox_notices", "due")] == 1
    assert found[("moderation_outbox_notices", "later")] == 1
    assert 300 <= found[("moderation_outbox_lag_seconds",)] < 400
    assert found[("moderation_outbox_dead_letters", "mail")] == 1
    assert found[("moderation_sign_in_failures", "provider_down", "x")] == 1
    assert found[("moderation_providers_hidden",)] == 0


def test_the_dashboard_for_grafana_asks_only_for_metrics_that_exist(client, site):
    client.get("/health/live")
    text = client.get("/metrics", headers=BEARER).text
    exist = {found[1] for found in re.finditer(r"^# TYPE (\w+) ", text, re.MULTILINE)}
    exist |= {f"{name}_{end}" for name in exist for end in ("bucket", "count", "sum")}
    dashboard = json.loads((ROOT / "config" / "grafana.json").read_text())
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    assert len(asked) >= 10
    for expression in asked:
        names = re.findall(r"\b(?:moderation|process|up)_\w+", expression)
        assert names, expression
        assert set(names) <= exist, expression


def test_each_request_has_an_id_and_the_log_says_it_with_nothing_of_the_request_itself(client, site, caplog):
    with caplog.at_level(logging.INFO, logger="moderation.web.observe"):
        lines = []
        handler = logging.Handler()
        handler.emit = lambda record: lines.append(JsonLines().format(record))
        logging.getLogger("moderation.web.observe").addHandler(handler)
        try:
            answer = client.post(
                COMMENTS, json=guest_comment(site, body_text="canary"), headers={"X-Request-Id": "x" * 20}
            )
        finally:
            logging.getLogger("moderation.web.observe").removeHandler(handler)
    line = json.loads(lines[-1])
    assert line["request"] == answer.headers["X-Request-Id"] != "x" * 20
    assert (line["endpoint"], line["status"], line["method"]) == ("api.send", 201, "POST")
    assert line["milliseconds"] > 0
    assert not {word for word in ("canary", "alice", "/her", "127.0.0.1") if word in lines[-1].lower()}


def test_the_id_of_a_proxy_of_ours_is_taken_and_of_nobody_else(settings, site):
    for proxies, given, taken in [
        (("127.0.0.1/32",), "abcdef0123456789", True),
        (("127.0.0.1/32",), "a b\nc" * 4, False),
        (("10.0.0.0/8",), "abcdef0123456789", False),
    ]:
        app = create_app(replace(settings, trusted_proxies=check_networks(proxies)))
        answer = app.test_client().get("/health/live", headers={"X-Request-Id": given.replace("\n", "")})
        assert (answer.headers["X-Request-Id"] == given) is taken
        app.extensions["house"].database.close()


def test_an_answer_that_is_kept_ready_carries_nobodys_id(client, site):
    client.post(COMMENTS, json=guest_comment(site))
    for _ in range(2):
        assert "X-Request-Id" not in client.get(f"/api/v1/thread?site={site}&page=/her").headers
