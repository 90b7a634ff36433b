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
from moderation.foundation.options import as_json, known_options, read_options
from moderation.foundation.text import clean_name
from moderation.identity.return_address import check_return_addresses, return_address
from moderation.identity.site import add_site, read_locale, read_origin
from moderation.records import Origin, Policy, ProviderKeys, Site
from moderation.review.configure import configure
from moderation.screening.screen import all_rules

_OPTIONS = ("name", "locale", "origins", *known_options(Policy))


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
        site = add_site(db, key=key, name=name, origins=exact, locale=read_locale(locale), now=datetime.now(UTC))
        tag = site.tag
    click.echo(f"Embed it with:  {tag}")


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
        for name in ("name", "locale"):
            click.echo(f"{name} = {json.dumps(getattr(site, name), ensure_ascii=False)}")
        click.echo(f"origins = {json.dumps(sorted(known.origin for known in site.origins))}")
        for name, value in as_json(site.policy).items():
            click.echo(f"{name} = {json.dumps(value)}    # {known_options(Policy)[name].description}")


@command.command("set")
@click.argument("key")
@click.argument("options", nargs=-1, required=True, metavar="OPTION=VALUE…")
@click.pass_context
def set_(context: click.Context, key: str, options: tuple[str, ...]) -> None:
    """Set options of a site, such as moderate=all or edit_window=300; also name=, locale= and origins=.

    A value is JSON, or else plain text; an empty one goes back to the default.
    """
    wanted = dict(_option(option) for option in options)
    unknown = sorted(wanted.keys() - set(_OPTIONS))
    if unknown:
        raise Refused(f"There is no option {unknown[0]}. There are: {', '.join(_OPTIONS)}.")
    if len(wanted) < len(options):
        raise Refused("An option is there twice.")
    with database_of(context) as database, database.transaction() as db:
        site = _found(db, key)
        configure(db, site, wanted)
        policy = site.policy
        if "rules" in wanted:
            _check_rules(policy)
        missing = [name for name in policy.providers or [] if db.get(ProviderKeys, name) is None]
        if policy.return_addresses:
            exact = check_return_addresses(policy.return_addresses, [known.origin for known in site.origins])
            configure(db, site, {"return_addresses": exact})
    click.echo("Done.")
    if missing and "providers" in wanted:
        click.echo(f"Not set up yet: {', '.join(missing)}. See: moderation provider list", err=True)


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


def _check_rules(policy: Policy) -> None:
    """Refuse what a rule could not read: each comment would wait."""
    rules = all_rules()
    for name, setting in policy.rules.items():
        if name not in rules:
            raise Refused(f"There is no rule {name}. There are: {', '.join(rules)}.", field="rules")
        read_options(rules[name].options, setting.options)


def _exact(origin: str) -> str:
    exact = read_origin(origin)
    if exact != origin:
        raise Refused(f"An origin is scheme, host and port only. Did you mean {exact}?", field="origin")
    return exact


def _option(option: str) -> tuple[str, Any]:
    name, separator, text = option.partition("=")
    if not separator:
        raise Refused(f"Write it as OPTION=VALUE: {option}")
    if name == "name":
        return name, clean_name(text, field="name")
    if name == "locale":
        return name, read_locale(text)
    if name == "origins":
        return name, [_exact(origin) for origin in text.replace(",", " ").split()]
    return name, None if text == "" else _value(text)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
