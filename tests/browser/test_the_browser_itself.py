"""The browser of the tests does what the others rely on: it withholds third-party cookies."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import BrowserContext


class Service(ThreadingHTTPServer):
    """A server that sets a cookie at /login, is framed by /blog, and remembers which cookie came with which path."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.cookies: dict[str, str | None] = {}
        self.origin = f"http://localhost:{self.server_port}"
        self.blog = f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    server: Service

    def do_GET(self) -> None:
        self.server.cookies[self.path] = self.headers["Cookie"]
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Access-Control-Allow-Origin", self.server.blog)
        self.send_header("Access-Control-Allow-Credentials", "true")
        if self.path == "/login":
            self.send_header("Set-Cookie", "session=1; Path=/; SameSite=None; Secure")
        self.end_headers()
        frame = f'<iframe src="{self.server.origin}/frame"></iframe>' if self.path == "/blog" else ""
        self.wfile.write(f"<!doctype html><link rel=icon href=data:,><p>{frame}".encode())

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as service:
        thread = Thread(target=service.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield service
        service.shutdown()
        thread.join()


def visit(context: BrowserContext, service: Service) -> dict[str, str | None]:
    page = context.new_page()
    page.goto(f"{service.origin}/login")
    page.goto(f"{service.origin}/again")
    page.goto(f"{service.blog}/blog", wait_until="load")
    page.evaluate(f"fetch('{service.origin}/fetch', {{credentials: 'include'}}).then(answer => answer.text())")
    return {path: service.cookies[path] for path in ("/again", "/frame", "/fetch")}


def test_third_party_cookies_are_withheld(browser_context: BrowserContext, service: Service) -> None:
    assert visit(browser_context, service) == {"/again": "session=1", "/frame": None, "/fetch": None}


def test_third_party_cookies_are_withheld_in_a_private_window_too(
    new_context: Callable[..., BrowserContext], service: Service
) -> None:
    assert visit(new_context(), service) == {"/again": "session=1", "/frame": None, "/fetch": None}


def test_third_party_cookies_pass_where_a_person_allows_them(
    open_browser: Callable[..., BrowserContext], service: Service
) -> None:
    context = open_browser(third_party_cookies=True)
    assert visit(context, service) == {"/again": "session=1", "/frame": "session=1", "/fetch": "session=1"}
