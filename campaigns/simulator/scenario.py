"""The app that the simulated people use: a coffee shop with four moments of value.

The journeys know these event names by heart, so an app that is to be simulated needs these moments.
"""

from dataclasses import dataclass
from typing import Any

ORDER_AT_LEAST = 5


@dataclass(frozen=True, slots=True)
class Happening:
    """Something a person does in the app. `moment`: the key of the value moment it reaches, or ''."""

    event: str
    moment: str
    weight: int


HAPPENINGS = (
    Happening("Order Placed", "order_placed", 50),
    Happening("Goal Set", "reward_goal_set", 22),
    Happening("Message Sent", "message_sent", 12),
    Happening("Table Booked", "table_booked", 16),
)
UNMATCHED = ("Menu Viewed", "Store Locator Opened", "Gift Card Viewed", "Search Performed")
"""Events that no moment wants: they only appear among the events seen."""

SOFT_YES = {"a": 0.50, "b": 0.58, "c": 0.46}
"""How likely a person says yes to a soft ask, by the key of its variant."""
SOFT_YES_ELSE = 0.48
GRANT_COLD = {"ios": 0.40, "android_13": 0.55, "web": 0.12}
GRANT_AFTER_YES = {"ios": 0.55, "android_13": 0.68, "web": 0.20}
"""How likely the system's dialog ends in a yes: at the first launch, and at a moment of value."""


def properties(event: str, number: float) -> dict[str, Any]:
    """The properties of an event; `number` from 0 to 1 says how large its quantities are."""
    if event == "Order Placed":
        return {"order_id": f"HC-{1000 + int(number * 9000)}", "total": 3 + int(number * 400) / 10}
    if event == "Goal Set":
        return {"goal": "free coffee", "cups": 5 + int(number * 10)}
    if event == "Message Sent":
        return {"to": "Harbour Square"}
    if event == "Table Booked":
        return {"guests": 1 + int(number * 6), "table_id": f"T{1 + int(number * 20)}"}
    return {}


def moment_of(event: str, told: dict[str, Any]) -> str:
    """The key of the value moment that an event is; '' when it is none."""
    if event == "Order Placed" and told["total"] < ORDER_AT_LEAST:
        return ""
    return next((what.moment for what in HAPPENINGS if what.event == event), "")
