"""Decides on many comments of a site at once: a selection, or all that a filter shows."""

from typing import Final

from moderation.records import Status
from moderation.review.kind import Kind

_DID: Final = {
    Status.approved.value: ("approved", ""),
    Status.rejected.value: ("rejected", ""),
    Status.spam.value: ("marked", "as spam"),
    Status.waiting.value: ("put", "back to waiting"),
}
_UNDID: Final = {
    Status.approved.value: "approved",
    Status.rejected.value: "rejected",
    Status.spam.value: "marked as spam",
    Status.waiting.value: "put back to waiting",
}

many = Kind(
    name="many",
    subject="site",
    read=None,
    write=lambda _db, _target, _before, state: state,
    tell=lambda before, after: (
        _DID[after["status"]] if after else ("put", f"back that had been {_UNDID[before['status']]}")
    ),
    example={"status": "approved"},
)
