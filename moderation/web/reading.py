"""What the rules read of a comment's text, made from its HTML."""

from moderation.publishing.markup import links, plain
from moderation.screening.simulate import Read


def read(html: str) -> Read:
    """Return the words and the links of a sanitised text."""
    return Read(text=plain(html), links=links(html))
