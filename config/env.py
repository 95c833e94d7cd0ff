"""Every value the environment may set, read strictly.

A wrong value ends the program with one line that names the variable, what it holds and what would be right. The
exception is a SystemExit, so no traceback hides that line, whichever program reads the settings.
"""

from __future__ import annotations

import os
import secrets as random_secrets
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from config.local import parts, places

TRUE = ("1", "true", "yes", "on")
FALSE = ("0", "false", "no", "off")
POSTGRES_SCHEMES = ("postgres", "postgresql")
BROKER_SCHEMES = ("pgmq", "redis", "rediss", "redis+socket", "amqp", "amqps")
MAIL_BACKENDS = "django.core.mail.backends"
MAIL_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
RATE_LIMITS = {"events": 120_000, "decisions": 120_000, "bundle": 120_000, "manage": 1_200}
PGMQ_READS = {"host": "", "port": "5432", "dbname": "", "user": "", "password": ""}


class WrongValue(SystemExit):
    """A value of the environment cannot be used; the message is one clear line."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"oneask: {name} {problem}")


def text(name: str, default: str | None = None) -> str:
    """Return a non-empty text; without a default the variable is required."""
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise WrongValue(name, "is required and not set")
    return default


def integer(name: str, default: int, *, low: int, high: int) -> int:
    """Return a whole number from `low` to `high`."""
    value = text(name, str(default))
    if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
        raise WrongValue(name, f"is {value!r}; it must be a whole number from {low} to {high}")
    return int(value)


def flag(name: str, default: bool) -> bool:
    """Return a yes or no; anything that is neither is refused, never read as no."""
    value = text(name, "true" if default else "false").lower()
    if value not in (*TRUE, *FALSE):
        raise WrongValue(name, f"is {value!r}; it must be true or false")
    return value in TRUE


def words(name: str, default: str) -> list[str]:
    """Return the parts of a comma-separated list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def port() -> int:
    """Return the port the web server listens on."""
    return integer("PORT", 8000, low=1, high=65535)


def web_workers() -> int:
    """Return how many processes serve the web."""
    return integer("WEB_WORKERS", 2, low=1, high=64)


def rate_limits() -> dict[str, int]:
    """Return how many requests a minute one API key may send, by kind of request; 0: as many as it likes."""
    return {
        kind: integer(f"RATE_LIMIT_{kind.upper()}", default, low=0, high=1_000_000_000)
        for kind, default in RATE_LIMITS.items()
    }


def database_url() -> str:
    """Return the address of the database: DATABASE_URL, or the embedded server of this checkout."""
    return text("DATABASE_URL", parts.development_server().url())


def database() -> dict[str, Any]:
    """Return the address of the database as Django wants it."""
    return parse_database(database_url())


def parse_database(url: str) -> dict[str, Any]:
    """Turn a PostgreSQL address into Django's settings. libpq's own parser decides what is valid."""
    wanted = "it must look like postgresql://user:password@host:5432/database"
    scheme = url.split("://", 1)[0] if "://" in url else ""
    if scheme not in POSTGRES_SCHEMES:
        raise WrongValue("DATABASE_URL", f"does not name a PostgreSQL database; {wanted}")
    try:
        found = conninfo_to_dict(url)
    except psycopg.ProgrammingError:  # its text may repeat the password: it is not shown
        raise WrongValue("DATABASE_URL", f"cannot be read; {wanted}") from None
    name = str(found.pop("dbname", "") or "")
    if not name:
        raise WrongValue("DATABASE_URL", f"names no database; {wanted}")
    number = str(found.pop("port", "") or "")
    if number and not (number.isascii() and number.isdigit() and 0 < int(number) < 65536):
        raise WrongValue("DATABASE_URL", f"has the port {number!r}; {wanted}")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": str(found.pop("user", "") or ""),
        "PASSWORD": str(found.pop("password", "") or ""),
        "HOST": str(found.pop("host", "") or ""),
        "PORT": number,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5, "prepare_threshold": 5, **found},
    }


def mail() -> dict[str, Any]:
    """Return Django's settings for mail from EMAIL_URL and EMAIL_FROM; without an address letters go to the log."""
    url = os.environ.get("EMAIL_URL", "").strip()
    settings = (
        parse_mail(url) if url else {"EMAIL_BACKEND": f"{MAIL_BACKENDS}.console.EmailBackend"}
    )
    return settings | {"DEFAULT_FROM_EMAIL": text("EMAIL_FROM", "OneAsk <oneask@localhost>")}


def parse_mail(url: str) -> dict[str, Any]:
    """Turn the address of a mail server into Django's settings; its text is never shown, it may hold a password."""
    wanted = (
        "it must look like smtp://user:password@host:587 (STARTTLS), smtps://user:password@host:465, "
        "or smtp+plain://host:25 for a server on this machine"
    )
    try:
        parts_of = urlsplit(url)
        number = parts_of.port
    except ValueError:
        raise WrongValue("EMAIL_URL", f"has a port that is no number; {wanted}") from None
    if parts_of.scheme not in MAIL_PORTS or not parts_of.hostname:
        raise WrongValue("EMAIL_URL", f"does not name a mail server; {wanted}")
    return {
        "EMAIL_BACKEND": f"{MAIL_BACKENDS}.smtp.EmailBackend",
        "EMAIL_HOST": parts_of.hostname,
        "EMAIL_PORT": number or MAIL_PORTS[parts_of.scheme],
        "EMAIL_HOST_USER": unquote(parts_of.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts_of.password or ""),
        "EMAIL_USE_TLS": parts_of.scheme == "smtp",
        "EMAIL_USE_SSL": parts_of.scheme == "smtps",
    }


def broker_url() -> str:
    """Return the address of Celery's broker; `pgmq://` alone means the product's own database."""
    return parse_broker(text("CELERY_BROKER_URL", "pgmq://"))


def parse_broker(url: str) -> str:
    """Refuse a broker that Celery here cannot speak to."""
    scheme = url.split("://", 1)[0] if "://" in url else url
    if scheme not in BROKER_SCHEMES or "://" not in url:
        raise WrongValue(
            "CELERY_BROKER_URL",
            f"has the scheme {scheme!r}; known are pgmq:// (the product's own PostgreSQL), "
            "redis:// (Redis or Valkey) and amqp://",
        )
    try:
        urlsplit(url).port  # noqa: B018  the property raises when the port is not a number
    except ValueError:
        raise WrongValue(
            "CELERY_BROKER_URL", "has a port that is not a number from 1 to 65535"
        ) from None
    return url


def broker_options() -> dict[str, Any]:
    """Return what Celery's transport needs beside the address."""
    url = broker_url()
    if not url.startswith("pgmq:"):
        return {}
    options: dict[str, Any] = {
        "init_extension": False,
        "wait_time_seconds": 0,
        "polling_interval": 0.1,
        "visibility_timeout": 120,
        "pool_timeout": 5,
        "pool_size": 4,
    }
    if url == "pgmq://":
        options["conn_string"] = pgmq_address(database_url())
    return options


def pgmq_address(url: str) -> str:
    """Write a PostgreSQL address the way the pgmq client reads it without loss.

    The client takes five values out of the address and writes them into a new one without quotes, dropping all
    others (sslmode, say). So each value arrives here already quoted, and the others ride behind the password.
    """
    parse_database(url)  # says in one line what is wrong with it
    found = {key: str(value) for key, value in conninfo_to_dict(url).items() if value is not None}
    five = {key: found.pop(key, default) for key, default in PGMQ_READS.items()}
    quoted = {key: _quote(value) for key, value in five.items()}
    found.setdefault("connect_timeout", "5")
    quoted["password"] += "".join(f" {key}={_quote(value)}" for key, value in found.items())
    return make_conninfo(**quoted)


def _quote(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def secret(name: str, *, generate: bool) -> str:
    """Return a secret of the environment, or, for development and `make run`, one kept in `.oneask/secrets`."""
    value = os.environ.get(name, "").strip()
    if not value:
        if not generate:
            raise WrongValue(
                name, "is required and not set; `openssl rand -hex 32` makes a good one"
            )
        value = kept_secret(name)
    if len(value) < 32:
        raise WrongValue(name, "is too short; it must have 32 characters or more")
    return value


def kept_secret(name: str) -> str:
    """Return the secret kept under `name` for this checkout, made on first use, readable by its owner only."""
    folder = places.state_dir() / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / name.lower()
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
            handle.write(random_secrets.token_hex(32))
        try:
            os.link(fresh, path)  # two programs that start at once agree on the first one's
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()


def check_database(url: str) -> None:
    """Open and close one connection, or end the program with the one line that says why it does not work."""
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError as error:
        raise WrongValue("DATABASE_URL", f"does not answer: {one_line(error)}") from None


def one_line(error: BaseException) -> str:
    """Return the line of an error's text that gives the reason; libpq adds advice below it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if "failed:" in line] or lines
    return telling[-1] if telling else type(error).__name__
