"""Who moderates a site: an owner invites, changes roles and removes."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moderation.foundation.errors import Conflict, Missing, Problem, Refused
from moderation.identity import invitation
from moderation.identity.membership import change_role, members, remove
from moderation.notifying import announce
from moderation.records import Moderator, Role, Site
from moderation.web import proving
from moderation.web.dashboard_page import Page
from moderation.web.guards import moderator_now, own_site
from moderation.web.house import house

page = Page("moderators", "Moderators", None)

_ROLES = {
    Role.moderator: "decides about comments",
    Role.owner: "decides about comments, and about the site and its moderators",
}


@page.get("/<site_key>/moderators")
def show(site_key: str) -> str:
    """The moderators of a site, and the invitations that are open."""
    return _render(own_site(site_key, role=Role.owner))


@page.post("/<site_key>/moderators/invite")
@proving.sensitive
def invite(site_key: str) -> ResponseReturnValue:
    """Invite somebody by mail, and show the link this once too."""
    home, site = house(), own_site(site_key, role=Role.owner)
    home.throttle.take("invitation", moderator_now().id)
    email, role = request.form.get("email", ""), _role()
    try:
        with home.database.transaction() as db:
            owner = db.get_one(Moderator, moderator_now().id)
            made = invitation.invite(db, owner=owner, site_id=site.id, email=email, role=role, now=home.now())
            announce.invited(db, invitation=made, now=home.now())
            link = invitation.link(made, keys=home.keys, public_url=home.settings.public_url)
    except (Refused, Conflict) as problem:
        return _render(site, problem), 422
    home.ring()
    return _render(site, link=link, email=made.email)


@page.post("/<site_key>/moderators/withdraw")
@proving.sensitive
def withdraw(site_key: str) -> ResponseReturnValue:
    """End an open invitation."""
    site, invitation_id = own_site(site_key, role=Role.owner), request.form.get("invitation", "")
    with house().database.transaction() as db:
        owner = db.get_one(Moderator, moderator_now().id)
        invitation.withdraw(db, owner=owner, site_id=site.id, invitation_id=invitation_id, now=house().now())
    flash("The invitation is withdrawn. Its link does not work any more.", "done")
    return _back(site)


@page.post("/<site_key>/moderators/role")
@proving.sensitive
def set_role(site_key: str) -> ResponseReturnValue:
    """Give a moderator another role."""
    site, role = own_site(site_key, role=Role.owner), _role()
    facts = {"owner_id": moderator_now().id, "site_id": site.id, "moderator_id": request.form.get("moderator", "")}
    try:
        with house().database.transaction() as db:
            change_role(db, **facts, role=role)
    except (Conflict, Missing) as problem:
        flash(problem.message, "problem")
        return _back(site)
    flash("The role is changed. It counts from now on.", "done")
    return _back(site)


@page.post("/<site_key>/moderators/remove")
@proving.sensitive
def take_away(site_key: str) -> ResponseReturnValue:
    """Take the site away from a moderator."""
    site = own_site(site_key, role=Role.owner)
    facts = {"owner_id": moderator_now().id, "site_id": site.id, "moderator_id": request.form.get("moderator", "")}
    try:
        with house().database.transaction() as db:
            remove(db, **facts)
    except (Conflict, Missing) as problem:
        flash(problem.message, "problem")
        return _back(site)
    flash("Removed. What they decided stays.", "done")
    return redirect(url_for("dashboard.sites.show"), 303) if facts["moderator_id"] == facts["owner_id"] else _back(site)


def _role() -> Role:
    found = next((role for role in Role if role.value == request.form.get("role")), None)
    if found is None:
        raise Refused("This form is not complete. Please reload the page.")
    return found


def _back(site: Site) -> ResponseReturnValue:
    return redirect(url_for("dashboard.moderators.show", site_key=site.key), 303)


def _render(site: Site, problem: Problem | None = None, **shown: Any) -> str:
    with house().database.reading() as db:
        shown["members"] = members(db, site.id)
        shown["invitations"] = invitation.open_invitations(db, site.id, now=house().now())
    return render_template(
        "dashboard/moderators.html",
        **{"link": None, "email": None} | shown,
        site=site,
        roles=_ROLES,
        typed="" if shown.get("link") else request.form.get("email", ""),
        chosen=request.form.get("role", Role.moderator.value),
        problems={problem.field or "email": problem.message} if problem else {},
        is_sure=proving.is_sure(),
        place=url_for("dashboard.moderators.show", site_key=site.key),
    )
