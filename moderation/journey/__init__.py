"""The sentence: what happens to a comment, from its arrival to its place under the post, stage after stage.

One file here is one verb.
"""

from moderation.journey.amend import amend
from moderation.journey.answer import answer
from moderation.journey.ask_changes import ask_changes, asked_still, change
from moderation.journey.ban import ban, ban_comments
from moderation.journey.claim_earlier import claim_earlier
from moderation.journey.edit import edit
from moderation.journey.erase import erase
from moderation.journey.moderate import moderate
from moderation.journey.outcome import Outcome
from moderation.journey.prepare import prepare
from moderation.journey.receive import receive, replay
from moderation.journey.received import Received
from moderation.journey.report import report
from moderation.journey.undo import undo
from moderation.journey.undo_action import undo_action
from moderation.journey.withdraw import withdraw

__all__ = [
    "Outcome",
    "Received",
    "amend",
    "answer",
    "ask_changes",
    "asked_still",
    "ban",
    "ban_comments",
    "change",
    "claim_earlier",
    "edit",
    "erase",
    "moderate",
    "prepare",
    "receive",
    "replay",
    "report",
    "undo",
    "undo_action",
    "withdraw",
]
