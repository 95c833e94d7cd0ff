"""Prepare the broker: with `pgmq://`, install its SQL once in the database that holds the queue."""

from __future__ import annotations

import psycopg
from kombu.connection import Connection
from kombu.exceptions import KombuError
from pgmq.install import install_pgmq_from_sql

from config import env


def prepare_broker() -> None:
    """Make sure the queue's schema exists. Safe to run at every start and from two programs at once."""
    url = env.broker_url()
    if not url.startswith("pgmq:"):
        _check_reachable(url)
        return
    address = env.database_url() if url == "pgmq://" else url.replace("pgmq:", "postgresql:", 1)
    try:
        with psycopg.connect(address, connect_timeout=5) as connection:
            connection.execute("SELECT pg_advisory_xact_lock(hashtext('oneask.broker'))")
            if (
                connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'pgmq'").fetchone()
                is None
            ):
                install_pgmq_from_sql(conn=connection)
    except psycopg.OperationalError as error:
        raise env.WrongValue(
            "CELERY_BROKER_URL", f"does not answer: {env.one_line(error)}"
        ) from None


def _check_reachable(url: str) -> None:
    """End with one line when a broker of its own does not answer."""
    try:
        with Connection(url, connect_timeout=5) as connection:  # type: ignore[no-untyped-call]
            connection.ensure_connection(max_retries=1, interval_start=0.2, timeout=5)
    except (OSError, KombuError, ImportError) as error:
        raise env.WrongValue(
            "CELERY_BROKER_URL", f"does not answer: {env.one_line(error)}"
        ) from None


if __name__ == "__main__":
    prepare_broker()
