"""Names for cached answers, so that a CDN can be told which of them are not true any more."""

import hashlib


def site_tag(site_key: str) -> str:
    """Return the tag of everything a site shows."""
    return f"site-{site_key}"


def lists_tag(site_key: str) -> str:
    """Return the tag of what shows something of several pages of a site: counts, newest comments, its feed."""
    return f"lists-{site_key}"


def page_tag(site_key: str, page_key: str) -> str:
    """Return the tag of what shows a page, there or not yet there.

    Args:
        page_key: text from a stranger; its hash stands for it.
    """
    return f"page-{hashlib.sha256(f'{site_key} {page_key}'.encode()).hexdigest()[:20]}"
