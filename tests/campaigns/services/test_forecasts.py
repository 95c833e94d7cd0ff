"""Asking for a forecast, working it out, and what happens when a worker dies over it."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from campaigns.domain.drafts import SoftAskDraft
from campaigns.domain.forecast import Replay, Story
from campaigns.domain.tally import Reach, Result
from campaigns.models import Campaign, Forecast
from campaigns.selectors.campaigns import working_copy
from campaigns.selectors.replay import count_moments
from campaigns.selectors.replay import lives as lives_in
from campaigns.selectors.worlds import worlds
from campaigns.services import forecasts
from campaigns.services.campaigns import update_campaign
from campaigns.services.forecasts import GAVE_UP, LOCK_SPACE, request_forecast, run_next
from permissions_app.domain.device import DAY_MS, DeviceFacts
from permissions_app.domain.edits import Invalid
from permissions_app.domain.events import Event, EventContext
from permissions_app.domain.fold import fold
from permissions_app.domain.standing import Standing
from permissions_app.models import App, Device
from permissions_app.models import Event as EventRow
from permissions_app.services.apps import bump_ruleset
from permissions_app.services.ingest import ingest
from tests.factories import (
    Cast,
    make_moment,
    make_redirect_rule,
    make_segment,
    make_soft_ask,
    republish,
)

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.now(UTC)


def soft_ask_of(campaign: Campaign) -> SoftAskDraft:
    """The working copy of a soft ask."""
    found = working_copy(campaign)
    assert isinstance(found, SoftAskDraft)
    return found


@pytest.fixture
def shop(cast: Cast) -> App:
    """An app whose window is full of visits."""
    order = make_moment(cast.app)
    goal = make_moment(cast.app, key="goal_set", name="Goal set", event_name="Goal Set")
    republish(make_soft_ask(cast.app, order, name="Live ask", status="live"), min_sessions=1)
    republish(make_soft_ask(cast.app, goal, name="Goals", status="live"), holdout=0.0)
    make_redirect_rule(cast.app, goal, name="Missed goals", status="live")
    send(cast.app, events_of(devices=70))
    return cast.app


@pytest.fixture
def draft(shop: App) -> Campaign:
    """A soft ask that would come before the live one."""
    made = make_soft_ask(shop, shop.moments.get(key="order_placed"), name="New ask")
    changed = replace(soft_ask_of(made), priority=10, min_sessions=1, holdout=0.2)
    return update_campaign(
        campaign_id=made.pk, app=shop, draft=changed, expected_version=1, actor=None
    )


PHONES: dict[str, dict[str, Any]] = {
    "ios": {"platform": "ios", "os_version": "18.1"},
    "android": {"platform": "android", "api_level": 34, "target_sdk": 34},
    "web": {"platform": "web", "browser": "chrome"},
}


@dataclass
class _Phone:
    """One device and what each of its events says."""

    rng: random.Random
    key: str
    told: dict[str, Any]
    session: int = 0

    def event(self, at: int, kind: str, **more: Any) -> dict[str, Any]:
        """One happening, as it stands on the wire."""
        return {
            "id": str(uuid.UUID(int=self.rng.getrandbits(128), version=4)),
            "type": kind,
            "device_id": self.key,
            "occurred_at": at,
            "session_index": self.session,
            **self.told,
        } | more


def events_of(*, devices: int, seed: int = 3) -> Iterator[dict[str, Any]]:
    """Devices on every platform: old and new, asked and not, some that were shown something."""
    rng = random.Random(seed)
    now = int(NOW.timestamp() * 1000) - 60_000
    for number in range(devices):
        platform = rng.choice(["ios", "ios", "android", "web"])
        phone = _Phone(rng, f"d-{number:03}", PHONES[platform])
        said = {"ios": (0, 1, 2), "web": ("default", "denied", "granted")}.get(platform)
        place = rng.choice([0, 0, 1, 2])
        first = now - rng.randint(1, 60) * DAY_MS
        at = first
        for session in range(1, rng.randint(2, 9)):
            if rng.random() < 0.15:
                place = rng.choice([0, 1, 2])

            phone.session = session
            reading = {"permission": {"library": platform, "value": said[place]}} if said else {}
            yield phone.event(at, "session_started", **reading)
            for _ in range(rng.randint(0, 4)):
                at += 60_000
                name = rng.choice(["Order Placed", "Order Placed", "Goal Set", "Unheard Of"])
                yield phone.event(at, "moment_reached", name=name)
            if rng.random() < 0.2:
                at += 60_000
                ref = f"{uuid.UUID(int=rng.getrandbits(128))}.s1.1.a.order_placed"
                yield phone.event(at, "soft_ask_shown", decision_id=ref)
                at += 1_000
                yield phone.event(at, "soft_ask_declined", decision_id=ref)
            if rng.random() < 0.1:
                at += 1_000
                yield phone.event(
                    at, "native_prompt_answered", outcome=rng.choice(["granted", "denied"])
                )
            at = min(at + rng.randint(1, 12) * DAY_MS // 2, now)


def send(app: App, happened: Iterator[dict[str, Any]]) -> None:
    """Take events as the endpoint does."""
    payload = json.dumps({"events": list(happened)}).encode()
    receipt = ingest(app_id=app.pk, payload=payload, received=int(NOW.timestamp() * 1000))
    assert receipt.rejected == []


def worked_out(campaign: Campaign) -> Result:
    """The result of a forecast of the working copy."""
    row = request_forecast(campaign_id=campaign.pk, app=campaign.app, actor=None, now=NOW)
    assert run_next()
    row.refresh_from_db()
    assert row.state == "done", row.error
    return msgspec.convert(row.result, Result)


def folded(campaign: Campaign, result: Result) -> Reach:
    """The same replay over everything that is stored, each device folded from its first event."""
    compared = worlds(
        campaign=campaign, content=campaign.content, start=result.start, end=result.end
    )
    assert compared is not None
    replay = Replay(
        live=compared.live, proposed=compared.proposed, key=campaign.key, end=result.end
    )
    for device in Device.objects.filter(app=campaign.app):
        stored = [
            Event(
                str(row.id),
                row.type,
                round(row.occurred_at.timestamp() * 1000),
                msgspec.convert(row.body, EventContext),
            )
            for row in EventRow.objects.filter(device_id=device.pk)
        ]
        stored.sort(key=lambda event: event.order)
        before = fold(facts=DeviceFacts(), events=[e for e in stored if e.at < result.start])
        events = [event for event in stored if event.at >= result.start]
        standing = msgspec.convert(device.standing, Standing)
        platform = device.facts.get("platform", "")
        replay.device(Story(device.key, platform, before, standing, events, None))
    return replay.tally.reach()


SEGMENTS: list[dict[str, Any]] = [
    {"all": [{"moment": "order_placed", "at_least": 3, "in_last_days": 20}]},
    {"all": [{"fact": "sessions", "at_most": 6}, {"fact": "settings_opened", "ever": False}]},
]
"""Some of the devices whom the draft would reach without a segment."""


# -- what it finds ---------------------------------------------------------------------------------


def test_forecast__devices_of_every_kind__as_when_every_device_is_folded(draft: Campaign) -> None:
    result = worked_out(draft)
    reach = result.reach
    assert reach == folded(draft, result)
    assert result.total == reach.moments > reach.visits > 50
    assert reach.then.own.devices > 3
    assert reach.then.ends["already_authorized"] > 0
    assert {row.platform for row in reach.platforms} == {"ios", "android", "web"}
    (clash,) = [one for one in reach.clashes if one.gives_way]
    assert clash.then < clash.now


def test_forecast__redirect_rule__as_when_every_device_is_folded(shop: App) -> None:
    rule = make_redirect_rule(shop, shop.moments.get(key="order_placed"), name="New rule")
    result = worked_out(rule)
    assert result.reach == folded(rule, result)
    assert result.reach.then.own.devices > 0
    assert result.reach.now.own.devices == 0


def test_forecast__draft_of_a_live_campaign__beside_its_own_revision(shop: App) -> None:
    live = shop.campaigns.get(name="Live ask")
    changed = replace(soft_ask_of(live), holdout=0.0, min_sessions=3)
    update_campaign(
        campaign_id=live.pk, app=shop, draft=changed, expected_version=live.version, actor=None
    )
    live.refresh_from_db()
    reach = worked_out(live).reach
    assert 0 < reach.then.own.devices < reach.now.own.devices


@pytest.mark.parametrize("document", SEGMENTS)
def test_forecast__audience_is_a_segment__as_when_every_device_is_folded(
    shop: App, draft: Campaign, document: dict[str, Any]
) -> None:
    whole = worked_out(draft).reach.then.own.devices
    key = make_segment(shop, document=document).key
    changed = replace(soft_ask_of(draft), segment=key)
    update_campaign(
        campaign_id=draft.pk, app=shop, draft=changed, expected_version=draft.version, actor=None
    )
    draft.refresh_from_db()
    result = worked_out(draft)
    assert result.reach == folded(draft, result)
    assert 0 < result.reach.then.own.devices < whole


def test_forecast__nobody_there__nothing_and_no_error(cast: Cast) -> None:
    result = worked_out(make_soft_ask(cast.app, make_moment(cast.app)))
    assert (result.total, result.reach.visits, result.reach.platforms) == (0, 0, ())


def test_forecast__only_what_is_shown_elsewhere__other_apps_do_not_count(
    draft: Campaign, cast: Cast
) -> None:
    before = worked_out(draft).reach
    make_moment(cast.mallorys_app)
    send(cast.mallorys_app, events_of(devices=10, seed=8))
    Forecast.objects.all().delete()
    assert worked_out(draft).reach == before


def test_forecast__more_than_fits__a_sample_that_says_so(
    draft: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = worked_out(draft)
    Forecast.objects.all().delete()
    monkeypatch.setattr(forecasts, "WALKED", whole.total // 3)
    sample = worked_out(draft)
    assert sample.every in (3, 4)
    assert sample.total == whole.total
    assert 0 < sample.reach.moments < whole.reach.moments


# -- asking for it ---------------------------------------------------------------------------------


def ask(campaign: Campaign, now: datetime = NOW) -> Forecast:
    return request_forecast(campaign_id=campaign.pk, app=campaign.app, actor=None, now=now)


def test_request__same_words_again__same_forecast(draft: Campaign) -> None:
    assert ask(draft).pk == ask(draft).pk
    run_next()
    assert ask(draft).pk == Forecast.objects.get().pk


def test_request__after_a_while__a_new_one(draft: Campaign) -> None:
    first = ask(draft)
    run_next()
    assert ask(draft, timezone.now() + timedelta(minutes=11)).pk != first.pk


def test_request__other_words__replaces_the_one_that_waits(draft: Campaign) -> None:
    first = ask(draft)
    changed = replace(soft_ask_of(draft), min_sessions=2)
    update_campaign(
        campaign_id=draft.pk,
        app=draft.app,
        draft=changed,
        expected_version=draft.version,
        actor=None,
    )
    second = ask(draft)
    assert second.content["min_sessions"] == 2
    assert not Forecast.objects.filter(pk=first.pk).exists()


def test_request__other_rules__a_new_one(draft: Campaign) -> None:
    first = ask(draft)
    run_next()
    bump_ruleset(app_id=draft.app_id)
    assert ask(draft).pk != first.pk


def test_request__no_variant_with_a_weight__sentence(shop: App) -> None:
    empty = make_soft_ask(shop, shop.moments.get(key="order_placed"), name="Empty")
    silent = replace(soft_ask_of(empty), variants=())
    update_campaign(campaign_id=empty.pk, app=shop, draft=silent, expected_version=1, actor=None)
    with pytest.raises(Invalid, match="No variant has a weight"):
        ask(empty)


def test_request__many_times__few_are_kept(draft: Campaign) -> None:
    for minutes in range(0, 200, 20):
        ask(draft, timezone.now() + timedelta(minutes=minutes))
        run_next()
    assert Forecast.objects.count() == forecasts.KEPT


# -- workers ---------------------------------------------------------------------------------------


def test_run__nothing_waits__false(db: None) -> None:
    assert not run_next()


def test_run__worker_died__started_again(draft: Campaign) -> None:
    row = ask(draft)
    Forecast.objects.filter(pk=row.pk).update(state="running", attempts=2, done=10, total=20)
    assert run_next()
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("done", 3)
    assert row.done == row.total > 20


def test_run__worker_died_three_times__failed_with_a_sentence(draft: Campaign) -> None:
    row = ask(draft)
    Forecast.objects.filter(pk=row.pk).update(state="running", attempts=3)
    assert not run_next()
    row.refresh_from_db()
    assert (row.state, row.error) == ("failed", GAVE_UP)
    assert ask(draft).pk != row.pk


def test_run__another_worker_is_at_this_app__left_alone(draft: Campaign) -> None:
    row = ask(draft)
    with psycopg.connect(**_address()) as other:
        other.execute("SELECT pg_advisory_lock(%s, %s)", (LOCK_SPACE, draft.app_id))
        assert not run_next()
        row.refresh_from_db()
        assert (row.state, row.attempts) == ("waiting", 0)
    assert run_next()


def test_run__asked_anew_meanwhile__stops_and_writes_nothing(
    draft: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ask(draft)
    count = count_moments

    def counting(window: Any) -> int:
        Forecast.objects.filter(pk=first.pk).delete()
        return count(window)

    monkeypatch.setattr(forecasts, "count_moments", counting)
    assert run_next()
    assert not Forecast.objects.exists()


def test_run__progress__written_while_it_works(
    draft: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecasts, "SECONDS_BETWEEN_NOTES", 0.0)
    row = ask(draft)
    lives, seen = lives_in, []

    def watching(*args: Any, **named: Any) -> Iterator[Any]:
        for device in lives(*args, **named):
            yield device
            seen.append(Forecast.objects.get(pk=row.pk).done)

    monkeypatch.setattr(forecasts, "lives", watching)
    assert run_next()
    assert seen == sorted(seen)
    assert 0 < seen[len(seen) // 2] < seen[-1]


def test_run__document_that_is_none__failed_with_a_sentence(draft: Campaign) -> None:
    row = ask(draft)
    Forecast.objects.filter(pk=row.pk).update(content={"moment": 5})
    assert run_next()
    row.refresh_from_db()
    assert row.state == "failed"
    assert row.error


def _address() -> dict[str, Any]:
    told = connection.get_connection_params()
    return {
        name: told[name] for name in ("host", "port", "dbname", "user", "password") if name in told
    }
