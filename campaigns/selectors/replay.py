"""Reading the last 30 days of an app, device by device, to walk through them again.

One statement reads a few hundred devices with everything they sent in the window, through the index
by device and time, so memory stays small however long the history is. A thread reads the next
devices while the last ones are walked through: PostgreSQL and Python then work at the same time.

A device whose notifications were on before the window began and still are can be shown nothing by
any rule. Of such a device PostgreSQL only counts the visits.
"""

import msgspec

from permissions_app.domain.events import EventContext

DAYS = 30
DEVICES_AT_ONCE = 500

COUNT = """
SELECT count(*) FROM permissions_app_event
WHERE app_id = %s AND type = 'moment_reached'
  AND occurred_at >= to_timestamp(%s / 1000.0) AND occurred_at < to_timestamp(%s / 1000.0)
"""
READ = b"""
WITH few AS MATERIALIZED (
    SELECT id, key, facts, standing,
           CASE WHEN (facts->>'status_at')::bigint < $3::bigint AND app_id = $1::bigint THEN
               CASE facts->>'status' WHEN 'authorized' THEN 'already_authorized'
                    WHEN 'ephemeral' THEN 'already_authorized' WHEN 'unsupported' THEN 'unsupported' END
           END AS settled
    FROM permissions_app_device
    WHERE app_id = $1::bigint AND id > $2::bigint AND (facts->>'last_seen_at')::bigint >= $3::bigint
      AND ($5::int = 1 OR abs(hashint8(id)) % $5::int = 0)
    ORDER BY id LIMIT $6::int
)
SELECT id, coalesce(facts->>'platform', ''), settled, CASE WHEN settled IS NULL THEN key END,
       CASE WHEN settled IS NULL THEN facts::text END, CASE WHEN settled IS NULL THEN standing::text END,
       CASE WHEN settled IS NULL THEN (
           SELECT '[' || string_agg(
               '["' || id || '","' || type || '",' || (date_part('epoch', occurred_at) * 1000)::bigint || ','
               || (body - 'properties')::text || ']', ',' ORDER BY occurred_at) || ']'
           FROM permissions_app_event e WHERE e.device_id = few.id AND e.app_id = $1::bigint
             AND e.occurred_at >= to_timestamp($3::bigint / 1000.0)
       ) ELSE (
           SELECT '[' || string_agg('[' || keys || ',' || n || ']', ',') || ']' FROM (
               SELECT body->>'moments' AS keys, count(*) AS n FROM permissions_app_event e
               WHERE e.device_id = few.id AND e.app_id = $1::bigint AND e.type = 'moment_reached'
                 AND e.occurred_at >= to_timestamp($3::bigint / 1000.0)
                 AND e.occurred_at < to_timestamp($4::bigint / 1000.0)
               GROUP BY 1) AS visits
       ) END
FROM few ORDER BY id
"""
HISTORY = """
SELECT device_id, id::text, type, (extract(epoch FROM occurred_at) * 1000)::bigint, (body - 'properties')::text
FROM permissions_app_event
WHERE device_id = ANY(%s) AND app_id = %s AND occurred_at < to_timestamp(%s / 1000.0)
"""


class _Told(msgspec.Struct, frozen=True, array_like=True):
    """An event as the statement gives it."""

    id: str
    type: str
    at: int
    body: EventContext
