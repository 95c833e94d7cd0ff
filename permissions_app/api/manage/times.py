"""Times as the management API writes them."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def when(ms: int | None) -> str | None:
    """A time in ms since 1970 UTC; None stays None, and what no calendar holds becomes it."""
    if ms is None:
        return None
    try:
        at = _EPOCH + timedelta(milliseconds=ms)
    except OverflowError:
        return None
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
