"""A year of stored events, made in bulk by the database: what an app has behind it when it is measured.

Ten events a device, spread over the last twelve months, with random ids as clients send them, each with its facts and
counted contributions in the form in which the product keeps them. The facts are those of a simple device; they are not
the fold of the invented events, so an app with such a history is for measuring speed only.
"""

from __future__ import annotations

from tests.bench.stage import Stage

EVENTS_A_DEVICE = 10
CHUNK = 500_000

DEVICES = """
INSERT INTO permissions_app_device (app_id, key, version, facts)
SELECT %(app)s::bigint, 'h-' || n, 1, jsonb_build_object(
    'last_at', %(now)s::bigint - 86400000 - n %% 1000, 'last_key', 'a' || gen_random_uuid(),
    'first_seen_at', %(now)s::bigint - 86400000::bigint * (2 + n %% 360),
    'last_seen_at', %(now)s::bigint - 86400000 - n %% 1000,
    'platform', 'ios', 'os_version', '18.1', 'app_version', '4.2.0', 'locale', 'en_US', 'sessions', 4,
    'status', CASE WHEN n %% 3 = 0 THEN 'denied' ELSE 'authorized' END,
    'status_at', %(now)s::bigint - 86400000::bigint * 2,
    'moments', jsonb_build_object('order_placed', jsonb_build_object(
        'count', 3, 'first_at', %(now)s::bigint - 86400000::bigint * 2, 'last_at', %(now)s::bigint - 86400000)))
FROM generate_series(%(low)s::int, %(high)s::int) AS n
"""
EVENTS = """
WITH made AS MATERIALIZED (
    SELECT d.id AS device, gen_random_uuid() AS id, k,
           to_timestamp(%(now)s / 1000.0) - interval '1 day' - ((d.id * 7 + k * 37) %% 360) * interval '1 day' AS at
    FROM (SELECT id FROM permissions_app_device
          WHERE app_id = %(app)s AND id > %(after)s ORDER BY id LIMIT %(limit)s) AS d,
         generate_series(1, %(each)s::int) AS k
), keyed AS (
    INSERT INTO permissions_app_eventkey (app_id, id) SELECT %(app)s::bigint, id FROM made
)
INSERT INTO permissions_app_event (app_id, device_id, id, type, occurred_at, received_at, body)
SELECT %(app)s::bigint, device, id, CASE WHEN k %% 2 = 0 THEN 'session_started' ELSE 'moment_reached' END, at, at,
       jsonb_build_object('platform', 'ios', 'os_version', '18.1', 'app_version', '4.2.0', 'session_index', k,
                          'name', 'Order Placed', 'moments', jsonb_build_array('order_placed'))
FROM made
"""


def fill(stage: Stage, stored: int) -> list[str]:
    """Bring the app to about `stored` events; returns the keys of all devices of its history."""
    wanted = stored // EVENTS_A_DEVICE
    with stage.connect() as connection:
        row = connection.execute(
            "SELECT count(*), coalesce(max(id), 0) FROM permissions_app_device WHERE app_id = %s AND key LIKE 'h-%%'",
            (stage.scene.app,),
        ).fetchone()
        assert row is not None
        have, now = row[0], _now(stage)
        while have < wanted:
            step = min(wanted - have, CHUNK // EVENTS_A_DEVICE)
            after = connection.execute(
                "SELECT coalesce(max(id), 0) FROM permissions_app_device"
            ).fetchone()
            assert after is not None
            told = {"app": stage.scene.app, "now": now, "low": have + 1, "high": have + step}
            connection.execute(DEVICES, told)
            told |= {"after": after[0], "limit": step, "each": EVENTS_A_DEVICE}
            connection.execute(EVENTS, told)
            have += step
        for table in ("event", "eventkey", "device"):
            connection.execute(f"VACUUM ANALYZE permissions_app_{table}".encode())
        connection.execute("CHECKPOINT")
    return [f"h-{n}" for n in range(1, wanted + 1)]


def _now(stage: Stage) -> int:
    with stage.connect() as connection:
        row = connection.execute("SELECT (extract(epoch FROM now()) * 1000)::bigint").fetchone()
    assert row is not None
    return int(row[0])
