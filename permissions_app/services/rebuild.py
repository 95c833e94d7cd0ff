"""Computing everything again from the stored events, to mend the rollups or to check them.

The rebuild and the nightly audit share one idea: a device's facts are its events folded from the
start, its contributions follow from facts and standing, and a rollup cell is the sum of
contributions. Whatever differs from that is wrong, and is either put right (`rebuild`) or reported
(`audit`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from permissions_app.domain.facets import facet
from permissions_app.domain.measures import VERSION, contributions
from permissions_app.domain.standing import Standing
from permissions_app.models import App, Device, RollupAlarm
from permissions_app.selectors import raw
from permissions_app.services import facets, rollups
from permissions_app.services.ingest import facts_in, refold

CHUNK = 1_000
SAMPLE = 500

DEVICES_AFTER = (
    "SELECT id FROM permissions_app_device WHERE app_id = %s AND id > %s ORDER BY id LIMIT %s"
)
LOCK_DEVICES = "SELECT id, facts::text FROM permissions_app_device WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
PUT_RIGHT = """
UPDATE permissions_app_device AS d SET facts = f.facts, version = d.version + 1
FROM jsonb_to_recordset(%s) AS f(id bigint, facts jsonb) WHERE d.id = f.id
"""
SUMS = """
SELECT c->>0 AS measure, (c->>1)::int AS day, c->>2 AS platform, c->>3 AS key, c->>4 AS arm, (c->>5)::int AS age,
       count(*) AS n
FROM permissions_app_counteddevice, jsonb_array_elements(cells) AS c WHERE app_id = %s GROUP BY 1, 2, 3, 4, 5, 6
"""
REWRITE = f"""
INSERT INTO permissions_app_rollup (app_id, measure, day, platform, key, arm, age, n)
SELECT %s, measure, day, platform, key, arm, age, n FROM ({SUMS}) AS sums
"""  # noqa: S608  only constants of this module
DIFFERENCES = f"""
SELECT measure, day, coalesce(r.n, 0), coalesce(s.n, 0)
FROM (SELECT * FROM permissions_app_rollup WHERE app_id = %s) AS r
FULL JOIN ({SUMS}) AS s USING (measure, day, platform, key, arm, age)
WHERE coalesce(r.n, 0) <> coalesce(s.n, 0) ORDER BY 1, 2
"""  # noqa: S608  only constants of this module
ID_RANGE = "SELECT min(id), max(id) FROM permissions_app_device WHERE app_id = %s"
A_SAMPLE = (
    "SELECT id FROM permissions_app_device WHERE app_id = %s AND id >= %s ORDER BY id LIMIT %s"
)
READ_SAMPLE = """
SELECT d.id, d.facts::text, d.standing::text, c.cells::text
FROM permissions_app_device d LEFT JOIN permissions_app_counteddevice c ON c.device_id = d.id
WHERE d.id = ANY(%s) AND NOT EXISTS (SELECT FROM permissions_app_foldqueue q WHERE q.device_id = d.id)
"""
ALL_WELL = """
UPDATE permissions_app_rollupalarm SET resolved_at = now() WHERE app_id = %s AND resolved_at IS NULL
"""

_encode = msgspec.json.Encoder().encode
_decode_standing = msgspec.json.Decoder(Standing).decode


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild put right: devices whose facts differed, rollup cells whose number differed."""

    devices: int
    facts_changed: int
    cells_changed: int


def rebuild(*, app_id: int) -> Iterator[Rebuilt]:
    """Recompute an app; yields after every chunk of devices, and at last with the number of cells
    put right.

    Runs beside ingest and decisions: each chunk is one short transaction, and only folds of this
    app wait.
    """
    devices = facts_changed = last = 0
    while True:
        chunk = [pk for (pk,) in raw.execute(DEVICES_AFTER, (app_id, last, CHUNK))]
        if not chunk:
            break
        facts_changed += _rebuild_chunk(app_id, chunk)
        devices, last = devices + len(chunk), chunk[-1]
        yield Rebuilt(devices, facts_changed, 0)
    cells_changed = _rewrite(app_id)
    App.objects.filter(pk=app_id).update(counted_version=VERSION)
    yield Rebuilt(devices, facts_changed, cells_changed)


def device_count(*, app_id: int) -> int:
    """How many devices an app has (exact)."""
    return Device.objects.filter(app_id=app_id).count()


def _rebuild_chunk(app_id: int, chunk: Sequence[int]) -> int:
    with raw.atomic():
        raw.execute(rollups.LOCK, (rollups.LOCK_SPACE, app_id))
        before = {pk: facts_in(text) for pk, text in raw.execute(LOCK_DEVICES, (list(chunk),))}
        after = refold(app_id, list(before))
        wrong = [{"id": pk, "facts": facts} for pk, facts in after.items() if facts != before[pk]]
        if wrong:
            raw.execute(PUT_RIGHT, (_encode(wrong).decode(),))
        rollups.count_devices(app_id=app_id, devices=sorted(before))
    return len(wrong)


def _rewrite(app_id: int) -> int:
    """Make the rollups the sum of what is counted for the devices; returns how many cells were
    wrong. What the audit found before is settled by that.
    """
    with raw.atomic():
        raw.execute(rollups.LOCK, (rollups.LOCK_SPACE, app_id))
        wrong = len(raw.execute(DIFFERENCES, (app_id, app_id)).fetchall())
        if wrong:
            raw.execute("DELETE FROM permissions_app_rollup WHERE app_id = %s", (app_id,))
            raw.execute(REWRITE, (app_id, app_id))
        raw.execute(ALL_WELL, (app_id,))
        return wrong


def audit(*, app_id: int, start: int) -> list[str]:
    """What is wrong with an app, in sentences; empty when all is well.

    Compares every rollup cell with the sum of the counted contributions, and recomputes SAMPLE
    devices, from the id `start` on, from their events.
    """
    with raw.atomic():
        raw.execute(rollups.LOCK, (rollups.LOCK_SPACE, app_id))
        found = [
            f"{measure} on day {day}: the dashboard says {shown}, the devices say {true}"
            for measure, day, shown, true in raw.execute(DIFFERENCES, (app_id, app_id)).fetchall()[
                :20
            ]
        ]
        sample = [pk for (pk,) in raw.execute(A_SAMPLE, (app_id, start, SAMPLE))]
        raw.execute(LOCK_DEVICES, (sample,))
        truth = refold(app_id, sample)
        written = facets.stored(app_id=app_id, devices=sample)
        for pk, facts, standing, counted in raw.execute(READ_SAMPLE, (sample,)).fetchall():
            if facts_in(facts) != truth[pk]:
                found.append(f"device {pk}: its facts are not what its events say")
            elif rollups.cells_of(counted) != contributions(
                facts=truth[pk], standing=_decode_standing(standing)
            ):
                found.append(f"device {pk}: what was counted for it is not what it contributes")
            elif written.get(pk) != facet(truth[pk]):
                found.append(f"device {pk}: what it is found by is not what its facts say")
    return found


def audit_all(*, fraction: float) -> int:
    """Audit every app and raise an alarm for each that is wrong; returns the number of findings.

    `fraction` (0 to 1) says where in an app's range of device ids the sample starts; the caller
    draws it.
    """
    total = 0
    for app in App.objects.all():
        row = raw.execute(ID_RANGE, (app.pk,)).fetchone()
        low, high = row if row and row[0] is not None else (0, 0)
        found = audit(app_id=app.pk, start=low + int((high - low) * fraction))
        total += len(found)
        if found:
            RollupAlarm.objects.create(app=app, what="\n".join(found[:50]))
    return total
