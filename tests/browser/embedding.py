"""Pages of strangers that embed the thread: with policies of their own, hostile style, other languages."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Route

from tests.browser.blog import made_up
from tests.browser.trial import Trial

PAGE = """<!doctype html>
<html{html}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>A post</title>
{head}
</head>
<body>
<main>
<h1>A post</h1>
{tag}
</main>
{after}
</body>
</html>
"""


def serve(trial: Trial, path: str, *, headers: dict[str, str] | None = None, **more: str) -> str:
    """Let the other blog answer with a page that is made up here; returns its address.

    Args:
        more: ``html`` attributes, ``head``, ``tag``, ``after``.
    """
    script = f'<script src="{trial.service}/embed/v1.js" async></script>'
    tag = f'<comment-thread site="{trial.site}"></comment-thread>'
    parts = {"html": ' lang="en"', "head": "", "after": "", "tag": tag} | more
    parts["head"] += script
    made_up[path] = (headers or {}, PAGE.format(**parts).encode())
    return trial.other_blog + path


def answer_with(comments: list[dict[str, Any]], **more: Any) -> Callable[[Route], None]:
    """Answer a request for a thread with these comments."""
    thread = {"page": {"open": True, "title": "A post", "likes": 0, "likers": []}, "revision": 1, "next": None}
    thread |= {"count": len(comments), "comments": comments} | more

    def answer(route: Route) -> None:
        route.fulfill(json=thread, headers={"Access-Control-Allow-Origin": "*"})

    return answer


def comment(number: int, **more: Any) -> dict[str, Any]:
    """A comment as the service gives it."""
    author = {"id": f"p_{number % 40}", "name": f"Voice {number % 40}", "url": None, "avatar": None, "provider": "x"}
    shown = {
        "id": f"c_{number:022}",
        "parent": None,
        "depth": 0,
        "html": f"<p>What the <strong>{number}.</strong> one has to say, at some length, so that it takes more lines "
        "than one, and <a href='https://elsewhere.example' rel='nofollow'>a link</a> besides.</p>",
        "created_at": "2026-01-22T06:28:00Z",
        "edited_at": None,
        "edited_by": None,
        "likes": number % 3,
        "pinned": False,
        "author": author | {"verified": True, "badge": None},
    }
    return shown | more
