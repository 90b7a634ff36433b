"""Deciding about many comments in one go: those that were chosen, or all that a filter shows; and taking it back."""

import re
from urllib.parse import parse_qsl, urlsplit

from flask import jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict, Missing, Refused
from moderation.journey.decide_many import batch_of, decide_many, go_on, quicker, undo_many
from moderation.records import Batch, Moderator, Status
from moderation.review.queue import counts
from moderation.web.dashboard_page import Page
from moderation.web.guards import moderator_now, own_path, own_sites, wants_json
from moderation.web.house import house
from moderation.web.queue_filters import wanted_in
from moderation.web.words import plural

page = Page("many", "Many at once", None)

# So many are decided while one waits; the worker does what is more.
_AT_ONCE = 300
_CHOSEN = re.compile(r"(c_[0-9A-Za-z]{22})~([0-9]{1,9})")
_BATCH_ID = re.compile(r"x_[0-9A-Za-z]{22}")
_DID = {
    Status.approved: "approved",
    Status.rejected: "rejected",
    Status.spam: "marked as spam",
    Status.waiting: "put back to waiting",
}


@page.post("/many")
def decide() -> ResponseReturnValue:
    """Decide about the chosen comments, or about everything that the list shows."""
    status = next((status for status in _DID if status.value == request.form.get("status")), None)
    everything = bool(request.form.get("everything"))
    chosen = [found for value in request.form.getlist("chosen") if (found := _CHOSEN.fullmatch(value))]
    back = own_path(request.form.get("back"))
    # What the filter is stands in the address: one that was cut or changed would fit more than was shown.
    if status is None or (everything and back != request.form.get("back")):
        raise Refused("This form is not complete. Please reload the page.")
    if not chosen and not everything:
        raise Refused("Nothing was chosen. Tick some comments first.")
    ids = tuple(site.id for site in own_sites() if request.form.get("scope") in (None, "", site.key))
    wanted = wanted_in(dict(parse_qsl(urlsplit(back).query)), ids) if everything else None
    with house().database.transaction() as db:
        batch = decide_many(
            db,
            moderator=db.get_one(Moderator, moderator_now().id),
            status=status,
            chosen=[(found[1], int(found[2])) for found in chosen],
            wanted=wanted,
            now=house().now(),
        )
    if batch.total <= _AT_ONCE:
        _finish(batch.id)
    house().ring()
    return _answer(batch.id, back)


@page.get("/many/<batch_id>")
def show(batch_id: str) -> ResponseReturnValue:
    """How far it has come, and the button that takes it back."""
    return _answer(batch_id, own_path(request.args.get("back")))


@page.post("/many/<batch_id>/undo")
def take_back(batch_id: str) -> ResponseReturnValue:
    """Take all of it back, but for comments that were decided since."""
    if not _BATCH_ID.fullmatch(batch_id):
        raise Missing("There is no such selection.")
    try:
        with house().database.transaction() as db:
            moderator = db.get_one(Moderator, moderator_now().id)
            batch = undo_many(db, batch_id, moderator=moderator, now=house().now())
    except Conflict:
        return _answer(batch_id, own_path(request.form.get("back")))
    if batch.decided <= _AT_ONCE:
        _finish(batch.id)
    house().ring()
    return _answer(batch_id, own_path(request.form.get("back")))


def _finish(batch_id: str) -> None:
    while True:
        with house().database.transaction() as db:
            batch = go_on(db, batch_id, now=house().now(), wait=house().undo_window)
        if batch.finished_at is not None:
            return


def _answer(batch_id: str, back: str) -> ResponseReturnValue:
    if not _BATCH_ID.fullmatch(batch_id):
        raise Missing("There is no such selection.")
    with house().database.reading() as db:
        batch = batch_of(db, batch_id, moderator=moderator_now())
        sentence = _told(db, batch)
        numbers = counts(db, [site.id for site in own_sites()])
    done = batch.finished_at is not None
    if wants_json():
        return jsonify(
            id=batch.id,
            done=done,
            undone=batch.undoing_at is not None,
            sentence=sentence,
            look=url_for("dashboard.many.show", batch_id=batch.id),
            undo=url_for("dashboard.many.take_back", batch_id=batch.id),
            counts={status.value: number for status, number in numbers.items() if status != Status.withdrawn},
        )
    if request.method == "POST":
        return redirect(url_for("dashboard.many.show", batch_id=batch.id, back=back), 303)
    return render_template("dashboard/many.html", batch=batch, done=done, sentence=sentence, back=back, place=back)


def _told(db: Session, batch: Batch) -> str:
    """Return what became of a batch so far, in a sentence or two."""
    did = _DID[batch.status]
    if batch.undoing_at is not None:
        if batch.finished_at is None:
            return f"Undoing: {batch.undone:,} of {batch.decided:,}."
        kept = f" {plural(batch.kept, 'comment')} decided again since stay as they are." if batch.kept else ""
        return f"Undone: {plural(batch.undone, 'comment')}.{kept}"
    if batch.finished_at is None:
        return f"{batch.decided:,} of {batch.total:,} {did}."
    missed = max(batch.passed, batch.total - batch.decided)
    if not missed:
        return f"{batch.decided:,} {did}."
    names = quicker(db, batch)
    had = "had" if names else "was" if missed == 1 else "were"
    who = f"{had} been decided by {' and '.join(names)} meanwhile" if names else f"{had} not there to be {did} any more"
    return f"{batch.decided:,} {did}. {missed:,} {who}."
