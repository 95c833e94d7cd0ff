"""Segments are saved with a trail, and who came and went is known device by device."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from campaigns.domain.segments import parse
from campaigns.models import Segment, SegmentDay, SegmentMember
from campaigns.selectors.segments import count, counts, every_member, find_segment, recovery, ways
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
from tests.factories import make_device

pytestmark = pytest.mark.django_db
DENIED = {"all": [{"fact": "status", "in": ["denied"]}]}


def put(app: App, key: str, facts: Any) -> int:
    """A device with these facts, counted."""
    row = app.devices.filter(key=key).first() or make_device(app, key)
    row.facts = msgspec.to_builtins(facts)
    row.save()
    raw.execute(LOCK, (LOCK_SPACE, app.pk))
    count_devices(app_id=app.pk, devices=[row.pk])
    return int(row.pk)


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
    look(app_id=app.pk, key=segment.key, day=TODAY)
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
    first = look(app_id=app.pk, key=key, day=TODAY)
    assert first is not None
    assert (first.size, first.entered, first.left) == (2, None, None)
    put(app, "leaves", device(status="authorized", status_at=NOW))
    put(app, "comes", denied(0))
    put(app, "comes-too", denied(0))
    second = look(app_id=app.pk, key=key, day=TODAY + 1)
    assert second is not None
    assert (second.size, second.entered, second.left) == (3, 2, 1)
    assert look(app_id=app.pk, key=key, day=TODAY + 1) is None


def test_look__after_the_conditions_changed__knows_neither_who_came_nor_went(app: App) -> None:
    put(app, "d1", denied(3))
    key = saved(app).key
    look(app_id=app.pk, key=key, day=TODAY)
    draft = SegmentDraft("Denied people", {"fact": "status", "in": ["authorized"]})
    update_segment(app=app, key=key, draft=draft, expected_version=1, actor=None)
    changed = look(app_id=app.pk, key=key, day=TODAY + 1)
    assert changed is not None
    assert (changed.size, changed.entered, changed.left) == (0, None, None)
    put(app, "d2", device(status="authorized", status_at=NOW))
    after = look(app_id=app.pk, key=key, day=TODAY + 2)
    assert after is not None
    assert (after.size, after.entered, after.left) == (1, 1, 0)


def test_due__segments_of_all_apps__once_a_day(app: App) -> None:
    own = saved(app).key
    due = due_looks(day=TODAY)
    assert (app.pk, own) in due
    assert (app.pk, "never") in due
    look(app_id=app.pk, key=own, day=TODAY)
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
