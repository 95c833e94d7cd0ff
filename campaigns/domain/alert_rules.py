"""What is worth waking somebody for.

Seven rules look at the numbers every few minutes. Rates wobble by chance, and a rule that is asked so often would cry
every week if it listened to every wobble. So a rate must be worse by more than the team's threshold *and* by more
than chance explains, at 99.9 %, and days that always scattered more than chance raise that bar. The rules about the
machinery (no events, numbers behind, a webhook that was disabled) need only their threshold, but silence counts only
where so much silence is not usual.

Every finding carries the numbers it was made from: the sentence and the chart of the alert come from them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum, sqrt
from typing import Any, Literal

from permissions_app.domain.edits import Invalid
from permissions_app.domain.proportions import Difference, newcombe, wilson

Kind = Literal["grant_drop", "denial_spike", "outside", "stalled", "lag", "ratio", "webhook"]
CERTAINTY = 0.9998
RECENT_DAYS, BASELINE_DAYS = 3, 28
"""The last days, today included, against the days before them."""
NEW_VERSION_DAYS = 14
"""A version first met in so many days is new; it is held against the others of NEW_VERSION_DAYS + BASELINE_DAYS."""
OUTSIDE_DAYS = 7
FEWEST_RECENT, FEWEST_BEFORE, FEWEST_OUTSIDE = 50, 200, 10
UNUSUAL = 6.9
"""Devices that would have come in the silence, had all been as usual: with so many, none at all has a chance below
0.1 %.
"""
MOST_THRESHOLDS = {
    "grant_drop": 50,
    "denial_spike": 50,
    "outside": 100,
    "stalled": 168,
    "lag": 1440,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as people set it. `unit`: of the threshold, '' for a rule without one. `usual`: the threshold at first."""

    kind: Kind
    name: str
    about: str
    unit: str
    usual: int


RULES: tuple[Rule, ...] = (
    Rule(
        "grant_drop",
        "Fewer yeses to the OS dialog",
        f"The grant rate of a platform in the last {RECENT_DAYS} days, against the {BASELINE_DAYS} days before.",
        "points lower",
        5,
    ),
    Rule(
        "denial_spike",
        "More refusals in a new app version",
        "Refusals of devices first asked by a version that is new, against the versions before it.",
        "points higher",
        8,
    ),
    Rule(
        "outside",
        "The OS dialog shown outside any campaign",
        f"First dialogs of the last {OUTSIDE_DAYS} days that no soft ask came before, where a soft ask is live.",
        "% of first dialogs",
        5,
    ),
    Rule(
        "stalled",
        "No events arrive",
        "Nothing has come in, where devices come every day.",
        "hours",
        6,
    ),
    Rule("lag", "Numbers are behind", "Events wait to be counted.", "minutes", 10),
    Rule(
        "ratio",
        "Devices come into the arms unevenly",
        "The arms of a live campaign do not have the shares that were planned (p < 0.001).",
        "",
        0,
    ),
    Rule(
        "webhook",
        "A webhook was disabled",
        "It is gone, failed for five days, or takes less than comes. Disabling one by hand is no alert.",
        "",
        0,
    ),
)
BY_KIND: Mapping[str, Rule] = {rule.kind: rule for rule in RULES}


@dataclass(frozen=True, slots=True)
class Setting:
    """Whether a rule runs, and from where on it speaks."""

    on: bool
    threshold: int


@dataclass(frozen=True, slots=True)
class Finding:
    """Something is wrong. `subject`: a platform, "platform version", a campaign's key, or ''."""

    kind: Kind
    subject: str
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DayCount:
    """A day (ISO) of a platform: how many, and how many of them did it."""

    day: str
    all: int
    hits: int


@dataclass(frozen=True, slots=True)
class VersionCount:
    """A version of a platform. `new`: first met in the last NEW_VERSION_DAYS. `answered` the dialog, `refused` it."""

    platform: str
    version: str
    new: bool
    answered: int
    refused: int


@dataclass(frozen=True, slots=True)
class ArmDevices:
    """An arm of a live campaign: devices in it, and devices that should be."""

    key: str
    devices: int
    expected: float


@dataclass(frozen=True, slots=True)
class Ratio:
    """How devices came into the arms of a live campaign's published revision."""

    campaign: str
    name: str
    pk: int
    soft_ask: bool
    p: float
    mismatch: bool
    arms: tuple[ArmDevices, ...]


@dataclass(frozen=True, slots=True)
class LostWebhook:
    """A webhook that was disabled, and by no person. `days`: (day, messages delivered, messages that were not)."""

    pk: int
    name: str
    reason: str
    at: str
    days: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Signals:
    """What the rules look at. `grants` and `dialogs`: platform -> days in order, the last one today. A dialog is a hit
    when it came outside any campaign. `asking`: platforms with a live soft ask. `arrived`: (day, devices first seen) of
    complete days; `silent_hours` None: no event ever came.
    """

    grants: Mapping[str, Sequence[DayCount]] = field(default_factory=dict)
    versions: Sequence[VersionCount] = ()
    dialogs: Mapping[str, Sequence[DayCount]] = field(default_factory=dict)
    asking: frozenset[str] = frozenset()
    arrived: Sequence[tuple[str, int]] = ()
    silent_hours: float | None = None
    last_event: str = ""
    simulated: bool = False
    behind_seconds: int | None = None
    ratios: Sequence[Ratio] = ()
    webhooks: Sequence[LostWebhook] = ()


def settings_of(rules: Mapping[str, Any]) -> dict[str, Setting]:
    """What is stored, with the usual for everything that is not; what cannot be read is the usual too."""
    found: dict[str, Setting] = {}
    for rule in RULES:
        told = rules.get(rule.kind)
        told = told if isinstance(told, Mapping) else {}
        threshold = told.get("threshold", rule.usual)
        known = isinstance(threshold, int) and 0 < threshold <= MOST_THRESHOLDS.get(rule.kind, 0)
        found[rule.kind] = Setting(
            told.get("on", True) is not False, threshold if known else rule.usual
        )
    return found


def read_rules(told: Mapping[str, tuple[bool, str]]) -> dict[str, dict[str, Any]]:
    """Rules as a form sends them, kind -> (on, threshold), ready to be stored. Raises Invalid."""
    stored: dict[str, dict[str, Any]] = {}
    wrong: dict[str, str] = {}
    for rule in RULES:
        on, text = told.get(rule.kind, (False, str(rule.usual)))
        stored[rule.kind] = {"on": on}
        if not rule.unit:
            continue
        most = MOST_THRESHOLDS[rule.kind]
        if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= most):
            wrong[rule.kind] = f"A whole number from 1 to {most}."
            continue
        stored[rule.kind]["threshold"] = int(text)
    if wrong:
        raise Invalid(wrong)
    return stored


def findings(*, signals: Signals, settings: Mapping[str, Setting]) -> tuple[Finding, ...]:
    """Everything that is wrong now, by the rules that are on."""
    looks = {
        "grant_drop": _grant_drops,
        "denial_spike": _denial_spikes,
        "outside": _outside,
        "stalled": _stalled,
        "lag": _lag,
        "ratio": _ratios,
        "webhook": _webhooks,
    }
    found: list[Finding] = []
    for kind, look in looks.items():
        if settings[kind].on:
            found += look(signals, settings[kind].threshold)
    return tuple(found)


def _grant_drops(signals: Signals, points: int) -> list[Finding]:
    return [
        Finding("grant_drop", platform, evidence)
        for platform, days in signals.grants.items()
        if (evidence := _dropped(days, points)) is not None
    ]


def _dropped(days: Sequence[DayCount], points: int) -> dict[str, Any] | None:
    recent, before = days[-RECENT_DAYS:], days[-RECENT_DAYS - BASELINE_DAYS : -RECENT_DAYS]
    now, then = _sum(recent), _sum(before)
    if now.all < FEWEST_RECENT or then.all < FEWEST_BEFORE:
        return None
    found = newcombe(
        successes=now.hits,
        trials=now.all,
        other_successes=then.hits,
        other_trials=then.all,
        confidence=CERTAINTY,
    )
    if found is None or -found.value * 100 < points:
        return None
    if found.value + (found.high - found.value) * sqrt(scatter(before)) >= 0:
        return None
    return {
        "days": [[day.day, day.all, day.hits] for day in days],
        "recent": [now.all, now.hits],
        "before": [then.all, then.hits],
        "recent_days": len(recent),
    }


def scatter(days: Sequence[DayCount]) -> float:
    """How much more the days scatter than chance explains: Pearson's chi-square over its degrees of freedom, 1 at
    least. With fewer than seven days that have enough to tell, 1.
    """
    told = [day for day in days if day.all >= 20]
    whole = _sum(told)
    if len(told) < 7 or whole.hits in (0, whole.all):
        return 1.0
    rate = whole.hits / whole.all
    chi2 = fsum((d.hits - d.all * rate) ** 2 / (d.all * rate * (1 - rate)) for d in told)
    return max(1.0, chi2 / (len(told) - 1))


def _denial_spikes(signals: Signals, points: int) -> list[Finding]:
    new = [one for one in signals.versions if one.new and one.answered >= FEWEST_RECENT]
    certainty = 1 - (1 - CERTAINTY) / max(1, len(new))
    found = []
    for one in new:
        others = [v for v in signals.versions if v.platform == one.platform and not v.new]
        answered = sum(v.answered for v in others)
        if answered < FEWEST_BEFORE:
            continue
        refused = sum(v.refused for v in others)
        more = newcombe(
            successes=one.refused,
            trials=one.answered,
            other_successes=refused,
            other_trials=answered,
            confidence=certainty,
        )
        if _higher(more, points):
            rows = [[one.version, one.answered, one.refused, True]]
            rows += [[v.version, v.answered, v.refused, False] for v in others if v.answered]
            evidence = {"versions": rows, "platform": one.platform, "version": one.version}
            found.append(Finding("denial_spike", f"{one.platform} {one.version}"[:100], evidence))
    return found


def _higher(found: Difference | None, points: int) -> bool:
    return found is not None and found.low > 0 and found.value * 100 >= points


def _outside(signals: Signals, percent: int) -> list[Finding]:
    found = []
    for platform, days in signals.dialogs.items():
        whole = _sum(days[-OUTSIDE_DAYS:])
        if platform not in signals.asking or whole.hits < FEWEST_OUTSIDE:
            continue
        share = wilson(successes=whole.hits, trials=whole.all, confidence=CERTAINTY)
        if share is not None and share.low * 100 >= percent:
            evidence = {
                "days": [[day.day, day.all - day.hits, day.hits] for day in days],
                "outside": whole.hits,
                "all": whole.all,
            }
            found.append(Finding("outside", platform, evidence))
    return found


def _stalled(signals: Signals, hours: int) -> list[Finding]:
    if signals.simulated or signals.silent_hours is None or not signals.arrived:
        return []
    usual = sum(n for _, n in signals.arrived) / len(signals.arrived)
    if signals.silent_hours < hours or usual * signals.silent_hours / 24 < UNUSUAL:
        return []
    evidence = {
        "days": [list(day) for day in signals.arrived],
        "hours": round(signals.silent_hours, 1),
        "last": signals.last_event,
        "usual": round(usual, 1),
    }
    return [Finding("stalled", "", evidence)]


def _lag(signals: Signals, minutes: int) -> list[Finding]:
    behind = signals.behind_seconds
    if behind is None or behind < minutes * 60:
        return []
    return [Finding("lag", "", {"seconds": behind, "threshold": minutes * 60})]


def _ratios(signals: Signals, _: int) -> list[Finding]:
    return [
        Finding(
            "ratio",
            ratio.campaign,
            {
                "name": ratio.name,
                "pk": ratio.pk,
                "soft_ask": ratio.soft_ask,
                "p": ratio.p,
                "arms": [[arm.key, arm.devices, round(arm.expected, 1)] for arm in ratio.arms],
            },
        )
        for ratio in signals.ratios
        if ratio.mismatch
    ]


def _webhooks(signals: Signals, _: int) -> list[Finding]:
    return [
        Finding(
            "webhook",
            f"w{lost.pk}",
            {
                "name": lost.name,
                "pk": lost.pk,
                "reason": lost.reason,
                "at": lost.at,
                "days": [list(day) for day in lost.days],
            },
        )
        for lost in signals.webhooks
    ]


def _sum(days: Sequence[DayCount]) -> DayCount:
    """All days as one; more hits than there are (a client that tells nonsense) count as all."""
    whole = sum(day.all for day in days)
    return DayCount("", whole, max(0, min(whole, sum(day.hits for day in days))))
