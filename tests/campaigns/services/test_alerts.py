"""Alerts open once, are seen again, and are over after a while; settings are checked and in the trail."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from campaigns import tasks
from campaigns.domain.alert_rules import RULES
from campaigns.models import Alert, AlertMessage, AlertSettings, Campaign
from campaigns.services.alerts import BETWEEN, QUIET, check, due_apps, save_settings, send_test
from campaigns.tasks import check_alerts
from permissions_app.domain.edits import Invalid
from permissions_app.models import App, AuditEntry, FoldQueue, Membership
from permissions_app.services.rollups import fold_queue
from tests.factories import (
    Cast,
    make_cast,
    make_device,
    make_moment,
    make_rollups,
    make_soft_ask,
)

pytestmark = pytest.mark.django_db
USUAL: dict[str, tuple[bool, str]] = {rule.kind: (True, str(rule.usual)) for rule in RULES}


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def fall_behind(app: App) -> datetime:
    """A device waits to be counted; returns a time at which that is too long."""
    device = make_device(app, first_seen_at=1, platform="ios")
    note = FoldQueue.objects.create(app_id=app.pk, device_id=device.pk)
    return note.queued_at + timedelta(minutes=20)


def catch_up(app: App) -> None:
    fold_queue(app_id=app.pk)


def save(cast: Cast, **changes: Any) -> AlertSettings:
    told = {
        "rules": USUAL,
        "recipients": [cast.bob.pk],
        "address": "https://oneask.example/w/acme/shop/alerts/",
        "actor": cast.alice,
        **changes,
    }
    return save_settings(app=cast.app, **told)


def test_check__wrong_and_wrong_again__one_alert_seen_twice(cast: Cast) -> None:
    now = fall_behind(cast.app)
    assert check(app_id=cast.app.pk, now=now).opened == 1
    later = now + timedelta(minutes=4)
    assert check(app_id=cast.app.pk, now=later).opened == 0
    alert = Alert.objects.get()
    assert (alert.kind, alert.subject, alert.resolved_at) == ("lag", "", None)
    assert (alert.opened_at, alert.last_seen_at) == (now, later)
    assert [seconds for _, seconds in alert.evidence["samples"]] == [1200, 1440]


def test_check__right_again__over_after_a_while_and_opened_anew(cast: Cast) -> None:
    now = fall_behind(cast.app)
    check(app_id=cast.app.pk, now=now)
    catch_up(cast.app)
    assert check(app_id=cast.app.pk, now=now + QUIET - timedelta(minutes=1)).resolved == 0
    over = now + QUIET + timedelta(minutes=5)
    assert check(app_id=cast.app.pk, now=over).resolved == 1
    assert Alert.objects.get().resolved_at == over
    again = fall_behind_again(cast.app, over)
    assert check(app_id=cast.app.pk, now=again).opened == 1
    assert Alert.objects.count() == 2


def fall_behind_again(app: App, at: datetime) -> datetime:
    FoldQueue.objects.create(app_id=app.pk, device_id=make_device(app, "device-2").pk, queued_at=at)
    return at + timedelta(minutes=20)


def test_check__grant_rate_falls__alert_by_platform_with_its_numbers(cast: Cast) -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    cells: list[Any] = []
    for back in range(31):
        day = now.date() - timedelta(days=back)
        cells.append(("answered", day, "ios", "", "", 0, 100))
        cells.append(("granted", day, "ios", "", "", 0, 40 if back < 3 else 60))
    make_rollups(cast.app, cells)
    assert check(app_id=cast.app.pk, now=now).opened == 1
    alert = Alert.objects.get()
    assert (alert.kind, alert.subject) == ("grant_drop", "ios")
    assert alert.evidence["recent"] == [300, 120]
    assert not Alert.objects.filter(app=cast.mallorys_app).exists()


def test_check__just_done__not_again(cast: Cast) -> None:
    now = fall_behind(cast.app)
    check(app_id=cast.app.pk, now=now)
    catch_up(cast.app)
    check(app_id=cast.app.pk, now=now + BETWEEN - timedelta(seconds=1))
    assert Alert.objects.get().last_seen_at == now
    assert due_apps(now=now + timedelta(seconds=30)) == [cast.mallorys_app.pk]
    assert due_apps(now=now + BETWEEN)[0] == cast.mallorys_app.pk, "never looked at comes first"


def test_check__rule_switched_off__closed_without_a_word(cast: Cast) -> None:
    now = fall_behind(cast.app)
    save(cast)
    check(app_id=cast.app.pk, now=now)
    save(cast, rules={**USUAL, "lag": (False, "10")})
    AlertMessage.objects.all().delete()
    assert check(app_id=cast.app.pk, now=now + timedelta(minutes=4)).resolved == 1
    assert not AlertMessage.objects.exists()


def test_check__opened_and_over__one_message_each_to_everybody_chosen(cast: Cast) -> None:
    now = fall_behind(cast.app)
    save(cast, recipients=[cast.bob.pk, cast.carol.pk, cast.mallory.pk])
    check(app_id=cast.app.pk, now=now)
    check(app_id=cast.app.pk, now=now + BETWEEN)
    told = set(AlertMessage.objects.values_list("event", "to__email"))
    assert told == {
        ("opened", "bob@example.com"),
        ("opened", "carol@example.com"),
    }
    catch_up(cast.app)
    check(app_id=cast.app.pk, now=now + QUIET + timedelta(minutes=9))
    assert AlertMessage.objects.filter(event="resolved").count() == 2


def test_check__recipient_left_the_workspace__not_told(cast: Cast) -> None:
    now = fall_behind(cast.app)
    save(cast)
    Membership.objects.filter(user=cast.bob).delete()
    check(app_id=cast.app.pk, now=now)
    assert not AlertMessage.objects.exists()


def test_alert__second_open_one_of_a_kind_and_subject__refused_by_the_database(cast: Cast) -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    told = {"app": cast.app, "kind": "lag", "opened_at": now, "last_seen_at": now}
    Alert.objects.create(**told, resolved_at=now)
    Alert.objects.create(**told)
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.create(**told)


@pytest.mark.django_db(transaction=True)
def test_check__two_at_once__the_second_leaves(transactional_db: None) -> None:
    cast = make_cast()
    now = fall_behind(cast.app)
    AlertSettings.objects.create(app=cast.app)
    found: list[Any] = []

    def look() -> None:
        try:
            found.append(check(app_id=cast.app.pk, now=now))
        finally:
            connections.close_all()

    with transaction.atomic():
        AlertSettings.objects.select_for_update().get(app=cast.app)
        other = threading.Thread(target=look)
        other.start()
        other.join(10)
        assert not other.is_alive(), "it does not wait"
    assert [(one.opened, one.resolved) for one in found] == [(0, 0)]
    assert not Alert.objects.exists()


def test_settings__saved__in_the_trail(cast: Cast) -> None:
    save(cast, rules={**USUAL, "grant_drop": (True, "9")})
    entry = AuditEntry.objects.get(action="alerts.changed")
    assert entry.changes["grant_drop"] == ["on, 5", "on, 9"]
    assert entry.changes["recipients"] == [[], ["bob@example.com"]]
    assert entry.actor == cast.alice
    save(cast, rules={**USUAL, "grant_drop": (True, "9")})
    assert AuditEntry.objects.filter(action="alerts.changed").count() == 1, "nothing changed"


def test_settings__wrong_number__refused_and_nothing_saved(cast: Cast) -> None:
    with pytest.raises(Invalid) as caught:
        save(cast, rules={**USUAL, "lag": (True, "x")})
    assert set(caught.value.errors) == {"lag"}
    assert not AlertSettings.objects.exists()
    assert not AuditEntry.objects.exists()


def test_settings__stranger_as_recipient__left_out(cast: Cast) -> None:
    mine = save(cast, recipients=[cast.mallory.pk, cast.rita.pk, 999_999])
    assert [person.email for person in mine.recipients.all()] == ["rita@example.com"]


def test_send_test__everybody_who_is_told__and_again(cast: Cast) -> None:
    assert send_test(app=cast.app, actor=cast.bob) == 0
    save(cast, recipients=[cast.bob.pk, cast.carol.pk])
    assert send_test(app=cast.app, actor=cast.bob) == 2
    assert send_test(app=cast.app, actor=cast.bob) == 2
    assert AlertMessage.objects.filter(alert=None, event="test").count() == 4
    assert AuditEntry.objects.filter(action="alerts.tested").count() == 2


def test_task__an_app_that_cannot_be_read__the_others_are_looked_at(cast: Cast) -> None:
    """Its only campaign has a document that no version of the product ever wrote."""
    moment = make_moment(cast.app)
    ask = make_soft_ask(cast.app, moment, status="live")
    Campaign.objects.filter(pk=ask.pk).update(kind="redirect")
    device = make_device(cast.mallorys_app)
    FoldQueue.objects.create(
        app_id=cast.mallorys_app.pk,
        device_id=device.pk,
        queued_at=timezone.now() - timedelta(hours=1),
    )
    assert check_alerts() == 1
    assert Alert.objects.get().app == cast.mallorys_app
    assert AlertSettings.objects.get(checked_at__isnull=False).app == cast.mallorys_app


def test_task__another_slow_one_for_a_moment__waits_for_it(cast: Cast) -> None:
    """Beats come at the same full second; a check that gave up at once would hardly ever run."""
    fall_behind(cast.app)
    FoldQueue.objects.update(queued_at=timezone.now() - timedelta(hours=1))
    tasks._slow.acquire()
    soon = threading.Timer(0.2, tasks._slow.release)
    soon.start()
    assert check_alerts() == 1
    soon.join()
