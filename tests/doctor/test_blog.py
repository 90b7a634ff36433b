"""The doctor looks at real pages of a blog, and says what stands in the way of the comments there."""

from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer

from moderation.doctor.blog import look_at_page, look_at_service
from moderation.foundation.outbound import Outbound
from moderation.records import Origin, Site

SERVICE = "https://comments.example"
TAG = f'<script src="{SERVICE}/embed/v1.js" async></script><comment-thread site="oak"></comment-thread>'


@pytest.fixture
def blog() -> Iterator[HTTPServer]:
    with HTTPServer(host="127.0.0.1") as server:
        yield server


@pytest.fixture
def outbound(blog):
    return Outbound(frozenset({f"127.0.0.1:{blog.port}"}), ports=frozenset({blog.port}))


@pytest.fixture
def site(blog):
    return Site(key="oak", locale="en", origins=[Origin(origin=f"http://127.0.0.1:{blog.port}")])


def look(outbound, site, blog, body=TAG, *, path="/post", service=SERVICE, status=200, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    blog.expect_request("/post").respond_with_data(body, status, named, "text/html; charset=utf-8")
    return list(look_at_page(outbound, blog.url_for(path), site, public_url=service))


def wrong(results):
    return [result.said for result in results if not result.ok]


def test_a_page_that_is_as_it_should_be_has_nothing_wrong(outbound, site, blog):
    results = look(outbound, site, blog)
    assert wrong(results) == []
    assert len(results) == 4


@pytest.mark.parametrize(
    ("body", "said", "pasted"),
    [
        ("<p>No tag.</p>", "The script is not in the page", "/embed/v1.js"),
        (TAG.replace("comments.example", "old.example"), "loads the script from https://old.example/embed", SERVICE),
        (TAG.replace('"oak"', '"elm"'), "comments of “elm”, and this site is “oak”", '<comment-thread site="oak">'),
        (TAG.partition("<comment")[0], "place for the comments is not in the page", '<comment-thread site="oak">'),
        ("<!--" + TAG + "-->", "The script is not in the page", "/embed/v1.js"),
        ("\0<<<" * 50, "The script is not in the page", "/embed/v1.js"),
    ],
)
def test_a_wrong_tag_comes_with_the_right_one(outbound, site, blog, body, said, pasted):
    results = look(outbound, site, blog, body)
    assert any(said in line for line in wrong(results)), wrong(results)
    assert any(pasted in result.paste for result in results if said in result.said)


@pytest.mark.parametrize(
    "policy",
    [
        "frame-ancestors 'none'",
        f"default-src 'self'; script-src {SERVICE}; connect-src {SERVICE}; img-src {SERVICE}",
        f"default-src 'self' {SERVICE}",
        "default-src https:",
        "default-src *",
        "default-src *.example",
        "script-src 'nonce-abc' 'strict-dynamic'; connect-src https:; img-src *",
        f"script-src 'none'; script-src-elem {SERVICE}/embed/; connect-src comments.example; img-src {SERVICE}:443",
        f"default-src {SERVICE}; default-src 'none'",
    ],
)
def test_a_policy_that_lets_us_work_is_left_alone(outbound, site, blog, policy):
    assert wrong(look(outbound, site, blog, Content_Security_Policy=policy)) == []


@pytest.mark.parametrize(
    ("policy", "stopped"),
    [
        ("default-src 'self'", ["script-src", "connect-src", "img-src"]),
        (f"default-src {SERVICE}; img-src 'self' data:", ["img-src"]),
        (f"default-src {SERVICE}; connect-src https://comments.example:8443", ["connect-src"]),
        (f"default-src {SERVICE}; connect-src *.comments.example", ["connect-src"]),
        (f"default-src {SERVICE}; script-src-elem 'self'", ["script-src"]),
        (f"default-src {SERVICE}, default-src 'self'", ["script-src", "connect-src", "img-src"]),
        (f"DEFAULT-SRC 'NONE'; img-src {SERVICE}", ["script-src", "connect-src"]),
    ],
)
@pytest.mark.parametrize("in_page", [False, True])
def test_a_policy_that_stops_us_is_told_with_what_to_add(outbound, site, blog, policy, stopped, in_page):
    if in_page:
        meta = "".join(f'<meta http-equiv="Content-Security-Policy" content="{one}">' for one in policy.split(","))
        results = look(outbound, site, blog, meta + TAG)
    else:
        results = look(outbound, site, blog, Content_Security_Policy=policy)
    (result,) = (result for result in results if not result.ok)
    assert result.paste == "; ".join(f"{need} {SERVICE}" for need in stopped)


def test_trusted_types_need_our_policy(outbound, site, blog):
    results = look(outbound, site, blog, Content_Security_Policy="trusted-types dompurify")
    assert [result.paste for result in results if not result.ok] == ["trusted-types moderation"]
    blog.clear()
    assert wrong(look(outbound, site, blog, Content_Security_Policy="trusted-types moderation dompurify")) == []


def test_a_blog_that_cuts_itself_off_is_told_about_return_addresses(outbound, site, blog):
    results = look(outbound, site, blog, Cross_Origin_Opener_Policy="same-origin")
    assert "return address" in results[-1].advice


def test_another_origin_than_the_sites_is_told(outbound, blog):
    results = look(outbound, Site(key="oak", locale="en", origins=[Origin(origin="https://blog.example")]), blog)
    (result,) = (result for result in results if not result.ok)
    assert result.paste == f"http://127.0.0.1:{blog.port}"


def test_where_a_page_leads_is_what_is_looked_at(outbound, site, blog):
    blog.expect_request("/old").respond_with_data("", 302, {"Location": "/post"})
    assert wrong(look(outbound, site, blog, path="/old")) == []


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/", "http://169.254.169.254/", "file:///etc/passwd", "x", ""])
def test_what_is_no_page_of_the_public_is_not_called(outbound, site, address):
    (result,) = look_at_page(outbound, address, site, public_url=SERVICE)
    assert not result.ok


def test_a_page_that_is_not_there_is_told(outbound, site, blog):
    assert wrong(look(outbound, site, blog, status=404)) == ["The page answers 404"]


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (200, {"Access-Control-Allow-Origin": "*"}, None),
        (200, {}, "does not arrive"),
        (403, {}, "answers 403"),
        (200, {"Access-Control-Allow-Origin": "https://other.example"}, "does not arrive"),
    ],
)
def test_the_service_is_called_as_readers_call_it(outbound, site, blog, status, headers, said):
    blog.expect_request("/api/v1/sites/oak").respond_with_data("{}", status, headers)
    (result,) = look_at_service(outbound, site, public_url=f"http://127.0.0.1:{blog.port}")
    assert result.ok if said is None else said in result.said
