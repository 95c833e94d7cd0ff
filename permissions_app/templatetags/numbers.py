"""How numbers are written on pages: thin separators, one decimal, and never a rate that is not
known.
"""

from typing import Literal

from django import template

from permissions_app.domain.proportions import Proportion
from permissions_app.domain.survival import AgePoint

register = template.Library()

THIN = "\u202f"
JOIN = "\u2060"
UNKNOWN = "not enough data"
Unknown = Literal[""] | None
"""What templates make of a missing value, and of a part of a missing value."""


@register.filter
def count(value: int | Unknown) -> str:
    """12345 -> "12 345" with a thin space that does not break; unknown -> "–"."""
    return "–" if value is None or value == "" else f"{value:,}".replace(",", THIN)


@register.filter
def percent(value: float | Unknown, decimals: int = 1) -> str:
    """0.4231 -> "42.3 %"; unknown -> "not enough data"."""
    if value is None or value == "":
        return UNKNOWN
    return f"{value * 100:.{decimals}f}{THIN}%"


@register.filter
def interval(value: Proportion | AgePoint | Unknown) -> str:
    """The bounds of a rate: "41.8–42.9 %" in one piece; unknown -> an empty text."""
    if value is None or value == "" or value.low is None or value.high is None:
        return ""
    return f"{value.low * 100:.1f}{JOIN}–{JOIN}{value.high * 100:.1f}{THIN}%"


@register.filter
def duration(seconds: int) -> str:
    """95 -> "1 min", 40 -> "40 s", 7300 -> "2 h"."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size}{THIN}{unit}"
    return f"{seconds}{THIN}s"


@register.filter
def width(share: float | Unknown) -> str:
    """A share as the length of an SVG bar: 0.4231 -> "42.31%"; unknown -> nothing."""
    return "0%" if share is None or share == "" else f"{max(0.0, min(1.0, share)) * 100:.2f}%"


@register.filter
def after(share: float | Unknown, others: float | Unknown) -> float:
    """Where a part of a stacked bar begins: the sum of the parts before it."""
    return (share or 0.0) + (others or 0.0)


@register.filter
def negated(value: int) -> int:
    """-5 -> 5."""
    return -value
