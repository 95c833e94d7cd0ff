"""The rollups stay the sum of what every device contributes."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from permissions_app.domain.measures import VERSION
from permissions_app.models import (
    App,
    CountedDevice,
    Device,
    FoldQueue,
    QuarantinedDevice,
    Rollup,
    RollupAlarm,
)
from permissions_app.services.ingest import ingest
from permissions_app.services.rebuild import audit, audit_all, rebuild
from permissions_app.services.rollups import apps_waiting, fold_queue
from permissions_app.tasks import fold_rollups
from tests.factories import make_cast

NOW = int(datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp() * 1000)
DAY = 86_400_000
pytestmark = pytest.mark.django_db


@pytest.fixture
def app() -> App:
    """An app without anything."""
    return make_cast().app


def tell(app: App, device: str, kind: str, *, ago: int = 0, **fields: Any) -> None:
    """One event of an iOS device, `ago` ms before NOW."""
    entry = {
        "id": str(uuid.uuid4()),
        "device_id": device,
        "type": kind,
        "occurred_at": NOW - ago,
        "platform": "ios",
        **fields,
    }
    payload = json.dumps({"events": [entry]}).encode()
    assert ingest(app_id=app.pk, payload=payload, received=NOW).accepted == 1


def number(app: App, measure: str) -> int:
    """The total of a measure."""
    return sum(Rollup.objects.filter(app=app, measure=measure).values_list("n", flat=True))


def test_fold__events_of_a_device__move_it_between_cells(app: App) -> None:
    tell(app, "d1", "session_started", ago=3 * DAY)
    assert fold_queue(app_id=app.pk).devices == 1
    assert (number(app, "eligible"), number(app, "waiting")) == (1, 1)
    tell(app, "d1", "native_prompt_answered", ago=2 * DAY, outcome="denied")
    fold_queue(app_id=app.pk)
    assert (number(app, "waiting"), number(app, "denied"), number(app, "denial")) == (0, 1, 1)


def test_fold__late_event__moves_the_device_to_another_cohort_day(app: App) -> None:
    tell(app, "d1", "session_started", ago=DAY)
    fold_queue(app_id=app.pk)
    tell(app, "d1", "session_started", ago=5 * DAY)
    fold_queue(app_id=app.pk)
    cells = Rollup.objects.filter(app=app, measure="eligible").exclude(n=0)
    assert [(cell.day, cell.n) for cell in cells] == [((NOW - 5 * DAY) // DAY, 1)]


def test_fold__empty_queue__does_nothing(app: App) -> None:
    assert fold_queue(app_id=app.pk).notes == 0
    assert apps_waiting() == []


def test_fold__more_notes_than_the_limit__leaves_the_rest(app: App) -> None:
    for device in ("d1", "d2", "d3"):
        tell(app, device, "session_started")
    assert fold_queue(app_id=app.pk, limit=2).notes == 2
    assert FoldQueue.objects.count() == 1
    assert fold_rollups() == 1
    assert number(app, "devices") == 3


def test_fold__device_that_cannot_be_counted__is_put_aside_and_the_others_count(app: App) -> None:
    tell(app, "good", "session_started")
    tell(app, "bad", "session_started")
    Device.objects.filter(key="bad").update(facts={"first_seen_at": "not a number"})
    fold_queue(app_id=app.pk)
    assert number(app, "devices") == 1
    row = QuarantinedDevice.objects.get()
    assert row.device_id == Device.objects.get(key="bad").pk
    tell_again = Device.objects.get(key="bad")
    FoldQueue.objects.create(app_id=app.pk, device_id=tell_again.pk)
    fold_queue(app_id=app.pk)
    assert QuarantinedDevice.objects.get().attempts == 2


@pytest.mark.django_db(transaction=True)
def test_fold__bad_device_outside_a_test_transaction__is_put_aside_and_the_others_count() -> None:
    app = make_cast().app
    tell(app, "good", "session_started")
    tell(app, "bad", "session_started")
    Device.objects.filter(key="bad").update(facts={"first_seen_at": "not a number"})
    fold_queue(app_id=app.pk)
    assert number(app, "devices") == 1
    assert QuarantinedDevice.objects.get().device_id == Device.objects.get(key="bad").pk
    assert not FoldQueue.objects.exists()


def test_rebuild__facts_and_cells_were_damaged__are_put_right(app: App) -> None:
    for device in ("d1", "d2"):
        tell(app, device, "session_started")
    fold_queue(app_id=app.pk)
    Device.objects.filter(key="d1").update(facts={})
    Rollup.objects.filter(app=app, measure="devices").update(n=41)
    CountedDevice.objects.filter(device__key="d2").delete()
    *_, last = rebuild(app_id=app.pk)
    assert (last.devices, last.facts_changed) == (2, 1)
    assert last.cells_changed > 0
    assert number(app, "devices") == 2
    assert Device.objects.get(key="d1").facts["platform"] == "ios"
    *_, again = rebuild(app_id=app.pk)
    assert (again.facts_changed, again.cells_changed) == (0, 0)


def test_audit__all_is_well__raises_no_alarm(app: App) -> None:
    tell(app, "d1", "session_started")
    fold_queue(app_id=app.pk)
    assert audit_all(fraction=0.5) == 0
    assert not RollupAlarm.objects.exists()


def test_audit__devices_waiting_to_be_counted__are_not_a_difference(app: App) -> None:
    tell(app, "d1", "session_started")
    fold_queue(app_id=app.pk)
    tell(app, "d1", "never_ask")
    assert audit(app_id=app.pk, start=0) == []


@pytest.mark.parametrize("damage", ["rollup", "facts", "counted"])
def test_audit__something_differs__raises_an_alarm(app: App, damage: str) -> None:
    tell(app, "d1", "session_started")
    fold_queue(app_id=app.pk)
    if damage == "rollup":
        Rollup.objects.filter(app=app, measure="devices").update(n=2)
    elif damage == "facts":
        Device.objects.update(facts={"platform": "web", "first_seen_at": NOW})
    else:
        CountedDevice.objects.update(cells=[])
        Rollup.objects.all().delete()
    assert audit_all(fraction=0) > 0
    assert RollupAlarm.objects.get().what


def test_rebuild_command__unknown_app__says_so() -> None:
    with pytest.raises(CommandError, match="no app 999"):
        call_command("rebuild_rollups", app=999)


def test_rebuild_command__one_app__says_what_it_found(
    app: App, capsys: pytest.CaptureFixture[str]
) -> None:
    tell(app, "d1", "session_started")
    call_command("rebuild_rollups", app=app.pk)
    assert "1 devices; facts put right: 0; cells put right: 0" in capsys.readouterr().out
    assert number(app, "devices") == 1


def test_rebuild_command__outdated__only_apps_that_an_older_version_counted(
    app: App, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("rebuild_rollups", outdated=True)
    assert capsys.readouterr().out == ""
    App.objects.filter(pk=app.pk).update(counted_version=0)
    call_command("rebuild_rollups", outdated=True)
    assert f"{app.name}: " in capsys.readouterr().out
    app.refresh_from_db()
    assert app.counted_version == VERSION


def test_rebuild_command__app_whose_name_looks_like_markup__is_named_as_it_is(
    app: App, capsys: pytest.CaptureFixture[str]
) -> None:
    App.objects.filter(pk=app.pk).update(name="Shop [/beta]")
    call_command("rebuild_rollups", app=app.pk)
    assert "Shop [/beta]: 0 devices" in capsys.readouterr().out


def damaged(app: App) -> Device:
    """A device whose facts cannot be read, put aside by the fold and told by the audit."""
    tell(app, "bad", "session_started")
    fold_queue(app_id=app.pk)
    device = Device.objects.get(key="bad")
    Device.objects.filter(pk=device.pk).update(facts={"first_seen_at": "not a number"})
    FoldQueue.objects.create(app_id=app.pk, device_id=device.pk)
    fold_queue(app_id=app.pk)
    assert QuarantinedDevice.objects.count() == 1
    assert audit_all(fraction=0.0) == 1
    return device


def test_rebuild__facts_that_cannot_be_read__put_right_alarm_and_quarantine_end(app: App) -> None:
    device = damaged(app)
    *_, done = rebuild(app_id=app.pk)
    assert done.facts_changed == 1
    device.refresh_from_db()
    assert device.facts["sessions"] == 1
    assert not QuarantinedDevice.objects.exists()
    assert not RollupAlarm.objects.filter(resolved_at=None).exists()
    assert audit(app_id=app.pk, start=0) == []


def test_ingest__facts_that_cannot_be_read__told_anew_from_the_events(app: App) -> None:
    device = damaged(app)
    tell(app, "bad", "session_started")
    device.refresh_from_db()
    assert device.facts["sessions"] == 2
    fold_queue(app_id=app.pk)
    assert not QuarantinedDevice.objects.exists()
