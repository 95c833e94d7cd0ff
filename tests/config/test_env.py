"""Wrong values in the environment: one clear line, never a traceback, never a password."""

from __future__ import annotations

import os
import subprocess
import sys
from urllib.parse import urlsplit

import psycopg
import pytest

from config import env
from config.local import parts, places


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "mysql://root@localhost/x",
        "sqlite:///db.sqlite3",
        "postgresql://user:hunter2@host:port/db",
        "postgresql://user:hunter2@host:99999/db",
        "postgresql://user:hunter2@[::1/db",
        "postgresql://user:hunter2@host/db?no_such_option=1",
        "postgresql://user:hunter2@host",
    ],
)
def test_database_url__unusable__one_line_without_the_password(url: str) -> None:
    with pytest.raises(SystemExit) as caught:
        env.parse_database(url)
    line = str(caught.value)
    assert line.startswith("oneask: DATABASE_URL ")
    assert "\n" not in line
    assert "hunter2" not in line


def test_database_url__unusable__one_line_from_a_command_too() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        cwd=places.ROOT,
        env={**os.environ, "DATABASE_URL": "garbage:hunter2"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    assert done.stderr.startswith("oneask: DATABASE_URL ")
    assert done.stderr.count("\n") == 1
    assert "hunter2" not in done.stderr


def test_database_url__socket_path_with_a_space__kept() -> None:
    found = env.parse_database("postgresql://me@/one?host=%2Fa%20b%2Fpg&sslmode=disable")
    assert (found["HOST"], found["NAME"], found["USER"]) == ("/a b/pg", "one", "me")
    assert found["OPTIONS"]["sslmode"] == "disable"


def test_pgmq_address__odd_characters__arrive_whole() -> None:
    from pgmq.base import PGMQConfig

    url = "postgresql://me:p%27w%20%5C@/one?host=%2Fa%20b%2Fpg&sslmode=disable"
    client = PGMQConfig(conn_string=env.pgmq_address(url))
    found = psycopg.conninfo.conninfo_to_dict(client.dsn)
    assert (found["host"], found["password"], found["sslmode"]) == ("/a b/pg", "p'w \\", "disable")


@pytest.mark.parametrize(
    "url", ["", "sqs://x", "memory://", "pgmq", "http://localhost", "redis://localhost:port"]
)
def test_broker_url__unusable__one_line(url: str) -> None:
    with pytest.raises(SystemExit, match=r"\Aoneask: CELERY_BROKER_URL [^\n]+\Z"):
        env.parse_broker(url)


@pytest.mark.parametrize(
    ("url", "tls", "ssl", "port"),
    [
        ("smtp://me:p%40ss@mail.example", True, False, 587),
        ("smtps://me:p%40ss@mail.example", False, True, 465),
        ("smtp+plain://me:p%40ss@mail.example:1025", False, False, 1025),
    ],
)
def test_mail__address__as_django_wants_it(url: str, tls: bool, ssl: bool, port: int) -> None:
    found = env.parse_mail(url)
    assert found["EMAIL_HOST"] == "mail.example"
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("me", "p@ss")
    assert (found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"], found["EMAIL_PORT"]) == (tls, ssl, port)


@pytest.mark.parametrize(
    "url", ["mail.example", "http://hush@mail.example", "smtp://", "smtp://hush@mail.example:x"]
)
def test_mail__no_mail_server__one_line_without_what_it_holds(url: str) -> None:
    with pytest.raises(SystemExit, match=r"\Aoneask: EMAIL_URL [^\n]+\Z") as said:
        env.parse_mail(url)
    assert "hush" not in str(said.value)


def test_mail__not_set__to_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMAIL_URL", raising=False)
    assert env.mail()["EMAIL_BACKEND"].endswith("console.EmailBackend")


@pytest.mark.parametrize("value", ["eight", "0", "65536", "-1", "80.5", "²"])
def test_port__no_port_number__one_line(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", value)
    with pytest.raises(SystemExit, match=r"\Aoneask: PORT [^\n]+\Z"):
        env.port()


def test_flag__neither_yes_nor_no__refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEBUG", "flase")
    with pytest.raises(SystemExit, match="oneask: DEBUG"):
        env.flag("DEBUG", False)


def test_secret__missing_in_production__one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    with pytest.raises(SystemExit, match="oneask: SECRET_KEY is required"):
        env.secret("SECRET_KEY", generate=False)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"DATABASE_URL": "postgresql://u:pw@127.0.0.1:1/x"}, "DATABASE_URL does not answer"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL does not name"),
        ({"CELERY_BROKER_URL": "sqs://x"}, "CELERY_BROKER_URL has the scheme"),
        ({"PORT": "eighty"}, "PORT is 'eighty'"),
        ({"HTTPS": "maybe"}, "HTTPS is 'maybe'"),
        ({"HOST": "203.0.113.9"}, "HOST is '203.0.113.9'"),
    ],
)
def test_run__wrong_value__ends_with_one_line(values: dict[str, str], expected: str) -> None:
    done = run_serve(values)
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert expected in done.stderr


def test_run__person_the_database_refuses__says_so_without_the_password() -> None:
    address = urlsplit(settings_url())
    _, _, host = address.netloc.rpartition("@")
    wrong = address._replace(netloc=f"nobody-here:a-secret@{host}")
    done = run_serve({"DATABASE_URL": wrong.geturl()})
    assert len(done.stderr.strip().splitlines()) == 1
    assert "DATABASE_URL does not answer" in done.stderr
    assert "nobody-here" in done.stderr
    assert "a-secret" not in done.stderr


def settings_url() -> str:
    """The address of the server that this test session uses."""
    return os.environ.get("DATABASE_URL") or parts.test_server().url()


def run_serve(values: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Start `make run`'s program with these values; it is expected to end by itself."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("DJANGO_")}
    return subprocess.run(
        [sys.executable, "-m", "config.local.serve"],
        cwd=places.ROOT,
        env={**kept, **values},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_rate_limits__default_and_off__read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATE_LIMIT_DECISIONS", "0")
    found = env.rate_limits()
    assert found["decisions"] == 0
    assert found["events"] > 0


@pytest.mark.parametrize("value", ["-1", "1.5", "many", "9999999999"])
def test_rate_limits__not_a_number_of_requests__one_line(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("RATE_LIMIT_EVENTS", value)
    with pytest.raises(SystemExit, match=r"^oneask: RATE_LIMIT_EVENTS is "):
        env.rate_limits()
