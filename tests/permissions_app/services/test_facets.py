"""Facets are written with the rollups and stay what the facts say."""

from __future__ import annotations

import msgspec
import pytest
from django.db import connection

from permissions_app.domain.device import DeviceFacts
from permissions_app.domain.facets import facet
from permissions_app.models import App, Device, DeviceFacet
from permissions_app.services.facets import COLUMNS, stored
from permissions_app.services.rebuild import audit, rebuild
from permissions_app.services.rollups import fold_queue
from tests.permissions_app.services.test_rollups import DAY, app, tell

__all__ = ["app"]
pytestmark = pytest.mark.django_db


def as_told(device: Device) -> object:
    """The facet that the device's facts say."""
    device.refresh_from_db()
    return facet(msgspec.convert(device.facts, DeviceFacts))


def test_fold__events_of_a_device__write_its_facet(app: App) -> None:
    tell(app, "d1", "session_started", ago=3 * DAY, locale="de_DE")
    fold_queue(app_id=app.pk)
    device = Device.objects.get()
    assert stored(app_id=app.pk, devices=[device.pk]) == {device.pk: as_told(device)}
    tell(app, "d1", "native_prompt_answered", ago=2 * DAY, outcome="denied")
    fold_queue(app_id=app.pk)
    assert stored(app_id=app.pk, devices=[device.pk]) == {device.pk: as_told(device)}
    assert DeviceFacet.objects.get().status == "denied"


def test_fold__nothing_new_about_a_device__leaves_its_row_alone(app: App) -> None:
    tell(app, "d1", "session_started")
    fold_queue(app_id=app.pk)

    def version() -> object:
        with connection.cursor() as cursor:
            cursor.execute("SELECT ctid, xmin FROM permissions_app_facet")
            return cursor.fetchone()

    before = version()
    *_, last = rebuild(app_id=app.pk)
    assert last.devices == 1
    assert version() == before


def test_rebuild__facet_lost_or_wrong__is_put_right(app: App) -> None:
    for key in ("d1", "d2"):
        tell(app, key, "session_started")
    fold_queue(app_id=app.pk)
    first, second = Device.objects.order_by("pk")
    DeviceFacet.objects.filter(device_id=first.pk).update(sessions=77)
    DeviceFacet.objects.filter(device_id=second.pk).delete()
    assert len(audit(app_id=app.pk, start=0)) == 2
    list(rebuild(app_id=app.pk))
    assert audit(app_id=app.pk, start=0) == []
    assert stored(app_id=app.pk, devices=[first.pk, second.pk]) == {
        first.pk: as_told(first),
        second.pk: as_told(second),
    }


def test_columns__of_the_table__are_the_fields_of_a_facet() -> None:
    columns = {field.name for field in DeviceFacet._meta.local_concrete_fields}
    assert columns == {*COLUMNS, "app_id", "device_id"}
