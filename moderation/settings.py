"""Every knob of an installation: the environment over a file of your own over config/default.toml."""

import tomllib
from collections.abc import Callable, Iterator
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from moderation.foundation.endpoints import (
    check_database_url,
    check_mail_url,
    check_networks,
    check_public_url,
    check_redis_url,
    check_sender,
    is_loopback,
)
from moderation.foundation.errors import Refused
from moderation.foundation.layers import from_environment, layered, typed
from moderation.foundation.mistakes import did_you_mean
from moderation.foundation.places import config_folder
from moderation.foundation.rates import read_rate
from moderation.foundation.secret import Secret


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The options of config/default.toml, typed and checked."""

    public_url: str
    data: Path
    database_url: str
    replica_url: str
    redis_url: str
    secret: Secret = Secret()
    host: str
    port: Annotated[int, Meta(ge=0, le=65_535)]
    workers: Annotated[int, Meta(ge=1, le=64)]
    threads: Annotated[int, Meta(ge=1, le=256)]
    background: bool
    mail_url: Secret
    mail_from: str
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    ready_bytes: Annotated[int, Meta(ge=0, le=1 << 34)]
    lease_seconds: Annotated[int, Meta(ge=1, le=86_400)]
    undo_seconds: Annotated[int, Meta(ge=0, le=3600)]
    address_days: Annotated[int, Meta(ge=1, le=365)]
    backup_hours: Annotated[int, Meta(ge=0, le=8760)]
    backups_kept: Annotated[int, Meta(ge=1, le=1000)]
    purge_url: str
    purge_headers: dict[str, Secret]
    cdn_seconds: Annotated[int, Meta(ge=1, le=86_400)]
    metrics_key: Secret
    log_requests: bool
    rates: dict[str, str]
    limited: Annotated[bool, Meta(description="Whether rate limits apply; only a trial may turn them off.")] = True
    outbound_exceptions: Annotated[
        frozenset[str],
        Meta(description="host:port on this machine that the guarded client may call; trial and tests only."),
    ] = frozenset()

    @property
    def secure(self) -> bool:
        """Whether readers reach the service over https."""
        return self.public_url.startswith("https://")

    @property
    def database(self) -> str:
        """The database's address, the default filled in."""
        return self.database_url or f"sqlite:///{self.data.resolve() / 'moderation.db'}"

    @property
    def backups(self) -> Path:
        """The folder of the backups that are made by themselves."""
        return self.data.resolve() / "backups"

    @property
    def mail(self) -> str:
        """Where mail goes, the default filled in."""
        return self.mail_url.reveal() or f"maildir:{self.data.resolve() / 'mail'}"


def load_settings(config: Path | None = None, **given: Any) -> Settings:
    """Return the settings.

    Args:
        config: the owner's file, over config/default.toml and under the environment.
        given: over everything else, such as what a command line says.

    Raises:
        Refused: naming all mistakes at once, one a line.
    """
    if config is not None and not config.is_file():
        raise Refused(f"There is no file {config}.", field="config")
    files = [_toml(file) for file in (config, _default()) if file is not None]
    try:
        environment = from_environment("MODERATION_", Settings)
    except ValueError as error:
        sentence = f"The environment has a mistake: {error}. Lists are written as JSON, such as '[\"10.0.0.1/32\"]'."
        raise Refused(sentence, field="config") from error
    values, wrong = typed(layered(given, environment, *files, struct=Settings), Settings, read=_READ, check=_CHECK)
    if not wrong:
        settings = Settings(**values)
        wrong = list(_misfits(settings))
    if wrong:
        raise Refused("\n".join(["The settings have mistakes:", *(f"  {sentence}" for sentence in wrong)]))
    return settings


def _default() -> Path:
    return config_folder() / "default.toml"


def _toml(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as opened:
            return tomllib.load(opened)
    except ValueError as error:
        raise Refused(f"{file} is not valid TOML: {error}.", field="config") from error


def _misfits(settings: Settings) -> Iterator[str]:
    if settings.workers > 1 and not settings.redis_url:
        yield "more than one web process (workers) needs redis_url"
    if settings.cdn_seconds > 1 and not settings.purge_url:
        yield "cdn_seconds above 1 needs purge_url, or what was taken back would stay for so long"
    if is_loopback(urlsplit(settings.purge_url).hostname or "") and not settings.outbound_exceptions:
        yield "purge_url must be on the public internet; nothing on this machine is called"
    if settings.replica_url and not settings.database_url.startswith("postgresql"):
        yield "replica_url needs a PostgreSQL database_url, of which it is the copy"
    trial = is_loopback(urlsplit(settings.public_url).hostname or "")
    if not trial and (settings.outbound_exceptions or not settings.limited):
        yield "outbound_exceptions and limited belong to a trial on this machine, not to production"


def _check_data(value: Path) -> None:
    if value == Path():
        raise ValueError("must name a folder")


def _check_host(value: str) -> None:
    if not value.strip():
        raise ValueError("must name an address of this machine; 0.0.0.0 means all of them")


def _check_mail_url(value: Secret) -> None:
    check_mail_url(value.reveal())


def _check_purge_url(value: str) -> None:
    parts = urlsplit(value)
    if value and (parts.scheme != "https" or not parts.hostname) and not is_loopback(parts.hostname or ""):
        raise ValueError("must be an https address")


def _check_rates(value: dict[str, str]) -> None:
    known = _toml(_default())["rates"]
    for name, rate in value.items():
        if name in Settings.__struct_fields__:
            raise ValueError(f"{name} is no rate, but an option of its own: it stands above [rates]")
        if name not in known:
            raise ValueError(f"there is no {name}{did_you_mean(name, known)}")
        try:
            read_rate(rate)
        except ValueError as error:
            raise ValueError(f"{name} {error}") from error


# msgspec does not tell two types of networks apart.
_READ: Final[dict[str, Callable[[Any], Any]]] = {"trusted_proxies": check_networks}
_CHECK: Final[dict[str, Callable[[Any], object]]] = {
    "public_url": check_public_url,
    "data": _check_data,
    "database_url": check_database_url,
    "replica_url": check_database_url,
    "redis_url": check_redis_url,
    "host": _check_host,
    "mail_url": _check_mail_url,
    "mail_from": check_sender,
    "purge_url": _check_purge_url,
    "rates": _check_rates,
}
