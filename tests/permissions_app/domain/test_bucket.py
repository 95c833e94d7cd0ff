"""The bucket: what may be sent, what is left, and when to come again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permissions_app.domain.bucket import Quota, take

THREE_A_MINUTE = Quota(limit=3, window=60.0)


def test_take__full_bucket__all_of_it_at_once() -> None:
    full_at, left = 0.0, []
    for _ in range(3):
        taken = take(quota=THREE_A_MINUTE, full_at=full_at, now=1000.0)
        assert taken.allowed
        assert taken.retry_after == 0
        full_at = taken.full_at
        left.append((taken.remaining, round(taken.reset)))
    assert left == [(2, 20), (1, 40), (0, 60)]


def test_take__empty_bucket__refused_until_one_request_has_flowed_in() -> None:
    refused = take(quota=THREE_A_MINUTE, full_at=1060.0, now=1000.0)
    assert not refused.allowed
    assert (refused.remaining, refused.retry_after, refused.reset) == (0, 20.0, 60.0)
    again = take(quota=THREE_A_MINUTE, full_at=refused.full_at, now=1020.0)
    assert again.allowed


def test_take__refused_again_and_again__the_wait_does_not_grow() -> None:
    full_at = 1060.0
    for second in range(20):
        refused = take(quota=THREE_A_MINUTE, full_at=full_at, now=1000.0 + second)
        assert not refused.allowed
        assert refused.retry_after == pytest.approx(20 - second)
        full_at = refused.full_at


def test_take__dear_request__costs_as_much_as_it_says() -> None:
    taken = take(quota=THREE_A_MINUTE, full_at=0.0, now=5.0, cost=3)
    assert (taken.allowed, taken.remaining) == (True, 0)
    assert not take(quota=THREE_A_MINUTE, full_at=0.0, now=5.0, cost=4).allowed


@given(
    limit=st.integers(1, 1_000),
    window=st.floats(1, 3_600),
    waits=st.lists(st.floats(0, 30), min_size=1, max_size=300),
)
def test_take__any_stream__never_more_than_a_full_bucket_and_what_flowed_in(
    limit: int, window: float, waits: list[float]
) -> None:
    quota, now, full_at, allowed = Quota(limit, window), 1_000.0, 0.0, 0
    for wait in waits:
        now += wait
        taken = take(quota=quota, full_at=full_at, now=now)
        full_at, allowed = taken.full_at, allowed + taken.allowed
        assert 0 <= taken.remaining <= limit
        assert 0 <= taken.reset <= window * 1.001
        assert taken.allowed == (taken.retry_after == 0)
    assert allowed <= limit + (now - 1_000.0) * limit / window + 1
