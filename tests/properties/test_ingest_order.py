"""The same through PostgreSQL: whatever the order, doubling and split, facts and rollups are the same."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from permissions_app.domain.events import Event
from permissions_app.models import App, Device, Rollup, Workspace
from permissions_app.services import moments
from permissions_app.services.ingest import ingest
from permissions_app.services.rebuild import audit, rebuild
from permissions_app.services.rollups import fold_queue
from tests.properties.histories import START, deliveries

NOW = START + 60 * 86_400_000
Delivery = tuple[list[Event], list[list[Event]]]


def wire(event: Event, device: str) -> dict[str, Any]:
    """An event as a client sends it."""
    entry: dict[str, Any] = msgspec.to_builtins(event.body)
    entry.pop("moments", None)
    entry |= {"id": event.id, "device_id": device, "type": event.type, "occurred_at": event.at}
    if event.type == "permission_status" and "permission" not in entry:
        entry["permission"] = {"library": "nobody", "value": 1}
    if event.type == "moment_reached":
        entry["properties"] = {"goal": len(event.body.moments) > 1}
    return entry


def app_with_moments(workspace: Workspace, number: int) -> App:
    """An app whose two moments match what the histories reach."""
    app = App.objects.create(workspace=workspace, name="App", slug=f"app-{number}")
    for key, conditions in (
        ("order_placed", []),
        ("goal_set", [{"property": "goal", "op": "eq", "value": True}]),
    ):
        moments.create_moment(
            app=app,
            draft=moments.MomentDraft(name=key, event_name="Order Placed", conditions=conditions),
            actor=None,
            key=key,
        )
    return app


def send(app: App, entries: list[dict[str, Any]]) -> int:
    """Send one batch; returns how many events were new."""
    receipt = ingest(app_id=app.pk, payload=json.dumps({"events": entries}).encode(), received=NOW)
    assert receipt.rejected == []
    return receipt.accepted


def numbers(app: App) -> tuple[dict[str, Any], dict[tuple[Any, ...], int]]:
    """Every fact and every rollup cell of an app."""
    facts = dict(Device.objects.filter(app=app).values_list("key", "facts"))
    cells = Rollup.objects.filter(app=app).exclude(n=0)
    return facts, {(c.measure, c.day, c.platform, c.key, c.arm, c.age): c.n for c in cells}


@pytest.mark.django_db
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(one=deliveries(15), two=deliveries(15), fold_between=st.booleans())
def test_ingest__any_order_doubling_and_split__gives_the_same_numbers(
    db: None, one: Delivery, two: Delivery, fold_between: bool
) -> None:
    workspace, _ = Workspace.objects.get_or_create(name="W", slug="properties")
    straight = app_with_moments(workspace, App.objects.count())
    crooked = app_with_moments(workspace, App.objects.count())

    history = [(e, "device-1") for e in one[0]]
    history += [(e, "device-2") for e in two[0] if e.id not in {e.id for e in one[0]}]
    ordered = sorted(history, key=lambda pair: pair[0].order)
    sent = send(straight, [wire(event, device) for event, device in ordered])
    assert sent == len(history)

    arrived = 0
    batches = [(batch, "device-1") for batch in one[1]] + [(batch, "device-2") for batch in two[1]]
    for batch, device in batches:
        arrived += send(crooked, [wire(event, device) for event in batch])
        if fold_between:
            fold_queue(app_id=crooked.pk)
    assert arrived == len(history)

    for app in (straight, crooked):
        fold_queue(app_id=app.pk)
    assert numbers(straight) == numbers(crooked)
    assert audit(app_id=crooked.pk, start=0) == []
    *_, last = rebuild(app_id=crooked.pk)
    assert (last.facts_changed, last.cells_changed) == (0, 0)
    assert numbers(straight) == numbers(crooked)
