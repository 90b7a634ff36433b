"""The web component, for every blog: always the current one, or one that never changes, for blogs that pin it."""

import base64
import hashlib
import logging
import re
import secrets
import shutil
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, abort, request
from werkzeug.security import safe_join

from moderation import __version__
from moderation.publishing.ready import Rests
from moderation.web.api.door import answer
from moderation.web.house import house
from moderation.web.public import for_every_origin
from moderation.web.ready import rests_on

embed = Blueprint("embed", __name__, url_prefix="/embed")
embed.after_request(for_every_origin)

_LOG: Final = logging.getLogger(__name__)
_FOLDER: Final = Path(__file__).parents[1] / "static" / "embed"
_TYPES: Final = {".js": "text/javascript; charset=utf-8", ".json": "application/json; charset=utf-8"}
_LASTING: Final = "public, max-age=31536000, immutable"
# Asked for each time, so that the script and the files it loads are always of one release.
_CURRENT: Final = "public, no-cache"
# Texts and patterns of a script stay as they are; a style sheet in one can do without its line ends.
_KEPT: Final = (
    rb"""("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`"""
    rb"""|(?<=[(,=:?&|! ])/(?![ *])(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n])+/)"""
)
_SPARE: Final = re.compile(_KEPT + rb"""|/\*.*?\*/| *([=,{}\[\]();:?&|<>!]+) *|(?<=[;{,])\n|\n(?=\})""")
# What ends the last statement of a block; no loop of ours has an empty body.
_LAST_SIGN: Final = re.compile(_KEPT + rb"|;(?=\})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The files of one release. Its name, such as ``1.2.0-0123456789abcdef``, holds a hash of all of them."""

    name: str
    files: dict[str, bytes]


@cache
def current() -> Release:
    """Return the release that this program came with."""
    found = (file for file in sorted(_FOLDER.rglob("*")) if file.suffix in _TYPES and file.is_file())
    files = {file.relative_to(_FOLDER).as_posix(): _slim(file) for file in found}
    whole = hashlib.sha256()
    for name, content in files.items():
        whole.update(b"%b\0%b" % (name.encode(), hashlib.sha256(content).digest()))
    return Release(name=f"{__version__}-{whole.hexdigest()[:16]}", files=files)


def keep(release: Release, data: Path) -> None:
    """Keep a release's files among the installation's data: blogs that pin them get them after an update too."""
    place = data / "embed" / release.name
    # Made aside, since another process may do the same.
    aside = place.with_name(f".{release.name}.{secrets.token_hex(8)}")
    try:
        if place.is_dir():
            return
        for name, content in release.files.items():
            (aside / name).parent.mkdir(parents=True, exist_ok=True)
            (aside / name).write_bytes(content)
        aside.rename(place)
    except OSError as error:
        shutil.rmtree(aside, ignore_errors=True)
        if not place.is_dir():
            _LOG.warning("the component's release is not kept", extra={"problem": error.strerror})


@embed.get("/manifest.json")
def manifest() -> Response:
    """Return where the current release stays for good, and the hashes by which a blog can pin its files."""
    release, service = current(), house().settings.public_url
    files = {
        name: {"url": f"{service}/embed/{release.name}/{name}", "integrity": _integrity(content)}
        for name, content in release.files.items()
    }
    response = answer({"version": __version__, "release": release.name, "files": files})
    return _send(response, caching=_CURRENT)


@embed.get("/<path:name>")
def script(name: str) -> Response:
    """Return the script, or one of the files that it loads; of a release that the path names, or the current one."""
    suffix = Path(name).suffix
    if suffix not in _TYPES:
        abort(404)
    file = Path(safe_join(str(_FOLDER), name) or "")
    if file.is_file():
        return _send(Response(_slim(file), content_type=_TYPES[suffix]), caching=_CURRENT)
    content = _of_release(*name.split("/", 1)) if "/" in name else None
    if content is None:
        abort(404)
    return _send(Response(content, content_type=_TYPES[suffix]), caching=_LASTING)


def _slim(file: Path) -> bytes:
    """Return a file without what is for its readers only: remarks, blanks around signs, most ends of lines."""
    return _slimmed(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _slimmed(file: Path, _changed_at: int) -> bytes:
    lines = re.sub(rb"(?m)^\s*(?://.*\n)?", b"", file.read_bytes())
    closer = _SPARE.sub(lambda found: re.sub(rb"(?<=[;{,}`])\n", b"", found[1] or found[2] or b""), lines)
    return _LAST_SIGN.sub(lambda found: found[1] or b"", closer)


def _of_release(release: str, name: str) -> bytes | None:
    if release == current().name:
        return current().files.get(name)
    kept = safe_join(str(house().settings.data.resolve() / "embed"), release, name)
    if release.startswith(".") or kept is None or not Path(kept).is_file():
        return None
    return Path(kept).read_bytes()


def _send(response: Response, *, caching: str) -> Response:
    rests_on(Rests(on_nothing=True))
    response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32])
    response.headers["Cache-Control"] = caching
    response.make_conditional(request)
    return response


def _integrity(content: bytes) -> str:
    return f"sha384-{base64.b64encode(hashlib.sha384(content).digest()).decode()}"
