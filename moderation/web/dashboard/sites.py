"""The sites one moderates, each with the tag that its blog embeds."""

from flask import render_template

from moderation.records import Status
from moderation.review.queue import counts
from moderation.web.dashboard_page import Page
from moderation.web.guards import moderator_now, own_sites
from moderation.web.house import house

page = Page("sites", "Sites", 20)


@page.get("/sites")
def show() -> str:
    """All sites of the moderator who asks."""
    sites = own_sites()
    with house().database.reading() as db:
        waiting = {site.id: counts(db, [site.id])[Status.waiting] for site in sites}
    return render_template(
        "dashboard/sites.html",
        sites=sites,
        waiting=waiting,
        roles={site.id: moderator_now().role_on(site.id) for site in sites},
        public_url=house().settings.public_url,
    )
