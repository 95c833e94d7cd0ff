"""Random device histories: mostly plausible, sometimes absurd, as real clients send them."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

from hypothesis import strategies as st

from permissions_app.domain.events import EVENT_TYPES, Event, EventContext, RawPermission

START = 1_790_000_000_000
MOMENTS = ("order_placed", "goal_set")

_CONTEXTS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"platform": "ios", "os_version": "17.2"},
        {"platform": "ios", "os_version": "15.4"},
        {"platform": "android", "api_level": 34, "target_sdk": 34},
        {"platform": "android", "api_level": 33, "target_sdk": 30},
        {"platform": "android", "api_level": 30},
        {"platform": "web", "browser": "chrome"},
        {"platform": "web", "browser": "firefox"},
        {},
    ]
)
_PERMISSIONS = st.sampled_from(
    [
        RawPermission("ios", 0),
        RawPermission("ios", 1),
        RawPermission("ios", 2),
        RawPermission("ios", 3),
        RawPermission("permission_handler", "denied", ask_count=0),
        RawPermission("permission_handler", "denied", ask_count=1),
        RawPermission("permission_handler", "permanentlyDenied", source="request"),
        RawPermission("permission_handler", "granted"),
        RawPermission("react-native-permissions", "blocked"),
        RawPermission("react-native-permissions", "denied"),
        RawPermission("web", "default"),
        RawPermission("web", "granted"),
        RawPermission("web", "denied"),
        RawPermission("nobody knows this library", "x"),
        None,
        None,
    ]
)
_DECISIONS = st.sampled_from(
    [
        None,
        *(
            f"{uuid.UUID(int=n)}.{kind}.1.{variant}.{moment}"
            for n, kind, variant, moment in [
                (1, "s1", "a", "order_placed"),
                (2, "s1", "b", "order_placed"),
                (3, "s2", "a", "goal_set"),
                (4, "r1", "a", "order_placed"),
                (5, "r2", "a", "goal_set"),
            ]
        ),
    ]
)


@st.composite
def events(draw: st.DrawFn) -> Event:
    """One event. Times are coarse, so that ties are common; ids are random."""
    kind = draw(st.sampled_from(EVENT_TYPES))
    body = EventContext(
        **draw(_CONTEXTS),
        permission=draw(_PERMISSIONS),
        decision_id=draw(_DECISIONS),
        session_index=draw(st.none() | st.integers(0, 5)),
        screen_index=draw(st.none() | st.integers(0, 50)),
        app_version=draw(st.sampled_from([None, "1.0", "1.1"])),
        name="Order Placed" if kind == "moment_reached" else None,
        moments=draw(st.sampled_from([MOMENTS[:1], MOMENTS])) if kind == "moment_reached" else (),
        outcome=draw(st.sampled_from(["granted", "denied", "dismissed", "ignored"]))
        if kind == "native_prompt_answered"
        else None,
    )
    hours = draw(st.integers(0, 24 * 40))
    return Event(str(draw(st.uuids())), kind, START + hours * 3_600_000, body)


def histories(most: int = 25) -> st.SearchStrategy[list[Event]]:
    """The events of one device, in no order, each id once."""
    return st.lists(events(), max_size=most, unique_by=lambda event: event.id)


@st.composite
def deliveries(draw: st.DrawFn, most: int = 25) -> tuple[list[Event], list[list[Event]]]:
    """A history, and a way it might arrive: shuffled, cut into batches, some events more than once."""
    history = draw(histories(most))
    arriving = draw(st.permutations(history + draw(_some_of(history))))
    cuts = sorted(draw(st.lists(st.integers(0, len(arriving)), max_size=6)))
    edges = [0, *cuts, len(arriving)]
    return history, [arriving[a:b] for a, b in itertools.pairwise(edges) if a < b]


def _some_of(history: list[Event]) -> st.SearchStrategy[list[Event]]:
    return st.lists(st.sampled_from(history), max_size=8) if history else st.just([])
