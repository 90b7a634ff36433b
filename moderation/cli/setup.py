"""Print the link by which the first owner sets a name and a password, or an owner who is locked out a new one."""

from datetime import UTC, datetime

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.cli import database_of, settings_of, setup_link
from moderation.foundation.errors import Missing, Refused
from moderation.foundation.secret_key import read_secret, secret_seal
from moderation.identity.moderator import address
from moderation.identity.same_secret import replace_secret
from moderation.identity.setup_code import SETUP_MINUTES, is_set_up, new_setup_code
from moderation.records import Membership, Moderator, Role


@click.command("setup")
@click.option("--reset", is_flag=True, help="For an owner who cannot sign in any more.")
@click.option("--email", help="With --reset: which owner, where there are several.")
@click.option(
    "--forget-factors", is_flag=True, help="With --reset: also take away second factor, passkeys and linked accounts."
)
@click.option("--new-secret", is_flag=True, help="Go on with another secret key, where the former is lost.")
@click.pass_context
def command(context: click.Context, reset: bool, email: str | None, forget_factors: bool, new_secret: bool) -> None:
    """Print a set-up link; older ones stop working."""
    if new_secret:
        _go_on(context, alone=not (reset or email or forget_factors))
        return
    if (forget_factors or email) and not reset:
        raise Refused("--email and --forget-factors belong to --reset.")
    now = datetime.now(UTC)
    with database_of(context) as database, database.transaction() as db:
        if reset:
            owner = _owner(db, email)
            code = new_setup_code(db, owner.id, now=now, forgets=forget_factors)
        elif is_set_up(db):
            raise Refused("This installation is set up. An owner who cannot sign in: moderation setup --reset")
        else:
            code = new_setup_code(db, None, now=now)
    click.echo(setup_link(settings_of(context), code))
    click.echo(f"It works once, within {SETUP_MINUTES} minutes.", err=True)


def _go_on(context: click.Context, *, alone: bool) -> None:
    if not alone:
        raise Refused("--new-secret goes by itself.")
    settings = settings_of(context)
    seal = secret_seal(read_secret(settings.secret, settings.data))
    with database_of(context) as database, database.transaction() as db:
        replace_secret(db, seal)
    click.echo("The secret key here is the database's from now on. Enter the providers' secrets again.")


def _owner(db: Session, email: str | None) -> Moderator:
    owners = select(Moderator).join(Membership).where(Membership.role == Role.owner).distinct()
    found = list(db.scalars(owners.order_by(Moderator.email)))
    if not found and email is None:
        # Nobody owns a site while there is none.
        found = list(db.scalars(select(Moderator).order_by(Moderator.created_at)))
    if email is not None:
        wanted = address(email)
        found = [owner for owner in found if owner.email == wanted]
    if not found:
        raise Missing(f"No owner has the address {email}." if email else "There is no owner yet. Run: moderation setup")
    if len(found) > 1:
        raise Refused("Which one? Say --email and one of: " + ", ".join(owner.email for owner in found))
    return found[0]
