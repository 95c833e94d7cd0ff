"""Examples for the description: made of the answers' own parts, so they cannot be of another shape."""

from collections.abc import Sequence
from typing import Any

import msgspec
from drf_spectacular.utils import OpenApiExample

from permissions_app.domain.proportions import Proportion, wilson
from permissions_app.domain.survival import AgePoint
from permissions_app.selectors.overview import Stage


def example(name: str, told: Any) -> OpenApiExample:
    """An answer as the API writes it."""
    return OpenApiExample(name, value=msgspec.to_builtins(told))


def rate(successes: int, trials: int) -> Proportion | None:
    """A rate with its interval."""
    return wilson(successes=successes, trials=trials)


STAGES: Sequence[Stage] = (
    Stage("eligible", 40, 1.0, None, None),
    Stage("reached", 34, 0.85, 6, 0.15),
    Stage("authorized", 20, 0.5, 14, 0.41),
)
POINT = AgePoint(30, 120, 4, 1, 0.06, 0.01, 0.04, 0.09)
