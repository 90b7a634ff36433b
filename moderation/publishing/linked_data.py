"""A thread in words that search engines understand.

Source: https://schema.org/DiscussionForumPosting, https://schema.org/Comment; JSON-LD 1.1.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from moderation.publishing.markup import plain

# In a script element, these could end it or begin a comment.
_ESCAPED: Final = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def linked_data(comments: Sequence[dict[str, Any]], *, url: str, title: str | None, count: int) -> str:
    """Return JSON-LD that can stand in a script element.

    Args:
        comments: of a slice, in the form of the API.
        url: the page's own address.
    """
    document: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "DiscussionForumPosting",
        "@id": url,
        "url": url,
        "commentCount": count,
        "comment": [_comment(comment, url) for comment in comments if "removed" not in comment],
    }
    if title:
        document["headline"] = title
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPED)


def _comment(comment: dict[str, Any], url: str) -> dict[str, Any]:
    author = {"@type": "Person", "name": comment["author"]["name"]}
    if comment["author"]["url"]:
        author["url"] = comment["author"]["url"]
    document = {
        "@type": "Comment",
        "@id": f"{url}#comment-{comment['id']}",
        "url": f"{url}#comment-{comment['id']}",
        "text": plain(comment["html"]).strip(),
        "dateCreated": comment["created_at"],
        "author": author,
        "upvoteCount": comment["likes"],
    }
    if comment["edited_at"]:
        document["dateModified"] = comment["edited_at"]
    if comment["parent"]:
        document["parentItem"] = {"@type": "Comment", "@id": f"{url}#comment-{comment['parent']}"}
    return document
