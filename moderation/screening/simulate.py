"""Tries changed rules on comments that were decided already, a piece at once, and tells which would fare otherwise."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from msgspec.structs import replace
from sqlalchemy import func, select, tuple_, union_all, update
from sqlalchemy.orm import Session, joinedload

from moderation.foundation.database import Database
from moderation.foundation.options import as_json, read_options
from moderation.foundation.prune import prune
from moderation.foundation.tokens import new_id
from moderation.records import Comment, Policy, RuleSetting, Simulation, Status, Verdict, Version
from moderation.screening.gather import gather
from moderation.screening.rule import Case
from moderation.screening.screen import screen

# So many at once take about a third of a second.
PIECE: Final = 100
# Of each kind of change, the newest so many are named.
NAMED: Final = 50
_DECIDED: Final = (Status.approved, Status.rejected, Status.spam)
_KEPT: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A text as a rule sees it.

    Args:
        text: its words.
        links: the absolute addresses in it.
    """

    text: str
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Comments that would fare otherwise: what the rules make of them now, what they would, and how they stand.

    Args:
        comment_ids: the newest ones.
    """

    before: Verdict
    after: Verdict
    status: Status
    count: int
    comment_ids: tuple[str, ...]

    @property
    def against_you(self) -> bool:
        """Whether it takes the comment further from how it was decided than it was."""
        good = self.status is Status.approved
        strength = list(Verdict)
        return (strength.index(self.after) > strength.index(self.before)) is good


def begin(
    db: Session,
    *,
    site_id: str,
    moderator_id: str,
    policy: Policy,
    rule: str,
    setting: RuleSetting,
    wanted: int | None,
    now: datetime,
) -> Simulation:
    """Make a simulation of one rule's setting on the newest decided comments of a site.

    Args:
        wanted: how many comments, None for all.
    """
    # Who tries the next thing does not wait for the former any more.
    former = (Simulation.moderator_id == moderator_id, Simulation.finished_at.is_(None))
    db.execute(update(Simulation).where(*former).values(finished_at=now))
    # What is held in a storm says nothing about a rule.
    policy = replace(policy, hold_everything=False)
    after = replace(policy, rules={**policy.rules, rule: setting})
    there = sum(_counted(db, site_id, status, wanted) for status in _DECIDED)
    made = Simulation(
        id=new_id("i", now),
        site_id=site_id,
        moderator_id=moderator_id,
        rule=rule,
        before=as_json(policy),
        after=as_json(after),
        wanted=there if wanted is None else min(wanted, there),
        done=0,
        changed={},
        created_at=now,
        finished_at=None if there else now,
    )
    db.add(made)
    db.flush()
    return made


def go_on(database: Database, simulation: Simulation, *, read: Callable[[str], Read], now: datetime) -> Simulation:
    """Look at the next piece of comments of a simulation, and write down what would change.

    It may be called by several at once; one of them is too late, and its work is left out.

    Args:
        read: makes words and links of a comment's HTML.
    """
    before, after = (read_options(Policy, stored) for stored in (simulation.before, simulation.after))
    found: dict[str, list[str]] = {}
    with database.reading() as db:
        comments = _next(db, simulation, min(PIECE, simulation.wanted - simulation.done))
        for comment in comments:
            kind = _changes(db, comment, before, after, read)
            if kind is not None:
                found.setdefault(kind, []).append(comment.id)
    done = simulation.done + len(comments)
    over = len(comments) < PIECE or done >= simulation.wanted
    last = comments[-1] if comments else None
    values = {
        # What was erased meanwhile is not there to be looked at any more.
        "done": done,
        "wanted": done if over else simulation.wanted,
        "changed": _added(simulation.changed, found),
        "next_at": last.created_at if last else simulation.next_at,
        "next_id": last.id if last else simulation.next_id,
        "finished_at": now if over else None,
    }
    mine = (Simulation.id == simulation.id, Simulation.done == simulation.done, Simulation.finished_at.is_(None))
    with database.transaction() as db:
        db.execute(update(Simulation).where(*mine).values(**values))
        return db.get_one(Simulation, simulation.id)


def go_on_somewhere(database: Database, *, read: Callable[[str], Read], now: datetime) -> bool:
    """Look at a piece of the oldest simulation that is not over; tell whether there was one."""
    with database.reading() as db:
        open_still = select(Simulation).where(Simulation.finished_at.is_(None)).order_by(Simulation.created_at)
        simulation = db.scalar(open_still.limit(1))
    if simulation is None:
        return False
    go_on(database, simulation, read=read, now=now)
    return True


def stop(db: Session, simulation: Simulation, *, now: datetime) -> None:
    """End a simulation where it is."""
    mine = (Simulation.id == simulation.id, Simulation.finished_at.is_(None))
    db.execute(update(Simulation).where(*mine).values(finished_at=now))


def changes(changed: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return what a simulation found: first what goes against how comments were decided, then the rest."""
    found = []
    for kind, told in changed.items():
        before, after, status = kind.split(" ")
        ids = tuple(told["comments"])
        found.append(
            Change(
                before=Verdict(before),
                after=Verdict(after),
                status=Status(status),
                count=told["count"],
                comment_ids=ids,
            )
        )
    return tuple(sorted(found, key=lambda change: (not change.against_you, -change.count)))


def purge(db: Session, *, now: datetime) -> int:
    """Delete some simulations that are older than a day; return how many, 0 when none is left."""
    return prune(db, Simulation, Simulation.created_at < now - _KEPT)


def _counted(db: Session, site_id: str, status: Status, wanted: int | None) -> int:
    some = select(Comment.id).where(Comment.site_id == site_id, Comment.status == status).limit(wanted)
    return db.scalar(select(func.count()).select_from(some.subquery())) or 0


def _next(db: Session, simulation: Simulation, limit: int) -> Sequence[Comment]:
    """Return the newest decided comments before the place where a simulation stands."""
    branches = []
    for status in _DECIDED:
        # One branch a status, so that each is a walk along an index.
        branch = select(Comment.id, Comment.created_at).where(
            Comment.site_id == simulation.site_id, Comment.status == status
        )
        if simulation.next_at is not None:
            place = tuple_(Comment.created_at, Comment.id)
            branch = branch.where(place < tuple_(simulation.next_at, simulation.next_id))
        branch = branch.order_by(Comment.created_at.desc(), Comment.id.desc()).limit(limit)
        branches.append(select(branch.subquery()))
    some = union_all(*branches).subquery()
    query = select(Comment).join(some, some.c.id == Comment.id)
    query = query.options(joinedload(Comment.page), joinedload(Comment.person))
    return db.scalars(query.order_by(Comment.created_at.desc(), Comment.id.desc()).limit(limit)).all()


def _changes(db: Session, comment: Comment, before: Policy, after: Policy, read: Callable[[str], Read]) -> str | None:
    case = _case(db, comment, read)
    if case is None:
        return None
    then, now = screen(case, before).verdict, screen(case, after).verdict
    return None if then is now else f"{then} {now} {comment.status}"


def _case(db: Session, comment: Comment, read: Callable[[str], Read]) -> Case | None:
    """Return the facts about a comment as they were when its newest text was sent."""
    version = db.get(Version, (comment.id, comment.latest))
    if version is None:
        return None
    seen = read(version.html)
    return gather(db, comment, version, text=seen.text, links=seen.links, now=version.created_at, past=True)


def _added(changed: Mapping[str, Any], found: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    total = dict(changed)
    for kind, ids in found.items():
        known = total.get(kind, {"count": 0, "comments": []})
        total[kind] = {"count": known["count"] + len(ids), "comments": [*known["comments"], *ids][:NAMED]}
    return total
