"""The command line: `moderation WORD`, one file in this folder for each word.

A file holds one click command called ``command``; its first line is what ``moderation --help`` says of it. Nothing is
imported before it is asked for, so that the help appears at once.
"""

import ast
import importlib
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, cast

import click

from moderation import __version__
from moderation.foundation.errors import Problem, said_by_server
from moderation.foundation.memory import start_small

if TYPE_CHECKING:
    from moderation.foundation.database import Database
    from moderation.settings import Settings

_FOLDER = Path(__file__).parent
_LONG_LIVED = frozenset({"demo", "serve"})


def main() -> NoReturn:
    """Run the command that the person typed; a problem becomes one sentence and exit status 2."""
    words = sys.argv[1:]
    # Not where other words, or a program on standard input, began this process: it could not be begun again.
    if not _LONG_LIVED.isdisjoint(words) and sys.orig_argv[-len(words) :] == words and sys.argv[0] != "-":
        start_small()
    _run()


def _run() -> NoReturn:
    try:
        sys.exit(commands.main(prog_name="moderation", standalone_mode=False) or 0)
    except Problem as problem:
        click.echo(problem.message, err=True)
        if said := said_by_server(problem.__cause__):
            click.echo(said, err=True)
    except click.exceptions.Exit as leave:
        sys.exit(leave.exit_code)
    except click.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except click.ClickException as mistake:
        mistake.show()
    except OSError as error:
        if not error.filename or not error.strerror:
            raise
        click.echo(f"{error.filename} cannot be used: {error.strerror}.", err=True)
    except Exception as error:
        said = said_by_server(error)
        if not said:
            raise
        click.echo(f"The database cannot be used. {said}", err=True)
    sys.exit(2)


def settings_of(context: click.Context, **given: object) -> "Settings":
    """Return the settings that the command was started with.

    Args:
        given: over everything else, such as ``port`` from an option; None counts as not given.

    Raises:
        Refused: naming all mistakes.
    """
    from moderation.settings import load_settings

    config = cast("Path | None", context.find_root().obj)
    return load_settings(config, **{name: value for name, value in given.items() if value is not None})


def setup_link(settings: "Settings", code: str) -> str:
    """Return the line that a set-up code is printed as."""
    return f"Set up: {settings.public_url}/setup/{code}"


@contextmanager
def database_of(context: click.Context) -> Iterator["Database"]:
    """Open the database for a command; an empty one is given its tables first.

    Raises:
        Refused: when it is at another release's form.
    """
    from moderation.foundation.database import Database
    from moderation.foundation.errors import Refused
    from moderation.migrations import fits, is_empty, upgrade

    settings = settings_of(context)
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = Database(settings.database, pool_size=2)
    try:
        if is_empty(database):
            upgrade(database)
        if not fits(database):
            raise Refused("The database is not at this release's form yet. Run: moderation migrate")
        yield database
    finally:
        database.close()


class _Folder(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(_word(module.name) for module in pkgutil.iter_modules([str(_FOLDER)]))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        names = {_word(module.name): module.name for module in pkgutil.iter_modules([str(_FOLDER)])}
        return cast("click.Command", importlib.import_module(f"moderation.cli.{names[cmd_name]}").command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        rows = [(_word(module.name), _first_line(module.name)) for module in pkgutil.iter_modules([str(_FOLDER)])]
        with formatter.section("Commands"):
            formatter.write_dl(sorted(rows))


def _word(module: str) -> str:
    # `import` is no name for a file that others import: import_.py.
    return module.rstrip("_").replace("_", "-")


def _first_line(module: str) -> str:
    file = _FOLDER / module / "__init__.py" if (_FOLDER / module).is_dir() else _FOLDER / f"{module}.py"
    return (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").partition("\n")[0]


@click.group(cls=_Folder, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--config", type=click.Path(dir_okay=False, path_type=Path), help="Your settings, a TOML file.")
@click.version_option(__version__, message="Moderation %(version)s", help="Show which release this is and exit.")
@click.pass_context
def commands(context: click.Context, config: Path | None) -> None:
    """Moderation, a comment service for blogs: readers write under your posts, you decide what is shown."""
    context.obj = config
