"""`/api/v1/manage/segments/<key>/members.csv?for=…` and what it says before."""

from __future__ import annotations

import pytest

from permissions_app.models import App, AuditEntry, DeviceAddress
from tests.campaigns.api.conftest import Call
from tests.campaigns.domain.test_segments import denied
from tests.campaigns.services.test_segments import put
from tests.factories import Cast, client_of, make_segment

PATH = "/api/v1/manage/segments/kept"


@pytest.fixture(autouse=True)
def people(app: App) -> None:
    """A segment of two devices, one of them of somebody known."""
    make_segment(app)
    device = put(app, "known", denied(3))
    put(app, "silent", denied(3))
    DeviceAddress.objects.create(device_id=device, app_id=app.pk, external_id="customer-42")


def test_file__for_a_sender__as_it_imports_it_and_in_the_trail(call: Call) -> None:
    answer = call("get", f"{PATH}/members.csv?for=airship")
    assert answer.status_code == 200
    assert answer.streaming
    assert answer.getvalue() == b"named_user,customer-42\r\n"
    entry = AuditEntry.objects.get(action="segment.handed_over")
    assert entry.actor_label.startswith("key ")
    assert entry.changes == {"key": "kept", "for": "Airship", "lines": 1}


@pytest.mark.parametrize(
    "accept", ["text/csv", "application/zip, text/csv", "*/*", "application/json"]
)
def test_file__asked_for_by_its_type__is_sent(call: Call, accept: str) -> None:
    for query in ("", "?for=braze"):
        answer = call("get", f"{PATH}/members.csv{query}", accept=accept)
        assert answer.status_code == 200
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
    refused = call("get", f"{PATH}/members.csv?for=pigeon", accept=accept)
    assert refused["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("wanted", ["", "pigeon", "%ED%A0%80"])
def test_file__for_nobody_we_know__422_with_the_choices(call: Call, wanted: str) -> None:
    answer = call("get", f"{PATH}/members.csv?for={wanted}")
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"field": "for", "detail": "One of onesignal, braze, airship, tokens."}
    ]


def test_file__signed_in_viewer__403_for_people_and_not_for_devices(call: Call, cast: Cast) -> None:
    headers = {"X-OneAsk-App": "acme/shop"}
    for person, status in ((cast.carol, 403), (cast.rita, 403), (cast.bob, 200)):
        client = client_of(person)
        told = client.get(f"{PATH}/members.csv?for=tokens", headers=headers)
        assert told.status_code == status
        assert client.get(f"{PATH}/members.csv", headers=headers).status_code == 200
        assert client.get(f"{PATH}/hand-off", headers=headers).status_code == 200


def test_hand_off__counts_before_a_download(call: Call) -> None:
    told = call("get", f"{PATH}/hand-off").json()
    assert (told["devices"], told["denied"], told["people"]) == (2, 2, 1)
    assert told["senders"][1] == {
        "sender": "braze",
        "name": "Braze",
        "counts": "person",
        "lines": 1,
        "without_address": 1,
        "not_writable": 0,
        "several_files": False,
    }
    assert not AuditEntry.objects.filter(action="segment.handed_over").exists()
