"""`…/{id}/findings` and `…/{id}/forecast`."""

from __future__ import annotations

from campaigns.models import Campaign, Forecast
from campaigns.services.forecasts import run_next
from permissions_app.models import App, ValueMoment
from permissions_app.services.keys import create_key
from tests.campaigns.api.conftest import Call
from tests.factories import Cast, make_moment, make_soft_ask

ASKS = "/api/v1/manage/soft-asks"


def with_words(call: Call, ask: Campaign, **words: str) -> str:
    path = f"{ASKS}/{ask.pk}"
    etag = call("get", path)["ETag"]
    changed = call("patch", f"{path}/variants/a", words, if_match=etag)
    assert changed.status_code == 200, changed.content
    return path


def test_findings__what_keeps_it_from_being_published__as_the_refusal_says(
    call: Call, cast: Cast, app: App, moment: ValueMoment
) -> None:
    path = with_words(call, make_soft_ask(app, moment), title="Stay informed", body="")
    told = call("get", f"{path}/findings").json()
    assert told["missing"] == [{"field": "variants.0.body", "detail": "The text is needed."}]
    refused = call("post", f"{path}/steps", {"action": "submit"}).json()
    assert refused["errors"] == told["missing"]
    with_words(call, Campaign.objects.get(), body="One message when it ships.")
    told = call("get", f"{path}/findings").json()
    assert told["missing"] == []
    found = next(it for it in told["findings"] if it["field"] == "title")
    assert "Stay informed"[found["start"] : found["end"]].lower() == "stay informed"
    assert told["blocking"] == sum(it["severity"] == "blocking" for it in told["findings"])


def test_findings__about_the_moment__told_once(call: Call, app: App) -> None:
    opened = make_moment(
        app, key="opened", name="App opened", event_name="App Opened", opening=True
    )
    path = f"{ASKS}/{make_soft_ask(app, opened).pk}"
    etag = call("get", path)["ETag"]
    call("post", f"{path}/variants", {"key": "b", "title": "x"}, if_match=etag)
    told = call("get", f"{path}/findings").json()["findings"]
    about = [it for it in told if it["field"] == "moment"]
    assert len(about) == len({it["rule"] for it in about}) > 0
    assert {it["variant"] for it in about} == {""}


def test_forecast__asked_for_worked_out_and_read(call: Call, app: App, moment: ValueMoment) -> None:
    ask = make_soft_ask(app, moment)
    path = f"{ASKS}/{ask.pk}/forecast"
    assert call("get", path).status_code == 404
    asked = call("post", path)
    assert (asked.status_code, asked.json()["state"], asked.json()["result"]) == (
        202,
        "waiting",
        None,
    )
    call("post", path)
    assert Forecast.objects.count() == 1
    assert run_next()
    told = call("get", path).json()
    assert (told["state"], told["changed"]) == ("done", False)
    assert told["result"]["reach"]["visits"] == 0
    with_words(call, ask, title="Know when it ships now")
    assert call("get", path).json()["changed"] is True


def test_forecast__no_words_to_show__422(call: Call, app: App, moment: ValueMoment) -> None:
    ask = make_soft_ask(app, moment)
    etag = call("get", f"{ASKS}/{ask.pk}")["ETag"]
    call("delete", f"{ASKS}/{ask.pk}/variants/a", if_match=etag)
    assert call("post", f"{ASKS}/{ask.pk}/forecast").status_code == 422


def test_every_address__wrong_key_or_method__refused(
    call: Call, cast: Cast, moment: ValueMoment
) -> None:
    ask = make_soft_ask(cast.app, moment)
    _, theirs = create_key(app=cast.mallorys_app, kind="sk", name="x", actor=None)
    _, publishable = create_key(app=cast.app, kind="pk", name="x", actor=None)
    for where in ("findings", "forecast"):
        path = f"{ASKS}/{ask.pk}/{where}"
        assert call("get", path, key=theirs).status_code == 404
        assert call("get", path, key=publishable).status_code == 403
        assert call("get", path, key="").status_code == 401
        assert call("delete", path).status_code == 405
    assert call("post", f"{ASKS}/{ask.pk}/forecast", key=theirs).status_code == 404
