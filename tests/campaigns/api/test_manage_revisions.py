"""`…/{id}/revisions`: every picture, what it changed, and going back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from campaigns.models import Campaign
from campaigns.services.steps import take_step
from permissions_app.models import App, Role, ValueMoment
from permissions_app.services.keys import create_key
from tests.campaigns.api.conftest import Call
from tests.factories import (
    Cast,
    client_of,
    make_redirect_rule,
    make_rollups,
    make_soft_ask,
    republish,
)

ASKS = "/api/v1/manage/soft-asks"
DAY = date(2026, 11, 10)


@pytest.fixture
def ask(app: App, moment: ValueMoment) -> Campaign:
    """Live as revision 2."""
    return republish(make_soft_ask(app, moment, status="live"), holdout=0.3)


def test_list__newest_first__with_who_when_and_what_came_of_it(
    call: Call, cast: Cast, ask: Campaign, settings: Any
) -> None:
    cells = [("revision_shown", 40), ("revision_accepted", 10), ("revision_authorized", 8)]
    make_rollups(cast.app, [(name, DAY, "ios", ask.key, "2.a", 0, n) for name, n in cells])
    path = f"{ASKS}/{ask.pk}"
    call("patch", path, {"priority": 7}, if_match=call("get", path)["ETag"])
    call("post", f"{path}/steps", {"action": "submit", "note": "For the sale"})
    taken: dict[str, Any] = {"campaign_id": ask.pk, "app": cast.app}
    take_step(action="send_back", actor=cast.rita, role=Role.REVIEWER, note="Why?", **taken)
    rows = call("get", f"{path}/revisions").json()["results"]
    assert [(row["number"], row["state"]) for row in rows] == [
        (3, "sent_back"),
        (2, "live"),
        (1, "published"),
    ]
    newest, live = rows[0], rows[1]
    assert newest["author"].startswith("key sk_")
    assert (newest["note"], newest["reviewer"], newest["verdict_note"]) == (
        "For the sale",
        "Rita",
        "Why?",
    )
    assert newest["results"] is None
    assert live["results"]["accepted"]["rate"] == 0.25
    assert live["results_by_variant"]["a"]["authorized"]["successes"] == 8
    settings.ROOT_URLCONF = "config.urls"
    page = client_of(cast.carol).get(f"/w/acme/shop/campaigns/{ask.pk}/revisions/").content.decode()
    assert "25.0" in page


def test_one__document_difference_and_findings(call: Call, ask: Campaign) -> None:
    told = call("get", f"{ASKS}/{ask.pk}/revisions/2").json()
    assert told["document"]["holdout"] == 0.3
    assert told["document"]["name"] == "Shipping news"
    assert told["against"] == 1
    assert told["changes"]["settings"] == [{"label": "Holdout", "before": "10 %", "after": "30 %"}]
    assert {"missing", "findings", "blocking"} == set(told["checked"])
    first = call("get", f"{ASKS}/{ask.pk}/revisions/1").json()
    assert (first["against"], first["changes"]["fresh"]) == (None, True)
    back = call("get", f"{ASKS}/{ask.pk}/revisions/1?against=2").json()
    assert (back["against"], back["changes"]["settings"][0]["after"]) == (2, "10 %")


@pytest.mark.parametrize("query", ["against=0", "against=x", "against=9999999999999999999999"])
def test_one__malformed__422(call: Call, ask: Campaign, query: str) -> None:
    assert call("get", f"{ASKS}/{ask.pk}/revisions/1?{query}").status_code == 422


def test_one__unknown__404(call: Call, ask: Campaign) -> None:
    for where in ("revisions/9", "revisions/1?against=9", f"revisions/{'9' * 30}"):
        assert call("get", f"{ASKS}/{ask.pk}/{where}").status_code == 404


def test_revert__draft_shows_it_again_and_live_stays(call: Call, ask: Campaign) -> None:
    path = f"{ASKS}/{ask.pk}"
    etag = call("get", path)["ETag"]
    assert call("post", f"{path}/revisions/1/revert").status_code == 428
    assert call("post", f"{path}/revisions/1/revert", if_match='"v1"').status_code == 412
    assert call("post", f"{path}/revisions/9/revert", if_match=etag).status_code == 404
    told = call("post", f"{path}/revisions/1/revert", if_match=etag)
    assert told.status_code == 200, told.content
    assert (told.json()["holdout"], told.json()["revision"], told.json()["pending"]) == (
        0.1,
        2,
        "draft",
    )


def test_every_address__wrong_key_kind_or_method__refused(
    call: Call, cast: Cast, ask: Campaign
) -> None:
    _, theirs = create_key(app=cast.mallorys_app, kind="sk", name="x", actor=None)
    _, publishable = create_key(app=cast.app, kind="pk", name="x", actor=None)
    for where in ("revisions", "revisions/1"):
        path = f"{ASKS}/{ask.pk}/{where}"
        assert call("get", path, key=theirs).status_code == 404
        assert call("get", path, key=publishable).status_code == 403
        assert call("get", path, key="").status_code == 401
        assert call("post", path).status_code == 405
        assert call("get", f"/api/v1/manage/redirect-rules/{ask.pk}/{where}").status_code == 404
    path = f"{ASKS}/{ask.pk}/revisions/1/revert"
    assert call("post", path, key=theirs, if_match='"v3"').status_code == 404
    assert call("get", path).status_code == 405


def test_list__many__same_number_of_queries(
    call: Call, app: App, moment: ValueMoment, django_assert_max_num_queries: Any
) -> None:
    rule = make_redirect_rule(app, moment, status="live")
    for cap in (4, 5, 6, 7):
        republish(rule, cap=cap)
    path = f"/api/v1/manage/redirect-rules/{rule.pk}/revisions"
    call("get", path)
    with django_assert_max_num_queries(6):
        first = call("get", f"{path}?limit=3").json()
    assert [row["number"] for row in first["results"]] == [5, 4, 3]
    rest = call("get", first["next"].removeprefix("http://testserver")).json()
    assert [row["number"] for row in rest["results"]] == [2, 1]
