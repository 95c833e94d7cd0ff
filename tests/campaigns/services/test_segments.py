"""Segments are saved with a trail, and who came and went is known device by device."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from django.db import connections, transaction

from campaigns.domain.segments import parse
from campaigns.models import Campaign, Segment, SegmentDay, SegmentMember
from campaigns.selectors.campaigns import working_copy
from campaigns.selectors.rulesets import rulesets
from campaigns.selectors.segments import (
    count,
    counts,
    every_member,
    find_segment,
    recovery,
    uses,
    ways,
)
from campaigns.services.campaigns import update_campaign
from campaigns.services.decide import Request, answer
from campaigns.services.segments import (
    SegmentDraft,
    create_segment,
    delete_segment,
    due_looks,
    look,
    update_segment,
)
from permissions_app.domain.edits import Conflict, Invalid
from permissions_app.models import App, AuditEntry, User
from permissions_app.selectors import raw
from permissions_app.services.rollups import LOCK, LOCK_SPACE, count_devices
from tests.campaigns.domain.test_segments import NOW, TODAY, denied, device
from tests.factories import make_cast, make_device, make_moment, make_soft_ask, republish

pytestmark = pytest.mark.django_db
AT = datetime.fromtimestamp(NOW / 1000, UTC)
DENIED = {"all": [{"fact": "status", "in": ["denied"]}]}


def put(app: App, key: str, facts: Any) -> int:
    """A device with these facts, counted."""
    row = app.devices.filter(key=key).first() or make_device(app, key)
    row.facts = msgspec.to_builtins(facts)
    row.save()
    raw.execute(LOCK, (LOCK_SPACE, app.pk))
    count_devices(app_id=app.pk, devices=[row.pk])
    return int(row.pk)


def waiting() -> bool:
    """Whether another connection waits for a lock. Locks are told anew at every look, activity once a transaction."""
    row = raw.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
    return bool(row and row[0])


def saved(app: App, actor: User | None = None, **changes: Any) -> Segment:
    """A segment of everybody who is denied."""
    draft = SegmentDraft(**{"name": "Denied people", "document": DENIED, **changes})
    return create_segment(app=app, draft=draft, actor=actor)


def test_create__segment__has_a_key_and_a_trail(app: App, owner: User) -> None:
    segment = saved(app, owner)
    assert (segment.key, segment.version) == ("denied-people", 1)
    entry = AuditEntry.objects.get(action="segment.created")
    assert (entry.actor, entry.subject) == (owner, "Denied people")
    assert entry.changes["conditions"] == "notifications are off"
    assert saved(app).key == "denied-people-2"
    assert saved(app, name="Never").key == "never-2"
    assert saved(app, name="New").key == "new-2"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"document": {"all": []}}, ""),
        ({"document": {"all": [{"fact": "x"}]}}, "all.0"),
    ],
)
def test_create__something_wrong__is_refused(app: App, changes: Any, field: str) -> None:
    with pytest.raises(Invalid) as error:
        saved(app, **changes)
    assert field in error.value.errors
    assert not Segment.objects.exists()


def test_update__conditions__raise_the_version_and_reach_decisions(app: App, owner: User) -> None:
    segment = saved(app)
    before = App.objects.get(pk=app.pk).ruleset_version
    wider = {"any": [*DENIED["all"], {"fact": "never", "ever": True}]}
    draft = SegmentDraft("Denied people", wider)
    update_segment(app=app, key=segment.key, draft=draft, expected_version=1, actor=owner)
    assert App.objects.get(pk=app.pk).ruleset_version > before
    assert AuditEntry.objects.get(action="segment.updated").changes["conditions"] == [
        "notifications are off",
        "notifications are off or said never ask again",
    ]
    with pytest.raises(Conflict):
        update_segment(app=app, key=segment.key, draft=draft, expected_version=1, actor=owner)
    update_segment(app=app, key=segment.key, draft=draft, expected_version=2, actor=owner)
    assert AuditEntry.objects.filter(action="segment.updated").count() == 1


def test_delete__segment__takes_its_history_along(app: App, owner: User) -> None:
    put(app, "d1", denied(3))
    segment = saved(app)
    look(app_id=app.pk, key=segment.key, day=TODAY, now=AT)
    assert SegmentMember.objects.filter(key=segment.key).count() == 1
    delete_segment(app=app, key=segment.key, actor=owner)
    assert not Segment.objects.exists()
    assert not SegmentDay.objects.exists()
    assert not SegmentMember.objects.exists()
    assert AuditEntry.objects.filter(action="segment.deleted").count() == 1


def test_look__devices_come_and_go__counts_each(app: App) -> None:
    put(app, "stays", denied(3))
    put(app, "leaves", denied(3))
    key = saved(app).key
    first = look(app_id=app.pk, key=key, day=TODAY, now=AT)
    assert first is not None
    assert (first.size, first.entered, first.left) == (2, None, None)
    put(app, "leaves", device(status="authorized", status_at=NOW))
    put(app, "comes", denied(0))
    put(app, "comes-too", denied(0))
    second = look(app_id=app.pk, key=key, day=TODAY + 1, now=AT)
    assert second is not None
    assert (second.size, second.entered, second.left) == (3, 2, 1)
    assert look(app_id=app.pk, key=key, day=TODAY + 1, now=AT) is None


def test_look__after_the_conditions_changed__knows_neither_who_came_nor_went(app: App) -> None:
    put(app, "d1", denied(3))
    key = saved(app).key
    look(app_id=app.pk, key=key, day=TODAY, now=AT)
    draft = SegmentDraft("Denied people", {"fact": "status", "in": ["authorized"]})
    update_segment(app=app, key=key, draft=draft, expected_version=1, actor=None)
    changed = look(app_id=app.pk, key=key, day=TODAY + 1, now=AT)
    assert changed is not None
    assert (changed.size, changed.entered, changed.left) == (0, None, None)
    put(app, "d2", device(status="authorized", status_at=NOW))
    after = look(app_id=app.pk, key=key, day=TODAY + 2, now=AT)
    assert after is not None
    assert (after.size, after.entered, after.left) == (1, 1, 0)


def test_due__segments_of_all_apps__once_a_day(app: App) -> None:
    own = saved(app).key
    due = due_looks(day=TODAY)
    assert (app.pk, own) in due
    assert (app.pk, "never") in due
    look(app_id=app.pk, key=own, day=TODAY, now=AT)
    assert (app.pk, own) not in due_looks(day=TODAY)
    assert (app.pk, own) in due_looks(day=TODAY + 1)


def test_counts__several_at_once__are_those_of_each(app: App) -> None:
    put(app, "d1", denied(3))
    put(app, "d2", denied(30, "turned_off"))
    put(app, "d3", device())
    nodes = [parse(DENIED), parse({"fact": "cause", "in": ["turned_off"]}), parse({"all": []})]
    together = counts(app_id=app.pk, nodes=nodes, today=TODAY)
    assert [(it.devices, it.of) for it in together] == [(2, 3), (1, 3), (3, 3)]
    for node, it in zip(nodes, together, strict=True):
        assert count(app_id=app.pk, node=node, today=TODAY).devices == it.devices


def test_segment__of_another_app__counts_its_own_devices_only(app: App, cast: Any) -> None:
    put(app, "d1", denied(3))
    put(cast.mallorys_app, "d1", denied(3))
    assert count(app_id=app.pk, node=parse(DENIED), today=TODAY).devices == 1
    saved(cast.mallorys_app, name="Theirs")
    assert find_segment(app=app, key="theirs") is None


def test_every_member__in_chunks__comes_once_in_order(app: App) -> None:
    wanted = [put(app, f"d{n}", denied(n)) for n in range(7)]
    put(app, "other", device())
    found = list(every_member(app_id=app.pk, node=parse(DENIED), today=TODAY, chunk=3))
    assert [member.device_id for member in found] == wanted
    assert found[2].denied is not None
    assert found[2].key == "d2"


def test_ways_and_recovery__of_the_members__are_theirs_alone(app: App) -> None:
    back = denied(20, status="authorized", recovered_at=NOW - 15 * 86_400_000)
    put(app, "back", back)
    put(app, "still", denied(20))
    put(app, "gone", denied(20, removed_at=NOW - 10 * 86_400_000))
    put(app, "never-denied", device())
    everybody = parse({"all": []})
    assert sum(ways(app_id=app.pk, node=everybody, today=TODAY).values()) == 4
    found = recovery(app_id=app.pk, node=everybody, today=TODAY)
    assert (found.denied, found.recovered, found.lost) == (3, 1, 1)
    assert found.points[5].incidence == pytest.approx(1 / 3)
    assert recovery(app_id=app.pk, node=parse(DENIED), today=TODAY).denied == 2


def speaking_to(app: App, segment: str, **more: Any) -> Campaign:
    """A live soft ask with this audience."""
    campaign = make_soft_ask(app, make_moment(app), status="live")
    return republish(campaign, segment=segment, min_sessions=0, allow_first_session=True, **more)


def ask(app: App, device_key: str, now: int = NOW) -> str:
    """The reason of a decision for a device at the moment."""
    request = Request(device_id=device_key, moment="order_placed")
    return answer(app_id=app.pk, request=request, now=now).reason


def test_decide__audience_is_a_segment__asks_its_members_only(app: App) -> None:
    key = saved(app, document={"all": [{"fact": "sessions", "at_least": 5}]}).key
    speaking_to(app, key, holdout=0.0)
    put(app, "regular", device(sessions=5, status="not_determined"))
    put(app, "new", device(sessions=4, status="not_determined"))
    assert ask(app, "regular") == "ask_softly"
    assert ask(app, "new") == "audience_mismatch"


def test_update__segment_of_a_live_campaign__decides_anew_and_is_audited(
    app: App, owner: User
) -> None:
    key = saved(app, document={"all": [{"fact": "sessions", "at_least": 5}]}).key
    campaign = speaking_to(app, key, holdout=0.0)
    put(app, "new", device(sessions=4, status="not_determined"))
    assert ask(app, "new") == "audience_mismatch"
    draft = SegmentDraft("Denied people", {"all": [{"fact": "sessions", "at_least": 4}]})
    update_segment(app=app, key=key, draft=draft, expected_version=1, actor=owner)
    rulesets.forget()  # a process looks at the version once a second
    assert ask(app, "new") == "ask_softly"
    entry = AuditEntry.objects.get(action="segment.updated")
    assert entry.changes["live_in"] == [campaign.name]


def test_delete__audience_of_a_campaign__is_refused_with_its_name(app: App) -> None:
    key = saved(app).key
    speaking_to(app, key)
    with pytest.raises(Invalid) as error:
        delete_segment(app=app, key=key, actor=None)
    assert "“Shipping news”" in error.value.errors[""]
    assert Segment.objects.filter(key=key).exists()


@pytest.mark.django_db(transaction=True)
def test_delete__while_a_soft_ask_takes_it_as_its_audience__waits_and_is_refused() -> None:
    app = make_cast().app
    key, refused = saved(app).key, []

    def delete() -> None:
        try:
            delete_segment(app=app, key=key, actor=None)
        except Invalid as invalid:
            refused.append(str(invalid))
        finally:
            connections.close_all()

    thread = threading.Thread(target=delete)
    with transaction.atomic():
        make_soft_ask(app, make_moment(app), segment=key)
        thread.start()
        until = time.monotonic() + 20
        while not (waited := waiting()) and thread.is_alive() and time.monotonic() < until:
            thread.join(0.02)
    thread.join(20)
    assert waited
    assert ["“Shipping news”" in said for said in refused] == [True]
    assert Segment.objects.filter(key=key).exists()


def test_uses__changed_in_the_draft_and_still_live__are_both_told(app: App) -> None:
    one, other = saved(app).key, saved(app, name="Others").key
    campaign = speaking_to(app, one)
    campaign.refresh_from_db()
    draft = replace(working_copy(campaign), segment=other)
    update_campaign(
        campaign_id=campaign.pk, app=app, draft=draft, expected_version=campaign.version, actor=None
    )
    found = uses(app=app)
    assert [(use.name, use.live) for use in found[one]] == [("Shipping news", True)]
    assert [(use.name, use.live) for use in found[other]] == [("Shipping news", False)]


def test_campaign__segment_that_is_not_there__is_refused(app: App) -> None:
    with pytest.raises(Invalid) as error:
        speaking_to(app, "nobody-made-this")
    assert error.value.errors == {"segment": "Choose a segment of this app."}
