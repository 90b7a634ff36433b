"""Saving what an owner has set, the same from every page: told, and to be taken back."""

from typing import Any

from flask import flash

from moderation.foundation.errors import Conflict
from moderation.records import Moderator, Site
from moderation.review.act import act
from moderation.web.guards import moderator_now
from moderation.web.house import house
from moderation.web.telling import leave_word


def save(site: Site, wanted: dict[str, Any], *, said: str) -> None:
    """Set options of a site, and tell; None stands for the default.

    Raises:
        NotAllowed: it takes an owner.
        Refused: one of them cannot be; nothing is changed.
    """
    home = house()
    try:
        with home.database.transaction() as db:
            moderator = db.get_one(Moderator, moderator_now().id)
            done = act(db, "configure", moderator=moderator, subject_id=site.id, wanted=wanted, now=home.now())
    except Conflict:
        flash("All of this was set so already.", "done")
        return
    leave_word(said, undo=done.id)
