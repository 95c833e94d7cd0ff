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

SOFT_YES = 0.50
"""How likely a person says yes to a soft ask."""
GRANT_COLD = {"ios": 0.40, "android_13": 0.55, "web": 0.12}
GRANT_AFTER_YES = {"ios": 0.55, "android_13": 0.68, "web": 0.20}
"""How likely the system's dialog ends in a yes: at the first launch, and at a moment of value."""
GRANT_ON_PHONES = 0.04
"""So much more often on the web, when the browser is that of a phone."""
TAPS_REDIRECT = 0.14
TURNS_ON_BY_ITSELF = 0.004
"""Of those who said no: how likely one has changed it in Settings at the next visit, for no reason of ours."""


@dataclass(frozen=True, slots=True)
class Effects:
    """What is true of this world beside the shares above, so that pages can be asked whether they find it.

    `words`: variant b of the soft ask at BETTER_MOMENT authorises 4 of 100 more people than a.
    `redirects`: a redirect brings back 3 of 100 of those who said no, within 30 days and against its holdout.
    `screens`: the dialog gets the more yes the further people had come when they were asked softly, up to screen 7.
    `version`: in BAD_VERSION the dialog gets half as many yes; 4.2.2, which came out with it, is fine.
    `logging`: apps that save up what they log lose all of it when LOST_WORDS are to be shown.
    """

    words: bool = True
    redirects: bool = True
    screens: bool = True
    version: bool = True
    logging: bool = True


NAMES = tuple(Effects.__dataclass_fields__)
BETTER_MOMENT, BETTER_VARIANT = "order_placed", "b"
MORE_YES, MORE_AUTHORIZED = 0.095, 0.052
"""Of the better words, each time they are shown: more people who accept, and more who are authorised. Some of them
would have said yes to a later ask, and some ask twice, so of all who come into the arm it is four in a hundred.
"""
TURNS_ON_AFTER_TAP, TURNS_ON_LATER = 0.22, 0.006
"""By itself 3.6 of 100; some would have come back anyway, or by another line: against the holdout it is three."""
BEST_SCREEN, BY_SCREEN, AT_SCREEN_0 = 7, 0.09, 0.64
"""The share of yes is multiplied by AT_SCREEN_0, and BY_SCREEN more for each screen up to the best one."""
BAD_VERSION, BAD_VERSION_FACTOR = "4.3.0", 0.5
LOST_WORDS = ("reward_goal_set", "c")


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
