"""A complete trial on this machine: the service, a sample blog and a place to sign in, with nothing to configure."""

import json
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from moderation.cli.demo.blog import BlogServer, serve_blog
from moderation.cli.demo.content import SITE, Trial, furnish, recall
from moderation.cli.demo.issuer import Issuer
from moderation.cli.serve import serve
from moderation.foundation.errors import Refused
from moderation.foundation.log import set_up_log
from moderation.foundation.process import Child
from moderation.settings import Settings, load_settings

_DATA = Path("data", "demo")
# A guest who tries things out is quicker than one who means it.
_GUESTS = "30/minute"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Surroundings:
    """What the service does not know of: the blog that embeds it, and the provider where people sign in."""

    service: str
    blog: BlogServer
    issuer: Issuer

    def run(self) -> None:
        """Answer in this process until it is stopped."""
        self.blog.start()
        self.issuer.start()
        threading.Event().wait()


@click.command("demo")
@click.option("--port", type=click.IntRange(0, 65_535), default=8000, show_default=True, help="The service's port.")
@click.option("--blog-port", type=click.IntRange(0, 65_535), default=8001, show_default=True, help="The blog's port.")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), default=_DATA, show_default=True)
@click.option("--empty", is_flag=True, help="Without sample comments.")
@click.option("--no-limits", is_flag=True, help="Without rate limits, for measuring.")
@click.option("--coop", is_flag=True, help="The provider's window is cut off from the blog's, as at several big ones.")
@click.option("--json", "as_json", is_flag=True, help="When ready, print one line of JSON to standard output.")
@click.pass_context
def command(
    context: click.Context,
    *,
    port: int,
    blog_port: int,
    data: Path,
    empty: bool,
    no_limits: bool,
    coop: bool,
    as_json: bool,
) -> None:
    """Start a complete trial: the service, a sample blog on another origin, and a local place to sign in."""
    set_up_log(logging.WARNING)
    if port and port == blog_port:
        raise Refused("The service and the blog need a port each: choose another with --port or --blog-port.")
    # Before anything is written there.
    load_settings(None, data=data)
    around = _surroundings(port=port, blog_port=blog_port, data=data, coop=coop)
    settings = _settings(around, data=data, limited=not no_limits)

    def prepare(settings: Settings) -> None:
        furnish(settings, blog=around.blog.origin, issuer=around.issuer.address, empty=empty)

    def ready(_port: int) -> None:
        trial = recall(data)
        click.echo(_welcome(around, trial, data), err=True)
        if as_json:
            print(json.dumps(_addresses(around, trial)), flush=True)

    beside = [Child(name="blog and provider", run=around.run)]
    context.exit(serve(settings, beside=beside, prepare=prepare, ready=_when_it_answers(settings.port, ready)))


def _when_it_answers(port: int, ready: Callable[[int], None]) -> Callable[[int], None]:
    """Return a function that waits for the service in a process of its own, since nothing may delay the others."""

    def wait(_port: int) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        if os.fork() == 0:
            try:
                with socket.create_connection(("localhost", port), timeout=60) as probe:
                    probe.sendall(b"GET /health/ready HTTP/1.0\r\nHost: localhost\r\n\r\n")
                    probe.settimeout(60)
                    if b" 200 " in probe.recv(64):
                        ready(port)
            finally:
                os._exit(0)

    return wait


def _surroundings(*, port: int, blog_port: int, data: Path, coop: bool) -> _Surroundings:
    # A free port is held until the others have theirs, or one of them might be given the same.
    with socket.create_server(("127.0.0.1", 0)) as free:
        return _with_service(port or int(free.getsockname()[1]), blog_port=blog_port, data=data, coop=coop)


def _with_service(port: int, *, blog_port: int, data: Path, coop: bool) -> _Surroundings:
    service = f"http://localhost:{port}"
    trial = recall(data)
    blog = serve_blog(port=blog_port, service=service, site=SITE)
    details: dict[str, Any] = {
        "client_id": "trial",
        "client_secret": trial.client_secret,
        "redirect_uri": f"{service}/auth/demo/callback",
        "coop": coop,
    }
    try:
        # The port of the last time, because a person is known by the issuer's address.
        issuer = Issuer(port=trial.issuer_port, **details)
    except Refused:
        issuer = Issuer(port=0, **details)
    return _Surroundings(service=service, blog=blog, issuer=issuer)


def _settings(around: _Surroundings, *, data: Path, limited: bool) -> Settings:
    _, _, port = around.service.rpartition(":")
    neighbours = frozenset(origin.removeprefix("http://") for origin in (around.blog.origin, around.issuer.address))
    return load_settings(
        None,
        public_url=around.service,
        host="127.0.0.1",
        port=int(port),
        data=data,
        limited=limited,
        rates={"guest": _GUESTS},
        outbound_exceptions=neighbours,
    )


def _addresses(around: _Surroundings, trial: Trial) -> dict[str, Any]:
    return {
        "service": around.service,
        "blog": around.blog.origin,
        "page": f"{around.blog.origin}/her",
        "site": SITE,
        "dashboard": f"{around.service}/dashboard/",
        "issuer": around.issuer.address,
        "owner": {"email": trial.email, "password": trial.password},
        "api_key": trial.api_key,
    }


def _welcome(around: _Surroundings, trial: Trial, data: Path) -> str:
    there = _addresses(around, trial)
    return f"""
The trial is running.

  Read and comment   {there["page"]}
  Decide             {there["dashboard"]}
                     {trial.email} · {trial.password}
  Mail it sent       {data / "mail"}

Everything stays in {data} until you delete that folder. Stop with Ctrl+C.
"""
