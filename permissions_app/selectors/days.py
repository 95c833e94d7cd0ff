"""Days as the rollups count them: whole numbers since 1970-01-01, UTC."""

from datetime import UTC, date, datetime, timedelta

EPOCH = date(1970, 1, 1)
DEFAULT_DAYS = 90
"""What a question without a range is about: the last so many days."""
LONGEST_DAYS = 366


def day_number(day: date) -> int:
    """2026-11-23 -> 20780."""
    return (day - EPOCH).days


def date_of(number: int) -> date:
    """The date of a day number."""
    return EPOCH + timedelta(days=number)


def today(now: datetime) -> date:
    """The UTC date of a moment in time."""
    return now.astimezone(UTC).date()


def last_complete_day(now: datetime) -> date:
    """The day before the present UTC day: the last one about which everything can be known."""
    return today(now) - timedelta(days=1)
