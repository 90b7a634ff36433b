"""Asks the writer for changes: the reason goes by mail, with a link to a page where the text can be changed."""

from moderation.review.kind import Kind

ask_changes = Kind(
    name="ask_changes",
    subject="comment",
    read=None,
    write=lambda _db, _target, _before, state: state,
    tell=lambda _before, after: "asked for changes of" if after else "no longer asks for changes of",
    example={"text": 1},
)
