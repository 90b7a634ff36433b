"""Facts for tests of rules: an ordinary comment, of which a test changes what matters."""

from datetime import UTC, datetime
from typing import Any

from moderation.screening.rule import Case

NOW = datetime(2026, 11, 22, 6, 28, tzinfo=UTC)


def a_case(text: str = "What a fine review, I saw it twice.", **changes: Any) -> Case:
    """Make the facts about a signed-in stranger's comment."""
    facts: dict[str, Any] = {
        "body": text,
        "text": text,
        "links": (),
        "site_origins": ("https://blog.example", "https://www.other-blog.example:8443"),
        "page_key": "/her",
        "page_title": "Her",
        "person_id": "p_1",
        "name": "Alice",
        "email": "alice@mail.example",
        "email_verified": False,
        "url": None,
        "provider": "demo",
        "is_guest": False,
        "is_moderator": False,
        "trusted": False,
        "banned": False,
        "banned_why": "",
        "approved_before": 0,
        "rejected_before": 0,
        "spam_before": 0,
        "first_seen_at": NOW,
        "repeats_by_writer": 0,
        "repeats_by_others": 0,
        "known": (),
        "submitted_at": NOW,
        "now": NOW,
    }
    return Case(**facts | changes)
