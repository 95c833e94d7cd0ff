"""Saving, changing and deleting segments, and the nightly look at who is in them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from campaigns.domain.segment_builtin import built_in
from campaigns.domain.segment_rules import (
    NOT_A_KEY,
    conditions_in_words,
    is_segment_key,
    segment_faults,
)
from campaigns.domain.segment_sql import where
from campaigns.domain.webhook_events import MOST_MEMBERS_TOLD
from campaigns.models import Segment, SegmentDay, SegmentMember
from campaigns.selectors.segments import Described, segments_of, uses
from campaigns.services.webhook_news import Moved, tell_members
from permissions_app.domain.edits import Invalid, changed, check_version
from permissions_app.models import Actor, App
from permissions_app.selectors import raw
from permissions_app.services import audit
from permissions_app.services.apps import bump_ruleset

LOCK_SPACE = 7_202
"""First half of the advisory lock's key; the second is the app's id."""
MOST_SEGMENTS = 200
LOOK = """
WITH now AS MATERIALIZED (
    SELECT f.device_id FROM permissions_app_facet AS f WHERE f.app_id = %s AND {condition}
), entered AS (
    INSERT INTO campaigns_segmentmember (app_id, key, device_id)
    SELECT %s, %s, device_id FROM now
    ON CONFLICT DO NOTHING RETURNING device_id
), gone AS (
    DELETE FROM campaigns_segmentmember AS m WHERE m.app_id = %s AND m.key = %s
    AND NOT EXISTS (SELECT FROM now WHERE now.device_id = m.device_id) RETURNING device_id
)
SELECT (SELECT count(*) FROM now), (SELECT count(*) FROM entered), (SELECT count(*) FROM gone),
       ARRAY(SELECT device_id FROM entered LIMIT %s), ARRAY(SELECT device_id FROM gone LIMIT %s)
"""


@dataclass(frozen=True, slots=True)
class SegmentDraft:
    """What a person may say of a segment."""

    name: str
    document: Any


@transaction.atomic
def create_segment(*, app: App, draft: SegmentDraft, actor: Actor, key: str = "") -> Segment:
    """A new segment. Raises Invalid. `key`: as a set-up file names it; made from the name when none is given."""
    _check(draft)
    App.objects.select_for_update(no_key=True).get(pk=app.pk)
    taken = set(Segment.objects.filter(app=app).values_list("key", flat=True))
    if len(taken) >= MOST_SEGMENTS:
        raise Invalid({"": f"An app has at most {MOST_SEGMENTS} segments: delete one first."})
    taken |= {*built_in(), *NOT_A_KEY}
    if key and (key in taken or not is_segment_key(key)):
        raise Invalid({"": "A segment cannot have this key, or one has it already."})
    segment = Segment.objects.create(
        app=app,
        key=key or _free_key(draft.name, taken),
        name=draft.name.strip(),
        document=draft.document,
    )
    _record(segment, actor, "created", _state(segment))
    return segment


@transaction.atomic
def update_segment(
    *, app: App, key: str, draft: SegmentDraft, expected_version: int, actor: Actor
) -> Segment:
    """Change name or conditions; the key stays. Raises Invalid, Conflict, Segment.DoesNotExist.

    Live campaigns whose audience it is follow at once; the trail says which these were.
    """
    segment = Segment.objects.select_for_update().get(app=app, key=key)
    check_version(expected=expected_version, current=segment.version)
    _check(draft)
    before, document = _state(segment), segment.document
    segment.name, segment.document = draft.name.strip(), draft.document
    difference: dict[str, Any] = changed(before=before, after=_state(segment))
    if not difference and document == draft.document:
        return segment
    segment.version += 1
    segment.save()
    bump_ruleset(app_id=app.pk)
    live = [use.name for use in uses(app=app, keys=[key]).get(key, ()) if use.live]
    _record(segment, actor, "updated", {**difference, **({"live_in": live} if live else {})})
    return segment


@transaction.atomic
def delete_segment(*, app: App, key: str, actor: Actor) -> None:
    """Take a segment away with its history. Raises Invalid while a campaign names it, Segment.DoesNotExist."""
    segment = Segment.objects.select_for_update().get(app=app, key=key)
    named_by = uses(app=app, keys=[key]).get(key, ())
    if named_by:
        names = ", ".join(f"“{use.name}”" for use in named_by[:3])
        raise Invalid({"": f"It is the audience of {names}. Choose another audience there first."})
    _record(segment, actor, "deleted", _state(segment))
    SegmentDay.objects.filter(app=app, key=key).delete()
    SegmentMember.objects.filter(app_id=app.pk, key=key).delete()
    segment.delete()


def due_looks(*, day: int, limit: int = 50) -> list[tuple[int, str]]:
    """(app id, key) of segments that were not looked at on a day."""
    found: list[tuple[int, str]] = []
    for app in App.objects.order_by("pk"):
        seen = set(SegmentDay.objects.filter(app=app, day=day).values_list("key", flat=True))
        found += [(app.pk, it.key) for it in segments_of(app=app) if it.key not in seen]
        if len(found) >= limit:
            break
    return found[:limit]


@dataclass(frozen=True, slots=True)
class _Seen:
    """How many are in a segment now, and who came and went; of more than MOST_MEMBERS_TOLD, only how many."""

    size: int
    entered: Moved
    left: Moved


def look(*, app_id: int, key: str, day: int, now: datetime) -> SegmentDay | None:
    """Write down who is in a segment on a day (days since 1970-01-01 UTC), and who came and went since the last look;
    webhooks are told of them. None when that was done already, or the segment is gone or cannot be read.
    """
    with transaction.atomic():
        raw.execute("SELECT pg_advisory_xact_lock(%s, %s)", (LOCK_SPACE, app_id))
        app = App.objects.get(pk=app_id)
        segment = next((it for it in segments_of(app=app) if it.key == key), None)
        if segment is None or segment.node is None:
            return None
        days = SegmentDay.objects.filter(app_id=app_id, key=key)
        if days.filter(day__gte=day).exists():
            return None
        before = days.order_by("-day").first()
        seen = _look(app_id, segment, day)
        comparable = before is not None and before.version == segment.version
        if comparable:
            moved = (seen.entered, seen.left)
            tell_members(app=app, segment=key, size=seen.size, day=day, moved=moved, now=now)
        return SegmentDay.objects.create(
            app_id=app_id,
            key=key,
            day=day,
            version=segment.version,
            size=seen.size,
            entered=seen.entered.total if comparable else None,
            left=seen.left.total if comparable else None,
        )


def _look(app_id: int, segment: Described, day: int) -> _Seen:
    assert segment.node is not None
    condition = where(node=segment.node, today=day)
    here, most = (app_id, segment.key), MOST_MEMBERS_TOLD
    told = (app_id, *condition.parameters, *here, *here, most, most)
    row = raw.execute(LOOK.format(condition=condition.text), told).fetchone()
    assert row is not None
    size, entered, left, who_entered, who_left = row
    return _Seen(size, Moved("entered", who_entered, entered), Moved("left", who_left, left))


def _check(draft: SegmentDraft) -> None:
    errors = segment_faults(name=draft.name, document=draft.document)
    if errors:
        raise Invalid(errors)


def _free_key(name: str, taken: set[str]) -> str:
    base = slugify(name)[:50].strip("-") or "segment"
    number = 1
    key = base
    while key in taken:
        number += 1
        key = f"{base}-{number}"
    return key


def _state(segment: Segment) -> dict[str, Any]:
    return {"name": segment.name, "conditions": conditions_in_words(segment.document)}


def _record(segment: Segment, actor: Actor, action: str, changes: dict[str, Any]) -> None:
    audit.record(
        workspace=segment.app.workspace,
        app=segment.app,
        actor=actor,
        action=f"segment.{action}",
        subject=segment.name,
        changes={"id": f"g{segment.pk}", "key": segment.key, **changes},
    )
