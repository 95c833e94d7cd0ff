"""What the list of moments shows. A fixed number of queries for any length."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from permissions_app.domain.moments import parse_conditions
from permissions_app.models import App, ValueMoment
from permissions_app.selectors.moments import holding
from permissions_app.selectors.trail import LastChange, last_changes

MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class MomentRow:
    """A moment in the list."""

    id: int
    key: str
    name: str
    event_name: str
    conditions: tuple[str, ...]
    opening: bool
    status: str
    status_label: str
    created_at: datetime
    updated_at: datetime
    changed: LastChange | None


def moment_rows(*, app: App, text: str = "", status: str = "") -> tuple[MomentRow, ...]:
    """Moments by name, narrowed by a piece of their name or event and by status."""
    rows = app.moments.all()
    if text:
        rows = rows.filter(holding(text))
    if status in ValueMoment.Status.values:
        rows = rows.filter(status=status)
    found = list(rows.order_by("name", "pk")[:MOST_ROWS])
    changes = last_changes(workspace_id=app.workspace_id, ids={f"m{moment.pk}" for moment in found})
    return tuple(
        MomentRow(
            id=moment.pk,
            key=moment.key,
            name=moment.name,
            event_name=moment.event_name,
            conditions=conditions_in_words(moment.conditions),
            opening=moment.opening,
            status=moment.status,
            status_label=moment.get_status_display(),
            created_at=moment.created_at,
            updated_at=moment.updated_at,
            changed=changes.get(f"m{moment.pk}"),
        )
        for moment in found
    )


def conditions_in_words(raw: Any) -> tuple[str, ...]:
    """Stored conditions as sentences; what cannot be read says so instead of failing the page."""
    try:
        return tuple(condition.in_words() for condition in parse_conditions(raw))
    except ValueError:
        return ("conditions that cannot be read",)
