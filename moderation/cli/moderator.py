"""Add the people who decide, list them, or let one set a new password."""

from datetime import UTC, datetime

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.cli import database_of, settings_of, setup_link
from moderation.foundation.errors import Missing
from moderation.foundation.text import clean_name
from moderation.foundation.tokens import new_id
from moderation.identity.moderator import address
from moderation.identity.setup_code import SETUP_MINUTES, new_setup_code
from moderation.records import Membership, Moderator, Role, Site


@click.group("moderator")
def command() -> None:
    """Add, list or reset moderators."""


@command.command("add")
@click.argument("email")
@click.option("--name", required=True, help="As the others see it.")
@click.option("--site", "keys", multiple=True, required=True, help="The key of a site; may be given several times.")
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), default=Role.moderator.value, show_default=True
)
@click.pass_context
def add(context: click.Context, email: str, name: str, keys: tuple[str, ...], role: str) -> None:
    """Let somebody decide on sites, and print the link by which they set a password.

    For somebody who is known already, the sites are added.
    """
    now = datetime.now(UTC)
    with database_of(context) as database, database.transaction() as db:
        sites = [_site(db, key) for key in keys]
        moderator = db.scalar(select(Moderator).where(Moderator.email == address(email)))
        if moderator is None:
            moderator = Moderator(id=new_id("m", now), email=address(email), password=None, created_at=now)
            db.add(moderator)
        moderator.name = clean_name(name, field="name")
        for site in sites:
            _join(moderator, site, Role(role), now)
        db.flush()
        code = new_setup_code(db, moderator.id, now=now) if moderator.password is None else None
    if code:
        _print(context, code)
    else:
        click.echo("Done; the password stays.")


@command.command("list")
@click.pass_context
def list_(context: click.Context) -> None:
    """Show who may decide where."""
    with database_of(context) as database, database.reading() as db:
        for moderator in db.scalars(select(Moderator).order_by(Moderator.email)):
            state = "" if moderator.password else "  (no password yet)"
            roles = ", ".join(f"{membership.site.key}: {membership.role}" for membership in moderator.memberships)
            click.echo(f"{moderator.email}  {moderator.name}  {roles or 'no site'}{state}")


@command.command("reset")
@click.argument("email")
@click.option("--forget-factors", is_flag=True, help="Also take away second factor, passkeys and linked accounts.")
@click.pass_context
def reset(context: click.Context, email: str, forget_factors: bool) -> None:
    """Print a link by which a moderator sets a new password."""
    with database_of(context) as database, database.transaction() as db:
        moderator = db.scalar(select(Moderator).where(Moderator.email == address(email)))
        if moderator is None:
            raise Missing(f"There is no moderator with the address {email}.")
        code = new_setup_code(db, moderator.id, now=datetime.now(UTC), forgets=forget_factors)
    _print(context, code)


def _site(db: Session, key: str) -> Site:
    site = db.scalar(select(Site).where(Site.key == key))
    if site is None:
        raise Missing(f"There is no site {key}. Run: moderation site list")
    return site


def _join(moderator: Moderator, site: Site, role: Role, now: datetime) -> None:
    for membership in moderator.memberships:
        if membership.site_id == site.id:
            membership.role = role
            return
    moderator.memberships.append(Membership(site_id=site.id, role=role, created_at=now))


def _print(context: click.Context, code: str) -> None:
    click.echo(setup_link(settings_of(context), code))
    click.echo(f"It works once, within {SETUP_MINUTES} minutes; moderation moderator reset prints another.", err=True)
