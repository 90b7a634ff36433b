"""Changes what the owner of a site has set: its rules, and all its other options."""

from typing import Any, Final

from sqlalchemy.orm import Session

from moderation.records import Role, Site
from moderation.review.configure import configure as set_options
from moderation.review.configure import settings_of
from moderation.review.kind import Kind, State, Target

_SENSITIVE: Final = frozenset({"return_addresses"})


def _site(db: Session, target: Target) -> Site:
    # Comments that come in meanwhile refer to the site, and need not wait.
    return db.get_one(Site, target.subject_id, with_for_update={"key_share": True}, populate_existing=True)


def _read(db: Session, target: Target, like: State) -> State:
    return settings_of(_site(db, target), like)


def _write(db: Session, target: Target, _before: State, state: State) -> State:
    set_options(db, _site(db, target), state)
    return state


def _tell(_before: State, after: State) -> str:
    if after.get("hold_everything"):
        return "began to hold everything on"
    if set(after) == {"hold_everything"}:
        return "stopped holding everything on"
    if len(after) == 1:
        ((name, value),) = after.items()
        return f"set {_called(name)} {_put(value)} on"
    return f"set {', '.join(_called(name) for name in after)} on"


def _called(name: str) -> str:
    rule = name.removeprefix("rules.")
    words = rule.replace("_", " ")
    return words if rule == name else f"the rule “{words}”"


def _put(value: Any) -> str:
    if value is None:
        return "to the default"
    if isinstance(value, dict):
        return f"anew ({value.get('state', 'on')})"
    return f"to {value}" if isinstance(value, bool | int) or (isinstance(value, str) and len(value) < 60) else "anew"


configure = Kind(
    name="configure",
    subject="site",
    role=Role.owner,
    read=_read,
    write=_write,
    tell=_tell,
    sensitive=lambda before: not _SENSITIVE.isdisjoint(before),
    example={"edit_window": 60},
)
