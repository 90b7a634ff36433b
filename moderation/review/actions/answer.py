"""Answers a comment as its blog's author; a comment that waits is approved in the same go."""

from moderation.review.kind import Kind

answer = Kind(
    name="answer",
    subject="comment",
    read=None,
    write=lambda _db, _target, _before, state: state,
    tell=lambda _before, after: "answered" if after else "took back the answer to",
    example={"answer": "c_0000000000000000000000"},
)
