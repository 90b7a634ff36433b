"""A provider that says what a test lets it say: what comes in, and which profile goes out."""

import json
from collections.abc import Mapping
from typing import Any

from moderation.foundation.options import read_options
from moderation.foundation.outbound import Answer, Outbound
from moderation.identity.calls import Calls, Documents
from moderation.identity.provider import Client, Profile, Provider, Returned
from tests.make import NOW

TOKEN = {"access_token": "token-1", "token_type": "bearer"}


class Scripted(Outbound):
    """The guarded client, answered from a script: by the beginning of an address, a status and JSON."""

    def __init__(self, script: Mapping[str, tuple[int, Any]]) -> None:
        super().__init__()
        self.script = script
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []

    def fetch(self, method: str, url: str, **arguments: Any) -> Answer:
        self.asked.append((method, url, dict(arguments["headers"] or {}), arguments["data"] or b""))
        status, said = next(answer for place, answer in self.script.items() if url.startswith(place))
        headers = {"Content-Type": "application/json"}
        return Answer(status=status, headers=headers, body=json.dumps(said).encode(), url=url)


def finish(provider: Provider[Any], script: Mapping[str, tuple[int, Any]], **options: Any) -> Profile:
    """Return the profile that a provider's answers make."""
    return finish_with(provider, Scripted(script), **options)


def finish_with(provider: Provider[Any], scripted: Scripted, **options: Any) -> Profile:
    """Return the profile that a provider's answers make; ``scripted`` keeps what it was asked."""
    client = Client(
        name=provider.name,
        client_id="id",
        secret="secret",
        redirect_uri=f"https://comments.example/auth/{provider.name}/callback",
        options=read_options(provider.options, options),
    )
    returned = Returned(params={"state": "state-1", "code": "code-1"}, nonce="nonce-1", verifier="v" * 64)
    return provider.finish(client, returned, Calls(scripted, Documents(), NOW))
