"""Looks at a page of a blog as a reader's browser would: is the tag there, and does the blog let it work?"""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin, urlsplit

from moderation.doctor.result import Result
from moderation.foundation.errors import Outage, Problem
from moderation.foundation.origin import origin_of
from moderation.foundation.outbound import Answer, Outbound
from moderation.records import Site

_SECONDS: Final = 10.0
_LIMIT: Final = 2 * 1024 * 1024
_SCRIPT: Final = "/embed/v1.js"
# What the component needs of a blog's policy; its styles are made in the page and need nothing.
_NEEDS: Final = ("script-src", "connect-src", "img-src")


def look_at_page(outbound: Outbound, address: str, site: Site, *, public_url: str) -> Iterator[Result]:
    """Yield what stands in the way of the comments on a page, and what is in order there.

    Args:
        address: of a page, as an owner typed it.
        public_url: where readers reach this service, an origin.
    """
    try:
        answer = outbound.fetch(
            "GET", address, headers={"Accept": "text/html"}, seconds=_SECONDS, limit=_LIMIT, redirects=5
        )
    except Problem as problem:
        advice = "" if isinstance(problem, Outage) else "Only public addresses can be looked at from here."
        yield Result(said=problem.message.rstrip("."), advice=advice, ok=False)
        return
    if answer.status != 200:
        yield Result(said=f"The page answers {answer.status}", advice="Give the address of a post.", ok=False)
        return
    yield from _place(answer, address, site, public_url)
    kind = answer.headers.get("Content-Type", "")
    if not kind.lower().startswith("text/html"):
        yield Result(said=f"That is no page but {kind or 'something without a type'}", ok=False)
        return
    page = _Page(answer.url)
    page.feed(answer.body.decode("utf-8", errors="replace"))
    yield from _tag(page, site, public_url)
    policies = [*answer.headers.get("Content-Security-Policy", "").split(","), *page.policies]
    yield from _policy([policy for policy in policies if policy.strip()], public_url)
    yield from _windows(answer)


def look_at_service(outbound: Outbound, site: Site, *, public_url: str) -> Iterator[Result]:
    """Yield whether the service answers at its public address, by way of whatever stands in front of it."""
    origin = next((known.origin for known in site.origins), "")
    try:
        answer = outbound.fetch("GET", f"{public_url}/api/v1/sites/{site.key}", headers={"Origin": origin})
    except Outage as problem:
        advice = "Readers' browsers call this address. Check the proxy, its certificate, and public_url."
        yield Result(said=problem.message.rstrip("."), advice=advice, ok=False)
        return
    except Problem:
        yield Result(said=f"{public_url} is no public address, so it is not called from here")
        return
    allowed = answer.headers.get("Access-Control-Allow-Origin")
    if answer.status != 200:
        advice = "Something in front of the service answers in its place. Does it pass on every path?"
        yield Result(said=f"{public_url} answers {answer.status} to what the comments ask", advice=advice, ok=False)
    elif allowed not in ("*", origin):
        advice = "The service sends it; something in front of it takes it away or sets another."
        yield Result(said="The header Access-Control-Allow-Origin does not arrive", advice=advice, ok=False)
    else:
        yield Result(said=f"{public_url} answers, and lets the blog read it")


def _place(answer: Answer, address: str, site: Site, public_url: str) -> Iterator[Result]:
    origin = origin_of(answer.url, field=None)
    if origin != origin_of(address, field=None):
        yield Result(said=f"{address} leads to {answer.url}")
    if not site.embeds_at(origin):
        advice = "Add this origin to the site, or the comments there are refused."
        yield Result(said=f"{origin} is no origin of this site", advice=advice, paste=origin, ok=False)
    else:
        yield Result(said=f"{origin} may embed this site")
    here, there = urlsplit(answer.url), urlsplit(public_url)
    if here.scheme == "https" and there.scheme == "http":
        advice = (
            "Browsers load nothing without encryption into a page that has it: public_url must begin with https://."
        )
        yield Result(said=f"The blog uses https, and this service is at {public_url}", advice=advice, ok=False)
    elif here.scheme == "http" and here.hostname not in ("localhost", "127.0.0.1", "::1"):
        advice = "Readers can comment as guests; signing in needs https on the blog."
        yield Result(said="The blog is not encrypted", advice=advice, ok=False)


def _tag(page: "_Page", site: Site, public_url: str) -> Iterator[Result]:
    script = f"{public_url}{_SCRIPT}"
    tag = f'<script src="{script}" async></script>\n{site.tag}'
    if script in page.scripts:
        yield Result(said="The script is in the page")
    elif elsewhere := next((found for found in page.scripts if found.endswith(_SCRIPT)), None):
        advice = "Change the tag, or public_url."
        yield Result(said=f"The page loads the script from {elsewhere}", advice=advice, paste=tag, ok=False)
    else:
        advice = "Put these two lines where the comments belong. If a script of the blog adds them, all is well."
        yield Result(said="The script is not in the page", advice=advice, paste=tag, ok=False)
    if site.key in page.threads:
        yield Result(said="The place for the comments is in the page")
    elif page.threads:
        said = f"The page has comments of “{page.threads[0]}”, and this site is “{site.key}”"
        yield Result(said=said, advice="Change the attribute site.", paste=site.tag, ok=False)
    else:
        advice = "Put this line where the comments belong."
        yield Result(said="The place for the comments is not in the page", advice=advice, paste=site.tag, ok=False)


def _policy(policies: list[str], public_url: str) -> Iterator[Result]:
    if not policies:
        yield Result(said="The blog has no Content-Security-Policy that could stop the comments")
        return
    stopped = {need for policy in policies for need in _NEEDS if not _allows(_read(policy), need, public_url)}
    if stopped:
        lines = "; ".join(f"{need} {public_url}" for need in _NEEDS if need in stopped)
        advice = "Add this address to these directives of the blog's Content-Security-Policy."
        said = f"The blog's Content-Security-Policy stops the comments ({', '.join(sorted(stopped))})"
        yield Result(said=said, advice=advice, paste=lines, ok=False)
    else:
        yield Result(said="The blog's Content-Security-Policy lets the comments work")
    for policy in map(_read, policies):
        names = policy.get("trusted-types")
        if names is not None and "moderation" not in names and "*" not in names:
            advice = "Without it comments are shown as plain text."
            said = "The blog's Content-Security-Policy does not allow our Trusted Types policy"
            yield Result(said=said, advice=advice, paste="trusted-types moderation", ok=False)


def _windows(answer: Answer) -> Iterator[Result]:
    policy = answer.headers.get("Cross-Origin-Opener-Policy", "unsafe-none").partition(";")[0].strip()
    if policy not in ("", "unsafe-none", "same-origin-allow-popups"):
        advice = "Sign-ins come back by the page itself. If they do not, set a return address for them."
        yield Result(said=f"The blog cuts itself off from windows it opens ({policy})", advice=advice)


def _read(policy: str) -> dict[str, list[str]]:
    """Return a policy's directives; of two with the same name the first counts, as in browsers."""
    found: dict[str, list[str]] = {}
    for directive in policy.split(";"):
        name, *values = directive.split() or [""]
        found.setdefault(name.lower(), [value.lower() if value.startswith("'") else value for value in values])
    return found


def _allows(policy: dict[str, list[str]], need: str, public_url: str) -> bool:
    """Tell whether a policy lets a page load from us. Source: W3C, Content Security Policy Level 3, 6.7."""
    names = ("script-src-elem", "script-src", "default-src") if need == "script-src" else (need, "default-src")
    sources = next((policy[name] for name in names if name in policy), None)
    if sources is None or any(_matches(source, public_url) for source in sources):
        return True
    # A nonce or a hash may be on the tag; whether it is right, only a browser can tell.
    return need == "script-src" and any(source.startswith(("'nonce-", "'sha")) for source in sources)


def _matches(source: str, public_url: str) -> bool:
    ours = urlsplit(public_url)
    if source in ("*", f"{ours.scheme}:"):
        return True
    scheme, separator, rest = source.partition("://")
    if separator and scheme not in (ours.scheme, "http"):
        return False
    host, _, port = (rest if separator else source).partition("/")[0].partition(":")
    if port not in ("", "*", str(ours.port or {"https": 443, "http": 80}[ours.scheme])) or (not port and ours.port):
        return False
    name = ours.hostname or ""
    return name == host.lower() or (host.startswith("*.") and name.endswith(host[1:].lower()))


class _Page(HTMLParser):
    """Collects from a page what concerns us."""

    def __init__(self, address: str) -> None:
        super().__init__(convert_charrefs=True)
        self._base = address
        self.scripts: list[str] = []
        self.threads: list[str] = []
        self.policies: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in reversed(attributes)}
        if tag == "base" and given.get("href"):
            self._base = urljoin(self._base, given["href"])
        elif tag == "script" and given.get("src"):
            self.scripts.append(urljoin(self._base, given["src"]).partition("?")[0])
        elif tag == "comment-thread":
            self.threads.append(given.get("site", ""))
        elif tag == "meta" and given.get("http-equiv", "").lower() == "content-security-policy":
            self.policies.append(given.get("content", ""))
