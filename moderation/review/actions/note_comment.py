"""Writes a note on a comment, for moderators only, or removes it."""

from moderation.review.kind import Kind
from moderation.review.notes import EXAMPLE, read, tell, write

note_comment = Kind(name="note_comment", subject="comment", read=read, write=write, tell=tell, example=EXAMPLE)
