"""The overview page, its fragment, and its files."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from permissions_app.models import FoldQueue, QuarantinedDevice, RollupAlarm
from tests.factories import client_of, make_cast, make_rollups

pytestmark = pytest.mark.django_db

PATH = "/w/acme/shop/"


def today() -> date:
    """The present UTC day."""
    return timezone.now().date()


def some_numbers(app):
    """Twenty eligible iOS devices ten days ago, eight of them authorised; eight on the web."""
    day = today() - timedelta(days=10)
    rows = [
        (measure, day, "ios", "", "", 0, n)
        for measure, n in (
            ("devices", 20),
            ("eligible", 20),
            ("authorized", 8),
            ("denied", 5),
            ("waiting", 7),
            ("reached", 15),
            ("soft_ask_shown", 12),
            ("soft_ask_accepted", 9),
            ("prompted", 13),
            ("answered", 13),
            ("granted", 8),
        )
    ]
    rows += [
        ("denial", day, "ios", "refused", "", 0, 5),
        ("recovered", day, "ios", "", "tapped", 3, 1),
    ]
    rows += [("devices", day, "web", "", "", 0, 8), ("eligible", day, "web", "", "", 0, 8)]
    rows += [("waiting", day, "web", "", "", 0, 8)]
    make_rollups(app, rows)


def text_of(response) -> str:
    """What people read: without tags, blanks as one."""
    page = re.sub(r"<script.*?</script>", "", response.content.decode(), flags=re.S)
    page = re.sub(r"<[^>]+>", " ", page).replace("\u202f", " ").replace("\u2060", "")
    return re.sub(r"\s+", " ", page)


def test_overview__outsider__not_found():
    cast = make_cast()
    assert client_of(cast.mallory).get(PATH).status_code == 404
    assert client_of(cast.mallory).get(f"{PATH}overview.csv?table=trend").status_code == 404


def test_overview__anonymous__sent_to_sign_in():
    make_cast()
    response = client_of(None).get(f"{PATH}?days=7")
    assert response.headers["Location"] == f"/accounts/login/?next={PATH}%3Fdays%3D7"


def test_overview__anonymous_htmx__whole_page_goes_to_sign_in():
    make_cast()
    response = client_of(None).get(
        PATH, headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{PATH}"}
    )
    assert response.headers["HX-Redirect"] == f"/accounts/login/?next={PATH}"


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_overview__wrong_method__refused(method):
    cast = make_cast()
    assert getattr(client_of(cast.alice), method)(PATH).status_code == 405


def test_overview__new_app__leads_to_the_first_steps():
    cast = make_cast()
    response = client_of(cast.carol).get(PATH)
    assert response.status_code == 200
    assert "No device has reported yet" in text_of(response)


def test_overview__first_devices_waiting_to_be_counted__says_so():
    cast = make_cast()
    FoldQueue.objects.create(app_id=cast.app.pk, device_id=1)
    assert "first devices have arrived" in text_of(client_of(cast.carol).get(PATH))


def test_overview__numbers__all_parts_shown():
    cast = make_cast()
    some_numbers(cast.app)
    text = text_of(client_of(cast.carol).get(PATH))
    assert "28.6 %" in text  # 8 of 28
    assert "8 of 28 eligible devices" in text
    assert "5 said no" in text
    assert "15 never answered" in text
    assert "61.5 %" in text  # 8 of 13 answers granted
    assert "+4 came another way" in text  # 9 accepted, 13 saw the dialog
    assert "because of" not in text


def test_overview__platform__only_its_devices():
    cast = make_cast()
    some_numbers(cast.app)
    text = text_of(client_of(cast.carol).get(f"{PATH}?platform=ios"))
    assert "8 of 20 eligible devices" in text
    assert "40.0 %" in text


def test_overview__range_without_devices__not_enough_data_and_no_rate():
    cast = make_cast()
    some_numbers(cast.app)
    response = client_of(cast.carol).get(f"{PATH}?days=7")
    text = text_of(response)
    assert response.status_code == 200
    assert "Not enough data" in text
    assert "100.0 %" not in text
    assert not re.search(r"(?<!\d)0\.0 %", text)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("from=yesterday", "Dates are written like"),
        ("from=2026-02-30", "Dates are written like"),
        ("from=2026-03-01&to=2026-02-01", "would end before it begins"),
        ("from=1400-01-01", "at most 366 days"),
        ("days=0", "1 to 366 days"),
        ("days=-3", "1 to 366 days"),
        ("days=99999999999999999999", "1 to 366 days"),
        ("platform=blackberry", "platform is not known"),
        ("from=9999-12-31", "would end before it begins"),
        ("to=0001-01-01", ""),
    ],
)
def test_overview__address_that_cannot_be_followed__told_and_replaced(query, told):
    cast = make_cast()
    some_numbers(cast.app)
    response = client_of(cast.carol).get(f"{PATH}?{query}")
    assert response.status_code == 200
    assert told in text_of(response)


def test_overview__htmx__fragment_only():
    cast = make_cast()
    some_numbers(cast.app)
    client = client_of(cast.carol)
    fragment = client.get(f"{PATH}?days=28", headers={"HX-Request": "true"})
    assert fragment.content.decode().lstrip().startswith('<div id="figures"')
    assert "<html" not in fragment.content.decode()
    assert "HX-Request" in fragment.headers["Vary"]
    restored = client.get(
        PATH, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}
    )
    assert "<html" in restored.content.decode()


def test_overview__htmx_with_bad_dates__message_inside_the_fragment():
    cast = make_cast()
    some_numbers(cast.app)
    client = client_of(cast.carol)
    fragment = client.get(f"{PATH}?from=x", headers={"HX-Request": "true"})
    assert "Dates are written like" in text_of(fragment)
    assert "Dates are written like" not in text_of(client.get(PATH))


def test_overview__charts__same_numbers_as_json():
    cast = make_cast()
    some_numbers(cast.app)
    page = client_of(cast.carol).get(f"{PATH}?days=28").content.decode()
    figures = [
        json.loads(text)
        for text in re.findall(r'<script type="application/json">(.*?)</script>', page, re.S)
    ]
    assert len(figures) == 2
    bars = {t["name"]: sum(t["y"]) for t in figures[1]["data"] if t["type"] == "bar"}
    assert bars == {"Authorised": 8, "Lost by refusal": 5, "Lost waiting": 15}


def test_overview__more_came_back_than_were_denied__page_still_works():
    cast = make_cast()
    some_numbers(cast.app)
    make_rollups(
        cast.app,
        [("recovered", today() - timedelta(days=10), "ios", "", "seen", 1, 50)],
    )
    assert "contradict each other" in text_of(client_of(cast.carol).get(PATH))


def test_overview__alarms_and_simulated__shown_on_top():
    cast = make_cast()
    some_numbers(cast.app)
    cast.app.simulated = True
    cast.app.save()
    RollupAlarm.objects.create(app=cast.app, what="eligible 2026-11-02: 8 stored, 9 counted")
    QuarantinedDevice.objects.create(app=cast.app, device_id=1, error="boom")
    text = text_of(client_of(cast.carol).get(PATH))
    assert "Simulated data" in text
    assert "eligible 2026-11-02: 8 stored, 9 counted" in text
    assert "1 device could not be counted" in text


def test_overview__behind__says_how_much():
    cast = make_cast()
    some_numbers(cast.app)
    client = client_of(cast.carol)
    assert "Up to date" in text_of(client.get(PATH))
    FoldQueue.objects.create(
        app_id=cast.app.pk,
        device_id=1,
        queued_at=timezone.now() - timedelta(minutes=5, seconds=2),
    )
    assert "5 min behind" in text_of(client.get(PATH))


def test_overview__names_from_people__are_escaped():
    cast = make_cast()
    some_numbers(cast.app)
    cast.app.name = "<script>alert(1)</script>"
    cast.app.save()
    assert "<script>alert" not in client_of(cast.carol).get(PATH).content.decode()


def test_overview__queries__few_and_the_same_for_more_data():
    cast = make_cast()
    some_numbers(cast.app)
    client = client_of(cast.carol)
    client.get(PATH)
    with CaptureQueriesContext(connection) as before:
        client.get(PATH)
    make_rollups(
        cast.app,
        [("eligible", today() - timedelta(days=n), "android", "", "", 0, 5) for n in range(60)],
    )
    with CaptureQueriesContext(connection) as after:
        client.get(PATH)
    # session, person, apps, health, numbers, recovery, mentions, alerts
    assert len(before) == len(after) == 8


@pytest.mark.parametrize("table", ["funnel", "recovery", "trend"])
def test_csv__known_table__rows_with_a_head(table):
    cast = make_cast()
    some_numbers(cast.app)
    response = client_of(cast.carol).get(f"{PATH}overview.csv?table={table}&days=28")
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert response.headers["Content-Disposition"].startswith('attachment; filename="shop-')
    if table == "funnel":
        assert [int(row["devices"]) for row in rows] == [28, 15, 12, 9, 13, 8]
    elif table == "recovery":
        assert rows[3]["recovered"] == "1"
    else:
        assert len(rows) == 28
        assert sum(int(row["eligible"]) for row in rows) == 28


def test_csv__unknown_table__not_found():
    cast = make_cast()
    assert client_of(cast.carol).get(f"{PATH}overview.csv").status_code == 404
