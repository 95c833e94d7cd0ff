"""The range of days and the platform that a page is about, as its address says them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from permissions_app.selectors.days import DEFAULT_DAYS, LONGEST_DAYS

PRESETS = (7, 28, 90)
_SHORT_NUMBER = re.compile(r"[0-9]{1,6}")
PLATFORMS = {"ios": "iOS", "android": "Android", "web": "Web"}


@dataclass(frozen=True, slots=True)
class Range:
    """Days from `start` to `end`, both included, UTC. `platform` None: all of them.

    `problems`: what the address said that could not be followed, in words for people.
    """

    start: date
    end: date
    today: date
    platform: str | None
    problems: tuple[str, ...] = ()
    default_days: int = DEFAULT_DAYS
    """What an address without a range means on this page."""

    @property
    def days(self) -> int:
        """How many days the range has."""
        return (self.end - self.start).days + 1

    @property
    def preset(self) -> int | None:
        """The number of days when the range is one of the presets that end today."""
        return self.days if self.end == self.today and self.days in PRESETS else None

    @property
    def platform_name(self) -> str:
        """The platform as people write it."""
        return PLATFORMS.get(self.platform or "", "All platforms")

    def query(self, **changes: object) -> str:
        """The address's query for this range with some parts changed; empty for the default."""
        parts: dict[str, object] = {}
        preset = changes.get("preset", self.preset)
        if preset is None:
            parts = {"from": self.start.isoformat(), "to": self.end.isoformat()}
        elif preset != self.default_days:
            parts = {"days": preset}
        platform = changes.get("platform", self.platform)
        if platform:
            parts["platform"] = platform
        return f"?{urlencode(parts)}" if parts else "?"


def read_range(
    *, parameters: Mapping[str, str], today: date, default_days: int = DEFAULT_DAYS
) -> Range:
    """Read `days`, or `from` and `to`, and `platform`. What cannot be followed is replaced by the
    nearest sensible thing and told in `problems`; it never fails.
    """
    problems: list[str] = []
    platform = parameters.get("platform") or None
    if platform is not None and platform not in PLATFORMS:
        problems.append("That platform is not known here. These are all platforms.")
        platform = None
    start, end = _days(parameters, today, problems, default_days)
    return Range(start, end, today, platform, tuple(problems), default_days)


def _days(
    parameters: Mapping[str, str], today: date, problems: list[str], default_days: int
) -> tuple[date, date]:
    default = today - timedelta(days=default_days - 1), today
    if not parameters.get("from") and not parameters.get("to"):
        wanted = parameters.get("days") or str(default_days)
        if _SHORT_NUMBER.fullmatch(wanted) and 1 <= int(wanted) <= LONGEST_DAYS:
            return today - timedelta(days=int(wanted) - 1), today
        problems.append(
            f"A range has 1 to {LONGEST_DAYS} days. These are the last {default_days} days."
        )
        return default
    try:
        end = date.fromisoformat(parameters["to"]) if parameters.get("to") else today
        end = min(end, today)
        first = parameters.get("from")
        start = (
            date.fromisoformat(first)
            if first
            else max(end - timedelta(days=default_days - 1), date.min)
        )
    except (ValueError, OverflowError):
        problems.append(
            f"Dates are written like {today.isoformat()}. These are the last {default_days} days."
        )
        return default
    if start > end:
        problems.append(
            f"The range would end before it begins. These are the last {default_days} days."
        )
        return default
    if (end - start).days >= LONGEST_DAYS:
        problems.append(f"A range has at most {LONGEST_DAYS} days. This one ends where you wanted.")
        start = end - timedelta(days=LONGEST_DAYS - 1)
    return start, end
