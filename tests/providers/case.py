"""A provider as an owner may set it up, and what is to come of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.providers.fake import CLIENT_SECRET, Fake, Visit

VisitAt = Callable[..., Visit]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A provider as an owner may set it up, and what is to come of it.

    Args:
        token: where the code is exchanged.
        wrong: a secret that is not the client's.
        wrong_secret: what the owner is told of it.
        late: what the owner is told of a code that is too old.
        later_name: what the person is called who comes again as Alicia.
    """

    provider: str
    fake: type[Fake]
    token: str
    options: dict[str, Any] = field(default_factory=dict)
    person: dict[str, Any]
    secret: str = CLIENT_SECRET
    wrong: str = "not the secret"
    wrong_secret: str
    late: str
    pkce: bool
    later_name: str = "Alicia"

    def visit(self, visit_at: VisitAt, **changes: Any) -> Visit:
        return visit_at(self.provider, self.fake, **{"client_secret": self.secret} | self.options | changes)
