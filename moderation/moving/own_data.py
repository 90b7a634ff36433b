"""Hands a person all that is kept about them on a site."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from moderation.records import (
    Comment,
    CommentLike,
    Decision,
    Page,
    PageLike,
    Person,
    PersonSession,
    Report,
    Site,
    Status,
    Subscription,
)


def own_data(db: Session, person: Person, *, now: datetime) -> dict[str, Any]:
    """Return a person's data: who it is, comments with all texts and decisions, likes, reports, subscriptions.

    What moderators wrote to themselves, and who decided, is theirs.
    """
    comments = _comments(db, person)
    return {
        "format": "moderation-person-1",
        "made_at": _moment(now),
        "site": db.get_one(Site, person.site_id).key,
        "person": _person(person),
        "comments": comments,
        "likes": {"pages": _liked_pages(db, person), "comments": _liked_comments(db, person)},
        "reports": _reports(db, person),
        "subscriptions": _subscriptions(db, person),
        "sessions": _sessions(db, person),
    }


def _person(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.name,
        "url": person.url,
        "email": person.email,
        "email_verified": person.email_verified,
        "provider": person.provider,
        "issuer": person.issuer,
        "subject": person.subject,
        "picture": person.picture,
        "created_at": _moment(person.created_at),
        "seen_at": _moment(person.seen_at),
    }


def _comments(db: Session, person: Person) -> list[dict[str, Any]]:
    query = select(Comment).where(Comment.person_id == person.id).order_by(Comment.created_at, Comment.id)
    comments = db.scalars(query.options(joinedload(Comment.page), selectinload(Comment.versions))).all()
    decisions = _decisions(db, person)
    return [
        {
            "id": comment.id,
            "page": _page(comment.page),
            "parent": comment.parent_id,
            "status": _status(comment.status),
            "likes": comment.likes,
            "created_at": _moment(comment.created_at),
            "versions": [
                {"number": version.number, "body": version.body, "created_at": _moment(version.created_at)}
                for version in comment.versions
            ],
            "decisions": decisions.get(comment.id, []),
        }
        for comment in comments
    ]


def _decisions(db: Session, person: Person) -> dict[str, list[dict[str, Any]]]:
    query = select(Decision).join(Comment, Comment.id == Decision.comment_id).where(Comment.person_id == person.id)
    found: dict[str, list[dict[str, Any]]] = {}
    for decision in db.scalars(query.order_by(Decision.version)):
        before, after = _status(decision.before), _status(decision.after)
        if before != after or decision.before is decision.after:
            told = {"before": before, "after": after, "by": decision.by.value, "at": _moment(decision.created_at)}
            found.setdefault(decision.comment_id, []).append(told)
    return found


def _liked_pages(db: Session, person: Person) -> list[dict[str, Any]]:
    query = select(Page, PageLike.created_at).join(PageLike, PageLike.page_id == Page.id)
    rows = db.execute(query.where(PageLike.person_id == person.id).order_by(PageLike.created_at))
    return [{"page": _page(page), "at": _moment(at)} for page, at in rows]


def _liked_comments(db: Session, person: Person) -> list[dict[str, Any]]:
    query = select(CommentLike).where(CommentLike.person_id == person.id).order_by(CommentLike.created_at)
    return [{"comment": like.comment_id, "at": _moment(like.created_at)} for like in db.scalars(query)]


def _reports(db: Session, person: Person) -> list[dict[str, Any]]:
    query = select(Report).where(Report.person_id == person.id).order_by(Report.created_at)
    return [
        {"comment": report.comment_id, "reason": report.reason, "at": _moment(report.created_at)}
        for report in db.scalars(query)
    ]


def _subscriptions(db: Session, person: Person) -> list[dict[str, Any]]:
    query = select(Page, Subscription).join(Subscription, Subscription.page_id == Page.id)
    rows: Sequence[Any] = db.execute(query.where(Subscription.person_id == person.id)).all()
    return [
        {
            "page": _page(page),
            "created_at": _moment(subscription.created_at),
            "confirmed_at": _moment(subscription.confirmed_at),
            "ended_at": _moment(subscription.ended_at),
        }
        for page, subscription in rows
    ]


def _sessions(db: Session, person: Person) -> list[dict[str, Any]]:
    query = select(PersonSession).where(PersonSession.person_id == person.id).order_by(PersonSession.created_at)
    return [
        {
            "origin": session.origin,
            "created_at": _moment(session.created_at),
            "seen_at": _moment(session.seen_at),
            "ended_at": _moment(session.revoked_at),
        }
        for session in db.scalars(query)
    ]


def _page(page: Page) -> dict[str, Any]:
    return {"key": page.key, "url": page.url, "title": page.public_title}


def _status(status: Status) -> str:
    # A writer is shown spam as waiting, here too.
    return (Status.waiting if status is Status.spam else status).value


def _moment(value: datetime | None) -> str | None:
    return value.astimezone(UTC).isoformat(timespec="microseconds") if value else None
