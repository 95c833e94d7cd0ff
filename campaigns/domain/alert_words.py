"""Alerts in words, made from the numbers they were found by: for pages, e-mails and webhooks alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from campaigns.domain.alert_rules import BASELINE_DAYS, OUTSIDE_DAYS

THIN = "\u202f"
SYSTEMS = {"ios": "iOS", "android": "Android", "web": "the web"}


@dataclass(frozen=True, slots=True)
class Said:
    """`title`: what is wrong, in a few words. `text`: one sentence with the numbers. `advice`: where to look first."""

    title: str
    text: str
    advice: str


def say(*, kind: str, subject: str, evidence: Mapping[str, Any]) -> Said:
    """An alert in words; one of a kind that is no longer known says so much."""
    words = WORDS.get(kind)
    if words is None:
        return Said(kind, "This kind of alert is no longer known.", "")
    return words(subject, evidence)


def _grant_drop(subject: str, seen: Mapping[str, Any]) -> Said:
    (now, yes), (then, yes_then) = seen["recent"], seen["before"]
    return Said(
        f"Fewer yeses to the OS dialog on {_system(subject)}",
        f"{_percent(yes, now)} of {_count(now)} answers in the last {seen['recent_days']} days were a yes, after "
        f"{_percent(yes_then, then)} in the {BASELINE_DAYS} days before. Chance alone does not explain it.",
        "Look at what changed in these days: a new app version, a new soft ask, an ask at another moment.",
    )


def _denial_spike(_: str, seen: Mapping[str, Any]) -> Said:
    rows = seen["versions"]
    answered, refused = rows[0][1], rows[0][2]
    others = sum(row[1] for row in rows[1:])
    others_refused = sum(row[2] for row in rows[1:])
    return Said(
        f"More refusals in app version {seen['version']} on {_system(seen['platform'])}",
        f"{_percent(refused, answered)} of {_count(answered)} devices that version {seen['version']} asked first said "
        f"no to the dialog, against {_percent(others_refused, others)} in the versions before it.",
        "Look whether the new version asks earlier, or without the soft ask.",
    )


def _outside(subject: str, seen: Mapping[str, Any]) -> Said:
    return Said(
        f"The OS dialog shown outside any campaign on {_system(subject)}",
        f"{_count(seen['outside'])} of {_count(seen['all'])} first dialogs in the last {OUTSIDE_DAYS} days "
        f"({_percent(seen['outside'], seen['all'])}) came without a soft ask before them. A dialog spent that way is "
        "gone.",
        "Look for a call in the app that asks by itself, often in a library or at the start.",
    )


def _stalled(_: str, seen: Mapping[str, Any]) -> Said:
    return Said(
        "No events arrive",
        f"The last event came {seen['hours']:.0f} hours ago; usually about {_count(round(seen['usual']))} new devices "
        "come in a day.",
        "Look whether the app still has its key, and whether this server can be reached.",
    )


def _lag(_: str, seen: Mapping[str, Any]) -> Said:
    minutes = seen["seconds"] // 60
    return Said(
        "Numbers are behind",
        f"Events have been waiting {_count(minutes)} minutes to be counted. Decisions are not affected.",
        "Look whether the worker is running.",
    )


def _ratio(_: str, seen: Mapping[str, Any]) -> Said:
    arms = ", ".join(
        f"{_count(devices)} in {_arm(key)} ({_count(round(expected))} planned)"
        for key, devices, expected in seen["arms"]
    )
    return Said(
        f"Devices come into the arms of “{seen['name']}” unevenly",
        f"{arms}. No winner can be named until this is understood.",
        "Look for an arm whose words cannot be shown everywhere, or events that one arm loses.",
    )


def _webhook(_: str, seen: Mapping[str, Any]) -> Said:
    why = {
        "gone": "It answered 410, which says that it is gone for good.",
        "failing": "Every try failed for five days.",
        "overrun": "It takes less than comes: more than 100,000 messages were waiting for it.",
    }
    return Said(
        f"The webhook “{seen['name']}” was disabled",
        f"{why.get(seen['reason'], 'It was disabled.')} Since {seen['at'][:16].replace('T', ' ')} UTC nothing is sent "
        "to it, and nothing is kept for later.",
        "Look what its server answers, enable it, and replay what is missing.",
    )


WORDS = {
    "grant_drop": _grant_drop,
    "denial_spike": _denial_spike,
    "outside": _outside,
    "stalled": _stalled,
    "lag": _lag,
    "ratio": _ratio,
    "webhook": _webhook,
}


def _system(platform: str) -> str:
    return SYSTEMS.get(platform, platform)


def _arm(key: str) -> str:
    return "the holdout" if key == "holdout" else f"variant {key.upper()}"


def _percent(part: int, whole: int) -> str:
    return "not enough data" if not whole else f"{part / whole * 100:.1f}{THIN}%"


def _count(n: int) -> str:
    return f"{n:,}".replace(",", THIN)
