"""A thread as a piece of HTML, for blogs that are built beforehand; the component takes it over."""

from flask import Blueprint, Response, render_template
from markupsafe import Markup

from moderation.publishing.linked_data import linked_data
from moderation.web.api.read import cached, thread_rests
from moderation.web.cdn import tag_page
from moderation.web.house import house
from moderation.web.public import for_every_origin
from moderation.web.ready import rests_on
from moderation.web.thread_view import addresses, asked, view

fragment = Blueprint("fragment", __name__)
fragment.after_request(for_every_origin)


@fragment.get("/fragment")
def show() -> Response:
    """Return a slice of a thread as HTML, with the same in words for search engines."""
    wanted, service = asked(), house().settings.public_url
    tag_page(wanted.site, wanted.page)
    with house().database.public() as db:
        seen = view(db, wanted, now=house().now())
        rests_on(thread_rests(seen.site, wanted.page, seen.page))
    found, here = seen.found, addresses(wanted, service)
    linked = None
    if found["comments"] and seen.page:
        linked = linked_data(found["comments"], url=seen.page.url, title=seen.page.public_title, count=found["count"])
    document = render_template(
        "page/fragment.html",
        site=seen.site,
        key=wanted.page,
        found=found,
        rows=seen.rows,
        title=seen.title,
        base=service,
        answer_to=(lambda comment_id: f"{here(answer=comment_id)}#respond") if seen.open else None,
        more=here(sort=wanted.sort.value, after=found["next"]) if found["next"] else None,
        write=f"{here()}#respond" if seen.open and seen.address else None,
        linked=Markup(linked) if linked else None,  # noqa: S704 - nothing in it can end the script element
    )
    return cached(Response(document, content_type="text/html; charset=utf-8"))
