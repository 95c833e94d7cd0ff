"""Who of a segment can be handed over to a product that sends, read in pieces."""

from collections.abc import Iterator
from dataclasses import dataclass

from campaigns.domain.hand_off import BEYOND_ASCII, NEARLY_FULL, RUNS, Sender
from campaigns.domain.segment_sql import where
from campaigns.domain.segments import Node
from permissions_app.selectors import raw

CHUNK = 5_000
LINE = 64
"""More bytes than a line holds beside an id: separators, a type, a date, a platform, a status."""

COUNT = """
WITH members AS MATERIALIZED (
    SELECT f.status = 'denied' AS denied, f.removed IS NULL AS there, coalesce(a.external_id, '') AS external_id,
           coalesce(a.push_token, '') AS push_token
    FROM permissions_app_facet AS f LEFT JOIN permissions_app_address AS a ON a.device_id = f.device_id
    WHERE f.app_id = %s AND {condition}
), people AS (
    SELECT external_id, external_id ~ %s AS runs, external_id ~ %s AS beyond_ascii,
           octet_length(replace(external_id, '"', '""')) AS bytes
    FROM (SELECT DISTINCT external_id FROM members WHERE external_id <> '') AS p
)
SELECT m.devices, m.denied, m.named, m.tokens, m.bytes, p.people, p.run, p.unplain, p.bytes
FROM (SELECT count(*) AS devices, count(*) FILTER (WHERE denied) AS denied,
             count(*) FILTER (WHERE external_id <> '') AS named,
             count(*) FILTER (WHERE push_token <> '' AND push_token !~ %s AND there) AS tokens,
             coalesce(sum(octet_length(replace(push_token || external_id, '"', '""'))), 0) AS bytes FROM members) AS m,
     (SELECT count(*) AS people, count(*) FILTER (WHERE runs) AS run,
             count(*) FILTER (WHERE runs OR beyond_ascii) AS unplain, coalesce(sum(bytes), 0) AS bytes FROM people) AS p
"""
PEOPLE = """
SELECT DISTINCT a.external_id
FROM permissions_app_address AS a JOIN permissions_app_facet AS f
    ON f.app_id = a.app_id AND f.device_id = a.device_id
WHERE a.app_id = %s AND a.external_id > %s AND a.external_id <> '' AND {condition}
ORDER BY a.external_id LIMIT %s
"""
TOKENS = """
SELECT f.device_id, d.key, f.platform, coalesce(f.status, ''), a.external_id, a.token_kind, a.push_token
FROM permissions_app_facet AS f
JOIN permissions_app_address AS a ON a.device_id = f.device_id
JOIN permissions_app_device AS d ON d.id = f.device_id
WHERE f.app_id = %s AND f.device_id > %s AND f.removed IS NULL AND a.push_token <> '' AND {condition}
ORDER BY f.device_id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a segment reaches into a sender. `named`: devices that carry an id of the team's; `people`: how many
    different ids these are; `run`, `unplain`: of these, the ones that would run as a formula, and those or beyond
    ASCII. `tokens`: devices with a push token whose app is still there.
    """

    devices: int
    denied: int
    named: int
    tokens: int
    token_bytes: int
    people: int
    run: int
    unplain: int
    person_bytes: int

    @property
    def nameless(self) -> int:
        """Devices that carry no id of the team's."""
        return self.devices - self.named

    def lines(self, sender: Sender) -> int:
        """Lines of the file for a sender."""
        if sender.what == "device":
            return self.tokens
        return self.people - (self.unplain if sender.ascii_only else self.run)

    def unwritable(self, sender: Sender) -> int:
        """People with an id that cannot stand in the file."""
        return 0 if sender.what == "device" else self.people - self.lines(sender)

    def unreached(self, sender: Sender) -> int:
        """Devices of which nothing is in the file, because they told nothing to address them by."""
        return self.devices - (self.tokens if sender.what == "device" else self.named)

    def several(self, sender: Sender) -> bool:
        """Whether the sender would not take all in one file."""
        told = self.token_bytes if sender.what == "device" else self.person_bytes
        lines = self.tokens if sender.what == "device" else self.people
        full = lines / sender.most_rows, (told + lines * LINE) / sender.most_bytes
        return max(full) > NEARLY_FULL


def reach(*, app_id: int, node: Node, today: int) -> Reach:
    """How many of a segment can be addressed, in one walk."""
    condition = where(node=node, today=today)
    statement = COUNT.format(condition=condition.text)
    row = raw.execute(
        statement, (app_id, *condition.parameters, RUNS, BEYOND_ASCII, RUNS)
    ).fetchone()
    assert row is not None
    return Reach(*map(int, row))


def people(*, app_id: int, node: Node, today: int, chunk: int = CHUNK) -> Iterator[str]:
    """The ids of everybody in a segment, each once, in order; read in pieces while they are sent."""
    condition = where(node=node, today=today)
    statement = PEOPLE.format(condition=condition.text)
    after = ""
    while True:
        found = raw.execute(statement, (app_id, after, *condition.parameters, chunk)).fetchall()
        yield from (external_id for (external_id,) in found)
        if len(found) < chunk:
            return
        after = found[-1][0]


def token_rows(
    *, app_id: int, sender: Sender, node: Node, today: int, chunk: int = CHUNK
) -> Iterator[tuple[str, ...]]:
    """The devices of a segment that have a push token and still have the app, in pieces."""
    condition = where(node=node, today=today)
    statement = TOKENS.format(condition=condition.text)
    after = 0
    while True:
        found = raw.execute(statement, (app_id, after, *condition.parameters, chunk)).fetchall()
        for _, device, platform, status, external_id, kind, token in found:
            if sender.takes(token):
                named = external_id if sender.takes(external_id) else ""
                yield device, platform, status, named, kind, token
        if len(found) < chunk:
            return
        after = found[-1][0]
