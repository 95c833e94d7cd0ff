"""The segments every app has: the people a team looks for first when it designs for the no."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from campaigns.domain.ruleset import MAX_PER_30_DAYS
from campaigns.domain.segments import Node, parse

FRESH_DAYS = 7


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """One of them. `decision`: what there is to decide for these people."""

    key: str
    name: str
    decision: str
    document: Mapping[str, Any]


_OFF_FOR_GOOD = {"fact": "cause", "in": ["refused", "turned_off"]}


def built_in(*, per_30_days: int = 3) -> Mapping[str, BuiltIn]:
    """By key. `per_30_days`: interruptions that the app allows in 30 days."""
    found = (
        BuiltIn(
            "fresh-denials",
            "Fresh denials",
            f"They said no in the last {FRESH_DAYS} days. Leave them in peace for now.",
            {"all": [_OFF_FOR_GOOD, {"fact": "denied", "in_last_days": FRESH_DAYS}]},
        ),
        BuiltIn(
            "refused-once",
            "Refused once, still askable",
            "Android asks once more. Choose another moment than the one that was refused.",
            {"fact": "cause", "in": ["refused_once"]},
        ),
        BuiltIn(
            "turned-off",
            "Turned off after using",
            "They had notifications and switched them off: look at what was sent before you ask.",
            {"fact": "cause", "in": ["turned_off"]},
        ),
        BuiltIn(
            "moment-since-no",
            "Denied, but reached a moment since",
            "They keep using what notifications are for: here one line in Settings’ direction is earned.",
            {"all": [_OFF_FOR_GOOD, {"fact": "moment_since_no", "ever": True}]},
        ),
        BuiltIn(
            "settings-in-vain",
            "Opened Settings without switching",
            "They went and came back. Look at the way you send them, not at how often.",
            {"fact": "settings_in_vain", "ever": True},
        ),
        BuiltIn(
            "at-the-cap",
            "At the cap",
            f"They saw {per_30_days} interruptions in 30 days. Nothing more reaches them, whatever is published.",
            {
                "fact": "interruptions",
                "at_least": max(1, min(per_30_days, MAX_PER_30_DAYS)),
                "in_last_days": 30,
            },
        ),
        BuiltIn(
            "auto-reset",
            "Reset by the system",
            "Nobody decided this: the system took the permission back after months. They can be asked again.",
            {"fact": "cause", "in": ["auto_reset"]},
        ),
        BuiltIn(
            "embargoed",
            "Blocked by the browser for now",
            "The browser blocks the question for some days. It ends by itself.",
            {
                "all": [
                    {"fact": "cause", "in": ["embargoed"]},
                    {"fact": "embargoed_until", "ahead": True},
                ]
            },
        ),
        BuiltIn(
            "never",
            "Said never",
            "Never means never. They are here to be counted, not to be reached.",
            {"fact": "never", "ever": True},
        ),
        BuiltIn(
            "recovered",
            "Recovered",
            "They came back through Settings. See what they were shown, and keep the promise.",
            {
                "all": [
                    {"fact": "recovered", "ever": True},
                    {"fact": "off_again", "ever": False},
                ]
            },
        ),
        BuiltIn(
            "off-again",
            "Turned off again",
            "They came back and left again: what was sent did not keep what was promised.",
            {"fact": "off_again", "ever": True},
        ),
    )
    return {it.key: it for it in found}


def built_in_node(*, key: str, per_30_days: int) -> Node | None:
    """The tree of a built-in segment; None when there is none of that key."""
    found = built_in(per_30_days=per_30_days).get(key)
    return None if found is None else parse(found.document)
