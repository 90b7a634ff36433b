"""The made-up people as whom anybody may sign in during the trial."""

from dataclasses import dataclass
from typing import Final

from moderation.cli.demo.portrait import Look


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who does not exist, known to the trial's issuer.

    Args:
        subject: what the issuer calls them, for ever; nothing else identifies them.
        email_verified: whether the issuer vouches for the address; one person's is left open, to try that too.
    """

    subject: str
    name: str
    email: str
    email_verified: bool = True
    look: Look


ACCOUNTS: Final = (
    Account(
        subject="7f3a61",
        name="Ida Okafor",
        email="ida@okafor.example",
        look=Look(ground="#f2b8a4", skin="#8a5a3c", hair="#2b1d1a", shirt="#3f6b6a", cut="bun"),
    ),
    Account(
        subject="c20d9e",
        name="Tomás Ferreira",
        email="tomas.ferreira@post.example",
        look=Look(ground="#bcd0c4", skin="#d9a37c", hair="#3d2a20", shirt="#a9452f", cut="beard"),
    ),
    Account(
        subject="51be84",
        name="Wilhelmina Brandt-Featherstone",
        email="mina@brandt.example",
        look=Look(ground="#c9c3dd", skin="#f0c9ae", hair="#b9b4ae", shirt="#4d4a6b", cut="long"),
    ),
    Account(
        subject="e8907c",
        name="Łukasz Zieliński",
        email="lukasz@zielinski.example",
        email_verified=False,
        look=Look(ground="#f0d7a3", skin="#ecbf9e", hair="#c98b3f", shirt="#2f4b63", cut="short"),
    ),
    Account(
        subject="0ad5f2",
        name="Noor Haddad",
        email="noor.haddad@letters.example",
        look=Look(ground="#b5cfdd", skin="#c68d63", hair="#241a1c", shirt="#d9694f", cut="curly"),
    ),
)


def account(subject: str) -> Account | None:
    """Find a made-up person by subject."""
    return next((known for known in ACCOUNTS if known.subject == subject), None)
