"""The API's own description, as an OpenAPI 3.1 document made from the routes, the shapes and the calls' entries."""

import json
import re
from functools import cache
from typing import Any

from flask import Flask, Response, current_app
from msgspec.json import schema_components
from werkzeug.routing import Rule

from moderation import __version__
from moderation.web.api.described import CALLS, QUERY, SCHEMAS, Described
from moderation.web.api.door import api, public

_PREFIX = "/api/v1"
_PARAMETER = re.compile(r"<(?:[a-z]+:)?([a-z_]+)>")
_REFERENCE = "#/components/schemas/{name}"


@api.get("/openapi.json")
@public
def describe() -> Response:
    """Return this description."""
    response = Response(_text(current_app._get_current_object()), content_type="application/json; charset=utf-8")  # type: ignore[attr-defined]
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@cache
def _text(app: Flask) -> str:
    return json.dumps(document(app), ensure_ascii=False)


def document(app: Flask) -> dict[str, Any]:
    """Return the description of an application's API."""
    models = sorted({call.takes for call in CALLS.values() if call.takes}, key=lambda model: model.__name__)
    _, definitions = schema_components(models, ref_template=_REFERENCE)
    paths: dict[str, dict[str, Any]] = {}
    for rule in app.url_map.iter_rules():
        name = rule.endpoint.removeprefix("api.")
        if rule.rule.startswith(_PREFIX) and name != "describe":
            place = paths.setdefault(_PARAMETER.sub(r"{\1}", rule.rule), {})
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                place[method.lower()] = _operation(app, rule, name, CALLS[name])
    return {
        "openapi": "3.1.0",
        "info": {"title": "Moderation", "version": __version__, "description": "Comments for blogs."},
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {**SCHEMAS, **definitions},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(app: Flask, rule: Rule, name: str, call: Described) -> dict[str, Any]:
    text = {"type": "string"}
    parameters: list[dict[str, Any]] = [
        {"name": found, "in": "path", "required": True, "schema": text} for found in _PARAMETER.findall(rule.rule)
    ]
    for parameter, required in call.query:
        several = parameter == "page" and name == "read_counts"
        schema = QUERY[parameter]
        if several:
            schema = {"type": "array", "items": schema, "minItems": 1, "maxItems": 200}
        parameters.append({"name": parameter, "in": "query", "required": required, "schema": schema})
    if name == "send":
        key = {"type": "string", "minLength": 1, "maxLength": 64}
        parameters.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": key})
    operation: dict[str, Any] = {
        "operationId": name,
        "summary": (app.view_functions[rule.endpoint].__doc__ or "").strip().partition("\n")[0],
        "parameters": parameters,
        "responses": {str(call.status): _given(call), "default": _problem()},
    }
    if call.takes is not None:
        body = {"application/json": {"schema": {"$ref": _REFERENCE.format(name=call.takes.__name__)}}}
        operation["requestBody"] = {"required": True, "content": body}
    if call.bearer is not None:
        operation["security"] = [{}, {"bearer": []}] if call.bearer == "perhaps" else [{"bearer": []}]
    return operation


def _given(call: Described) -> dict[str, Any]:
    if call.gives is None:
        return {"description": "Done."}
    schema = {"$ref": _REFERENCE.format(name=call.gives)}
    return {"description": "As asked.", "content": {"application/json": {"schema": schema}}}


def _problem() -> dict[str, Any]:
    schema = {"$ref": _REFERENCE.format(name="Problem")}
    return {"description": "What is wrong, in words.", "content": {"application/problem+json": {"schema": schema}}}
