"""The days and the platform that a number is about, asked for as the pages' addresses do.

The pages replace what cannot be meant by the nearest sensible thing; a program is told.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from rest_framework import serializers

from permissions_app.domain.edits import Invalid
from permissions_app.selectors.days import DEFAULT_DAYS, LONGEST_DAYS

PLATFORMS = ("ios", "android", "web")
FIRST_DAY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Days:
    """From `start` to `end`, both included, in UTC. `platform` None: all of them."""

    start: date
    end: date
    platform: str | None


class RangeShape(serializers.Serializer[Any]):
    """`from` and `to`, or the last so many `days`; as the addresses of the pages have them."""

    to = serializers.DateField(
        required=False, help_text="The last day, in UTC; today without it, and never later."
    )
    days = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=LONGEST_DAYS,
        help_text=f"So many days that end today, instead of `from` and `to`. {DEFAULT_DAYS} without any.",
    )
    platform = serializers.ChoiceField(
        choices=PLATFORMS, required=False, help_text="One platform; all of them without it."
    )

    def get_fields(self) -> dict[str, Any]:
        """The fields; `from` cannot be the name of an attribute."""
        first = serializers.DateField(required=False, help_text="The first day, in UTC.")
        return {"from": first, **super().get_fields()}


def days_in(sent: dict[str, Any], *, today: date) -> Days:
    """The days that a valid query asks for. Raises Invalid."""
    platform = sent.get("platform")
    if "days" in sent:
        if "from" in sent or "to" in sent:
            raise Invalid({"days": "Give days, or from and to."})
        return Days(today - timedelta(days=sent["days"] - 1), today, platform)
    for name in ("from", "to"):
        if sent.get(name) is not None and sent[name] < FIRST_DAY:
            raise Invalid({name: f"There is nothing before {FIRST_DAY.isoformat()}."})
    end = min(sent.get("to") or today, today)
    start = sent.get("from") or end - timedelta(days=DEFAULT_DAYS - 1)
    if start > end:
        raise Invalid({"from": "The range would end before it begins."})
    if (end - start).days >= LONGEST_DAYS:
        raise Invalid({"from": f"A range has at most {LONGEST_DAYS} days."})
    return Days(start, end, platform)
