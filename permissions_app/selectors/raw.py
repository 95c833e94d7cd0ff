"""The one place where hot paths reach below the ORM: Django's own connection, without its cursor
wrappers.

The connection is Django's (persistent, in autocommit, shared with the ORM in the same thread), so
tests, time-outs and settings apply as everywhere else. One indexed read costs about half of what
the wrapped cursor costs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import InterfaceError, OperationalError, transaction
from django.db import connection as django_connection
from psycopg import errors

TRIES = 5
"""How often a transaction that lost a deadlock or a serialisation race is run before giving up."""


def connection() -> psycopg.Connection[Any]:
    """The open psycopg connection of this thread."""
    if django_connection.connection is None or django_connection.connection.closed:
        django_connection.close()
        django_connection.ensure_connection()
    live: psycopg.Connection[Any] = django_connection.connection
    return live


def execute(statement: str, parameters: Any = None) -> psycopg.Cursor[tuple[Any, ...]]:
    """Run a statement with its parameters bound by the server, prepared once it has been used a few
    times.

    psycopg's errors come through as they are.
    """
    cursor: psycopg.Cursor[tuple[Any, ...]] = psycopg.Cursor(connection())
    return cursor.execute(statement, parameters)


def drop_connection() -> None:
    """Let go of a connection that failed; the next statement opens a new one."""
    django_connection.close()


@contextmanager
def atomic() -> Iterator[None]:
    """A transaction (a savepoint inside one); psycopg's errors come through as they are."""
    if django_connection.in_atomic_block:
        with transaction.atomic():
            yield
    else:
        with connection().transaction():
            yield


LOST_RACES = (errors.DeadlockDetected, errors.SerializationFailure)
CONNECTION_LOST = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    OperationalError,
    InterfaceError,
)
