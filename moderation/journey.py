"""The sentence: what happens to a comment, from its arrival to its place under the post, stage after stage."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict, Missing, NotAllowed, Refused
from moderation.foundation.tokens import new_id
from moderation.identity import erasure
from moderation.identity.guest import earlier_guests, new_guest, take_over
from moderation.intake.arrival import Arrival
from moderation.intake.edit import edit as add_edit
from moderation.intake.like import unlike_all
from moderation.intake.page import check_origin, find_or_make_page, site_by_key
from moderation.intake.report import forget_reasons
from moderation.intake.submit import Text, answered, claim, earlier, submit
from moderation.notifying import announce
from moderation.publishing.markup import links, plain, render
from moderation.records import (
    Comment,
    DecidedBy,
    Decision,
    Finding,
    Moderator,
    Person,
    Site,
    Status,
    Submission,
    Verdict,
    Version,
)
from moderation.review.decide import decide, locked
from moderation.review.undo import undo as take_back
from moderation.screening.gather import gather
from moderation.screening.screen import screen

_DECIDES = {Verdict.approve: Status.approved, Verdict.spam: Status.spam}


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A stored comment as its writer is answered; ``replayed`` when it had been stored before."""

    comment: Comment
    person: Person
    version: Version
    status: Status
    replayed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one comment in a decision.

    ``problem`` is None, ``already``, ``changed``, ``missing`` or ``not_allowed``; ``sentence`` says it in words.
    """

    comment_id: str
    status: Status | None
    decision_id: str | None
    problem: str | None = None
    sentence: str = ""


def prepare(body: str) -> Text:
    """Render a text; done before any transaction, since odd texts take their time."""
    html = render(body)
    return Text(body=body, html=html, plain=plain(html), links=links(html))


def replay(db: Session, site: Site, arrival: Arrival) -> Received | None:
    """Return the first answer to a submission that was stored before, None if it is new.

    Raises:
        Refused: when its idempotency key stood for something else.
    """
    first = earlier(db, arrival.sent(site))
    return _replayed(db, first) if first else None


def receive(db: Session, arrival: Arrival, *, now: datetime) -> Received:
    """Take a comment in: found its page, stored once, screened, perhaps decided, announced.

    Raises:
        Missing: no such site.
        NotAllowed: from a place or a person the site does not take comments from, or on a closed page.
        Refused: when something in it cannot be taken.
    """
    given = arrival.submission
    site = site_by_key(db, given.site)
    check_origin(site, origin=arrival.origin, address=given.page.url)
    _check_length(arrival.text, site)
    sent, comment_id = arrival.sent(site), new_id("c", now)
    if not claim(db, sent, comment_id=comment_id, now=now):
        first = earlier(db, sent)
        if first is None:
            raise Conflict("This comment is being stored; please try again.")
        return _replayed(db, first)
    page = find_or_make_page(db, site, key=given.page.key, url=given.page.url, title=given.page.title, now=now)
    parent = answered(db, page, given.parent)
    person = _writer(db, site, arrival, now)
    comment = submit(
        db,
        comment_id=comment_id,
        page=page,
        person=person,
        parent=parent,
        text=arrival.text,
        address_hash=arrival.address_hash,
        now=now,
    )
    status = _screen(db, site, comment, arrival.text, now)
    db.get_one(Submission, (sent.scope, sent.key)).status = status.value
    announce.received(db, comment=comment, site=site, subscribe=given.subscribe, now=now)
    return Received(comment=comment, person=person, version=_version(db, comment, 1), status=status, replayed=False)


def edit(db: Session, comment_id: str, text: Text, *, now: datetime) -> Received:
    """Take a changed text in from a comment's writer, who is known to be the writer; it is screened again.

    Raises:
        Missing, Conflict, NotAllowed, Refused: when it is not there, is decided, too late, or cannot be taken.
    """
    comment = locked(db, comment_id)
    site = db.get_one(Site, comment.site_id)
    _check_length(text, site)
    add_edit(db, comment, text, policy=site.policy, now=now)
    status = _screen(db, site, comment, text, now)
    announce.edited(db, comment=comment, site=site, now=now)
    return _received(db, comment, status)


def withdraw(db: Session, comment_id: str, *, now: datetime) -> None:
    """Take a comment back for its writer, who is known to be the writer; twice is once.

    Raises:
        Missing: no such comment.
    """
    if locked(db, comment_id).status is not Status.withdrawn:
        decide(db, comment_id, Status.withdrawn, by=DecidedBy.writer, now=now)


def claim_earlier(db: Session, person_id: str, *, now: datetime) -> int:
    """Make a person's own what guests wrote with the address that the person has confirmed; return how many comments.

    No status changes: what waited waits, what was rejected stays so.

    Raises:
        Missing: no such person.
    """
    person = db.get(Person, person_id, with_for_update=True)
    if person is None:
        raise Missing("There is no such person.")
    return sum(take_over(db, person, guest, now=now) for guest in earlier_guests(db, person, now=now))


def erase(db: Session, person_id: str, *, now: datetime) -> None:
    """Withdraw all that a person wrote, and forget who it was; no decision takes that back.

    Raises:
        Missing: no such person.
    """
    person = db.get(Person, person_id)
    if person is None:
        raise Missing("There is no such person.")
    # First, so that nothing is added meanwhile.
    erasure.sign_out(db, person, now=now)
    left = select(Comment.id).where(Comment.person_id == person_id, Comment.status != Status.withdrawn)
    for comment_id in db.scalars(left.order_by(Comment.id)).all():
        withdraw(db, comment_id, now=now)
    unlike_all(db, person)
    forget_reasons(db, person)
    erasure.blank(db, person, now=now)


def moderate(
    db: Session,
    *,
    moderator: Moderator,
    comment_id: str,
    status: Status,
    seen: int | None = None,
    reason: str = "",
    now: datetime,
    wait: timedelta = timedelta(),
) -> Outcome:
    """Decide on a comment for a moderator; what stands in the way is told, not raised.

    Args:
        seen: the version the moderator looked at.
        wait: how long the decision may be taken back before anybody is told of it.
    """
    comment = db.get(Comment, comment_id)
    if comment is None or moderator.role_on(comment.site_id) is None:
        return Outcome(
            comment_id=comment_id,
            status=None,
            decision_id=None,
            problem="missing",
            sentence="There is no such comment.",
        )
    try:
        decision = decide(
            db,
            comment_id,
            status,
            by=DecidedBy.moderator,
            now=now,
            moderator_id=moderator.id,
            reason=reason,
            seen=seen,
        )
    except Conflict as conflict:
        problem = "not_allowed" if conflict.code == "closed" else conflict.code
        return Outcome(
            comment_id=comment_id,
            status=comment.status,
            decision_id=None,
            problem=problem,
            sentence=conflict.message,
        )
    return _outcome(db, decision, now, wait)


def undo(db: Session, *, moderator: Moderator, decision_id: str, now: datetime) -> Outcome:
    """Take a decision back for a moderator.

    Raises:
        Missing: no such decision on a site of this moderator's.
        Conflict: decided again since.
    """
    return _outcome(db, take_back(db, decision_id, moderator=moderator, now=now), now, timedelta())


def _writer(db: Session, site: Site, arrival: Arrival, now: datetime) -> Person:
    if arrival.person_id is not None:
        person = db.get(Person, arrival.person_id)
        if person is None or person.site_id != site.id:
            raise NotAllowed("This sign-in is for another site; please sign in again.", signed_in=False)
        person.seen_at = now
        return person
    if arrival.guest is None:
        raise Refused("Please fill in your name and e-mail address, or sign in.", field="guest")
    guest = arrival.guest
    return new_guest(db, site, name=guest.name, email=guest.email, website=guest.website, now=now)


def _check_length(text: Text, site: Site) -> None:
    longest = site.policy.max_length
    if len(text.body) > longest:
        raise Refused(f"A comment here may have {longest:,} characters; this one has {len(text.body):,}.", field="body")


def _screen(db: Session, site: Site, comment: Comment, text: Text, now: datetime) -> Status:
    screened = screen(gather(db, comment, text=text.plain, links=text.links, now=now), site.policy)
    for found in screened.findings:
        db.add(
            Finding(
                id=new_id("f", now),
                comment_id=comment.id,
                number=comment.latest,
                rule=found.rule,
                verdict=found.verdict,
                sentence=found.sentence,
                counted=found.counted,
                created_at=now,
            )
        )
    status = _DECIDES.get(screened.verdict)
    # A waiting comment is decided; of an approved one only the edit is, and bad edits wait while the old text stands.
    if (comment.status is Status.waiting and status) or (comment.edit_waits and status is Status.approved):
        decision = decide(db, comment.id, status, by=DecidedBy.screening, now=now, reason=screened.sentence)
        announce.decided(db, decision=decision, now=now, wait=timedelta())
    db.flush()
    return comment.status


def _outcome(db: Session, decision: Decision, now: datetime, wait: timedelta) -> Outcome:
    announce.decided(db, decision=decision, now=now, wait=wait)
    return Outcome(comment_id=decision.comment_id, status=decision.after, decision_id=decision.id)


def _replayed(db: Session, first: Submission) -> Received:
    comment = db.get(Comment, first.comment_id)
    if comment is None:
        raise Missing("This comment was erased.")
    return Received(
        comment=comment,
        person=comment.person,
        version=_version(db, comment, 1),
        status=Status(first.status),
        replayed=True,
    )


def _received(db: Session, comment: Comment, status: Status) -> Received:
    version = _version(db, comment, comment.latest)
    return Received(comment=comment, person=comment.person, version=version, status=status, replayed=False)


def _version(db: Session, comment: Comment, number: int) -> Version:
    return db.get_one(Version, (comment.id, number))
