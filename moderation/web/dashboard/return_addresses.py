"""Where sign-ins may come back to on blogs whose pages the service cannot see itself; an owner sets it."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moderation.foundation.errors import Refused
from moderation.identity.return_address import check_return_addresses, return_address
from moderation.records import Role, Site
from moderation.web import proving
from moderation.web.configuring import save
from moderation.web.dashboard_page import Page
from moderation.web.guards import own_site
from moderation.web.house import house

page = Page("return_addresses", "Return addresses", None)


@page.get("/<site_key>/return-addresses")
def show(site_key: str) -> str:
    """The return address on each of the site's origins."""
    site = own_site(site_key, role=Role.owner)
    return _render(site, [return_address(site, origin) or "" for origin in _origins(site)])


@page.post("/<site_key>/return-addresses")
@proving.sensitive
def keep(site_key: str) -> ResponseReturnValue:
    """Keep what the owner typed; an empty field takes the address away."""
    site, typed = own_site(site_key, role=Role.owner), request.form.getlist("return_address")
    try:
        given = check_return_addresses([text for text in typed if text.strip()], _origins(site))
    except Refused as problem:
        return _render(site, typed, problem.message), 422
    save(site, {"return_addresses": given or None}, said="Kept. It counts from the next sign-in on.")
    return redirect(url_for("dashboard.return_addresses.show", site_key=site.key), 303)


def _origins(site: Site) -> list[str]:
    return sorted(known.origin for known in site.origins)


def _render(site: Site, typed: list[str], problem: str | None = None) -> str:
    origins = _origins(site)
    fields = list(zip(origins, typed + [""] * len(origins), strict=False))
    return render_template(
        "dashboard/return_addresses.html",
        site=site,
        fields=fields,
        problem=problem,
        is_sure=proving.is_sure(),
        public_url=house().settings.public_url,
        place=url_for("dashboard.return_addresses.show", site_key=site.key),
    )
