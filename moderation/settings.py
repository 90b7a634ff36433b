"""Every knob of an installation: the environment over a file of your own over config/default.toml."""

import hmac
import os
import secrets
import tomllib
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource
from pydantic_settings.exceptions import SettingsError

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
from moderation.foundation.mistakes import did_you_mean, mistake
from moderation.foundation.places import config_folder
from moderation.foundation.rates import read_rate

_SECRET_LENGTH = 32


class Settings(BaseSettings):
    """The options of config/default.toml, typed and checked."""

    model_config = SettingsConfigDict(env_prefix="MODERATION_", env_nested_delimiter="__", extra="forbid", frozen=True)

    public_url: str
    data: Path
    database_url: str
    replica_url: str
    redis_url: str
    secret: SecretStr = SecretStr("")
    host: str
    port: int = Field(ge=0, le=65_535)
    workers: int = Field(ge=1, le=64)
    threads: int = Field(ge=1, le=256)
    background: bool
    mail_url: SecretStr
    mail_from: str
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    ready_bytes: int = Field(ge=0, le=1 << 34)
    lease_seconds: int = Field(ge=1, le=86_400)
    undo_seconds: int = Field(ge=0, le=3600)
    address_days: int = Field(ge=1, le=365)
    backup_hours: int = Field(ge=0, le=8760)
    backups_kept: int = Field(ge=1, le=1000)
    purge_url: str
    purge_headers: dict[str, SecretStr]
    cdn_seconds: int = Field(ge=1, le=86_400)
    metrics_key: SecretStr
    log_requests: bool
    rates: dict[str, str]
    limited: bool = Field(True, description="Whether rate limits apply; only a trial may turn them off.")
    outbound_exceptions: frozenset[str] = Field(
        frozenset(), description="host:port on this machine that the guarded client may call; trial and tests only."
    )

    _check_public_url = field_validator("public_url")(check_public_url)
    _check_database_url = field_validator("database_url", "replica_url")(check_database_url)
    _check_redis_url = field_validator("redis_url")(check_redis_url)
    _check_mail_from = field_validator("mail_from")(check_sender)

    @field_validator("mail_url")
    @classmethod
    def _check_mail_url(cls, value: SecretStr) -> SecretStr:
        check_mail_url(value.get_secret_value())
        return value

    @field_validator("host")
    @classmethod
    def _check_host(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("must name an address of this machine; 0.0.0.0 means all of them")
        return value

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _check_trusted_proxies(cls, value: Any) -> Any:
        return check_networks(value)

    @field_validator("rates")
    @classmethod
    def _check_rates(cls, value: dict[str, str]) -> dict[str, str]:
        known = tomllib.loads((config_folder() / "default.toml").read_text(encoding="utf-8"))["rates"]
        for name, rate in value.items():
            if name in cls.model_fields:
                raise ValueError(f"{name} is no rate, but an option of its own: it stands above [rates]")
            if name not in known:
                raise ValueError(f"there is no {name}{did_you_mean(name, known)}")
            try:
                read_rate(rate)
            except ValueError as error:
                raise ValueError(f"{name} {error}") from error
        return value

    @field_validator("data")
    @classmethod
    def _check_data(cls, value: Path) -> Path:
        if value == Path():
            raise ValueError("must name a folder")
        return value

    @field_validator("purge_url")
    @classmethod
    def _check_purge_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme != "https" or not parts.hostname) and not is_loopback(parts.hostname or ""):
            raise ValueError("must be an https address")
        return value

    @model_validator(mode="after")
    def _check_together(self) -> "Settings":
        if self.workers > 1 and not self.redis_url:
            raise ValueError("more than one web process (workers) needs redis_url")
        if self.cdn_seconds > 1 and not self.purge_url:
            raise ValueError("cdn_seconds above 1 needs purge_url, or what was taken back would stay for so long")
        if is_loopback(urlsplit(self.purge_url).hostname or "") and not self.outbound_exceptions:
            raise ValueError("purge_url must be on the public internet; nothing on this machine is called")
        if self.replica_url and not self.database_url.startswith("postgresql"):
            raise ValueError("replica_url needs a PostgreSQL database_url, of which it is the copy")
        trial = is_loopback(urlsplit(self.public_url).hostname or "")
        if not trial and (self.outbound_exceptions or not self.limited):
            raise ValueError("outbound_exceptions and limited belong to a trial on this machine, not to production")
        return self

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
        return self.mail_url.get_secret_value() or f"maildir:{self.data.resolve() / 'mail'}"


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
    files = [file for file in (config, config_folder() / "default.toml") if file is not None]
    try:
        return _with_files(tuple(files))(**given)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        mistakes = [f"  {mistake(problem, Settings.model_fields)}" for problem in problems]
        raise Refused("\n".join(["The settings have mistakes:", *mistakes])) from error
    except SettingsError as error:
        sentence = f"The environment has a mistake: {error}. Lists are written as JSON, such as '[\"10.0.0.1/32\"]'."
        raise Refused(sentence, field="config") from error
    except ValueError as error:
        raise Refused(f"{config} is not valid TOML: {error}.", field="config") from error


def read_secret(settings: Settings) -> bytes:
    """Return the secret key: from the environment, else DATA/secret.key, made at the first start for its owner's eyes
    only.

    Raises:
        Refused: when it is too short, or its file may be read by others.
    """
    given = settings.secret.get_secret_value()
    if given:
        if len(given) < _SECRET_LENGTH:
            raise Refused(f"MODERATION_SECRET is too short: at least {_SECRET_LENGTH} characters.", field="secret")
        return given.encode()
    file = settings.data / "secret.key"
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        _write_once(file, secrets.token_urlsafe(48))
        if file.stat().st_mode & 0o077:
            raise Refused(f"Others can read {file}; run: chmod 600 {file}", field="secret")
        content = file.read_text(encoding="ascii").strip()
    except OSError as error:
        raise Refused(f"The secret key {file} cannot be read or made: {error.strerror}.", field="secret") from error
    if len(content) < _SECRET_LENGTH:
        raise Refused(f"{file} is damaged: it should hold at least {_SECRET_LENGTH} characters.", field="secret")
    return content.encode()


def known_secret(settings: Settings) -> bytes | None:
    """Return the secret key where there is one already; none is made.

    Raises:
        Refused: when it cannot be used.
    """
    given = bool(settings.secret.get_secret_value())
    return read_secret(settings) if given or (settings.data / "secret.key").exists() else None


def secret_seal(secret: bytes) -> str:
    """Return what tells whether a secret key is the same, and nothing else about it."""
    return hmac.digest(secret, b"moderation/seal", "sha256").hex()[:16]


def _with_files(files: tuple[Path, ...]) -> type[Settings]:
    class FileSettings(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            del dotenv_settings, file_secret_settings
            return init_settings, env_settings, *(TomlConfigSettingsSource(settings_cls, file) for file in files)

    return FileSettings


def _write_once(file: Path, content: str) -> None:
    # Two processes may start at once: written aside, then linked, so that one of them wins and none reads half a key.
    if file.exists():
        return
    aside = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as writer:
        writer.write(content)
        writer.flush()
        os.fsync(writer.fileno())
    try:
        os.link(aside, file)
    except FileExistsError:
        pass
    finally:
        aside.unlink()
