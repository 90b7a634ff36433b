"""Moderation over the API, with a moderator's personal key."""

from typing import Annotated, Any

from flask import Response, request
from msgspec import Meta
from sqlalchemy.orm import Session

from moderation import journey
from moderation.foundation.errors import NotAllowed, Refused
from moderation.intake.page import site_by_key
from moderation.intake.shapes import Shape
from moderation.publishing.shape import moment, own_json
from moderation.records import Moderator, Site, Status
from moderation.review.queue import Tab, Waiting, counts, queue
from moderation.web.api.bearer import moderator
from moderation.web.api.door import about, answer, api, argument, body_as
from moderation.web.house import house

_REVIEWED = (Status.waiting, Status.approved, Status.rejected, Status.spam)


CommentId = Annotated[str, Meta(max_length=32)]


class Named(Shape, frozen=True, kw_only=True):
    """A comment, and the version of it that was looked at."""

    id: CommentId
    version: Annotated[int, Meta(ge=1)] | None = None


class DecisionsIn(Shape, frozen=True, kw_only=True):
    """Comments, and what becomes of them."""

    comments: Annotated[list[CommentId | Named], Meta(min_length=1, max_length=100)]
    status: Annotated[str, Meta(extra_json_schema={"enum": [status.value for status in _REVIEWED]})]
    reason: Annotated[str, Meta(max_length=500)] = ""

    @property
    def named(self) -> list[Named]:
        """The comments, those among them that were named by their id alone too."""
        return [Named(id=entry) if isinstance(entry, str) else entry for entry in self.comments]


@api.get("/queue")
def read_queue() -> Response:
    """Return a slice of a site's queue, oldest first."""
    status, after = _tab(argument("status", longest=10, default="waiting")), argument("after", longest=80, default="")
    site_key = argument("site", longest=64)
    with house().database.reading() as db:
        site = _own_site(db, moderator(db), site_key)
        found = queue(db, site_ids=[site.id], status=status, after=after or None)
        totals = counts(db, [site.id])
        return answer(
            {
                "site": site.key,
                "status": status.value,
                "counts": {tab.value: totals[tab] for tab in Tab if tab is not Tab.all},
                "next": found.next,
                "comments": [_waiting(item) for item in found.items],
            }
        )


@api.post("/decisions")
def decide() -> Response:
    """Decide on some comments; each gets its own result."""
    with house().database.reading() as db:
        moderator(db)
    wanted = body_as(DecisionsIn)
    status, now = _status(wanted.status), house().now()

    def work(db: Session) -> list[journey.Outcome]:
        who = moderator(db)
        return [
            journey.moderate(
                db,
                moderator=who,
                comment_id=entry.id,
                status=status,
                seen=entry.version,
                reason=wanted.reason,
                now=now,
                wait=house().undo_window,
            )
            for entry in wanted.named
        ]

    outcomes = house().database.write(work)
    house().ring()
    return answer({"results": [_outcome(outcome) for outcome in outcomes]})


@api.post("/decisions/<decision_id>/undo")
def undo(decision_id: str) -> Response:
    """Take a decision back."""
    now = house().now()
    outcome = house().database.write(
        lambda db: journey.undo(db, moderator=moderator(db), decision_id=decision_id, now=now)
    )
    house().ring()
    return answer(_outcome(outcome))


def _own_site(db: Session, who: Moderator, key: str) -> Site:
    site = about(site_by_key(db, key))
    if who.role_on(site.id) is None:
        raise NotAllowed("You do not moderate this site.")
    origin = request.headers.get("Origin")
    if origin is not None and not site.embeds_at(origin):
        raise NotAllowed(f"This site has no pages on {origin[:200]}.")
    return site


def _status(word: str) -> Status:
    if word not in {status.value for status in _REVIEWED}:
        raise Refused("status: must be waiting, approved, rejected or spam.", field="status")
    return Status(word)


def _tab(word: str) -> Tab:
    if word not in set(Tab):
        raise Refused("status: must be waiting, reported, approved, rejected, spam or all.", field="status")
    return Tab(word)


def _waiting(item: Waiting) -> dict[str, Any]:
    comment = item.comment
    return own_json(comment, comment.person, item.version, comment.status) | {
        "status": comment.status.value,
        "version": comment.version,
        "edit_waits": comment.edit_waits,
        "email": comment.person.email,
        "page": {"key": comment.page.key, "url": comment.page.url, "title": comment.page.title},
        "findings": [
            {
                "rule": finding.rule,
                "verdict": finding.verdict.value,
                "sentence": finding.sentence,
                "counted": finding.counted,
                "at": moment(finding.created_at),
            }
            for finding in item.findings
        ],
        "reports": [{"reason": report.reason, "at": moment(report.created_at)} for report in item.reports],
        "approved_before": item.approved_before,
        "rejected_before": item.rejected_before,
    }


def _outcome(outcome: journey.Outcome) -> dict[str, Any]:
    return {
        "id": outcome.comment_id,
        "status": outcome.status.value if outcome.status else None,
        "decision": outcome.decision_id,
        "problem": outcome.problem,
    }
