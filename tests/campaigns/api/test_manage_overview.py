"""`GET /api/v1/manage/overview`."""

from __future__ import annotations

from datetime import date

import pytest

from permissions_app.models import App
from permissions_app.services.keys import create_key
from tests.campaigns.api.conftest import Call
from tests.factories import Cast, make_rollups

PATH = "/api/v1/manage/overview"
DAY = date(2026, 11, 10)


def test_overview__numbers_of_the_range_and_platform(call: Call, app: App) -> None:
    make_rollups(
        app,
        [
            ("eligible", DAY, "ios", "", "", 0, 40),
            ("authorized", DAY, "ios", "", "", 0, 10),
            ("eligible", DAY, "web", "", "", 0, 7),
        ],
    )
    told = call("get", f"{PATH}?from=2026-11-01&to=2026-11-20&platform=ios").json()
    assert (told["eligible"], told["authorized"]) == (40, 10)
    assert told["start"] == "2026-11-01"
    assert len(told["trend"]) == 20
    assert told["grant_rate"] is None


def test_overview__nothing_counted__null_not_zero(call: Call) -> None:
    answer = call("get", PATH)
    assert answer.status_code == 200
    assert answer.json()["opt_in"] is None


@pytest.mark.parametrize(
    "query",
    [
        "from=yesterday",
        "from=2026-11-20&to=2026-11-01",
        "from=0001-01-01",
        "to=9999-13-31",
        "to=1999-12-31",
        "from=2020-01-01&to=2026-01-01",
        "days=0",
        "days=367",
        "days=7&from=2026-11-20",
        "platform=symbian",
    ],
)
def test_overview__malformed__422(call: Call, query: str) -> None:
    answer = call("get", f"{PATH}?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_overview__publishable_key_403_other_app_sees_its_own(
    call: Call, cast: Cast, app: App
) -> None:
    make_rollups(app, [("eligible", DAY, "ios", "", "", 0, 40)])
    _, publishable = create_key(app=app, kind="pk", name="x", actor=None)
    assert call("get", PATH, key=publishable).status_code == 403
    _, foreign = create_key(app=cast.mallorys_app, kind="sk", name="x", actor=None)
    assert call("get", PATH, key=foreign).json()["eligible"] == 0
