"""A submission at the door, with what the door knows about it."""

import json
from dataclasses import dataclass

from msgspec.json import encode as json_encode
from msgspec.structs import asdict

from moderation.foundation.tokens import digest
from moderation.intake.shapes import GuestIn, SubmissionIn
from moderation.intake.submit import Sent, Text
from moderation.records import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A submission, and what its door knows about it.

    Args:
        person_id: who is signed in, None for a guest.
        key: the idempotency key; a random one where the sender gave none.
        origin: the Origin header.
        address_hash: keyed hash of the sender's network.
    """

    submission: SubmissionIn
    text: Text
    person_id: str | None
    key: str
    origin: str | None
    address_hash: bytes | None

    @property
    def guest(self) -> GuestIn | None:
        """The guest fields, where nobody is signed in."""
        return None if self.person_id else self.submission.guest

    def sent(self, site: Site) -> Sent:
        """Return what makes this submission the same as another."""
        guest = asdict(self.guest) if self.guest else None
        scope = json.dumps([site.id, self.person_id, guest], sort_keys=True)
        said = json_encode({name: value for name, value in asdict(self.submission).items() if name != "guest"}).decode()
        return Sent(scope=digest(scope), key=self.key, request=digest(said))
