"""Set up where people sign in: add a provider's keys, list them, test them."""

import sys
from datetime import UTC, datetime
from typing import Any

import click

from moderation.cli import database_of, settings_of
from moderation.foundation.errors import Missing, Refused
from moderation.foundation.options import known_options
from moderation.foundation.outbound import Outbound
from moderation.foundation.secret_key import read_secret, secret_seal
from moderation.foundation.text import web_address
from moderation.foundation.tokens import Keys
from moderation.identity.probe import probe
from moderation.identity.provider import providers
from moderation.identity.provider_keys import Entry, all_keys, check_name, kind_named, redirect_address, save_keys
from moderation.identity.same_secret import check_secret, take_secret
from moderation.identity.trouble import note_test, troubles
from moderation.records import ProviderKeys


@click.group("provider")
def command() -> None:
    """Add, list or test providers."""


@command.command("add")
@click.argument("name")
@click.option("--kind", help="What it is; as a rule the same as its name.")
@click.option("--label", help="As readers see it.")
@click.option("--client-id", default="", help="As the provider knows us; some need none.")
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
    check_name(name)
    provider = kind_named(kind or name)
    stored: dict[str, Any] = dict(_option(option) for option in options)
    if issuer is not None or "issuer" in known_options(provider.options):
        if not issuer:
            raise Refused("Please give the issuer's address: --issuer https://…")
        # Kept as it was written: it has to be what the issuer calls itself, to the letter.
        web_address(issuer, field="issuer")
        stored["issuer"] = issuer
    secret = _secret() if provider.has_keys else ""
    entry = Entry(name=name, kind=provider.name, label=label or "", client_id=client_id, secret=secret, options=stored)
    settings, now = settings_of(context), datetime.now(UTC)
    with database_of(context) as database, database.transaction() as db:
        key = read_secret(settings.secret, settings.data)
        take_secret(db, secret_seal(key))
        save_keys(db, Keys(key), entry, now=now)
    click.echo(provider.help.replace("{redirect_uri}", redirect_address(settings.public_url, name)))


@command.command("list")
@click.pass_context
def list_(context: click.Context) -> None:
    """Show the providers that are set up, in the order in which readers see them, and the kinds there are."""
    public_url = settings_of(context).public_url
    with database_of(context) as database, database.reading() as db:
        wrong = {told.name: told for told in troubles(db, public_url)}
        for row in all_keys(db):
            state = "" if row.enabled else "  (off)"
            client_id = f", client id {row.client_id}" if row.client_id else ""
            click.echo(f"{row.name}  {row.label}  kind {row.kind}{client_id}{state}")
            if row.name in wrong:
                click.echo(f"    {'hidden: ' if wrong[row.name].hidden else ''}{wrong[row.name].sentence}")
    click.echo("Kinds: " + ", ".join(providers()), err=True)


@command.command("test")
@click.argument("name")
@click.pass_context
def test(context: click.Context, name: str) -> None:
    """Find out whether a provider answers, and whether our keys there are right."""
    settings, now = settings_of(context), datetime.now(UTC)
    outbound = Outbound(settings.outbound_exceptions)
    with database_of(context) as database:
        key = read_secret(settings.secret, settings.data)
        with database.reading() as db:
            check_secret(db, secret_seal(key))
            row = db.get(ProviderKeys, name)
        if row is None:
            raise Missing(f"No provider {name} is set up. Run: moderation provider list")
        found = probe(row, outbound, Keys(key), public_url=settings.public_url, now=now)
        with database.transaction() as db:
            note_test(db, name, found, now=now)
    if not found.works:
        raise Refused(found.sentence)
    click.echo(found.sentence)


def _option(option: str) -> tuple[str, str]:
    name, separator, value = option.partition("=")
    if not separator:
        raise Refused(f"Write it as --option NAME=VALUE: {option}")
    return name, value


def _secret() -> str:
    if sys.stdin.isatty():
        return str(
            click.prompt("Client secret (empty if there is none)", hide_input=True, default="", show_default=False)
        )
    return sys.stdin.readline().strip()
