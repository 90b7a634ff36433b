"""What the screening makes of real comments, and how much processor time it takes.

Reads the folder that MODERATION_SHARED_DATA names, else ``../shared/data`` beside the checkout. Every rule runs with
its defaults, and blocked_words with the English list too; a rule that holds honest comments shows here.
"""

import csv
import json
import os
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import regex

from moderation.foundation.options import read_options
from moderation.foundation.text import normalise, words
from moderation.records import Policy
from moderation.screening.rule import Case
from moderation.screening.screen import screen

NOW = datetime(2026, 11, 22, 6, 28, tzinfo=UTC)
ADDRESS = regex.compile(r"https?://[^\s<>\"\]]+|www\.[^\s<>\"\]]+")
Labelled = tuple[str, str, bool]


def main() -> None:
    """Print both."""
    data = Path(os.environ.get("MODERATION_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not data.is_dir():
        sys.exit(f"No real comments: {data} is missing (MODERATION_SHARED_DATA names another folder).")
    english = list_of(data / "lists" / "bad_words" / "en")
    for name, comments in sources(data):
        report(name, comments, english)
    speed(data)


def sources(data: Path) -> Iterable[tuple[str, list[Labelled]]]:
    """Yield each source with its comments: writer, text, whether it is spam."""
    with (data / "spam" / "youtube.csv").open(encoding="utf-8") as file:
        yield "youtube", [(row["author"], row["text"], row["spam"] == "1") for row in csv.DictReader(file)]
    with (data / "spam" / "sms.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        yield "sms", [("", row["SMS"], row["Label"] == "spam") for row in rows]
    with (data / "spam" / "gambling_id.csv").open(encoding="utf-8") as file:
        yield "gambling_id", [(row["author"], row["comment_text"], row["label"] == "1") for row in csv.DictReader(file)]
    lines = (data / "threads" / "wikipedia_talk.jsonl").read_text(encoding="utf-8").splitlines()
    talk = [json.loads(line) for line in lines]
    yield "wikipedia_talk", [(row["author"] or "", row["text"], False) for row in talk if row["type"] != "DELETION"]


def report(name: str, comments: list[Labelled], english: list[str]) -> None:
    """Print the share of honest and of spam comments that each rule holds."""
    policies = {"defaults": {}, "English list": {"rules": {"blocked_words": {"options": {"hold": english}}}}}
    for label, settings in policies.items():
        policy = read_options(Policy, {"moderate": "none", **settings})
        held: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
        totals: Counter[bool] = Counter()
        for case, is_spam in cases(comments):
            totals[is_spam] += 1
            held[is_spam].update(found.rule for found in screen(case, policy).findings if found.rule != "policy")
        print(f"{name}, {label}: {totals[False]:,} honest, {totals[True]:,} spam")
        for rule in sorted({*held[True], *held[False]}):
            shares = [f"{held[kind][rule] / max(totals[kind], 1):7.2%}" for kind in (False, True)]
            print(f"    {rule:16} honest {shares[0]}   spam {shares[1]}")


def cases(comments: list[Labelled]) -> Iterable[tuple[Case, bool]]:
    """Yield the facts about each comment, as if all had come to one site on one day, by signed-in strangers."""
    said: dict[str, list[str]] = {}
    for writer, text, is_spam in comments:
        text = normalise(text)
        earlier = said.setdefault(" ".join(words(text)), [])
        own = sum(1 for other in earlier if other == writer and writer)
        links = tuple(f"http://{link}" if link.startswith("www") else link for link in ADDRESS.findall(text))
        yield a_case(text, links, writer, own, len(earlier) - own), is_spam
        earlier.append(writer)


def a_case(text: str, links: tuple[str, ...] = (), writer: str = "", own: int = 0, others: int = 0) -> Case:
    """Return the facts about one comment."""
    facts: dict[str, Any] = {
        "site_origins": ("https://blog.example",),
        "page_key": "/",
        "page_title": None,
        "person_id": "p_1",
        "email": None,
        "email_verified": False,
        "url": None,
        "provider": "demo",
        "is_guest": False,
        "is_moderator": False,
        "trusted": False,
        "banned": False,
        "banned_why": "",
        "approved_before": 1,
        "rejected_before": 0,
        "spam_before": 0,
        "first_seen_at": NOW - timedelta(days=30),
        "known": (),
        "submitted_at": NOW,
        "now": NOW,
    }
    return Case(
        body=text,
        text=text,
        links=links,
        name=writer or "Somebody",
        repeats_by_writer=own,
        repeats_by_others=others,
        **facts,
    )


def speed(data: Path) -> None:
    """Print how long screening one comment takes with 2,000 blocked words."""
    listed = [word for file in sorted((data / "lists" / "bad_words").iterdir()) for word in list_of(file)]
    settings = {"blocked_words": {"options": {"hold": list(dict.fromkeys(listed))[:2000]}}}
    policy = read_options(Policy, {"rules": settings})
    texts = [text for _, comments in sources(data) for _, text, _ in comments if len(text) >= 500]
    chosen = [a_case(normalise(text)[:500]) for text in random.Random(1).sample(texts, 300)]
    started = time.process_time()
    screen(chosen[0], policy)
    first = time.process_time() - started
    times = sorted(timed(case, policy) for case in chosen for _ in range(3))
    print(f"\n500 real characters, 2,000 blocked words: median {statistics.median(times):.2f} ms, ", end="")
    print(f"99 of 100 below {times[int(len(times) * 0.99)]:.2f} ms, the first {first * 1000:.0f} ms")
    for name, text in hostile().items():
        print(f"8,192 characters, {name}: {timed(a_case(text[:8192]), policy):.1f} ms")


def hostile() -> dict[str, str]:
    """Return texts that try to make a matcher slow."""
    chance = random.Random(2)
    return {
        "one letter": "a" * 8192,
        "single letters": "a " * 4096,
        "different words": " ".join(f"{chance.randrange(10**5)}x" for _ in range(2000)),
        "disguised": "v1аg𝓻@ " * 1200,
        "signs": "@$!|" * 2048,
        "dots": "a.b-c" * 1640,
        "Chinese": "妈妈的手机很好用" * 1024,
    }


def timed(case: Case, policy: Policy) -> float:
    """Return milliseconds of the processor, so that other work on the machine does not count."""
    started = time.process_time()
    screen(case, policy)
    return (time.process_time() - started) * 1000


def list_of(file: Path) -> list[str]:
    """Return the words of a list."""
    return [word.strip() for word in file.read_text(encoding="utf-8").splitlines() if word.strip()]


def measure(*, short: bool = False) -> Iterator[str]:
    """Print the report, unless the real comments are not here or time is short."""
    if short or not Path(os.environ.get("MODERATION_SHARED_DATA", "../shared/data")).is_dir():
        yield "left out: it reads real comments, which are not here, or takes too long for the short form"
        return
    main()


if __name__ == "__main__":
    main()
