"""The sites one moderates, each with the tag that its blog embeds."""

from flask import render_template

from moderation.notifying.undelivered import count_undelivered, delayed
from moderation.notifying.webhook import switched_off
from moderation.records import Role, Status
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
        owned = [site.id for site in sites if moderator_now().role_on(site.id) is Role.owner]
        given_up, late = count_undelivered(db, owned), delayed(db, owned)
        off = [(webhook, site) for site in sites if site.id in owned for webhook in switched_off(db, site.id)]
    return render_template(
        "dashboard/sites.html",
        sites=sites,
        waiting=waiting,
        given_up=given_up,
        late=late,
        off=off,
        roles={site.id: moderator_now().role_on(site.id) for site in sites},
        public_url=house().settings.public_url,
    )
