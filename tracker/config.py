"""Every setting of the installation: name, type, unit, default. Bad values stop the start.

Settings come from the environment; a `.env` file in the working folder fills in what the environment
leaves out. Nothing else in the project reads the environment.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from tracker.errors import ConfigurationError

ROOT = Path(__file__).resolve().parent.parent

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Setting:
    """One setting: environment name, what it means (with unit), its default as text, how it is read."""

    name: str
    meaning: str
    default: str
    read: Callable[[str], Any]


@dataclass(frozen=True)
class Config:
    """The settings of one running installation.

    `database_url` and `redis_url` are None when the embedded stores are used.
    """

    instance: Path
    database_url: str | None
    redis_url: str | None
    secret_key: str
    prefix: str
    trusted_proxies: tuple[Network, ...]
    public_url: str | None
    smtp_url: str | None
    allow_private_hosts: tuple[str, ...]
    log_level: str
    geo_file: Path | None = None
    data_centres_file: Path | None = None
    demo: bool = False
    keep_visits: int = 25
    keep_inquiries: int = 25
    letter_files: bool = False
    certificate_days: int = 14

    @property
    def spool(self) -> Path:
        """Where messages wait while the database is away."""
        return self.instance / "spool"

    @property
    def sqlalchemy_url(self) -> str:
        """The URL for SQLAlchemy; SQLite in the instance folder when nothing is configured."""
        if self.database_url is None:
            return f"sqlite:///{self.instance / 'skvoz.db'}"
        for short in ("postgres://", "postgresql://"):
            if self.database_url.startswith(short):
                return "postgresql+psycopg://" + self.database_url.removeprefix(short)
        return self.database_url


def _folder(text: str) -> Path:
    return Path(text).expanduser().resolve()


def _database_url(text: str) -> str | None:
    if text and not text.startswith(("sqlite:///", "postgres://", "postgresql://", "postgresql+psycopg://")):
        raise ValueError("use sqlite:///path or postgresql://user:password@host/name")
    return text or None


def _redis_url(text: str) -> str | None:
    if text and not text.startswith(("redis://", "rediss://", "unix://", "redis+cluster://", "rediss+cluster://")):
        raise ValueError("use redis://host:6379/0, unix:///path or redis+cluster://host:6379")
    return text or None


def _prefix(text: str) -> str:
    if not text.startswith("/") or text.endswith("/") or len(text) < 2:
        raise ValueError("use a path such as /w: a slash first, none at the end")
    return text


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.strip().lower() for part in text.split(",") if part.strip())


def _url(text: str) -> str | None:
    if text and not text.startswith(("http://", "https://")):
        raise ValueError("use a full address such as https://track.example.com")
    return text.rstrip("/") or None


def _smtp_url(text: str) -> str | None:
    if text and not text.startswith(("smtp://", "smtps://")):
        raise ValueError("use smtp://user:password@host:587 or smtps://user:password@host:465")
    return text or None


def _level(text: str) -> str:
    if text.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValueError("use DEBUG, INFO, WARNING or ERROR")
    return text.upper()


def _file(text: str) -> Path | None:
    if not text:
        return None
    path = Path(text).expanduser().resolve()
    if not path.is_file():
        raise ValueError(f"there is no file {path}")
    return path


def _flag(text: str) -> bool:
    if text not in ("", "0", "1"):
        raise ValueError("use 1 or 0")
    return text == "1"


def _months(text: str) -> int:
    if not text.isdecimal():
        raise ValueError("use a whole number of months, 0 for ever")
    return int(text)


def _days(text: str) -> int:
    if not text.isdecimal():
        raise ValueError("use a whole number of days")
    return int(text)


def _plain(text: str) -> str:
    return text


SETTINGS = (
    Setting("SKVOZ_INSTANCE", "folder of all embedded state", "instance", _folder),
    Setting("DATABASE_URL", "database; empty means SQLite in the instance folder", "", _database_url),
    Setting("REDIS_URL", "Redis or Valkey 6.2+; empty means the embedded Valkey", "", _redis_url),
    Setting("SECRET_KEY", "signs and encrypts; made and kept in the instance folder if empty", "", _plain),
    Setting("SKVOZ_PREFIX", "path below which the snippet talks to us", "/w", _prefix),
    Setting("SKVOZ_TRUSTED_PROXIES", "networks whose X-Forwarded-For is believed, comma-separated; "
            "`skvoz run` adds loopback when it listens on loopback", "", _networks),
    Setting("SKVOZ_PUBLIC_URL", "address under which the world reaches us", "", _url),
    Setting("SKVOZ_SMTP_URL", "mail server for alerts and password resets", "", _smtp_url),
    Setting("SKVOZ_ALLOW_PRIVATE_HOSTS", "private hosts connections may call, comma-separated", "", _words),
    Setting("SKVOZ_GEO_FILE", "file in MaxMind format that tells country, region and city of an address", "", _file),
    Setting("SKVOZ_DATA_CENTRES_FILE", "file with a network per line, 192.0.2.0/24, where no people live; visits from "
            "there are machines", "", _file),
    Setting("SKVOZ_KEEP_VISITS", "months that visits, page views, events and leases are kept, 0 for ever; "
            "a visit that an inquiry names stays with it, without its pages", "25", _months),
    Setting("SKVOZ_KEEP_INQUIRIES", "months that inquiries with their messages and deliveries are kept, "
            "0 for ever", "25", _months),
    Setting("SKVOZ_LETTER_FILES", "1 lets whoever may read the journal download what is attached to letters; "
            "otherwise names and sizes are shown", "", _flag),
    Setting("SKVOZ_CERTIFICATE_DAYS", "days before the end of the certificate at SKVOZ_PUBLIC_URL that alerts and "
            "`skvoz check` tell of it", "14", _days),
    Setting("SKVOZ_DEMO", "1 adds the demo company; set by `skvoz demo`", "", _flag),
    Setting("SKVOZ_LOG_LEVEL", "DEBUG, INFO, WARNING or ERROR", "INFO", _level),
)  # fmt: skip


def environment() -> dict[str, str]:
    """Returns the process's environment, completed by `.env` in the working folder."""
    return {**{name: value for name, value in dotenv_values(".env").items() if value is not None}, **os.environ}


def load(environ: Mapping[str, str] | None = None) -> Config:
    """Reads the settings and prepares the instance folder.

    Args:
        environ: the environment; None takes the process's own, completed by `.env`.

    Raises:
        ConfigurationError: a value cannot be read, or the instance folder cannot be written.
    """
    environ = environment() if environ is None else environ
    values = {setting.name: _read(setting, environ) for setting in SETTINGS}
    instance = values["SKVOZ_INSTANCE"]
    return Config(
        instance=instance,
        database_url=values["DATABASE_URL"],
        redis_url=values["REDIS_URL"],
        secret_key=values["SECRET_KEY"] or _kept_secret(instance),
        prefix=values["SKVOZ_PREFIX"],
        trusted_proxies=values["SKVOZ_TRUSTED_PROXIES"],
        public_url=values["SKVOZ_PUBLIC_URL"],
        smtp_url=values["SKVOZ_SMTP_URL"],
        allow_private_hosts=values["SKVOZ_ALLOW_PRIVATE_HOSTS"],
        log_level=values["SKVOZ_LOG_LEVEL"],
        geo_file=values["SKVOZ_GEO_FILE"],
        data_centres_file=values["SKVOZ_DATA_CENTRES_FILE"],
        demo=values["SKVOZ_DEMO"],
        keep_visits=values["SKVOZ_KEEP_VISITS"],
        keep_inquiries=values["SKVOZ_KEEP_INQUIRIES"],
        letter_files=values["SKVOZ_LETTER_FILES"],
        certificate_days=values["SKVOZ_CERTIFICATE_DAYS"],
    )


def _read(setting: Setting, environ: Mapping[str, str]) -> Any:
    text = environ.get(setting.name, "").strip() or setting.default
    try:
        return setting.read(text)
    except ValueError as error:
        raise ConfigurationError(f"{setting.name} is wrong: {error}. Mend it in the environment or in .env.")


def _kept_secret(instance: Path) -> str:
    path = instance / "secret_key"
    try:
        instance.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(48))
        except FileExistsError:
            pass
        return path.read_text().strip()
    except OSError as error:
        raise ConfigurationError(
            f"The instance folder {instance} cannot be used ({error.strerror}). "
            "Make it writable, or name another folder in SKVOZ_INSTANCE."
        )


def for_flask(config: Config) -> dict[str, Any]:
    """Translates our settings into those of Flask and its extensions; `SKVOZ` holds the whole Config."""
    secure = (config.public_url or "").startswith("https://")
    return {
        "SKVOZ": config,
        "SECRET_KEY": config.secret_key,
        "SQLALCHEMY_DATABASE_URI": config.sqlalchemy_url,
        "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(config),
        "SESSION_COOKIE_NAME": "skvoz_admin",
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": secure,
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "tracker" / "translations"),
        "WTF_CSRF_TIME_LIMIT": None,
        "MAX_CONTENT_LENGTH": 40 * 1024 * 1024,
    }


def _engine_options(config: Config) -> dict[str, Any]:
    if config.sqlalchemy_url.startswith("sqlite"):
        return {}
    return {"pool_pre_ping": True, "connect_args": {"connect_timeout": 3}}
