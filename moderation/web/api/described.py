"""What each call of the API takes and gives, for its OpenAPI description; a call without an entry fails the tests."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct

from moderation.intake.shapes import EditIn, PreviewIn, ReportIn, SubmissionIn
from moderation.publishing.thread import Sort
from moderation.review.queue import Tab
from moderation.web.api.moderate import DecisionsIn
from moderation.web.api.token import TokenIn

_ID: Final = {"type": "string", "maxLength": 32}
_COUNT: Final = {"type": "integer", "minimum": 0}
_MOMENT: Final = {"type": "string", "format": "date-time"}
_MAYBE: Final = {"type": ["string", "null"]}
# For people to read, rather than for programs.
_OPEN: Final = {"type": "object"}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": sorted(properties), "properties": properties}


def _with(described: dict[str, Any], **properties: Any) -> dict[str, Any]:
    """Return an object that may have these properties as well."""
    return described | {"properties": described["properties"] | properties}


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
_PLACE: Final = _object(key={"type": "string"}, url={"type": "string"}, title=_MAYBE)
_OWN: Final = _object(status=_STATUS, body={"type": "string"}, reason=_MAYBE)
_FINDING: Final = _object(
    rule={"type": "string"},
    verdict={"enum": ["approve", "hold", "spam"]},
    sentence={"type": "string"},
    counted={"type": "boolean"},
    at=_MOMENT,
)
_QUEUED: Final = _object(
    version=_COUNT,
    edit_waits={"type": "boolean"},
    email=_MAYBE,
    page=_PLACE,
    findings=_list(_FINDING),
    reports=_list(_object(reason={"type": "string"}, at=_MOMENT)),
    approved_before=_COUNT,
    rejected_before=_COUNT,
)

SCHEMAS: Final = MappingProxyType(
    {
        "Person": _PERSON,
        "Comment": _COMMENT,
        "Removed": _object(id=_ID, removed={"const": True}, parent=_MAYBE, depth=_COUNT),
        "OwnComment": {"allOf": [_ref("Comment"), _OWN]},
        # The token is there for guests only.
        "SentComment": {"allOf": [_ref("Comment"), _with(_OWN, edit_token={"type": "string"})]},
        "Page": _object(
            key={"type": "string"},
            url={"type": "string"},
            title=_MAYBE,
            open={"type": "boolean"},
            likes=_COUNT,
            likers=_list(_object(id=_ID, name={"type": "string"}, avatar={"type": "string"})),
        ),
        "Thread": _with(
            _object(
                site={"type": "string"},
                page={"anyOf": [_ref("Page"), {"type": "null"}]},
                count=_COUNT,
                revision=_COUNT,
                next=_MAYBE,
                comments=_list({"anyOf": [_ref("Comment"), _ref("Removed")]}),
            ),
            # There only where the owner has chosen so.
            likes={"const": False},
            theme={"enum": ["light", "dark"]},
            max_depth=_COUNT,
        ),
        "Counts": _object(counts={"type": "object", "additionalProperties": _COUNT}),
        "Recent": _object(site={"type": "string"}, comments=_list({"allOf": [_ref("Comment"), _object(page=_PLACE)]})),
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
        "Me": _object(
            person=_ref("Person"),
            comments=_list(_ref("OwnComment")),
            liked=_object(page={"type": "boolean"}, comments=_list(_ID)),
        ),
        "Session": _object(access_token={"type": "string"}, expires_in=_COUNT, person=_ref("Person")),
        "Liked": _object(likes=_COUNT, liked={"type": "boolean"}),
        "Preview": _object(html={"type": "string"}),
        "Queue": _object(
            site={"type": "string"},
            status={"type": "string"},
            counts={"type": "object", "additionalProperties": _COUNT},
            next=_MAYBE,
            comments=_list({"allOf": [_ref("OwnComment"), _QUEUED]}),
        ),
        "Result": _object(
            id=_ID,
            status={"anyOf": [_STATUS, {"type": "null"}]},
            decision=_MAYBE,
            problem={"enum": [None, "already", "changed", "missing", "not_allowed"]},
        ),
        "Results": _object(results=_list(_ref("Result"))),
        "Export": _object(
            format={"const": "moderation-person-1"},
            made_at=_MOMENT,
            site={"type": "string"},
            person=_OPEN,
            comments=_list(_OPEN),
            likes=_object(pages=_list(_OPEN), comments=_list(_OPEN)),
            reports=_list(_OPEN),
            subscriptions=_list(_OPEN),
            sessions=_list(_OPEN),
        ),
        "Problem": _with(
            _object(type={"type": "string"}, title={"type": "string"}, status=_COUNT, detail={"type": "string"}),
            field={"type": "string"},
        ),
    }
)

# What parameters of the address may be.
QUERY: Final[Mapping[str, dict[str, Any]]] = MappingProxyType(
    {
        "site": {"type": "string", "minLength": 1, "maxLength": 64},
        "page": {"type": "string", "minLength": 1, "maxLength": 512},
        "sort": {"enum": [sort.value for sort in Sort], "default": "oldest"},
        "after": {"type": "string", "minLength": 1, "maxLength": 80},
        # Needed for a page that nobody has commented on and whose key is no path.
        "url": {"type": "string", "format": "uri", "maxLength": 2048},
        "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 10},
        "status": {"enum": [tab.value for tab in Tab], "default": "waiting"},
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One call.

    Args:
        takes: the body.
        query: parameters of the address, by name: whether each must be given.
        gives: name of a schema; None for an empty answer.
        bearer: whose token it wants: ``session``, ``edit`` (a session or an edit token), ``key``, ``perhaps`` a
            session, or nobody's.
    """

    status: int = 200
    takes: type[Struct] | None = None
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
        "send": Described(status=201, takes=SubmissionIn, gives="SentComment", bearer="perhaps"),
        "see": Described(gives="OwnComment", bearer="edit"),
        "change": Described(takes=EditIn, gives="OwnComment", bearer="edit"),
        "take_back": Described(status=204, bearer="edit"),
        "like": Described(gives="Liked", bearer="session"),
        "unlike": Described(gives="Liked", bearer="session"),
        "like_a_page": Described(gives="Liked", query=(*_SITE_AND_PAGE, ("url", False)), bearer="session"),
        "unlike_a_page": Described(gives="Liked", query=_SITE_AND_PAGE, bearer="session"),
        "report_comment": Described(status=204, takes=ReportIn, bearer="perhaps"),
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
