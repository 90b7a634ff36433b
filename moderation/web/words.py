"""Small pieces of sentences that pages are made of."""

from datetime import datetime

# Each names itself after others too, so the telling marks come first.
_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_SPANS = ((86_400, "day"), (3600, "hour"), (60, "minute"))


def ago(moment: datetime, now: datetime) -> str:
    """Return how long ago something was, as one says it; a date when it is over four weeks."""
    seconds = int((now - moment).total_seconds())
    if seconds >= 28 * 86_400:
        return f"{moment.day} {moment:%B %Y}"
    for length, word in _SPANS:
        if seconds >= length:
            return f"{plural(seconds // length, word)} ago"
    return "just now"


def span(seconds: int) -> str:
    """Return how long something took: “40 seconds”, “1.5 hours”."""
    for length, word in _SPANS:
        if seconds >= length:
            number = round(seconds / length, 1)
            return f"{number:g} {word}{'' if number == 1 else 's'}"
    return plural(seconds, "second")


def plural(number: int, word: str, many: str = "") -> str:
    """Return a number with its noun: “1 comment”, “1,200 comments”.

    Args:
        many: the noun of several, where it is not made by an s.
    """
    return f"{number:,} {word if number == 1 else many or f'{word}s'}"


def counted(number: int, up_to: int) -> str:
    """Return a number that was counted up to another: “1,200”, “10,000+”."""
    return f"{number:,}" if number <= up_to else f"{up_to:,}+"


def excerpt(text: str, longest: int = 160) -> str:
    """Return the beginning of a text, cut at a blank where there is one."""
    text = " ".join(text.split())
    if len(text) <= longest:
        return text
    cut = text[:longest]
    return f"{cut.rpartition(' ')[0] or cut}…"


def browser(user_agent: str) -> str:
    """Return what a browser calls itself in words: “Firefox on Android”.

    Args:
        user_agent: text from a stranger.
    """
    program = next((name for mark, name in _BROWSERS if mark in user_agent), "A browser")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), None)
    return f"{program} on {system}" if system else program
