"""What happened, as it is told: `data` of each type of message, and the key by which it is told once."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from campaigns.domain.webhook_events import Fact, moment, moment_ms
from permissions_app.domain.status_changes import StatusChange

Way = Literal["entered", "left"]


def permission_changed(*, note: int, device: str, change: StatusChange) -> Fact:
    """A device's status or cause is another. `note`: the number of the note that the fold left."""
    seen = change.after
    after: dict[str, Any] | None = None
    if seen is not None:
        after = {
            "kind": seen.kind,
            "outcome": seen.outcome,
            "at": moment_ms(seen.at),
            "moment": seen.moment or None,
            "campaign": seen.campaign or None,
            "variant": seen.variant or None,
            "decision_id": seen.decision or None,
        }
    data = {
        "device_id": device,
        "platform": change.platform,
        "from": change.was,
        "from_cause": change.was_cause,
        "to": change.status,
        "cause": change.cause,
        "changed_at": moment_ms(change.at),
        "recovery": change.recovery,
        "after": after,
    }
    return Fact(f"permission:{note}", data)


def segment_member(*, segment: str, way: Way, device: str, day: date) -> Fact:
    """A device came into a segment, or left it, between the looks of two days."""
    data = {"segment": segment, "device_id": device, "day": day.isoformat()}
    return Fact(f"segment:{segment}:{day.isoformat()}:{way}:{device}", data)


def segment_bulk(*, segment: str, way: Way, devices: int, size: int, day: date) -> Fact:
    """More came or left than are told one by one. `devices`: how many; `size`: of the segment now."""
    data = {
        "segment": segment,
        "way": way,
        "devices": devices,
        "size": size,
        "day": day.isoformat(),
        "members": f"/api/v1/manage/segments/{segment}/members",
    }
    return Fact(f"segment:{segment}:{day.isoformat()}:{way}:all", data)


def campaign_step(
    *,
    action: Literal["published", "paused"],
    campaign: Mapping[str, Any],
    version: int,
    revision: int | None,
    app: str,
) -> Fact:
    """A campaign was published or paused. `campaign`: its key, id, kind, name, moment. `app`: the name, for people."""
    key = f"campaign:{campaign['campaign_id']}:{version}:{action}"
    data = {**campaign, "revision": revision}
    return Fact(key, data, f"{app}: “{campaign['name']}” was {action}.")


def verdict_granted(
    *, campaign: Mapping[str, Any], granted: Mapping[str, Any], sentence: str, app: str
) -> Fact:
    """Enough evidence for an answer. `granted`: revision, question, verdict, winner, and the numbers."""
    parts = (granted["revision"], granted["question"], granted["verdict"], granted["winner"] or "")
    key = f"verdict:{campaign['campaign_id']}:" + ":".join(str(part) for part in parts)
    data = {**campaign, **granted, "sentence": sentence}
    return Fact(key, data, f"{app}: “{campaign['name']}”: {sentence}")


def alert_told(
    *,
    over: bool,
    alert: Mapping[str, Any],
    opened_at: datetime,
    resolved_at: datetime | None,
    app: str,
) -> Fact:
    """An alert opened, or is over. `alert`: id, kind, subject, title, detail, advice, url."""
    data = {
        **alert,
        "opened_at": moment(opened_at),
        "resolved_at": moment(resolved_at) if resolved_at else None,
    }
    said = f"{app}: {'over: ' if over else ''}{alert['title']}. {alert['detail']} {alert['url']}"
    return Fact(f"alert:{alert['id']}:{'resolved' if over else 'opened'}", data, said.strip())
