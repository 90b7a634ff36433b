"""A stage for sign-ins: the service, a provider and a blog with odd pages, all in this process and soon set up."""

import shutil
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from werkzeug.serving import WSGIRequestHandler, make_server

from moderation.app import create_app
from moderation.cli.demo.issuer import Issuer
from moderation.foundation.outbound import Outbound
from moderation.identity.provider import providers
from moderation.settings import load_settings
from moderation.web import signing_in
from moderation.web.house import House
from tests import make
from tests.browser.blog import POST
from tests.browser.people import Reader
from tests.browser.trial import Trial
from tests.lying_issuer import CLIENT_ID
from tests.providers.fake import Detour, Fake
from tests.sign_in import CLIENT_SECRET, provider_keys

SITE = "stage"
Kinds = Mapping[str, type[Fake]]
# Of a stranger: it notes what it is told and where it was opened, and asks for what is not its own.
EVIL = """<!doctype html><link rel="icon" href="data:,"><title>A prize</title>
<script>
  const caught = [];
  addEventListener("message", ({ data }) => caught.push(JSON.stringify(data)));
  caught.push(location.href);
  const attempt = new URLSearchParams(location.search).get("attempt");
  opener?.postMessage({ t: "hello", v: 1, a: attempt }, "*");
</script>"""


class Pages(ThreadingHTTPServer):
    """A web server with pages that behave as the first part of their path says.

    ``/isolated…`` cuts itself off from the windows it opens. ``…gone`` is there for browsers only: the service, which
    does not say so, finds nothing. ``…moved`` leads the service elsewhere. ``/leave?to=…`` leads anybody anywhere.
    """

    daemon_threads = True

    def __init__(self, page: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.page = page
        self.place = f"127.0.0.1:{self.server_port}"
        self.origin = f"http://{self.place}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet: a reader who leaves early is no event."""


class _Answer(BaseHTTPRequestHandler):
    server: Pages

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        kind, by_browser = parts.path.split("/")[1], "Mozilla" in self.headers.get("User-Agent", "")
        leads = parse_qs(parts.query).get("to", [""])[0] if kind == "leave" else ""
        if kind.endswith("moved") and not by_browser:
            leads = "/elsewhere"
        self.send_response(302 if leads else 404 if kind.endswith("gone") and not by_browser else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        if leads:
            self.send_header("Location", leads)
        if kind.startswith("isolated"):
            self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.end_headers()
        self.wfile.write(self.server.page.encode())

    def log_message(self, *words: object) -> None:
        """Say nothing."""


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def furnished(folder: Path, template: Path, *, coop: bool = False, back: str = "") -> Iterator[Trial]:
    """Set the stage in a folder of its own.

    Args:
        template: a migrated SQLite file, to be copied.
        coop: the provider cuts its window off from the blog's.
        back: the path of the return address that the blog's owner has set.
    """
    shutil.copy(template, folder / "moderation.db")
    with _stage(folder, f"sqlite:///{folder / 'moderation.db'}", coop=coop, back=back, kinds={}) as (there, _fakes):
        yield there


def furnished_with(folder: Path, template: Path, kinds: Kinds) -> Iterator[tuple[Trial, dict[str, Fake]]]:
    """Set a stage where one also signs in at fakes of real providers, by their kinds; gives these too."""
    shutil.copy(template, folder / "moderation.db")
    with _stage(folder, f"sqlite:///{folder / 'moderation.db'}", coop=False, back="", kinds=kinds) as there:
        yield there


def at(reader: Callable[..., Reader], there: Trial, page: str, *scripts: str, **more: object) -> Reader:
    """Open a post of a stage in a browser of one's own, changed by scripts."""
    ida = reader(to=there, **more)
    for script in scripts:
        ida.context.add_init_script(script)
    return ida.open(f"{page}/post")


@contextmanager
def _stage(
    folder: Path, database: str, *, coop: bool, back: str, kinds: Kinds
) -> Iterator[tuple[Trial, dict[str, Fake]]]:
    with ExitStack() as running, socket.create_server(("127.0.0.1", 0)) as listening:
        service = f"http://localhost:{listening.getsockname()[1]}"
        blog, evil = running.enter_context(serving(Pages())), running.enter_context(serving(Pages(EVIL)))
        callback = f"{service}/auth/demo/callback"
        issuer = Issuer(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, redirect_uri=callback, coop=coop)
        issuer.start()
        running.callback(issuer.close)
        near = {blog.place, issuer.address.removeprefix("http://")}
        given = {"public_url": service, "secret": "s" * 40, "limited": False, "outbound_exceptions": near}
        app = create_app(load_settings(data=folder, database_url=database, **given))
        house: House = app.extensions["house"]
        running.callback(house.database.close)
        fakes = {kind: fake(f"{service}/auth/{kind}/callback") for kind, fake in kinds.items()}
        for fake in fakes.values():
            fake.client_id, fake.client_secret = CLIENT_ID, CLIENT_SECRET
            running.callback(fake.close)
        if fakes:
            house = app.extensions["house"] = replace(house, outbound=_Near(near, *fakes.values()))
            signing_in.build(app)
        with house.database.transaction() as db:
            provider_keys(db, house.keys, issuer=issuer.address)
            for kind in fakes or ("google",):
                label = providers()[kind].label
                provider_keys(db, house.keys, name=kind, kind=kind, label=label, issuer=issuer.address).options = {}
            settings = {"return_addresses": [blog.origin + back]} if back else {}
            make.site(db, key=SITE, origins=(blog.origin,)).settings = settings
        blog.page = POST.format(service=escape(service), site=SITE)
        server = make_server(
            "127.0.0.1", 0, _at_once(app), threaded=True, request_handler=_Quiet, fd=listening.fileno()
        )
        running.enter_context(serving(server))
        there = {"dashboard": f"{service}/dashboard/", "owner": {}, "api_key": "", "page": f"{blog.origin}/page"}
        where = {"service": service, "blog": blog.origin, "issuer": issuer.address, "other_blog": evil.origin}
        yield Trial(site=SITE, **where, **there), fakes


class _Near(Detour):
    """The guarded client, which may also call what is on this machine."""

    def __init__(self, near: set[str], *fakes: Fake) -> None:
        super().__init__(*fakes)
        Outbound.__init__(self, frozenset({*near, *(fake.place for fake in fakes)}))


def _at_once(app: Callable[..., Any]) -> Callable[..., list[bytes]]:
    """Take an answer whole before it is sent: a window that closes meanwhile leaves no file open in this process."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        parts = app(environ, start_response)
        try:
            return [b"".join(parts)]
        finally:
            getattr(parts, "close", lambda: None)()

    return answer


@contextmanager
def serving(server: "Pages") -> Iterator["Pages"]:
    """Answer in a thread."""
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
