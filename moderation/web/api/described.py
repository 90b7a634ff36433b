"""What each call of the API takes and gives, for its OpenAPI description; a call without an entry fails the tests."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel

from moderation.intake.shapes import EditIn, PreviewIn, ReportIn, SubmissionIn
from moderation.web.api.moderate import DecisionsIn
from moderation.web.api.token import TokenIn

_ID: Final = {"type": "string", "maxLength": 32}
_COUNT: Final = {"type": "integer", "minimum": 0}
_MOMENT: Final = {"type": "string", "format": "date-time"}
_MAYBE: Final = {"type": ["string", "null"]}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": sorted(properties), "properties": properties}


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


_PERSON: Final = _object(
    id=_ID,
    name={"type": "string"},
    url=_MAYBE,
    avatar=_MAYBE,
    provider={"type": "string"},
    verified={"type": "boolean"},
    badge=_MAYBE,
)
_COMMENT: Final = _object(
    id=_ID,
    parent=_MAYBE,
    depth=_COUNT,
    html={"type": "string"},
    created_at=_MOMENT,
    edited_at={"anyOf": [_MOMENT, {"type": "null"}]},
    edited_by={"enum": ["writer", "moderator", None]},
    likes=_COUNT,
    pinned={"type": "boolean"},
    author=_ref("Person"),
)
_STATUS: Final = {"enum": ["waiting", "approved", "rejected", "spam", "withdrawn"]}

SCHEMAS: Final = MappingProxyType(
    {
        "Person": _PERSON,
        "Comment": _COMMENT,
        "Removed": _object(id=_ID, removed={"const": True}, parent=_MAYBE, depth=_COUNT),
        "OwnComment": {"allOf": [_ref("Comment"), _object(status=_STATUS, body={"type": "string"}, reason=_MAYBE)]},
        "Page": _object(
            key={"type": "string"}, url={"type": "string"}, title=_MAYBE, open={"type": "boolean"}, likes=_COUNT
        ),
        "Thread": {
            "allOf": [
                _object(
                    site={"type": "string"},
                    page={"anyOf": [_ref("Page"), {"type": "null"}]},
                    count=_COUNT,
                    revision=_COUNT,
                    next=_MAYBE,
                    comments=_list({"anyOf": [_ref("Comment"), _ref("Removed")]}),
                ),
                # There only where the owner has chosen so.
                {
                    "type": "object",
                    "properties": {
                        "likes": {"const": False},
                        "theme": {"enum": ["light", "dark"]},
                        "max_depth": _COUNT,
                    },
                },
            ]
        },
        "Counts": _object(counts={"type": "object", "additionalProperties": _COUNT}),
        "Recent": _object(site={"type": "string"}, comments=_list(_ref("Comment"))),
        "Site": _object(
            key={"type": "string"},
            name={"type": "string"},
            locale={"type": "string"},
            languages=_list({"type": "string"}),
            theme={"enum": ["auto", "light", "dark"]},
            likes={"type": "boolean"},
            privacy={"type": "string"},
            providers=_list(_object(name={"type": "string"}, label={"type": "string"}, icon=_MAYBE)),
            guests=_object(allowed={"type": "boolean"}, email_required={"type": "boolean"}),
            limits=_object(body=_COUNT, name=_COUNT),
            edit_window=_COUNT,
            max_depth=_COUNT,
        ),
        "Me": _object(person=_ref("Person"), comments=_list(_ref("OwnComment"))),
        "Session": _object(access_token={"type": "string"}, expires_in=_COUNT, person=_ref("Person")),
        "Liked": _object(likes=_COUNT, liked={"type": "boolean"}),
        "Preview": _object(html={"type": "string"}),
        "Queue": _object(
            site={"type": "string"},
            status={"type": "string"},
            counts={"type": "object", "additionalProperties": _COUNT},
            next=_MAYBE,
            comments=_list({"allOf": [_ref("OwnComment"), _object(version=_COUNT, email=_MAYBE)]}),
        ),
        "Result": _object(
            id=_ID,
            status={"anyOf": [_STATUS, {"type": "null"}]},
            decision=_MAYBE,
            problem={"enum": [None, "already", "changed", "missing", "not_allowed"]},
        ),
        "Results": _object(results=_list(_ref("Result"))),
        "Export": {"type": "object"},
        "Problem": _object(type={"type": "string"}, title={"type": "string"}, status=_COUNT, detail={"type": "string"}),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One call.

    Args:
        takes: the body.
        query: parameters of the address, by name: whether each must be given.
        gives: name of a schema; None for an empty answer.
        bearer: whose token it wants: ``session``, ``edit`` (a session or an edit token), ``key`` or nobody's.
    """

    status: int = 200
    takes: type[BaseModel] | None = None
    query: tuple[tuple[str, bool], ...] = ()
    gives: str | None = None
    bearer: str | None = None


_SITE_AND_PAGE: Final = (("site", True), ("page", True))

CALLS: Final = MappingProxyType(
    {
        "read_thread": Described(gives="Thread", query=(*_SITE_AND_PAGE, ("sort", False), ("after", False))),
        "read_counts": Described(gives="Counts", query=_SITE_AND_PAGE),
        "read_recent": Described(gives="Recent", query=(("site", True), ("limit", False))),
        "read_site": Described(gives="Site"),
        "send": Described(status=201, takes=SubmissionIn, gives="OwnComment"),
        "see": Described(gives="OwnComment", bearer="edit"),
        "change": Described(takes=EditIn, gives="OwnComment", bearer="edit"),
        "take_back": Described(status=204, bearer="edit"),
        "like": Described(gives="Liked", bearer="session"),
        "unlike": Described(gives="Liked", bearer="session"),
        "like_a_page": Described(gives="Liked", query=_SITE_AND_PAGE, bearer="session"),
        "unlike_a_page": Described(gives="Liked", query=_SITE_AND_PAGE, bearer="session"),
        "report_comment": Described(status=204, takes=ReportIn),
        "preview": Described(takes=PreviewIn, gives="Preview"),
        "make_session": Described(takes=TokenIn, gives="Session"),
        "logout": Described(status=204, bearer="session"),
        "who_am_i": Described(gives="Me", query=(("site", True), ("page", False)), bearer="session"),
        "erase_me": Described(status=204, bearer="session"),
        "hand_over": Described(gives="Export", bearer="session"),
        "read_queue": Described(
            gives="Queue",
            query=(("site", True), ("status", False), ("after", False)),
            bearer="key",
        ),
        "decide": Described(takes=DecisionsIn, gives="Results", bearer="key"),
        "undo": Described(gives="Result", bearer="key"),
    }
)
