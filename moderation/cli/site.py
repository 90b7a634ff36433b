"""Add the blogs that may embed comments, list them, and set their options."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.cli import database_of
from moderation.foundation.errors import Missing, Refused
from moderation.foundation.options import read_options
from moderation.foundation.text import clean_name
from moderation.identity.return_address import check_return_addresses, return_address
from moderation.identity.site import add_site, read_origin
from moderation.records import Origin, Policy, Site


@click.group("site")
def command() -> None:
    """Add, list and set sites."""


@command.command("add")
@click.argument("key")
@click.option("--name", required=True, help="The blog's name.")
@click.option(
    "--origin", "origins", multiple=True, required=True, help="https://blog.example; may be given several times."
)
@click.option("--locale", default="en", show_default=True, help="The blog's language.")
@click.pass_context
def add(context: click.Context, key: str, name: str, origins: tuple[str, ...], locale: str) -> None:
    """Register a blog under a key, which its pages name."""
    exact = [_exact(origin) for origin in origins]
    with database_of(context) as database, database.transaction() as db:
        add_site(db, key=key, name=name, origins=exact, locale=_locale(locale), now=datetime.now(UTC))
    click.echo(f'Embed it with:  <comment-thread site="{key}"></comment-thread>')


@command.command("list")
@click.pass_context
def list_(context: click.Context) -> None:
    """Show the sites and their origins."""
    with database_of(context) as database, database.reading() as db:
        for site in db.scalars(select(Site).order_by(Site.key)):
            click.echo(f"{site.key}  {site.name}  {' '.join(sorted(known.origin for known in site.origins))}")


@command.command("show")
@click.argument("key")
@click.pass_context
def show(context: click.Context, key: str) -> None:
    """Show a site's options, each with what it means."""
    with database_of(context) as database, database.reading() as db:
        site = _found(db, key)
        for name, value in site.policy.model_dump(mode="json").items():
            click.echo(f"{name} = {json.dumps(value)}    # {Policy.model_fields[name].description}")


@command.command("set")
@click.argument("key")
@click.argument("options", nargs=-1, required=True, metavar="OPTION=VALUE…")
@click.pass_context
def set_(context: click.Context, key: str, options: tuple[str, ...]) -> None:
    """Set options of a site, such as moderate=all or edit_window=300; also name= and locale=.

    A value is JSON, or else plain text; an empty one goes back to the default.
    """
    with _changing(context, key) as site:
        settings = dict(site.settings)
        for option in options:
            name, separator, text = option.partition("=")
            if not separator:
                raise Refused(f"Write it as OPTION=VALUE: {option}")
            if name == "name":
                site.name = clean_name(text, field="name")
            elif name == "locale":
                site.locale = _locale(text)
            elif text == "":
                settings.pop(name, None)
            else:
                settings[name] = _value(text)
        unknown = sorted(settings.keys() - Policy.model_fields.keys())
        if unknown:
            raise Refused(f"There is no option {unknown[0]}. There are: {', '.join(sorted(Policy.model_fields))}.")
        policy = read_options(Policy, settings)
        if policy.return_addresses:
            origins = [known.origin for known in site.origins]
            settings["return_addresses"] = check_return_addresses(policy.return_addresses, origins)
        site.settings = settings


@command.command("origins")
@click.argument("key")
@click.argument("action", type=click.Choice(["add", "remove"]))
@click.argument("origins", nargs=-1, required=True)
@click.pass_context
def origins_(context: click.Context, key: str, action: str, origins: tuple[str, ...]) -> None:
    """Add or remove origins that may embed a site."""
    with _changing(context, key) as site:
        for origin in map(_exact, origins):
            known = next((known for known in site.origins if known.origin == origin), None)
            if action == "add" and known is None:
                site.origins.append(Origin(origin=origin))
            elif action == "remove" and known is None:
                raise Missing(f"{origin} is no origin of {key}.")
            elif action == "remove" and known is not None:
                gone = return_address(site, origin)
                kept = [address for address in site.policy.return_addresses if address != gone]
                site.settings = site.settings | ({"return_addresses": kept} if gone else {})
                site.origins.remove(known)
        if not site.origins:
            raise Refused("A site needs at least one origin.")


@contextmanager
def _changing(context: click.Context, key: str) -> Iterator[Site]:
    with database_of(context) as database, database.transaction() as db:
        site = _found(db, key)
        yield site
        # Answers that are kept ready show what was changed.
        site.revision += 1
    click.echo("Done.")


def _found(db: Session, key: str) -> Site:
    site = db.scalar(select(Site).where(Site.key == key))
    if site is None:
        raise Missing(f"There is no site {key}. Run: moderation site list")
    return site


def _exact(origin: str) -> str:
    exact = read_origin(origin)
    if exact != origin:
        raise Refused(f"An origin is scheme, host and port only. Did you mean {exact}?", field="origin")
    return exact


def _locale(text: str) -> str:
    parts = text.split("-")
    if not (2 <= len(parts[0]) <= 3 and text.isascii() and all(part.isalnum() and len(part) <= 8 for part in parts)):
        raise Refused(f"“{text}” is no language such as en, de or pt-BR.", field="locale")
    return text


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
