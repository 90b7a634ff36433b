"""Serves the trial's sample blog: a few still pages that know nothing of the service but one tag.

Source: the blog's own folder; the comment tag in each post is what any blog would paste.
"""

import html
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from moderation.foundation.errors import Refused

FOLDER: Final = Path(__file__).parent / "blog"
CONTENT_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
IDLE_SECONDS: Final = 20


class BlogServer:
    """The sample blog on this machine, not yet answering until it is started.

    Args:
        port: on 127.0.0.1; 0 takes a free one.
        service: origin of the comment service, without a final slash.
        site: the key that the blog's comment tags carry.

    Raises:
        Refused: another program already uses the port.
    """

    def __init__(self, *, port: int, service: str, site: str) -> None:
        try:
            self._server = _Listener(("127.0.0.1", port), _Handler)
        except OSError as problem:
            message = f"The sample blog cannot use port {port}: another program is already there. Choose another port."
            raise Refused(message, field="blog_port") from problem
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self._server.files = _addresses(FOLDER)
        self._server.words = {"{{service}}": service, "{{site}}": site, "{{blog}}": self.origin}
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to answer, in a thread that ends with the program."""
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, name="blog", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop answering and give the port back."""
        if self._thread:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.server_close()


def serve_blog(*, port: int, service: str, site: str) -> BlogServer:
    """Take the port for the sample blog; `start` makes it answer.

    Raises:
        Refused: another program already uses the port.
    """
    return BlogServer(port=port, service=service, site=site)


def security_policy(service: str) -> str:
    """Say what the blog's pages may load: their own files, and exactly the comment service."""
    return (
        f"default-src 'self'; script-src {service}; connect-src {service}; img-src 'self' {service}; style-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _addresses(folder: Path) -> dict[str, Path]:
    """List the only addresses there are, so that no request can name a file outside the folder."""
    found = {}
    for path in folder.rglob("*"):
        if path.suffix not in CONTENT_TYPES:
            continue
        address = "/" + path.relative_to(folder).as_posix()
        found[address.removesuffix(".html") if path.suffix == ".html" else address] = path
    found["/"] = found.pop("/index")
    del found["/404"]
    return found


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    files: Mapping[str, Path]
    words: Mapping[str, str]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet: a reader who closes the tab early is no event."""


class _Handler(BaseHTTPRequestHandler):
    server: _Listener
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS

    def do_GET(self) -> None:
        address = unquote(urlsplit(self.path).path)
        path = self.server.files.get(address)
        self._answer(200 if path else 404, path or FOLDER / "404.html")

    do_HEAD = do_GET  # noqa: N815 - the name is the standard library's

    def _refuse(self) -> None:
        self.close_connection = True
        self._answer(405, FOLDER / "404.html", {"Allow": "GET, HEAD", "Connection": "close"})

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _refuse  # noqa: N815 - the names are the standard library's

    def _answer(self, status: int, path: Path, more: Mapping[str, str] | None = None) -> None:
        body = path.read_bytes()
        if path.suffix == ".html":
            text = body.decode()
            for placeholder, value in self.server.words.items():
                text = text.replace(placeholder, html.escape(value))
            body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", CONTENT_TYPES[path.suffix])
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Content-Security-Policy", security_policy(self.server.words["{{service}}"]))
        self.send_header("Referrer-Policy", "strict-origin-when-cross-origin")
        self.send_header("X-Content-Type-Options", "nosniff")
        for name, value in (more or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def version_string(self) -> str:
        return "blog"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """Say nothing: standard output belongs to the command."""
