"""Look at an installation and say what is wrong, and what to do about it."""

import click

from moderation.cli import settings_of
from moderation.doctor.installation import examine
from moderation.doctor.result import Result
from moderation.foundation.errors import Problem


@click.command("doctor")
@click.pass_context
def command(context: click.Context) -> None:
    """Check everything; exit status 1 when something does not work."""
    try:
        settings = settings_of(context)
    except Problem as problem:
        _print(
            Result(said=problem.message, advice="Correct the settings; config/default.toml explains each.", ok=False)
        )
        context.exit(1)
    failed = False
    for result in examine(settings):
        _print(result)
        failed = failed or not result.ok
    context.exit(1 if failed else 0)


def _print(result: Result) -> None:
    click.echo(f"{'✓' if result.ok else '✗'} {result.said}")
    if result.advice:
        click.echo(f"    → {result.advice}")
