"""The parts of the product that this machine provides when no address of an outside one is given.

`python -m config.local.parts start` leaves the embedded PostgreSQL running for development and prints its
address; `stop` ends it. It is the same server, with the same data, that `make run` uses.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from config.local import places
from config.local.postgres import Postgres, PostgresError

__all__ = [
    "Postgres",
    "PostgresError",
    "development_server",
    "main",
    "remove",
    "remove_left_tests",
    "test_server",
]


def development_server() -> Postgres:
    """Return the embedded server of this checkout, running or not."""
    return Postgres(places.postgres_base() / "pg")


def test_server() -> Postgres:
    """Return the server of this test session: new, its own, and gone with it; it does not wait for the disk."""
    return Postgres(places.postgres_base() / f"test-pg-{os.getpid()}", durable=False)


def remove_left_tests() -> None:
    """Remove the servers of test sessions that were killed."""
    for folder in places.postgres_base().glob("test-pg-*"):
        number = folder.name.removeprefix("test-pg-")
        if folder.is_dir() and number.isdigit() and not Path(f"/proc/{number}").exists():
            remove(Postgres(folder, durable=False))


def remove(server: Postgres) -> None:
    """End a server and delete all it holds."""
    server.kill()
    shutil.rmtree(server.data_dir, ignore_errors=True)
    for suffix in (".log", ".lock"):
        server.data_dir.with_name(server.data_dir.name + suffix).unlink(missing_ok=True)


def main(arguments: list[str]) -> None:
    """Start or stop the embedded PostgreSQL of this checkout."""
    server = development_server()
    match arguments:
        case ["start"]:
            server.start()
            print(server.url())
        case ["stop"]:
            server.stop()
        case ["url"]:
            print(server.url())
        case _:
            raise SystemExit("usage: python -m config.local.parts start|stop|url")


if __name__ == "__main__":
    main(sys.argv[1:])
