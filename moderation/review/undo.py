"""Takes back what a moderator decided or did, by a decision or an action of its own, without deadline."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from moderation.foundation.errors import Conflict, Missing
from moderation.records import Action, Decision, Moderator
from moderation.review.act import check_role, kinds, write_down
from moderation.review.decide import take_back
from moderation.review.kind import State, Target

AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """What became of an action that is being taken back.

    Args:
        action: the new one, that takes it back.
        decisions: those that take its decisions back, of this turn.
        skipped: how many comments of this turn were decided again since, and stay as they are.
        next: where the following turn begins, None at the end.
    """

    action: Action
    decisions: tuple[Decision, ...]
    skipped: int
    next: str | None


def undo(db: Session, decision_id: str, *, moderator: Moderator, now: datetime) -> Decision:
    """Undo a decision, without deadline, unless the comment was decided again since.

    Raises:
        Missing: no such decision on a site of this moderator's.
        Conflict: decided since, or withdrawn by its writer.
    """
    decision = db.get(Decision, decision_id)
    if decision is None or moderator.role_on(decision.site_id) is None:
        raise Missing("There is no such decision.")
    return take_back(db, decision, now=now, moderator_id=moderator.id)


def undo_action(
    db: Session,
    action_id: str,
    *,
    moderator: Moderator,
    now: datetime,
    after: str | None = None,
    limit: int = AT_ONCE,
) -> TakenBack:
    """Undo an action, without deadline, with a turn of its decisions; comments decided since are left as they are.

    The first turn takes back what was done; one that was broken off may be begun again.

    Args:
        after: the ``next`` of the turn before.

    Raises:
        Missing: no such action on a site of this moderator's.
        NotAllowed: it takes an owner.
        Conflict: ``already`` taken back, or ``changed`` since.
    """
    action = db.get(Action, action_id, with_for_update=True)
    if action is None:
        raise Missing("There is no such action.")
    check_role(kinds()[action.kind], moderator, action.site_id)
    back = db.scalar(select(Action).where(Action.undoes_id == action.id))
    left = _left(db, action, after, limit + 1)
    if back is None:
        back = _reverse(db, action, moderator, now)
    elif not left and after is None:
        raise Conflict("This was undone already.", code="already")
    taken, skipped = [], 0
    for decision in left[:limit]:
        try:
            taken.append(take_back(db, decision, now=now, moderator_id=moderator.id, action_id=back.id))
        except Conflict:
            skipped += 1
    following = left[limit - 1].id if len(left) > limit else None
    return TakenBack(action=back, decisions=tuple(taken), skipped=skipped, next=following)


def _reverse(db: Session, action: Action, moderator: Moderator, now: datetime) -> Action:
    kind = kinds()[action.kind]
    target = Target(site_id=action.site_id, subject_id=action.subject_id, moderator_id=moderator.id, now=now)
    if kind.read is not None and kind.read(db, target, action.after) != action.after:
        raise Conflict("This has been changed again since.", code="changed")
    before: State = action.after
    return write_down(db, kind, target, before=before, wanted=action.before, undoes_id=action.id)


def _left(db: Session, action: Action, after: str | None, limit: int) -> list[Decision]:
    """Return an action's decisions that were not taken back one by one."""
    later = aliased(Decision)
    undone = select(later.id).where(later.undoes_id == Decision.id).exists()
    query = select(Decision).where(Decision.action_id == action.id, ~undone, Decision.id > (after or ""))
    return list(db.scalars(query.order_by(Decision.id).limit(limit)))


def decided_by(db: Session, action_ids: set[str]) -> dict[str, int]:
    """Return how many decisions came of each of these actions."""
    query = select(Decision.action_id, func.count()).where(Decision.action_id.in_(action_ids))
    return {str(action_id): number for action_id, number in db.execute(query.group_by(Decision.action_id))}
