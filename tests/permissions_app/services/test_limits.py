"""Limits of one key in one web process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from permissions_app.services import limits


@pytest.fixture(autouse=True)
def four_a_minute(settings: Any) -> Iterator[None]:
    settings.RATE_LIMITS = {"events": 4, "decisions": 0}
    settings.WEB_WORKERS = 2
    limits.forget()
    yield
    limits.forget()


def _allowed(caller: str) -> bool:
    taken = limits.ask(group="events", caller=caller)
    assert taken is not None
    return taken.allowed


def test_ask__two_processes__each_grants_its_half() -> None:
    assert [_allowed("pk_a") for _ in range(3)] == [True, True, False]


def test_ask__two_callers__each_has_its_own_bucket() -> None:
    assert [_allowed(caller) for caller in ("pk_a", "pk_a", "pk_b", "pk_a")] == [
        True,
        True,
        True,
        False,
    ]


def test_ask__a_limit_of_zero__nothing_is_limited() -> None:
    assert limits.quota(group="decisions") is None
    assert all(limits.ask(group="decisions", caller="pk_a") is None for _ in range(100))


def test_ask__more_callers_than_are_remembered__memory_stays_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "MOST_REMEMBERED", 10)
    assert all(_allowed(f"pk_{number}") for number in range(100))
    assert len(limits._full_at) <= 10
