"""What the self-check ticks, and what it says is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from permissions_app.domain.event_faults import Heard, faults_of
from permissions_app.domain.events import EVENT_TYPES, EventContext, RawPermission
from permissions_app.domain.self_check import NotTaken, Report, report

START = 1_800_000_000_000
DECISION = "0190a1b2-0000-7000-8000-000000000001.s7.1.a.order_placed"
OTHER = "0190a1b2-0000-7000-8000-000000000002.s7.1.a.order_placed"
REDIRECT = "0190a1b2-0000-7000-8000-000000000003.r7.1.a.order_placed"
GOOD: dict[str, dict[str, Any]] = {
    "session_started": {},
    "permission_status": {},
    "moment_reached": {"name": "Order Placed", "moments": ("order_placed",)},
    "soft_ask_shown": {"decision_id": DECISION},
    "soft_ask_accepted": {"decision_id": DECISION},
    "native_prompt_shown": {"decision_id": DECISION},
    "native_prompt_answered": {
        "decision_id": DECISION,
        "outcome": "granted",
        "permission": RawPermission("ios", 2),
    },
}


def event(kind: str, second: int = 1, *, device: str = "d", late: int = 0, **fields: Any) -> Heard:
    body: dict[str, Any] = {
        "platform": "ios",
        "os_version": "18.1",
        "session_index": 3,
        "permission": RawPermission("ios", 0),
        **GOOD.get(kind, {}),
        **fields,
    }
    at = START + second * 1000
    return Heard(f"{kind}-{second}", device, kind, at, at + late, EventContext(**body))


def story(**changes: dict[str, Any] | None) -> list[Heard]:
    """Everything as it should be; `changes`: fields of an event by its type, None leaves it out."""
    return [
        event(kind, second, **(changes.get(kind) or {}))
        for second, kind in enumerate(GOOD, start=1)
        if changes.get(kind, {}) is not None
    ]


def check(
    heard: Sequence[Heard],
    not_taken: Sequence[NotTaken] = (),
    unmatched: Sequence[str] = (),
) -> Report:
    return report(heard=heard, not_taken=not_taken, unmatched=unmatched, started=START)


def states(found: Report) -> dict[str, str]:
    return {item.key: item.state for item in found.items}


def texts(found: Report, key: str) -> str:
    return " ".join(fault.text for item in found.items if item.key == key for fault in item.faults)


def test_report__nothing__all_five_open() -> None:
    found = check([])
    assert set(states(found).values()) == {"missing"}
    assert len(found.open) == 5
    assert not found.complete
    assert found.arrived == 0


def test_report__everything_right__complete_without_a_fault() -> None:
    found = check(story())
    assert set(states(found).values()) == {"done"}
    assert [fault for item in found.items for fault in item.faults] == []
    assert found.open == ()
    assert found.complete


@pytest.mark.parametrize("left_out", [k for k in GOOD if k != "native_prompt_shown"])
def test_report__one_left_out__open(left_out: str) -> None:
    found = check(story(**{left_out: None}))
    assert not found.complete
    assert len(found.open) == 1
    half = left_out.startswith("soft_ask")
    assert sorted(states(found).values()).count("partly") == half
    assert sorted(states(found).values()).count("missing") == (not half)


GRAVE = [
    ("session_started", {"platform": None}, "no `platform`"),
    ("session_started", {"platform": "android", "os_version": None}, "no `api_level`"),
    ("permission_status", {"permission": RawPermission("magic", 1)}, "cannot be read"),
    ("permission_status", {"permission": RawPermission("ios", 9)}, "cannot be read"),
    (
        "permission_status",
        {"platform": "android", "permission": RawPermission("permission_handler", "denied")},
        "cannot be told",
    ),
    ("permission_status", {"permission": RawPermission("web", "default")}, "the platform “ios”"),
    ("soft_ask_shown", {"decision_id": None}, "no `decision_id`"),
    ("soft_ask_accepted", {"decision_id": "hello"}, "none that was given out"),
    ("soft_ask_shown", {"decision_id": REDIRECT}, "another kind of answer"),
    ("soft_ask_accepted", {"decision_id": OTHER}, "another `decision_id` than the soft ask"),
    ("native_prompt_answered", {"permission": RawPermission("ios", 1)}, "“granted”"),
    ("native_prompt_answered", {"outcome": "denied"}, "“denied”"),
]


@pytest.mark.parametrize(("kind", "fields", "said"), GRAVE)
def test_report__grave_fault__said_and_not_complete(
    kind: str, fields: dict[str, Any], said: str
) -> None:
    found = check(story(**{kind: fields}))
    assert "faulty" in states(found).values()
    assert said in " ".join(found.open)
    assert not found.complete


MILD = [
    ("session_started", {"session_index": None}, "no `session_index`"),
    ("moment_reached", {"permission": None}, "nothing of the permission"),
    ("native_prompt_answered", {"decision_id": None}, "for no campaign"),
    ("native_prompt_answered", {"permission": None}, "what the system says now"),
    ("session_started", {"os_version": None}, "no `os_version`"),
]


@pytest.mark.parametrize(("kind", "fields", "said"), MILD)
def test_report__mild_fault__said_and_complete(
    kind: str, fields: dict[str, Any], said: str
) -> None:
    found = check(story(**{kind: fields}))
    assert said in " ".join(fault.text for item in found.items for fault in item.faults)
    assert found.complete


def test_report__dialog_without_its_soft_ask__said() -> None:
    heard = [one for one in story() if not one.type.startswith("soft_ask")]
    said = texts(check(heard), "prompt")
    assert "No accepted soft ask" in said
    assert "native_prompt_shown" not in said


def test_clock__ahead__grave_and_late__mild() -> None:
    ahead = event("session_started", 400, late=-300_000)
    (fault,) = faults_of(ahead, [ahead], started=START)
    assert fault.grave
    assert "5 minutes ahead" in fault.text
    late = event("session_started", -3 * 86_400)
    (fault,) = faults_of(late, [late], started=START)
    assert not fault.grave
    assert "3 days before" in fault.text


def test_report__repaired_client__newest_event_counts() -> None:
    broken = event("permission_status", 0, permission=RawPermission("magic", 1))
    assert not check([*story(permission_status=None), broken]).complete
    assert check([*story(), broken]).complete


def test_report__refused__open_until_the_same_kind_is_taken() -> None:
    bad = NotTaken(START + 60_000, "d", "session_started", "invalid_id", "id must be a UUID")
    assert not check(story(), [bad]).complete
    again = event("session_started", 61)
    assert check([*story(), again], [bad]).complete
    assert check([*story(), again], [bad]).refused == (bad,)


def test_report__duplicates__counted_and_not_open() -> None:
    again = NotTaken(START + 60_000, "d", "session_started", "duplicate", "")
    found = check(story(), [again, again])
    assert (found.repeated, found.refused, found.complete) == (2, (), True)


def test_report__name_without_a_moment__named() -> None:
    found = check(story(moment_reached=None), unmatched=["Cart Viewed"])
    assert "“Cart Viewed” arrived, and no moment is defined on it." in " ".join(found.open)


def test_report__several_devices__not_complete() -> None:
    heard = [*story(), event("session_started", 99, device="e")]
    found = check(heard)
    assert set(found.devices) == {"d", "e"}
    assert "2 of them" in " ".join(found.open)


BODIES = st.builds(
    EventContext,
    session_index=st.none() | st.integers(0, 9),
    platform=st.sampled_from([None, "ios", "android", "web"]),
    os_version=st.none() | st.text(max_size=8),
    api_level=st.none() | st.integers(0, 40),
    permission=st.none()
    | st.builds(
        RawPermission,
        library=st.text(max_size=8) | st.sampled_from(["ios", "web", "expo"]),
        value=st.text(max_size=8) | st.integers() | st.booleans(),
    ),
    decision_id=st.none() | st.text(max_size=60) | st.sampled_from([DECISION, OTHER, REDIRECT]),
    outcome=st.sampled_from([None, "granted", "denied", "dismissed", "ignored"]),
)
EVENTS = st.builds(
    Heard,
    id=st.uuids().map(str),
    device=st.sampled_from(["d", "e"]),
    type=st.sampled_from(EVENT_TYPES),
    at=st.integers(0, 2 * START),
    received=st.integers(START, 2 * START),
    body=BODIES,
)


@given(heard=st.lists(EVENTS, max_size=12), shuffled=st.randoms(use_true_random=False))
def test_report__any_events_in_any_order__the_same_and_never_raises(
    heard: list[Heard], shuffled: Any
) -> None:
    found = check(heard)
    other = list(heard)
    shuffled.shuffle(other)
    assert check(other) == found
    assert found.complete == (found.open == ())
    for item in found.items:
        assert (item.state == "missing") == (not item.heard)
        assert bool(item.missing) == (item.state in ("missing", "partly"))
    assert msgspec.json.encode(found.open)
