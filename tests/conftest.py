"""What every test may use: a PostgreSQL of its own, and the whole product running.

Without DATABASE_URL each test session has an embedded server of its own, so two sessions never meet; with it, the
tests make their databases on that server.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from config.local import parts
from tests.live import Live

# The synchronous Playwright API runs an event loop in the thread of the test.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# How long an example takes says something of the machine, not of the product.
settings.register_profile("anywhere", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("anywhere")

OWN_SERVER = None if os.environ.get("DATABASE_URL") else parts.test_server()


def pytest_sessionstart() -> None:
    """Start the database server of this session."""
    if OWN_SERVER is not None:
        parts.remove_left_tests()
        OWN_SERVER.start()


def pytest_unconfigure() -> None:
    """End the database server and delete what it holds."""
    if OWN_SERVER is not None:
        parts.remove(OWN_SERVER)


@pytest.fixture(scope="session")
def live() -> Iterator[Live]:
    """Return the real product running on a database of its own: web server, worker and scheduler."""
    with Live(server=OWN_SERVER) as running:
        yield running
