"""How long a segment takes to count among a million devices, and what an export of all of them costs.

The devices are made by the database, as facets in the product's own table: three platforms, a third denied, up to
five moments each. Counting is measured in one process, as a request does it.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from config.local import places
from tests.bench.stage import Stage
from tests.bench.table import Row

MOST_MILLISECONDS = 300.0
MOST_GROWN_MB = 64
ROUNDS = 20
DEVICES = """
INSERT INTO permissions_app_device (app_id, key, version)
SELECT %(app)s::bigint, 'g-' || n, 1 FROM generate_series(1, %(devices)s::int) AS n
"""
FACETS = """
INSERT INTO permissions_app_facet (
    app_id, device_id, platform, os, app_version, app_order, locale, language, country, status, cause, way,
    first_seen, last_seen, status_since, denied, first_denial, recovered, settings_in_vain, never, moment_since_no,
    sessions, screens, soft_asks_shown, soft_asks_declined, redirects_shown, redirects_tapped,
    interruptions, saw, moments, moment_numbers)
SELECT app_id, id, (ARRAY['ios', 'android', 'web'])[1 + n %% 3], (ARRAY['17', '18', '16', '15'])[1 + n %% 4],
       '4.' || n %% 20, (4::bigint << 45) + (n %% 20 << 30), (ARRAY['de-DE', 'en-US', 'fr-FR', 'en-GB'])[1 + n %% 4],
       (ARRAY['de', 'en', 'fr', 'en'])[1 + n %% 4], (ARRAY['DE', 'US', 'FR', 'GB'])[1 + n %% 4],
       (ARRAY['denied', 'authorized', 'not_determined'])[1 + n / 7 %% 3],
       CASE WHEN n / 7 %% 3 = 0 THEN (ARRAY['refused', 'turned_off', 'refused_once'])[1 + n %% 3] END,
       (ARRAY['rspxD', 'rspxgA', 'rW'])[1 + n / 7 %% 3],
       %(day)s - n * 31 %% 700, %(day)s - n * 13 %% 60, %(day)s - n * 17 %% 300,
       CASE WHEN n / 7 %% 3 = 0 THEN %(day)s - n * 17 %% 300 END,
       CASE WHEN n / 7 %% 3 = 0 THEN %(day)s - n * 17 %% 300 END,
       CASE WHEN n %% 40 = 0 THEN %(day)s - 5 END, CASE WHEN n %% 50 = 0 THEN %(day)s - 4 END,
       CASE WHEN n %% 60 = 0 THEN %(day)s - 9 END, CASE WHEN n %% 5 = 0 THEN %(day)s - n * 7 %% 90 END,
       n %% 40, n %% 200, n %% 4, n %% 2, n %% 3, n %% 2,
       CASE WHEN n %% 3 > 0 THEN ARRAY[%(day)s - n %% 50, %(day)s - 60] END,
       CASE WHEN n %% 3 > 0 THEN ARRAY['s1', 's1.2.a'] END, moments, numbers
FROM (
    SELECT d.app_id, d.id, substr(d.key, 3)::bigint AS n FROM permissions_app_device AS d
    WHERE d.app_id = %(app)s AND d.key LIKE 'g-%%'
) AS d, LATERAL (
    SELECT array_agg(m.key ORDER BY m.at) AS moments,
           string_agg(concat_ws(',', 4 + n %% 9, n / 3 %% 4, %(day)s - 300, %(day)s - n %% 90, %(day)s - 90 - n %% 9,
                                %(day)s - 110, %(day)s - 120, -1), ',' ORDER BY m.at) AS told
    FROM unnest(ARRAY['order_placed', 'run_finished', 'goal_set', 'message_sent', 'friend_added'])
         WITH ORDINALITY AS m(key, at) WHERE m.at <= n %% 6
) AS m, LATERAL (SELECT string_to_array(m.told, ',')::smallint[] AS numbers) AS s
"""
TOTAL = """
INSERT INTO permissions_app_rollup (app_id, measure, day, platform, key, arm, age, n)
VALUES (%(app)s, 'devices', %(day)s, 'ios', '', '', 0, %(devices)s)
"""
OFF = {"fact": "cause", "in": ["refused", "turned_off"]}
ASKED: dict[str, Any] = {
    "one fact": {"fact": "status", "in": ["denied"]},
    "denied more than 30 days ago": {
        "all": [
            OFF,
            {"fact": "denied", "more_than_days_ago": 30},
            {"fact": "platform", "in": ["ios"]},
        ]
    },
    "a moment twice in 120 days since the no": {
        "all": [
            OFF,
            {"moment": "message_sent", "at_least": 2, "in_last_days": 120, "since_no": True},
        ]
    },
    "a moment in 14 days, of everybody": {"moment": "message_sent", "in_last_days": 14},
    "not a moment, nested": {
        "all": [
            {"not": {"moment": "goal_set", "in_last_days": 30}},
            {"any": [{"fact": "country", "in": ["DE", "FR"]}, {"fact": "never", "ever": True}]},
            {"fact": "app_version", "at_least": "4.5"},
        ]
    },
}


def measure(stage: Stage, *, quick: bool) -> tuple[list[Row], list[str]]:
    """Counts of several segments, all built-in ones at once, and a whole export."""
    stage.without_background()
    devices = 100_000 if quick else 1_000_000
    told = {"app": stage.scene.app, "devices": devices, "day": int(time.time() // 86_400)}
    with stage.connect() as connection:
        for statement in (DEVICES, FACETS, TOTAL):
            connection.execute(statement, told)
        for table in ("device", "facet"):
            connection.execute(f"VACUUM ANALYZE permissions_app_{table}".encode())
        connection.execute("CHECKPOINT")
        size = connection.execute("SELECT pg_table_size('permissions_app_facet')").fetchone()
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.segments", str(stage.scene.app), str(told["day"])],
        cwd=places.ROOT,
        env=stage.live.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)
    found = json.loads(done.stdout.splitlines()[-1])
    rows = [
        Row(
            f"segment count at {devices:,} devices: {name}",
            f"p50 {one['p50']:.0f} ms, p95 {one['p95']:.0f} ms",
            f"{one['devices']:,} devices",
            "",
            f"p95 under {MOST_MILLISECONDS:.0f} ms",
            one["p95"] < MOST_MILLISECONDS,
        )
        for name, one in found["counts"].items()
    ]
    every = found["every"]
    rows.append(
        Row(
            "all built-in segments in one walk",
            f"p50 {every['p50']:.0f} ms, p95 {every['p95']:.0f} ms",
        )
    )
    export = found["export"]
    rows.append(
        Row(
            f"export of {export['rows']:,} members as CSV",
            f"{export['rows'] / export['seconds']:,.0f} rows/s",
            f"memory grew by {export['grown_mb']} MB",
            "",
            f"under {MOST_GROWN_MB} MB",
            export["grown_mb"] < MOST_GROWN_MB,
        )
    )
    assert size is not None
    return rows, [
        f"Segments: {devices:,} facets, {size[0] / devices:.0f} bytes each, in PostgreSQL's cache; "
        f"{ROUNDS} counts of each, one at a time."
    ]


def _times(ask: Callable[[], Any]) -> dict[str, float]:
    taken = []
    ask()
    for _ in range(ROUNDS):
        started = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - started) * 1000)
    taken.sort()
    return {"p50": taken[len(taken) // 2], "p95": taken[round(len(taken) * 0.95) - 1]}


def main(app: int, day: int) -> None:
    """Count in a process with the product's settings, and print what it took."""
    import django

    django.setup()
    from campaigns.domain.segment_builtin import built_in
    from campaigns.domain.segments import parse
    from campaigns.selectors.segment_files import member_rows
    from campaigns.selectors.segments import count, counts, every_member
    from permissions_app.web.figures import csv_response

    found: dict[str, Any] = {"counts": {}}
    for name, document in ASKED.items():
        node = parse(document)
        times = _times(partial(count, app_id=app, node=node, today=day))
        found["counts"][name] = times | {"devices": count(app_id=app, node=node, today=day).devices}
    nodes = [parse(it.document) for it in built_in().values()]
    found["every"] = _times(lambda: counts(app_id=app, nodes=nodes, today=day))
    everybody = parse({"all": []})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, rows = time.perf_counter(), -1
    members = every_member(app_id=app, node=everybody, today=day)
    for _ in csv_response(name="all.csv", rows=member_rows(members)):
        rows += 1
    found["export"] = {
        "rows": rows,
        "seconds": time.perf_counter() - started,
        "grown_mb": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
