"""All bans of one's sites: of people and of addresses, by whom, why, until when; and lifting them."""

import re
from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moderation.foundation.errors import Conflict, Missing
from moderation.records import Ban
from moderation.review.act import act
from moderation.review.banned import Asked, Of, banned, count_standing
from moderation.web.dashboard_page import Page
from moderation.web.guards import moderator_now, own_path, own_site, own_sites
from moderation.web.house import house
from moderation.web.telling import leave_word, myself

page = Page("bans", "Bans", 17)

_LONGEST: Final = 100
_BAN_ID: Final = re.compile(r"b_[0-9A-Za-z]{22}")


@page.get("/bans", defaults={"site_key": ""})
@page.get("/<site_key>/bans")
def show(site_key: str) -> str:
    """A slice of the bans, the newest first."""
    sites = (own_site(site_key),) if site_key else own_sites()
    asked_of, after = request.args.get("of", ""), request.args.get("after", "")
    words = " ".join(request.args.get("q", "")[:_LONGEST].replace("\0", "").split())
    if asked_of not in set(Of) or (after and not _BAN_ID.fullmatch(after)):
        raise Missing("There is no such list of bans.")
    of, over = Of(asked_of), request.args.get("over") == "1"
    now, ids = house().now(), [site.id for site in sites]
    with house().database.reading() as db:
        asked = Asked(site_ids=ids, over=over, of=of, words=words, after=after)
        return render_template(
            "dashboard/bans.html",
            found=banned(db, asked, now=now),
            standing=count_standing(db, ids, now=now),
            over=over,
            of=of,
            words=words,
            names={site.id: site.name for site in sites},
            site=sites[0] if site_key else None,
            sites=own_sites(),
            place=own_path(request.full_path.removesuffix("?")),
            address=lambda **query: url_for("dashboard.bans.show", site_key=site_key, **query),
        )


@page.post("/bans/lift")
def lift() -> ResponseReturnValue:
    """Lift a ban."""
    ban_id, undo = request.form.get("ban", ""), None
    if not _BAN_ID.fullmatch(ban_id):
        raise Missing("There is no such ban.")
    try:
        with house().database.transaction() as db:
            ban = db.get(Ban, ban_id)
            if ban is None or moderator_now().role_on(ban.site_id) is None:
                raise Missing("There is no such ban.")
            values: dict[str, Any] = {"moderator": myself(db), "now": house().now()}
            if ban.lifted_at is not None:
                # Another one may stand in its place, which nobody has pressed.
                raise Conflict("This ban was lifted already.", code="already")
            if ban.person_id is not None:
                wanted: dict[str, Any] = {"ban": None, "until": None}
                undo = act(db, "ban", subject_id=ban.person_id, wanted=wanted, **values).id
            else:
                wanted = {"ban": ban_id, "lifted": True}
                undo = act(db, "lift_address", subject_id=ban.site_id, wanted=wanted, **values).id
    except Conflict:
        # Whoever was quicker wanted the same.
        pass
    leave_word("The ban is lifted.", undo=undo)
    return redirect(own_path(request.form.get("back")), 303)
