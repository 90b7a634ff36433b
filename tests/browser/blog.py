"""Somebody else's blog: every address is a post with a thread of its own, embedded as the documentation says."""

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

POST = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>A post</title>
<script src="{service}/embed/v1.js" async></script>
<main>
<h1>A post</h1>
<p>There is not much to say, so I leave it to you.</p>
<comment-thread site="{site}"></comment-thread>
</main>
"""


# Pages that a test has made up, by path: headers and body. The others are all the same post.
made_up: dict[str, tuple[dict[str, str], bytes]] = {}


class Blog(ThreadingHTTPServer):
    """The blog, on an origin of its own."""

    daemon_threads = True
    post = b""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.origin = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet: a reader who leaves early is no event."""


class _Answer(BaseHTTPRequestHandler):
    server: Blog

    def do_GET(self) -> None:
        headers, body = made_up.get(self.path, ({}, self.server.post))
        self.send_response(200)
        for name, value in ({"Content-Type": "text/html; charset=utf-8"} | headers).items():
            self.send_header(name, value)
        if self.path.startswith("/isolated"):
            # All on such a page must say that it may be shown there.
            self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
            self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@contextmanager
def running_blog() -> Iterator[Blog]:
    """Serve the blog; what it embeds is said by ``embed``, once the service is known."""
    with Blog() as blog:
        thread = Thread(target=blog.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield blog
        blog.shutdown()
        thread.join()


def embed(blog: Blog, *, service: str, site: str) -> None:
    """Put the comment tag under every post."""
    blog.post = POST.format(service=escape(service), site=escape(site)).encode()
