"""Renders a text, in all the forms the service needs."""

from moderation.intake.submit import Text
from moderation.publishing.markup import links, plain, render


def prepare(body: str) -> Text:
    """Render a text; done before any transaction, since odd texts take their time."""
    html = render(body)
    return Text(body=body, html=html, plain=plain(html), links=links(html))
