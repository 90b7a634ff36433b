"""Why a sign-in can fail: the closed set of reasons that readers are told."""

from enum import StrEnum

_LONGEST = 300


class Reason(StrEnum):
    """What the reader's page is told; it has a sentence for each."""

    denied = "denied"
    login_expired = "login_expired"
    provider_down = "provider_down"
    provider_quota = "provider_quota"
    provider_misconfigured = "provider_misconfigured"
    provider_bad_reply = "provider_bad_reply"


class SignInFailed(Exception):
    """A sign-in came to nothing. It never leaves ``identity``: the attempt keeps the reason.

    Args:
        detail: for the owner, never for readers; holds no code, token or address. It may quote the provider.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        visible = "".join(character if character.isprintable() else " " for character in detail)
        super().__init__(f"{reason}: {visible[:_LONGEST]}")
        self.reason = reason
        self.detail = visible[:_LONGEST]


class AskAgain(Exception):
    """What the reader typed leads to no account; the reader is told why and asked again.

    Args:
        sentence: for the reader.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
