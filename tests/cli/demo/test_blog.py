"""The sample blog answers as a good still blog does, and shows nothing that is not in its folder."""

import http.client
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from moderation.cli.demo.blog import BlogServer, serve_blog
from moderation.cli.demo.people import POSTS
from moderation.foundation.errors import Refused

SERVICE = "http://localhost:8000"


@pytest.fixture(scope="module")
def blog() -> Iterator[BlogServer]:
    server = serve_blog(port=0, service=SERVICE, site="hollow<oak>")
    server.start()
    yield server
    server.close()


class Answer:
    def __init__(self, blog: BlogServer, path: str, method: str = "GET") -> None:
        connection = http.client.HTTPConnection(urlsplit(blog.origin).netloc, timeout=10)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            self.status, self.headers, self.body = answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    @property
    def text(self) -> str:
        return self.body.decode()


class Loaded(HTMLParser):
    """Collects every address that a browser would load by itself."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        found = values.get("src") or (
            values.get("href") if tag == "link" and values.get("rel") != "canonical" else None
        )
        if found:
            self.addresses.append(found)


@pytest.mark.parametrize("path", POSTS)
def test_a_post_embeds_the_widget_as_any_blog_would(blog: BlogServer, path: str) -> None:
    text = Answer(blog, path).text
    assert f'<script src="{SERVICE}/embed/v1.js" async></script>' in text
    assert '<comment-thread site="hollow&lt;oak&gt;"></comment-thread>' in text
    assert f'<a href="{SERVICE}/page?site=hollow&lt;oak&gt;&amp;page={path}">' in text
    assert f'<link rel="canonical" href="{blog.origin}{path}">' in text
    assert "{{" not in text


@pytest.mark.parametrize(("path", "title"), POSTS.items())
def test_a_post_is_called_as_its_comments_say(blog: BlogServer, path: str, title: str) -> None:
    heading = re.search(r"<h1>(.*?)</h1>", Answer(blog, path).text)
    assert heading is not None
    assert re.sub(r"<[^>]+>", "", heading[1]) == title


@pytest.mark.parametrize("path", ["/", *POSTS, "/no-such-page"])
def test_a_page_loads_nothing_but_its_own_files_and_the_widget(blog: BlogServer, path: str) -> None:
    for address in Loaded(Answer(blog, path).text).addresses:
        if address != f"{SERVICE}/embed/v1.js":
            assert Answer(blog, address).status == 200, address


@pytest.mark.parametrize("path", ["/", *POSTS])
def test_every_link_within_the_blog_leads_somewhere(blog: BlogServer, path: str) -> None:
    for address in re.findall(r'href="(/[^"#]*)', Answer(blog, path).text):
        assert Answer(blog, address).status == 200, address


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/her", "text/html; charset=utf-8"),
        ("/her?utm_source=letter", "text/html; charset=utf-8"),
        ("/style.css", "text/css; charset=utf-8"),
        ("/favicon.svg", "image/svg+xml"),
        ("/art/dusk.svg", "image/svg+xml"),
    ],
)
def test_a_file_says_what_it_is_and_is_always_asked_for_again(blog: BlogServer, path: str, kind: str) -> None:
    answer = Answer(blog, path)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", ["/her", "/no-such-page"])
def test_the_policy_allows_the_service_and_nothing_else(blog: BlogServer, path: str) -> None:
    policy = Answer(blog, path).headers["Content-Security-Policy"]
    assert policy.startswith(
        f"default-src 'self'; script-src {SERVICE}; connect-src {SERVICE}; img-src 'self' {SERVICE}; style-src 'self';"
    )
    assert "unsafe" not in policy


def test_head_gives_the_headers_alone(blog: BlogServer) -> None:
    whole, head = Answer(blog, "/her"), Answer(blog, "/her", "HEAD")
    assert head.status == 200
    assert head.body == b""
    assert head.headers["Content-Length"] == str(len(whole.body))


@pytest.mark.parametrize("path", ["/no-such-page", "/her.html", "/her/", "/404", "/index", "/art", "/art/"])
def test_another_address_gets_the_blogs_own_page_for_that(blog: BlogServer, path: str) -> None:
    answer = Answer(blog, path)
    assert answer.status == 404
    assert "This hole is empty." in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/../blog.py",
        "/../people.toml",
        "/art/../../blog.py",
        "/%2e%2e/blog.py",
        "/..%2fblog.py",
        "/%252e%252e/blog.py",
        "//etc/passwd",
        "/" + "../" * 12 + "etc/passwd",
        "/" + "%2e%2e%2f" * 12 + "etc/passwd",
        str(Path(__file__).resolve()),
        "/her%00.html",
        "/..\\blog.py",
    ],
)
def test_no_address_leads_out_of_the_folder(blog: BlogServer, path: str) -> None:
    answer = Answer(blog, path)
    assert answer.status == 404
    assert "This hole is empty." in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_it_can_only_be_read(blog: BlogServer, method: str) -> None:
    answer = Answer(blog, "/her", method)
    assert answer.status == 405
    assert answer.headers["Allow"] == "GET, HEAD"


def test_a_port_in_use_is_refused_in_a_sentence(blog: BlogServer) -> None:
    port = urlsplit(blog.origin).port
    assert port is not None
    with pytest.raises(Refused, match=rf"cannot use port {port}: another program"):
        serve_blog(port=port, service=SERVICE, site="blog")


def test_it_says_nothing_on_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    server = serve_blog(port=0, service=SERVICE, site="blog")
    server.start()
    Answer(server, "/her")
    Answer(server, "/no-such-page")
    server.close()
    assert capfd.readouterr() == ("", "")


def test_a_closed_blog_gives_its_port_back() -> None:
    first = serve_blog(port=0, service=SERVICE, site="blog")
    first.start()
    port = urlsplit(first.origin).port
    assert port is not None
    first.close()
    second = serve_blog(port=port, service=SERVICE, site="blog")
    second.start()
    assert Answer(second, "/").status == 200
    second.close()
