"""What a moment's events really carry: values to fill placeholders with in a preview."""

from typing import Any

from permissions_app.models import SeenSample, ValueMoment

LOOKED_AT = 10
"""Recent events that are read; the newest value of each property is taken."""


def sample_values(moment: ValueMoment | None) -> dict[str, Any]:
    """The newest value of each property that recent events of this moment carried."""
    if moment is None:
        return {}
    rows = SeenSample.objects.filter(app_id=moment.app_id, name=moment.event_name).order_by("-at")
    found: dict[str, Any] = {}
    for properties in rows.values_list("properties", flat=True)[:LOOKED_AT]:
        found = {**properties, **found}
    return found
