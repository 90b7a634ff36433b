"""The API's description is whole, and the running service does what it says."""

import jsonschema_rs
import pytest

from moderation.app import create_app
from moderation.identity.personal_key import issue
from moderation.records import Status
from moderation.settings import load_settings
from tests import make
from tests.web.service import COMMENTS, decide, guest_comment, session_token


@pytest.fixture
def app(sqlite_url, tmp_path):
    app = create_app(load_settings(data=tmp_path / "data", database_url=sqlite_url, secret="s" * 40, limited=False))
    yield app
    app.extensions["house"].database.close()


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def described(client):
    return client.get("/api/v1/openapi.json").json


def test_every_call_is_described_and_nothing_else(app, described):
    routes = {
        (rule.rule.replace("<", "{").replace(">", "}"), method.lower())
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/") and rule.endpoint != "api.describe"
    }
    assert {(path, method) for path, methods in described["paths"].items() for method in methods} == routes
    assert described["openapi"].startswith("3.1")


def test_every_schema_is_one_and_every_reference_leads_somewhere(described):
    schemas = described["components"]["schemas"]
    for schema in schemas.values():
        jsonschema_rs.Draft202012Validator({**schema, "components": described["components"]})

    def references(node):
        if isinstance(node, dict):
            yield from ([node["$ref"]] if "$ref" in node else [])
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    assert {reference.rpartition("/")[2] for reference in references(described)} <= set(schemas)


def closed(node, *, whole=True):
    """Return a description in which no object may have more than what is described; parts of an object stay open."""
    if isinstance(node, list):
        return [closed(item, whole=whole) for item in node]
    if not isinstance(node, dict):
        return node
    made = {}
    for word, inner in node.items():
        if word == "properties":
            made[word] = {name: closed(value) for name, value in inner.items()}
        else:
            made[word] = closed(inner, whole=word != "allOf" and word != "components")
    if whole and made.keys() & {"$ref", "allOf", "properties"}:
        made["unevaluatedProperties"] = False
    return made


def test_the_service_answers_as_described(app, client, described):
    house = app.extensions["house"]
    with house.database.transaction() as db:
        site = make.site(db)
        key, owner = site.key, make.moderator(db, site)
        bearer = {"Authorization": f"Bearer {issue(db, owner, 'x', now=house.now())}"}
    token, _ = session_token(house, key)
    session = {"Authorization": f"Bearer {token}"}
    asked: set[tuple[str, str]] = set()
    components = {
        "schemas": {name: closed(schema, whole=False) for name, schema in described["components"]["schemas"].items()}
    }

    def call(method, template, status, *, address=None, **how):
        answer = client.open(address or template, method=method.upper(), **how)
        operation = described["paths"][template][method]
        assert answer.status_code == status, answer.text
        asked.add((template, method))
        told = operation["responses"].get(str(status)) or operation["responses"]["default"]
        for content_type, content in told.get("content", {}).items():
            assert answer.mimetype == content_type
            jsonschema_rs.validate(closed(content["schema"]) | {"components": components}, answer.json)
        return answer.json

    prefix = "/api/v1"
    comment = call("post", COMMENTS, 201, json=guest_comment(key))
    edit = {"Authorization": f"Bearer {comment['edit_token']}"}
    one, there = f"{COMMENTS}/{{comment_id}}", f"{COMMENTS}/{comment['id']}"
    call("get", one, 200, address=there, headers=edit)
    call("patch", one, 200, address=there, headers=edit, json={"body": "Changed."})
    call("get", f"{prefix}/queue", 200, address=f"{prefix}/queue?site={key}", headers=bearer)
    made = call(
        "post", f"{prefix}/decisions", 200, headers=bearer, json={"comments": [comment["id"]], "status": "approved"}
    )
    undo = f"{prefix}/decisions/{{decision_id}}/undo"
    call("post", undo, 200, address=undo.format(decision_id=made["results"][0]["decision"]), headers=bearer)
    decide(house, comment["id"], Status.approved)
    for path, query in (("thread", "&page=/her"), ("counts", "&page=/her"), ("recent", "")):
        call("get", f"{prefix}/{path}", 200, address=f"{prefix}/{path}?site={key}{query}")
    call("get", f"{prefix}/sites/{{key}}", 200, address=f"{prefix}/sites/{key}")
    call("post", f"{prefix}/preview", 200, json={"site": key, "body": "x"})
    call("get", f"{prefix}/me", 200, address=f"{prefix}/me?site={key}&page=/her", headers=session)
    call("get", f"{prefix}/me/export", 200, headers=session)
    like = f"{one}/like"
    call("put", like, 200, address=like.format(comment_id=comment["id"]), headers=session)
    call("delete", like, 200, address=like.format(comment_id=comment["id"]), headers=session)
    page = f"{prefix}/pages/like"
    call("put", page, 200, address=f"{page}?site={key}&page=/her", headers=session)
    call("get", f"{prefix}/thread", 200, address=f"{prefix}/thread?site={key}&page=/her")
    call("delete", page, 200, address=f"{page}?site={key}&page=/her", headers=session)
    report = f"{one}/report"
    call("post", report, 204, address=report.format(comment_id=comment["id"]), json={"reason": "odd"})
    call("get", f"{prefix}/queue", 200, address=f"{prefix}/queue?site={key}&status=reported", headers=bearer)
    wrong = {"code": "x", "code_verifier": "v" * 43, "attempt": "a" * 22, "site": key}
    call("post", f"{prefix}/token", 422, json=wrong)
    call("delete", one, 204, address=there, headers=edit)
    call("delete", f"{prefix}/me", 204, headers=session)
    call("post", f"{prefix}/logout", 204, headers=session)
    everything = {(path, method) for path, methods in described["paths"].items() for method in methods}
    assert asked == everything
