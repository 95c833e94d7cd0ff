#!/usr/bin/env python
"""Run one of Django's commands; without DATABASE_URL, on the embedded PostgreSQL of this checkout."""

from __future__ import annotations

import os
import sys

WITHOUT_DATABASE = {
    "help",
    "version",
    "--help",
    "--version",
    "compilemessages",
    "collectstatic",
    "findstatic",
}


def main() -> None:
    """Make sure the database runs, run the command, and leave things as they were."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    from config import celery, env  # noqa: F401  tasks that a command starts go to our broker
    from config.local import parts

    server = None
    needs_database = len(sys.argv) > 1 and sys.argv[1] not in WITHOUT_DATABASE
    if needs_database and not os.environ.get("DATABASE_URL"):
        server = parts.development_server()
        if not server.start():
            server = None  # somebody else's: it stays
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        raise SystemExit(f"oneask: the database does not answer: {env.one_line(error)}") from None
    finally:
        if server is not None:
            server.stop(gentle=True)


if __name__ == "__main__":
    main()
