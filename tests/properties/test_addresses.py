"""How a device is reached is a function of what was told, never of the order of its arrival."""

from __future__ import annotations

import json
import random
import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from permissions_app.models import App, DeviceAddress, Workspace
from permissions_app.services.ingest import ingest

START = 1_780_000_000_000
NOW = START + 86_400_000
TOKENS = ["aa" * 32, "bb" * 32, "fcm:token-number-one", "https://push.example.com/1"]
pushes = st.fixed_dictionaries(
    {},
    optional={
        "token": st.sampled_from([*TOKENS, None]),
        "external_id": st.sampled_from(["a", "b", "Zoë", "", None]),
        "kind": st.sampled_from(["apns", "fcm", "web"]),
    },
)
entries: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    device_id=st.sampled_from(["device-1", "device-2"]),
    type=st.sampled_from(["identify", "session_started", "never_ask", "moment_reached"]),
    occurred_at=st.integers(START, START + 3),
    platform=st.sampled_from(["ios", "android", "web"]),
    push=pushes,
)


@pytest.mark.django_db
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    told=st.lists(entries, min_size=1, max_size=12),
    seed=st.integers(),
    size=st.integers(1, 5),
)
def test_addresses__any_order_doubling_and_split__the_same(
    db: None, told: list[dict[str, Any]], seed: int, size: int
) -> None:
    workspace, _ = Workspace.objects.get_or_create(name="W", slug="properties")
    for entry in told:
        entry["id"] = str(uuid.uuid4())
        if entry["type"] == "moment_reached":
            entry["name"] = "Nothing anybody wants"
    chance = random.Random(seed)
    shuffled = told + chance.sample(told, len(told) // 2)
    chance.shuffle(shuffled)
    batches = [shuffled[at : at + size] for at in range(0, len(shuffled), size)]

    straight, crooked = (
        App.objects.create(workspace=workspace, name="App", slug=f"app-{App.objects.count()}")
        for _ in range(2)
    )
    send(straight, told)
    for batch in batches:
        send(crooked, batch)
    assert reached(straight) == reached(crooked)
    spoken = (entry for entry in told if entry["push"].keys() & {"token", "external_id"})
    assert set(reached(straight)) == {entry["device_id"] for entry in spoken}


def send(app: App, batch: list[dict[str, Any]]) -> None:
    """One batch, all of it taken."""
    receipt = ingest(app_id=app.pk, payload=json.dumps({"events": batch}).encode(), received=NOW)
    assert receipt.rejected == []


def reached(app: App) -> dict[str, tuple[Any, ...]]:
    """Everything that is kept, by device."""
    rows = DeviceAddress.objects.filter(device__app=app).values_list(
        "device__key", "external_id", "external_id_at", "push_token", "token_kind", "token_at"
    )
    return {row[0]: row[1:] for row in rows}
