"""Writes a note on a person, for moderators only, or removes it."""

from moderation.review.kind import Kind
from moderation.review.notes import EXAMPLE, read, tell, write

note = Kind(name="note", subject="person", read=read, write=write, tell=tell, example=EXAMPLE)
