"""Does what a moderator asks for in one go, and writes down how it was before, so that it can be taken back."""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.foundation.catalogue import catalogue
from moderation.foundation.errors import Conflict, Missing, NotAllowed
from moderation.foundation.tokens import new_id
from moderation.records import Action, Comment, Moderator, Page, Person, Role, Site
from moderation.review.kind import Kind, State, Target

_SITE_OF: Final = {"comment": Comment.site_id, "person": Person.site_id, "page": Page.site_id, "site": Site.id}
_ID_OF: Final = {"comment": Comment.id, "person": Person.id, "page": Page.id, "site": Site.id}


def kinds() -> dict[str, Kind]:
    """Return all kinds of actions by name."""
    return catalogue("moderation.review.actions", Kind)


def act(
    db: Session,
    kind_name: str,
    *,
    moderator: Moderator,
    subject_id: str,
    wanted: State,
    reason: str = "",
    now: datetime,
) -> Action:
    """Do something to a comment, person, page or site; decisions that come of it are to carry the action's id.

    Raises:
        Missing: there is no such subject on a site of this moderator's.
        NotAllowed: it takes an owner.
        Conflict: ``already`` so.
        Refused: it cannot be.
    """
    kind = kinds()[kind_name]
    site_id = db.scalar(select(_SITE_OF[kind.subject]).where(_ID_OF[kind.subject] == subject_id)) or ""
    check_role(kind, moderator, site_id)
    target = Target(site_id=site_id, subject_id=subject_id, moderator_id=moderator.id, now=now)
    before: State = {}
    if kind.read is not None:
        before = kind.read(db, target, wanted)
        if before == wanted:
            raise Conflict("This is so already.", code="already")
    return write_down(db, kind, target, before=before, wanted=wanted, reason=reason)


def check_role(kind: Kind, moderator: Moderator, site_id: str) -> None:
    """Let those pass who may do what is of this kind.

    Raises:
        Missing: it is others' business.
        NotAllowed: it takes an owner.
    """
    role = moderator.role_on(site_id)
    if role is None:
        raise Missing("There is no such thing.")
    if kind.role is Role.owner and role is not Role.owner:
        raise NotAllowed("Only an owner of this site may do this.")


def write_down(
    db: Session,
    kind: Kind,
    target: Target,
    *,
    before: State,
    wanted: State,
    reason: str = "",
    undoes_id: str | None = None,
) -> Action:
    """Bring a state about, and add the action that did."""
    after = kind.write(db, target, before, wanted)
    action = Action(
        id=new_id("a", target.now),
        site_id=target.site_id,
        kind=kind.name,
        subject_id=target.subject_id,
        before=before,
        after=after,
        moderator_id=target.moderator_id,
        reason=reason,
        undoes_id=undoes_id,
        created_at=target.now,
    )
    db.add(action)
    db.flush()
    return action
