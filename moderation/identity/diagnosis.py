"""Says in words what is wrong with a provider, and what its owner can do about it."""

import re
from typing import Final

from moderation.identity.failure import Reason

_EXPIRED: Final = "The secret has expired. Make a new one at the provider, and enter it here."
_WRONG: Final = "The secret is wrong."
# Many providers say no more than that the two do not go together.
_NOT_TOGETHER: Final = "The secret is wrong, or it belongs to another client id."
_CLIENT_UNKNOWN: Final = "The client id is not known there."
_NOT_REGISTERED: Final = "The redirect address is not registered: {redirect_uri}"
_SCOPE: Final = "The provider does not let us ask for what we need to know. Look at the permissions of your app there."
_CREDITS: Final = "The credits there are used up."
_SPENT: Final = "The spending limit that you set there is reached."
_LIMIT: Final = "A limit there is reached. It may pass by itself."

# The first that fits what was said, in lower case; what is about the secret comes before what names the client id too.
# Source: the providers' documentation of errors; AADSTS are Microsoft's.
_CLUES: Final = {
    Reason.provider_misconfigured: (
        (r"aadsts7000222|secret\b.{0,60}\bexpired|expired\b.{0,60}\bsecret", _EXPIRED),
        (r"redirect", _NOT_REGISTERED),
        (r"aadsts700016|not found|unknown client_id|\(101\)", _CLIENT_UNKNOWN),
        (
            r"(validating|incorrect|invalid) client.secret|(?<!and/or )client.secret (is|was) (invalid|incorrect)",
            _WRONG,
        ),
        (r"invalid_client|unauthorized_client|client_credentials|client.secret", _NOT_TOGETHER),
        (r"scope|permission", _SCOPE),
    ),
    Reason.provider_quota: ((r"spend", _SPENT), (r"credit|\b402\b", _CREDITS), ("", _LIMIT)),
    Reason.provider_down: (("", "It does not answer."),),
    Reason.provider_bad_reply: (("", "It answers something that makes no sense."),),
}
_ELSE: Final = "Something about the keys or the options is wrong."


def diagnose(reason: Reason, detail: str, *, redirect_uri: str) -> str:
    """Return what is wrong, as one sentence for the owner.

    Args:
        detail: may quote the provider.
    """
    said = detail.lower()
    clues = _CLUES.get(reason, ())
    sentence = next((sentence for clue, sentence in clues if re.search(clue, said)), None)
    if sentence is not None:
        return sentence.format(redirect_uri=redirect_uri)
    # Without a clue it is, mostly, our own sentence.
    return detail if detail.endswith(".") else _ELSE


def explain(reason: Reason, detail: str, *, redirect_uri: str) -> str:
    """Return what is wrong, and in brackets what was said that shows it."""
    sentence = diagnose(reason, detail, redirect_uri=redirect_uri)
    return sentence if detail in ("", sentence) else f"{sentence} ({detail.rstrip('.')})"
