"""Run the service: the web processes and the background worker, restarted whenever one dies."""

import fcntl
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from moderation.app import create_app
from moderation.cli import settings_of, setup_link
from moderation.cli.work import work
from moderation.foundation.database import Database
from moderation.foundation.errors import Refused
from moderation.foundation.log import set_up_log
from moderation.foundation.memory import stay_small
from moderation.foundation.process import Child, apart
from moderation.foundation.secret_key import read_secret, secret_seal
from moderation.foundation.supervise import supervise
from moderation.identity.same_secret import take_secret
from moderation.identity.setup_code import SETUP_MINUTES, is_set_up, new_setup_code
from moderation.migrations import upgrade
from moderation.settings import Settings

_BACKLOG = 1024


@click.command("serve")
@click.option("--host", help="Where to listen, instead of what the settings say.")
@click.option("--port", type=click.IntRange(0, 65_535), help="The port, likewise; 0 takes a free one.")
@click.pass_context
def command(context: click.Context, host: str | None, port: int | None) -> None:
    """Serve until told to stop."""
    set_up_log()
    context.exit(serve(settings_of(context, host=host, port=port)))


def serve(
    settings: Settings,
    *,
    beside: Sequence[Child] = (),
    prepare: Callable[[Settings], None] | None = None,
    ready: Callable[[int], None] | None = None,
) -> int:
    """Run the service until SIGTERM or SIGINT; return the exit status.

    Call it in the main thread of a process that has no other.

    Args:
        beside: other processes to keep alive with it.
        prepare: called when the database is migrated, before anything is served; must leave no connection open.
        ready: called with the port when connections are accepted; until the processes are up they wait.

    Raises:
        Refused: when the data folder or the port is in use, or the settings cannot be used.
    """
    stay_small()
    with only_one(settings.data), listening(settings.host, settings.port) as listener:
        read_secret(settings.secret, settings.data)
        # In a process of its own, so that neither an engine nor what migrating has to load is there at the next fork.
        apart(partial(_set_up, settings, prepare))
        port = listener.getsockname()[1]
        if ready:
            ready(port)
        web = [
            Child(name=f"web-{number}", run=partial(_web, settings, listener, f"web-{number}"))
            for number in range(1, settings.workers + 1)
        ]
        background = [Child(name="work", run=partial(work, settings))] if settings.background else []
        return supervise([*web, *background, *beside])


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold a data folder for this process and its children.

    Raises:
        Refused: when another one holds it, or it cannot be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(folder / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Refused(f"The data folder {folder} cannot be written: {error.strerror}.", field="data") from error
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(file, 20).decode(errors="replace").strip() or "unknown"
            message = f"Moderation is already running (process {holder}) with the data folder {folder}. Stop it first."
            raise Refused(message, field="data") from error
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(file)


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Listen at an address; all web processes share the socket, so that connections wait while one of them restarts.

    Raises:
        Refused: when somebody else listens there, or one may not.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        message = f"Port {port} on {host} cannot be used: {(error.strerror or 'no such address').lower()}. "
        raise Refused(message + "Stop what listens there, or choose another with --port.", field="port") from error
    with listener:
        yield listener


def _set_up(settings: Settings, prepare: Callable[[Settings], None] | None) -> None:
    database = Database(settings.database, pool_size=2)
    try:
        upgrade(database)
        with database.transaction() as db:
            take_secret(db, secret_seal(read_secret(settings.secret, settings.data)))
        if prepare:
            prepare(settings)
        with database.transaction() as db:
            code = None if is_set_up(db) else new_setup_code(db, None, now=datetime.now(UTC))
    finally:
        database.close()
    if code:
        click.echo(f"{setup_link(settings, code)}  (within {SETUP_MINUTES} minutes)", err=True)


def _web(settings: Settings, listener: socket.socket, name: str) -> None:
    # Here, since neither the supervisor nor the background worker has a use for Granian's 5 MB.
    from moderation.foundation.wsgi import serve_wsgi

    app = create_app(settings, process=name)
    serve_wsgi(app, listener, at_once=app.extensions["at_once"], threads=settings.threads, backlog=_BACKLOG)
