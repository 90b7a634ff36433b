"""Asks a comment's writer for changes, and takes the changed text in."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict, Missing, Refused
from moderation.intake.edit import edit as add_edit
from moderation.intake.submit import Text
from moderation.journey.received import Received, received, version_of
from moderation.journey.screen import check_length, look_again
from moderation.notifying import announce
from moderation.records import Action, Comment, Moderator, Site, Status
from moderation.review.act import act
from moderation.review.decide import locked


def ask_changes(
    db: Session, comment_id: str, *, moderator: Moderator, seen: int, reason: str, now: datetime, wait: timedelta
) -> Action:
    """Send the writer a private link to a page where the text can be changed.

    Args:
        reason: what is to change; the writer reads it.

    Raises:
        Missing: there is no such comment on a site of this moderator's.
        Conflict: decided or changed since it was seen, or no changes can be made any more.
        Refused: the writer left no address, or nothing is asked for.
    """
    comment = locked(db, comment_id)
    if comment.version != seen:
        raise Conflict("This comment has changed since you looked at it.", code="changed")
    if comment.status not in (Status.waiting, Status.approved):
        raise Conflict("Changes can be asked for while a comment waits or is approved.", code="closed")
    if not comment.person.email:
        raise Refused("The writer left no e-mail address, so nobody can be asked.")
    if not reason:
        raise Refused("Please say what should change.", field="reason")
    wanted = {"text": comment.latest}
    done = act(db, "ask_changes", moderator=moderator, subject_id=comment_id, wanted=wanted, reason=reason, now=now)
    announce.asked(db, action=done, comment=comment, now=now, wait=wait)
    return done


def asked_still(db: Session, action_id: str) -> Action:
    """Return what a writer was asked, as long as it holds.

    Raises:
        Missing: it was taken back, or is not there.
        Conflict: ``already`` answered, or decided meanwhile.
    """
    action = db.get(Action, action_id)
    if action is None or action.kind != "ask_changes" or not action.after:
        raise Missing("There is no such request.")
    if db.scalar(select(Action.id).where(Action.undoes_id == action.id)) is not None:
        raise Missing("The moderator no longer asks for changes.")
    comment = db.get_one(Comment, action.subject_id)
    if comment.status not in (Status.waiting, Status.approved):
        raise Conflict("This comment cannot be changed any more.", code="closed")
    if comment.latest != action.after["text"]:
        raise Conflict("This comment has been changed already. Thank you.", code="already")
    return action


def change(db: Session, action_id: str, text: Text, *, now: datetime) -> Received:
    """Take the text in that was asked for, once, without a limit of time; it is screened again.

    Raises:
        Missing, Conflict, Refused: as ``asked_still`` says, or the text cannot be taken.
    """
    asked = db.get(Action, action_id)
    comment = locked(db, asked.subject_id if asked else "")
    asked_still(db, action_id)
    site = db.get_one(Site, comment.site_id)
    check_length(text, site)
    add_edit(db, comment, text, policy=site.policy, now=now, asked=True)
    version = version_of(db, comment, comment.latest)
    status = look_again(db, site, comment, version, text, now)
    announce.edited(db, comment=comment, site=site, now=now)
    return received(db, comment, version, status)
