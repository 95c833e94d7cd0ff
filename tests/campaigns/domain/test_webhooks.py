"""When a message is tried again, what an answer means, and how large a message gets."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest

from campaigns.domain.webhook_events import MOST_BYTES, body_of, moment_ms, subscriptions
from campaigns.domain.webhook_facts import verdict_granted
from campaigns.domain.webhook_secrets import secret_text
from campaigns.domain.webhook_tries import FAILING, TRIES, WAITS, Answer, disables, next_try

NOW = datetime(2026, 11, 23, 19, tzinfo=UTC)
FAILED = Answer(500, "The answer was 500.", 3)


def test_next_try__by_failures__later_and_later_and_then_never() -> None:
    waits = [next_try(tries=n, now=NOW, draw=0.0) for n in range(1, TRIES)]
    assert [wait - NOW for wait in waits if wait is not None] == list(WAITS)
    assert next_try(tries=TRIES, now=NOW, draw=0.0) is None
    assert next_try(tries=1, now=NOW, draw=0.0, once=True) is None


def test_next_try__jitter__up_to_a_tenth_longer_and_never_shorter() -> None:
    for tries, wait in enumerate(WAITS, 1):
        latest = next_try(tries=tries, now=NOW, draw=1.0)
        assert latest is not None
        assert latest - NOW == wait * 1.1


@pytest.mark.parametrize(
    ("answer", "failing", "reason"),
    [
        (Answer(410, "The answer was 410.", 1), None, "gone"),
        (FAILED, None, ""),
        (FAILED, FAILING - timedelta(seconds=1), ""),
        (FAILED, FAILING, "failing"),
        (Answer(200, "", 1), FAILING, ""),
    ],
)
def test_disables__answer_and_how_long_it_failed__the_reason(
    answer: Answer, failing: timedelta | None, reason: str
) -> None:
    since = None if failing is None else NOW - failing
    assert disables(answer=answer, failing_since=since, now=NOW) == reason


def test_body__largest_there_is__below_what_the_standard_allows() -> None:
    name, arms = "\U0001f4e6" * 80, ["holdout", *"abcdefgh"]
    fact = verdict_granted(
        campaign={"campaign": "s" + "9" * 18, "campaign_id": 10**18, "name": name, "moment": name},
        granted={
            "revision": 10**9,
            "question": "variants",
            "verdict": "no_difference",
            "winner": None,
            "comparisons": [
                {
                    "first": a,
                    "other": b,
                    "difference": -0.123456,
                    "low": -0.123456,
                    "high": 0.123456,
                }
                for a, b in combinations(arms, 2)
            ],
        },
        sentence=name * 10,
        app=name,
    )
    body = body_of(kind="experiment.verdict", fact=fact, app="x" * 60, simulated=True, now=NOW)
    assert len(body.encode()) < MOST_BYTES
    assert json.loads(body)["data"]["simulated"] is True
    assert "\n" not in body


def test_subscriptions__bulk__comes_with_either_direction() -> None:
    assert subscriptions("segment.bulk") == ("segment.entered", "segment.left")
    assert subscriptions("alert.opened") == ("alert.opened",)


def test_moment_ms__beyond_any_calendar__none() -> None:
    assert moment_ms(1_795_461_000_000) == "2026-11-23T19:10:00Z"
    assert moment_ms(10**18) is None
    assert moment_ms(None) is None


@pytest.mark.parametrize("count", [23, 65])
def test_secret__of_too_few_or_too_many_bytes__refused(count: int) -> None:
    with pytest.raises(ValueError, match="24 to 64"):
        secret_text(bytes(count))
