"""Set up where people sign in: add a provider's keys, list them, test them."""

import sys
from datetime import UTC, datetime
from typing import Any

import click
from sqlalchemy import select

from moderation.cli import database_of, settings_of
from moderation.foundation.errors import Missing, Refused
from moderation.foundation.options import read_options
from moderation.foundation.text import clean_name
from moderation.foundation.tokens import Keys
from moderation.identity.provider import open_client, providers
from moderation.records import ProviderKeys
from moderation.settings import read_secret

_NAME = "abcdefghijklmnopqrstuvwxyz0123456789-"


@click.group("provider")
def command() -> None:
    """Add, list or test providers."""


@command.command("add")
@click.argument("name")
@click.option("--kind", help="What it is; as a rule the same as its name.")
@click.option("--label", help="As readers see it.")
@click.option("--client-id", required=True)
@click.option("--issuer", help="The issuer's address, for OpenID Connect.")
@click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help="Further options of the kind.")
@click.pass_context
def add(
    context: click.Context,
    name: str,
    kind: str | None,
    label: str | None,
    client_id: str,
    issuer: str | None,
    options: tuple[str, ...],
) -> None:
    """Keep our keys at a provider; the secret is asked for, or read from standard input.

    It never stands in the command, which others on this machine can see.
    """
    if not name or name.strip(_NAME) or len(name) > 40:
        raise Refused("A provider's name has lower-case letters, digits and hyphens, at most 40.")
    known = providers()
    provider = known.get(kind or name)
    if provider is None:
        raise Refused(f"There is no provider of the kind {kind or name}. There are: {', '.join(known)}.")
    stored: dict[str, Any] = dict(option.split("=", 1) for option in options if "=" in option)
    if issuer:
        stored["issuer"] = issuer
    read_options(provider.options, stored)
    settings, secret = settings_of(context), _secret()
    keys = Keys(read_secret(settings))
    with database_of(context) as database, database.transaction() as db:
        row = db.get(ProviderKeys, name)
        if row is None:
            row = ProviderKeys(name=name, created_at=datetime.now(UTC))
            db.add(row)
        row.kind, row.client_id, row.options = provider.name, client_id, stored
        row.label = clean_name(label or provider.label, field="label")
        row.client_secret = keys.encrypt("provider", secret.encode()) if secret else b""
    click.echo(provider.help.replace("{redirect_uri}", f"{settings.public_url}/auth/{name}/callback"))


@command.command("list")
@click.pass_context
def list_(context: click.Context) -> None:
    """Show the providers that are set up, and the kinds there are."""
    with database_of(context) as database, database.reading() as db:
        for row in db.scalars(select(ProviderKeys).order_by(ProviderKeys.name)):
            state = "" if row.enabled else "  (off)"
            click.echo(f"{row.name}  {row.label}  kind {row.kind}, client id {row.client_id}{state}")
    click.echo("Kinds: " + ", ".join(providers()), err=True)


@command.command("test")
@click.argument("name")
@click.pass_context
def test(context: click.Context, name: str) -> None:
    """Find out whether a provider's keys can be read and its options make sense."""
    settings = settings_of(context)
    with database_of(context) as database, database.reading() as db:
        row = db.get(ProviderKeys, name)
        if row is None:
            raise Missing(f"No provider {name} is set up. Run: moderation provider list")
        try:
            _, client = open_client(row, Keys(read_secret(settings)), settings.public_url)
        except Exception as error:
            raise Refused(f"The keys of {name} cannot be used: {error}") from error
    click.echo(f"The keys can be read. The provider must know this redirect address: {client.redirect_uri}")


def _secret() -> str:
    if sys.stdin.isatty():
        return str(
            click.prompt("Client secret (empty if there is none)", hide_input=True, default="", show_default=False)
        )
    # Apple gives a file of several lines.
    return sys.stdin.read().strip()
