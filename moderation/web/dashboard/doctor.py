"""The set-up doctor: looks at the installation and at a page of the blog, and says what to paste where."""

from collections.abc import Iterable

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from moderation.doctor.blog import look_at_page, look_at_service
from moderation.doctor.installation import examine
from moderation.doctor.result import Result
from moderation.doctor.sign_in import look_at_providers
from moderation.notifying import announce
from moderation.notifying.latest import latest_test_mail
from moderation.records import Moderator, Role, Site
from moderation.records import Page as BlogPage
from moderation.web.dashboard_page import Page
from moderation.web.guards import moderator_now, own_site, own_sites, require_owner
from moderation.web.house import house

page = Page("doctor", "Doctor", 28, for_owners=True)

_Findings = list[tuple[str, list[Result]]]


@page.get("/doctor")
def show() -> str:
    """Ask what to look at."""
    require_owner()
    sites = _owned()
    return _render(sites, _chosen(sites, request.args.get("site", "")))


@page.post("/doctor")
def look() -> ResponseReturnValue:
    """Look at everything, which takes some seconds."""
    require_owner()
    site, address = own_site(request.form.get("site", ""), role=Role.owner), request.form.get("page", "").strip()
    settings, outbound = house().settings, house().outbound
    found: _Findings = [
        ("The blog", list(look_at_page(outbound, address, site, public_url=settings.public_url)) if address else []),
        ("The service, as readers reach it", list(look_at_service(outbound, site, public_url=settings.public_url))),
    ]
    with house().database.reading() as db:
        found.append(("Sign-in", list(look_at_providers(db, public_url=settings.public_url))))
    found.append(("The installation", list(examine(settings))))
    return _render(_owned(), site, address=address, found=found)


@page.post("/doctor/mail")
def send_mail() -> ResponseReturnValue:
    """Send the asking owner a mail by the way that all mails go."""
    require_owner()
    site = own_site(request.form.get("site", ""), role=Role.owner)
    with house().database.transaction() as db:
        announce.test_mail(db, db.get_one(Moderator, moderator_now().id), site, now=house().now())
    house().ring()
    flash(f"A test mail to {moderator_now().email} is on its way.", "done")
    return redirect(url_for("dashboard.doctor.show", site=site.key) + "#mail", 303)


def _owned() -> tuple[Site, ...]:
    return tuple(site for site in own_sites() if moderator_now().role_on(site.id) is Role.owner)


def _chosen(sites: Iterable[Site], key: str) -> Site | None:
    known = {site.key: site for site in sites}
    return known.get(key) or next(iter(known.values()), None)


def _render(sites: tuple[Site, ...], site: Site | None, *, address: str = "", found: _Findings | None = None) -> str:
    with house().database.reading() as db:
        if site is not None and not address:
            newest = select(BlogPage.url).where(BlogPage.site_id == site.id).order_by(BlogPage.created_at.desc())
            address = db.scalar(newest.limit(1)) or next((known.origin for known in site.origins), "")
        mail = latest_test_mail(db, moderator_now().id)
    wrong = sum(not result.ok for _, results in found or () for result in results)
    return render_template(
        "dashboard/doctor.html",
        sites=sites,
        site=site,
        address=address,
        found=found,
        wrong=wrong,
        mail=mail,
        place=url_for("dashboard.doctor.show"),
    )
