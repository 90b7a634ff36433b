"""What the owner of a site has set, read and changed option by option.

An option is named ``name``, ``locale`` or ``origins``, like a field of the policy, or ``rules.many_links``; None stands
for its default.
"""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy.orm import Session

from moderation.foundation.errors import Refused
from moderation.foundation.options import known_options, read_options
from moderation.records import Origin, Policy, Site

_OWN: Final = ("name", "locale")
_RULE: Final = "rules."


def settings_of(site: Site, names: Iterable[str]) -> dict[str, Any]:
    """Return how some options of a site stand."""
    return {name: _read(site, name) for name in names}


def configure(db: Session, site: Site, wanted: dict[str, Any]) -> None:
    """Set some options of a locked site; answers that are kept ready show it at once.

    Raises:
        Refused: one of them cannot be; ``field`` is its name.
    """
    settings = dict(site.settings)
    for name, value in wanted.items():
        if name in _OWN:
            setattr(site, name, value)
        elif name == "origins":
            _set_origins(site, value)
        elif name.startswith(_RULE):
            settings["rules"] = _changed(settings.get("rules", {}), name.removeprefix(_RULE), value)
        elif name in known_options(Policy):
            settings = _changed(settings, name, value)
        else:
            raise Refused(f"There is no option {name}.", field=name)
    read_options(Policy, settings)
    if settings.get("time_zone") != site.settings.get("time_zone"):
        # Its days begin at other moments, so all are counted again.
        site.counted_at = None
    site.settings = settings
    site.revision += 1
    db.flush()


def _read(site: Site, name: str) -> Any:
    if name in _OWN:
        return getattr(site, name)
    if name == "origins":
        return sorted(known.origin for known in site.origins)
    if name.startswith(_RULE):
        return site.settings.get("rules", {}).get(name.removeprefix(_RULE))
    return site.settings.get(name)


def _changed(settings: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    rest = {known: kept for known, kept in settings.items() if known != name}
    return rest if value is None else {**rest, name: value}


def _set_origins(site: Site, origins: list[str]) -> None:
    if not origins:
        raise Refused("A site needs at least one origin.", field="origins")
    for known in list(site.origins):
        if known.origin not in origins:
            site.origins.remove(known)
    here = {known.origin for known in site.origins}
    site.origins.extend(Origin(origin=origin) for origin in dict.fromkeys(origins) if origin not in here)
