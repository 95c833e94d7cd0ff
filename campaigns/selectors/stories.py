"""The story of one device: what it told us and what we decided for it, newest first.

Both tables are partitioned by month and indexed by device and time; a page reads one page's worth of
each and merges them. Entries of one time stand as the facts were folded: by what happens first, a
decision after the moment it answers, and last by id. The cursor is the place of the last entry
shown, so nothing is shown twice or skipped while new events arrive.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec

from campaigns.models import Campaign
from permissions_app.domain.events import EVENT_TYPES, EventContext
from permissions_app.selectors import raw

EVENTS = """
SELECT * FROM (
    SELECT occurred_at, (chr(96 + array_position(%(types)s::text[], type)) || id::text) COLLATE "C" AS place,
           id::text, type, received_at, body::text
    FROM permissions_app_event
    WHERE device_id = %(device)s AND app_id = %(app)s AND occurred_at <= %(at)s
) AS e WHERE (occurred_at, place) < (%(at)s, %(place)s)
ORDER BY occurred_at DESC, place DESC LIMIT %(limit)s
"""
DECISIONS = """
SELECT * FROM (
    SELECT at, ('b~' || id::text) COLLATE "C" AS place, id::text, moment, action, reason, campaign, revision,
           variant, propensity, detail::text
    FROM campaigns_decisionlog
    WHERE device_id = %(device)s AND app_id = %(app)s AND at <= %(at)s
) AS d WHERE (at, place) < (%(at)s, %(place)s)
ORDER BY at DESC, place DESC LIMIT %(limit)s
"""
WORDS_SHOWN = """
SELECT detail::text FROM campaigns_decisionlog
WHERE device_id = %s AND app_id = %s AND campaign = %s AND variant = %s AND at <= %s
ORDER BY at DESC LIMIT 1
"""
_LAST_PLACE = "z"
_CURSOR = re.compile(r"([0-9]{1,17})\.([a-z]~?[0-9a-f-]{36})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_decode = msgspec.json.Decoder(EventContext).decode
_decode_detail = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True, slots=True)
class EventEntry:
    """An event of the device."""

    at: datetime
    place: str
    id: str
    type: str
    received_at: datetime
    body: EventContext
    kind: Literal["event"] = "event"


@dataclass(frozen=True, slots=True)
class DecisionEntry:
    """A decision made for the device."""

    at: datetime
    place: str
    id: str
    moment: str
    action: str
    reason: str
    campaign: str
    revision: int
    variant: str
    propensity: float | None
    detail: dict[str, Any]
    kind: Literal["decision"] = "decision"

    @property
    def gate_arms(self) -> tuple[tuple[str, str], ...]:
        """The gate trials whose arm was drawn here: soft ask and arm."""
        drawn: dict[str, str] = self.detail.get("gate_arms") or {}
        return tuple((f"s{key.removeprefix('t')}", arm) for key, arm in drawn.items())

    @property
    def considered(self) -> tuple[tuple[str, str], ...]:
        """Campaign keys that were looked at, each with the reason why it did not apply."""
        pairs = self.detail.get("considered") or ()
        return tuple((str(pair[0]), str(pair[1])) for pair in pairs if len(pair) == 2)

    @property
    def copy(self) -> dict[str, str]:
        """The words shown, empty when nothing was."""
        words: dict[str, str] = self.detail.get("copy") or {}
        return words


Entry = EventEntry | DecisionEntry


@dataclass(frozen=True, slots=True)
class StoryPage:
    """Entries, newest first; `older` is the cursor of the next page, "" at the end."""

    entries: tuple[Entry, ...]
    older: str


def story(
    *,
    app_id: int,
    device_id: int,
    before: str = "",
    limit: int = 50,
    only: Literal["event", "decision"] | None = None,
) -> StoryPage:
    """One page of a device's story, or of one kind of entry. An unreadable cursor counts as none."""
    at, place = _cursor(before)
    values = {
        "device": device_id,
        "app": app_id,
        "at": at,
        "place": place,
        "types": list(EVENT_TYPES),
        "limit": limit + 1,
    }
    connection = raw.connection()
    entries: list[Entry] = []
    if only != "decision":
        entries.extend(_event(row) for row in connection.execute(EVENTS, values))
    if only != "event":
        entries.extend(_decision(row) for row in connection.execute(DECISIONS, values))
    entries.sort(key=lambda entry: (entry.at, entry.place), reverse=True)
    shown = tuple(entries[:limit])
    more = len(entries) > limit
    return StoryPage(shown, cursor_of(shown[-1]) if more else "")


def cursor_of(entry: Entry) -> str:
    """The place of an entry in the story."""
    return f"{_micros(entry.at)}.{entry.place}"


def _event(row: tuple[Any, ...]) -> EventEntry:
    *plain, body = row
    return EventEntry(*(*plain, _decode(body)))


def _decision(row: tuple[Any, ...]) -> DecisionEntry:
    *plain, detail = row
    return DecisionEntry(*(*plain, _decode_detail(detail)))


def words_shown(
    *, app_id: int, device_id: int, campaign: str, variant: str, until: datetime
) -> dict[str, str]:
    """The words of a campaign's variant as this device last saw them before `until`."""
    row = (
        raw.connection()
        .execute(WORDS_SHOWN, (device_id, app_id, campaign, variant, until))
        .fetchone()
    )
    words: dict[str, str] = (_decode_detail(row[0]).get("copy") or {}) if row else {}
    return words


def campaign_names(*, app_id: int, keys: Iterable[str]) -> dict[str, str]:
    """Names of campaigns by key (`s12`, `r5`). One query at most."""
    wanted = {int(key[1:]) for key in keys if key[:1] in ("s", "r") and key[1:].isdecimal()}
    if not wanted:
        return {}
    rows = Campaign.objects.filter(app_id=app_id, pk__in=wanted)
    return {row.key: row.name for row in rows.only("pk", "kind", "name")}


def _cursor(text: str) -> tuple[datetime, str]:
    found = _CURSOR.fullmatch(text)
    if found is not None:
        try:
            return _EPOCH + timedelta(microseconds=int(found[1])), found[2]
        except OverflowError:
            pass
    return datetime(9999, 1, 1, tzinfo=UTC), _LAST_PLACE


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)
