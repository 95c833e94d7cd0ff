"""Keeping the rollups equal to the sum of what every device contributes.

The fold takes notes that devices changed, works out for each device the difference between what it
contributes now and what was counted for it, and adds that, all in one transaction: killed at any
point, nothing is lost and nothing counts twice. One advisory lock per app keeps two folds of an app
apart, so a device's facts are always read after the last count of it was written.
"""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from permissions_app.domain.device import DeviceFacts
from permissions_app.domain.facets import Facet, facet
from permissions_app.domain.measures import Cell, contributions, difference
from permissions_app.domain.standing import Standing
from permissions_app.domain.status_changes import status_change
from permissions_app.selectors import raw
from permissions_app.services import facets

LOCK_SPACE = 7_201
"""First half of the advisory lock's key; the second is the app's id."""

APPS_WAITING = "SELECT DISTINCT app_id FROM permissions_app_foldqueue"
TRY_LOCK = "SELECT pg_try_advisory_xact_lock(%s, %s)"
LOCK = "SELECT pg_advisory_xact_lock(%s, %s)"
TAKE = """
WITH taken AS (
    DELETE FROM permissions_app_foldqueue WHERE id IN (
        SELECT id FROM permissions_app_foldqueue WHERE app_id = %s ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
    ) RETURNING device_id
) SELECT device_id, count(*) FROM taken GROUP BY device_id
"""
READ = """
SELECT d.id, d.facts::text, d.standing::text, c.cells::text
FROM permissions_app_device d LEFT JOIN permissions_app_counteddevice c ON c.device_id = d.id
WHERE d.id = ANY(%s)
"""
KEEP_COUNTED = """
INSERT INTO permissions_app_counteddevice (device_id, app_id, cells)
SELECT id, %s, cells FROM jsonb_to_recordset(%s) AS c(id bigint, cells jsonb)
ON CONFLICT (device_id) DO UPDATE SET cells = excluded.cells
"""
ADD = """
INSERT INTO permissions_app_rollup AS r (app_id, measure, day, platform, key, arm, age, n)
SELECT %s, measure, day, platform, key, arm, age, n
FROM jsonb_to_recordset(%s) AS c(measure text, day int, platform text, key text, arm text, age int, n bigint)
ON CONFLICT (app_id, measure, day, platform, key, arm, age) DO UPDATE SET n = r.n + excluded.n
"""
SET_ASIDE = """
INSERT INTO permissions_app_quarantineddevice AS q (app_id, device_id, attempts, error, found_at)
VALUES (%s, %s, 1, %s, now())
ON CONFLICT (app_id, device_id) DO UPDATE SET attempts = q.attempts + 1, error = excluded.error
"""
LET_GO = "DELETE FROM permissions_app_quarantineddevice WHERE app_id = %s AND device_id = ANY(%s::bigint[])"

NOTES_CHANGES = "SELECT notes_changes FROM permissions_app_app WHERE id = %s"
LEAVE_NOTES = """
INSERT INTO permissions_app_changenote (app_id, device_id, told)
SELECT %s, device_id, told FROM jsonb_to_recordset(%s) AS n(device_id bigint, told jsonb)
"""

_encode = msgspec.json.Encoder().encode
_decode_facts = msgspec.json.Decoder(DeviceFacts).decode
_decode_standing = msgspec.json.Decoder(Standing).decode


class Folded(msgspec.Struct, frozen=True):
    """What one fold did: notes taken from the queue, devices looked at, rollup cells changed."""

    notes: int = 0
    devices: int = 0
    cells: int = 0


def apps_waiting() -> list[int]:
    """The apps that have devices waiting to be counted."""
    return [app for (app,) in raw.execute(APPS_WAITING)]


def fold_queue(*, app_id: int, limit: int = 20_000) -> Folded:
    """Count up to `limit` notes of one app. Does nothing when another fold of the app is under way."""
    with raw.atomic():
        if not raw.execute(TRY_LOCK, (LOCK_SPACE, app_id)).fetchone()[0]:  # type: ignore[index]
            return Folded()
        taken = raw.execute(TAKE, (app_id, limit)).fetchall()
        if not taken:
            return Folded()
        devices = sorted(pk for pk, _ in taken)
        noting = raw.execute(NOTES_CHANGES, (app_id,)).fetchone() == (True,)
        cells = count_devices(app_id=app_id, devices=devices, noting=noting)
        return Folded(sum(n for _, n in taken), len(devices), cells)


def count_devices(*, app_id: int, devices: Sequence[int], noting: bool = False) -> int:
    """Bring the rollups and the facets up to date with `devices`; returns the number of cells that changed.

    `noting`: leave a note of each whose permission is another than its facet said. The caller is in a transaction and
    holds the app's lock. A device whose contributions cannot be computed is put in quarantine and keeps what was
    counted for it before; it leaves once it can.
    """
    changed: Counter[Cell] = Counter()
    fine: list[int] = []
    counted: list[dict[str, Any]] = []
    found: list[tuple[int, Facet | None]] = []
    notes: list[dict[str, Any]] = []
    known = facets.statuses(app_id=app_id, devices=devices) if noting else {}
    for pk, document, standing, before in raw.execute(READ, (list(devices),)).fetchall():
        old = cells_of(before)
        try:
            facts = _decode_facts(document)
            new = contributions(facts=facts, standing=_decode_standing(standing))
            found.append((pk, facet(facts)))
        except (
            msgspec.MsgspecError,
            ValueError,
            ArithmeticError,
            LookupError,
            TypeError,
            AttributeError,
        ) as error:
            _quarantine(app_id, pk, error)
            continue
        fine.append(pk)
        if noting:
            was, was_cause = known.get(pk, (None, None))
            change = status_change(was=was, was_cause=was_cause, facts=facts)
            if change is not None:
                notes.append({"device_id": pk, "told": change})
        delta = difference(before=old, after=new)
        if delta or before is None:
            counted.append({"id": pk, "cells": list(new)})
        for cell, n in delta.items():
            changed[cell] += n
    raw.execute(LET_GO, (app_id, fine))
    facets.keep(app_id=app_id, found=found)
    if notes:
        raw.execute(LEAVE_NOTES, (app_id, _encode(notes).decode()))
    add_cells(app_id=app_id, cells=changed)
    if counted:
        raw.execute(KEEP_COUNTED, (app_id, _encode(counted).decode()))
    return sum(1 for n in changed.values() if n)


def add_cells(*, app_id: int, cells: Counter[Cell]) -> None:
    """Add differences to the rollups."""
    names = ("measure", "day", "platform", "key", "arm", "age")
    rows = [
        dict(zip(names, cell, strict=True)) | {"n": n} for cell, n in sorted(cells.items()) if n
    ]
    if rows:
        raw.execute(ADD, (app_id, _encode(rows).decode()))


def cells_of(text: str | None) -> dict[Cell, int]:
    """The cells stored for a device; each counts 1."""
    return {} if text is None else {tuple(cell): 1 for cell in json.loads(text)}


def _quarantine(app_id: int, device: int, error: Exception) -> None:
    raw.execute(SET_ASIDE, (app_id, device, f"{type(error).__name__}: {error}"[:500]))
