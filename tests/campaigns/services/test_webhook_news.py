"""What our own doing tells webhooks: each thing once, in the transaction in which it happens, to those who listen."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from campaigns.models import AlertSettings, GrantedVerdict, WebhookEndpoint, WebhookMessage
from campaigns.selectors.results import results_list
from campaigns.services import segments, webhook_news
from campaigns.services.alerts import QUIET, check
from campaigns.services.segments import delete_segment, look
from campaigns.services.steps import take_step
from campaigns.services.webhook_news import note_verdicts
from permissions_app.models import App, FoldQueue
from permissions_app.services.rollups import fold_queue
from tests.campaigns.domain.test_segments import NOW, TODAY, denied, device
from tests.campaigns.services.test_segments import put, saved
from tests.campaigns.web.learn.test_results import with_devices
from tests.factories import Cast, make_device, make_moment, make_redirect_rule, make_soft_ask
from tests.webhooks import HOST, URL, make_endpoint

pytestmark = pytest.mark.django_db
AT = datetime.fromtimestamp(NOW / 1000, UTC)


@pytest.fixture(autouse=True)
def trusted(settings: Settings) -> None:
    """URL may be called; nothing is sent here."""
    settings.WEBHOOK_HOSTS = [HOST]


def told(kind: str = "") -> list[dict[str, Any]]:
    """The messages that wait, in the order they came."""
    rows = WebhookMessage.objects.order_by("pk")
    return [json.loads(row.body) for row in (rows.filter(type=kind) if kind else rows)]


def test_step__published_and_paused__told_once_each(app: App) -> None:
    make_endpoint(app, URL, "campaign.published", "campaign.paused")
    ask = make_soft_ask(app, make_moment(app), status="live")
    (message,) = told()
    assert message["type"] == "campaign.published"
    assert message["text"] == "Shop: “Shipping news” was published."
    assert message["data"] == {
        "app": "shop",
        "simulated": False,
        "campaign": ask.key,
        "campaign_id": ask.pk,
        "kind": "soft_ask",
        "name": "Shipping news",
        "moment": "order_placed",
        "revision": 1,
    }
    for _ in range(2):
        take_step(campaign_id=ask.pk, app=app, action="pause", actor=None)
    assert [one["type"] for one in told()] == ["campaign.published", "campaign.paused"]
    take_step(campaign_id=ask.pk, app=app, action="resume", actor=None)
    take_step(campaign_id=ask.pk, app=app, action="pause", actor=None)
    assert len(told("campaign.paused")) == 2, "paused again is something new"


def test_step__undone_with_its_transaction__not_told(app: App) -> None:
    make_endpoint(app, URL, "campaign.paused")
    ask = make_soft_ask(app, make_moment(app), status="live")
    with transaction.atomic():
        take_step(campaign_id=ask.pk, app=app, action="pause", actor=None)
        assert len(told()) == 1
        transaction.set_rollback(True)
    assert told() == []


def test_step__nobody_listens_or_another_app_does__nothing_is_kept(cast: Cast) -> None:
    make_endpoint(cast.app, URL, "alert.opened")
    make_endpoint(cast.mallorys_app, URL, "campaign.published")
    make_soft_ask(cast.app, make_moment(cast.app), status="live")
    assert told() == []


def test_step__simulated_app__says_so(app: App) -> None:
    app.simulated = True
    app.save()
    make_endpoint(app, URL, "campaign.published")
    make_redirect_rule(app, make_moment(app), status="live")
    (message,) = told()
    assert (message["data"]["simulated"], message["data"]["kind"]) == (True, "redirect")


def test_alert__opened_and_over__told_with_its_numbers(app: App) -> None:
    make_endpoint(app, URL, "alert.opened", "alert.resolved")
    AlertSettings.objects.create(app=app, address="https://oneask.example/alerts/")
    waiting = make_device(app, first_seen_at=1, platform="ios")
    now = FoldQueue.objects.create(app_id=app.pk, device_id=waiting.pk).queued_at
    now += timedelta(minutes=20)
    check(app_id=app.pk, now=now)
    check(app_id=app.pk, now=now + timedelta(minutes=4))
    (opened,) = told()
    alert = opened["data"]
    assert opened["type"] == "alert.opened"
    assert (alert["kind"], alert["subject"], alert["resolved_at"]) == ("lag", "", None)
    assert alert["url"] == f"https://oneask.example/alerts/#alert-{alert['id']}"
    assert "20 minutes" in alert["detail"]
    assert opened["text"] == f"Shop: Numbers are behind. {alert['detail']} {alert['url']}"
    fold_queue(app_id=app.pk)
    check(app_id=app.pk, now=now + QUIET + timedelta(minutes=9))
    (over,) = told("alert.resolved")
    assert over["data"]["id"] == alert["id"]
    assert over["data"]["resolved_at"] is not None
    assert over["text"].startswith("Shop: over: Numbers are behind.")


def test_verdict__first_granted__told_once_for_a_revision(cast: Cast) -> None:
    make_endpoint(cast.app, URL, "experiment.verdict")
    campaign = with_devices(cast)
    now = timezone.now()
    check(app_id=cast.app.pk, now=now)
    check(app_id=cast.app.pk, now=now + timedelta(minutes=5))
    which, whether = told()
    words = which["data"]
    assert (words["campaign"], words["revision"]) == (campaign.key, 2)
    assert (words["question"], words["verdict"], words["winner"]) == ("variants", "winner", "b")
    assert words["outcome"] == "authorized"
    (comparison,) = words["comparisons"]
    assert (comparison["first"], comparison["other"]) == ("b", "a")
    assert 0 < comparison["low"] < comparison["difference"] < comparison["high"]
    assert words["sentence"].startswith("Enough evidence for variant B: it leads variant A")
    assert which["text"] == f"Shop: “Shipping”: {words['sentence']}".replace("\u202f", " ")
    helps = whether["data"]
    assert (helps["question"], helps["verdict"], helps["winner"]) == (
        "holdout",
        "winner",
        "variants",
    )
    assert helps["sentence"].startswith("Enough evidence for the soft ask: it leads the holdout")


def test_verdict__granted_before_anybody_listened__not_told(cast: Cast) -> None:
    with_devices(cast)
    now = timezone.now()
    rows = results_list(app=cast.app, now=now)
    assert note_verdicts(app=cast.app, rows=rows, now=now) == 2
    make_endpoint(cast.app, URL, "experiment.verdict")
    assert note_verdicts(app=cast.app, rows=rows, now=now) == 0
    assert GrantedVerdict.objects.count() == 2
    assert told() == []


def test_verdict__not_enough_or_going_on__not_told(cast: Cast) -> None:
    make_endpoint(cast.app, URL, "experiment.verdict")
    with_devices(cast, b_yes=940, b_no=1310)
    now = timezone.now()
    note_verdicts(app=cast.app, rows=results_list(app=cast.app, now=now), now=now)
    assert [one["data"]["question"] for one in told()] == ["holdout"]


def test_segment__second_look__each_device_that_came_or_left(app: App) -> None:
    make_endpoint(app, URL, "segment.entered", "segment.left")
    put(app, "stays", denied(3))
    put(app, "leaves", denied(3))
    key = saved(app).key
    look(app_id=app.pk, key=key, day=TODAY, now=AT)
    assert told() == [], "the first look has nothing to compare with"
    put(app, "leaves", device(status="authorized", status_at=NOW))
    put(app, "comes", denied(0))
    look(app_id=app.pk, key=key, day=TODAY + 1, now=AT)
    (entered,), (left,) = told("segment.entered"), told("segment.left")
    assert entered["data"] == {
        "app": "shop",
        "simulated": False,
        "segment": "denied-people",
        "device_id": "comes",
        "day": "2026-09-05",
    }
    assert left["data"]["device_id"] == "leaves"
    assert "text" not in left


def test_segment__only_left_is_wanted__entered_is_not_told(app: App) -> None:
    make_endpoint(app, URL, "segment.left")
    key = saved(app).key
    look(app_id=app.pk, key=key, day=TODAY, now=AT)
    put(app, "comes", denied(0))
    look(app_id=app.pk, key=key, day=TODAY + 1, now=AT)
    assert told() == []


def test_segment__more_than_are_told_one_by_one__one_message_with_the_number(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_news, "MOST_MEMBERS_TOLD", 2)
    monkeypatch.setattr(segments, "MOST_MEMBERS_TOLD", 2)
    make_endpoint(app, URL, "segment.entered")
    key = saved(app).key
    look(app_id=app.pk, key=key, day=TODAY, now=AT)
    for number in range(3):
        put(app, f"d{number}", denied(0))
    look(app_id=app.pk, key=key, day=TODAY + 1, now=AT)
    (message,) = told()
    assert message["type"] == "segment.bulk"
    assert message["data"] == {
        "app": "shop",
        "simulated": False,
        "segment": key,
        "way": "entered",
        "devices": 3,
        "size": 3,
        "day": "2026-09-05",
        "members": f"/api/v1/manage/segments/{key}/members",
    }
    delete_segment(app=app, key=key, actor=None)
    assert WebhookEndpoint.objects.get().events == ["segment.entered"]
