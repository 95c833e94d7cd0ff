"""What a team has decided, ready to be asked thousands of times a second.

A ruleset is everything of one app that a decision needs: the moments of the app, the soft asks and
the Settings redirects that wait on them, and how often a person may be interrupted at all. It is
compiled once from what the team published, gets a version, and never changes afterwards: a new
publication makes a new ruleset.

A *soft ask* is the app's own question before the operating system's dialog. A *redirect rule* shows
people who refused one line about what they miss, and the way into Settings. Both have *arms*
(different words for different devices) and may have a *holdout* (a share of the devices that is
shown nothing, to learn what the words cause).

`check` says in one sentence what is wrong with a ruleset. It runs when something is saved, so that
a decision never meets nonsense; a decision survives nonsense all the same.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from campaigns.domain.assignment import Range, arm_shares, bucket_ranges
from campaigns.domain.gates import GATE_SUFFIX, GateArm, Gates, trial_key
from campaigns.domain.segments import Chosen
from permissions_app.domain.device import EXPOSURES_KEPT
from permissions_app.domain.standing import HOLDOUT

PLATFORMS = frozenset({"ios", "android", "web"})
SPENT_CAUSES = frozenset({"refused", "turned_off"})
"""The denials that only Settings can undo. The others end by themselves or can still be asked."""
MAX_PER_30_DAYS = EXPOSURES_KEPT - 2
"""A device remembers its latest interruptions one by one; a larger budget could not be counted."""
MAX_ANSWER_TTL_MS = 86_400_000
_KEY = re.compile(r"[A-Za-z0-9_-]+\Z")
_MOMENT_KEY_LENGTH = 64
_ARM_KEY_LENGTH = 40


class RulesetError(ValueError):
    """A ruleset, or a part of one, that must not go live. The message is a sentence for the person
    who saves it.
    """


@dataclass(frozen=True, slots=True)
class Moment:
    """A value moment of the app.

    `opening`: app open, first launch, sign-up or onboarding. Such a moment is never a value moment
    and can carry no redirect.
    """

    key: str
    paused: bool = False
    opening: bool = False


@dataclass(frozen=True, slots=True)
class Arm:
    """One wording of a campaign. `weight`: its share relative to the other arms (>= 0). `copy`:
    field -> text, and how it is shown. `translations`: locale -> field -> text.
    """

    key: str
    weight: float
    copy: Mapping[str, str]
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class _Drawn:
    """What soft asks and redirect rules share: a key, and arms to draw from."""

    arms: tuple[Arm, ...]

    @cached_property
    def shares(self) -> tuple[float, ...]:
        """The share of each arm among the devices that are not held out; they add up to 1 (or all
        are 0).
        """
        return arm_shares([arm.weight for arm in self.arms])

    @cached_property
    def ranges(self) -> tuple[Range, ...]:
        """The slice of [0, 1) that each arm owns."""
        return bucket_ranges(count=len(self.arms), weights=self.shares)

    @cached_property
    def drawable(self) -> bool:
        """Whether any arm can be drawn at all."""
        return any(self.shares)

    @cached_property
    def arm_index(self) -> Mapping[str, int]:
        """Where each arm stands in `arms`."""
        return {arm.key: index for index, arm in enumerate(self.arms)}


@dataclass(frozen=True)
class SoftAsk(_Drawn):
    """The app's own question, asked before the operating system's dialog at one moment.

    `holdout`: share of eligible devices that is shown nothing, in [0, 1). `backoff_days`: the wait
    after the first, second, ... no (the last value repeats). `max_declines`: after so many the
    person is not asked again. `platforms`, `languages`, `countries`, `app_version_from`: empty means
    all. `segment`: None for everybody.
    `starts_at`, `ends_at`: ms since 1970 UTC, None for an open end. `gate_arms`: a trial of gates,
    which then take the place of `gates`.
    """

    id: int
    revision: int
    moment: str
    arms: tuple[Arm, ...]
    seed: str
    holdout: float = 0.0
    gates: Gates = field(default_factory=Gates)
    backoff_days: tuple[int, ...] = (14, 30, 90)
    max_declines: int = 3
    platforms: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    app_version_from: str = ""
    segment: Chosen | None = None
    starts_at: int | None = None
    ends_at: int | None = None
    gate_arms: tuple[GateArm, ...] = ()

    @cached_property
    def key(self) -> str:
        """`s12` for soft ask 12."""
        return f"s{self.id}"

    @cached_property
    def trial_key(self) -> str:
        """`t12`: the gate trial of soft ask 12."""
        return trial_key(self.id)

    @cached_property
    def all_gates(self) -> tuple[Gates, ...]:
        """Every set of gates that a device may meet."""
        return tuple(arm.gates for arm in self.gate_arms) or (self.gates,)


@dataclass(frozen=True)
class RedirectRule(_Drawn):
    """One line and the way into Settings, for people who can no longer be asked.

    `causes`: which denials it speaks to, empty means every denial that only Settings can undo.
    `min_days_since_denial`: the peace a no deserves. `cooldown_days`: between two showings. `cap`:
    showings to one device, ever. Audience and schedule as in `SoftAsk`.
    """

    id: int
    revision: int
    moment: str
    arms: tuple[Arm, ...]
    seed: str
    holdout: float = 0.0
    causes: frozenset[str] = frozenset()
    min_days_since_denial: int = 3
    cooldown_days: int = 30
    cap: int = 3
    platforms: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    app_version_from: str = ""
    segment: Chosen | None = None
    starts_at: int | None = None
    ends_at: int | None = None

    @cached_property
    def key(self) -> str:
        """`r5` for redirect rule 5."""
        return f"r{self.id}"


Campaign = SoftAsk | RedirectRule


@dataclass(frozen=True, slots=True)
class Fatigue:
    """How often a person may be interrupted, over all campaigns together, in any 24 hours and any
    30 days.
    """

    per_day: int = 1
    per_30_days: int = 3


@dataclass(frozen=True, slots=True)
class Ruleset:
    """All published rules of one app. `soft_asks` and `redirects`: by moment key, the most
    important first.

    `answer_ttl_ms`: how long an answer to interrupt stays valid before it lapses unshown. `stopped`: the
    team stopped the app as a whole, and nobody is interrupted.
    """

    app_id: int
    version: int
    moments: Mapping[str, Moment] = field(default_factory=dict)
    soft_asks: Mapping[str, tuple[SoftAsk, ...]] = field(default_factory=dict)
    redirects: Mapping[str, tuple[RedirectRule, ...]] = field(default_factory=dict)
    fatigue: Fatigue = field(default_factory=Fatigue)
    answer_ttl_ms: int = 600_000
    stopped: bool = False


def check(*, ruleset: Ruleset) -> None:
    """Refuse a ruleset that must not go live. Raises RulesetError with the first thing that is
    wrong.
    """
    for key, moment in ruleset.moments.items():
        _require(moment.key == key, f"Moment “{moment.key}” is filed under “{key}”.")
        check_moment(moment=moment)
    for kind in (ruleset.soft_asks, ruleset.redirects):
        seen: set[int] = set()
        for key, campaigns in kind.items():
            for campaign in campaigns:
                name = _name(campaign)
                _require(
                    campaign.moment == key,
                    f"{name} is filed under “{key}”, not its own moment.",
                )
                _require(
                    key in ruleset.moments,
                    f"{name} waits on “{key}”, which is not a moment.",
                )
                _require(campaign.id not in seen, f"{name} appears twice.")
                seen.add(campaign.id)
                check_campaign(campaign=campaign, moment=ruleset.moments[key])
    check_fatigue(fatigue=ruleset.fatigue)
    _require(
        0 < ruleset.answer_ttl_ms <= MAX_ANSWER_TTL_MS,
        "An answer must stay valid for more than 0 ms and at most one day.",
    )


def check_moment(*, moment: Moment) -> None:
    """Refuse a moment whose key cannot travel in a decision id. Raises RulesetError."""
    _check_key("The moment key", moment.key, _MOMENT_KEY_LENGTH)


def check_campaign(*, campaign: Campaign, moment: Moment) -> None:
    """Refuse a soft ask or redirect rule that must not go live on `moment`. Raises RulesetError."""
    name = _name(campaign)
    _require(
        campaign.id > 0 and campaign.revision >= 0,
        f"{name} needs a positive id and a revision.",
    )
    _require(
        campaign.moment == moment.key,
        f"{name} belongs to “{campaign.moment}”, not here.",
    )
    _check_arms(name, campaign.arms)
    _require(bool(campaign.seed), f"{name} needs a seed to draw its arms.")
    _require(campaign.seed.isascii(), f"The seed of {name} must be plain ASCII.")
    _require(
        not campaign.seed.endswith(("/holdout", GATE_SUFFIX)),
        f"The seed of {name} must not end in “/holdout” or “{GATE_SUFFIX}”.",
    )
    _require(
        0 <= campaign.holdout < 1,
        f"The holdout of {name} must be at least 0 and below 1.",
    )
    _require(
        campaign.platforms <= PLATFORMS,
        f"{name} names a platform other than ios, android, web.",
    )
    if isinstance(campaign, SoftAsk):
        _check_soft_ask(name, campaign)
    else:
        _check_redirect(name, campaign, moment)


def check_fatigue(*, fatigue: Fatigue) -> None:
    """Refuse a fatigue budget that cannot be kept. Raises RulesetError."""
    _require(fatigue.per_day >= 0, "Interruptions a day must be 0 or more.")
    _require(
        fatigue.per_day <= fatigue.per_30_days <= MAX_PER_30_DAYS,
        f"Interruptions in 30 days must be at least those of a day, and at most {MAX_PER_30_DAYS}.",
    )


def _check_arms(name: str, arms: tuple[Arm, ...]) -> None:
    _require(bool(arms), f"{name} needs at least one variant.")
    for arm in arms:
        _check_key(f"A variant key of {name}", arm.key, _ARM_KEY_LENGTH)
        _require(arm.key != HOLDOUT, f"A variant of {name} cannot be called “{HOLDOUT}”.")
        _require(
            math.isfinite(arm.weight) and arm.weight >= 0,
            f"The weight of variant “{arm.key}” of {name} must be 0 or more.",
        )
    _require(
        len({arm.key for arm in arms}) == len(arms),
        f"{name} has two variants of one key.",
    )
    total = sum(arm.weight for arm in arms)
    _require(0 < total < math.inf, f"{name} needs a variant with a weight above 0.")


def _check_soft_ask(name: str, ask: SoftAsk) -> None:
    _check_gates(name, ask.gates)
    if ask.gate_arms:
        _check_trial(name, ask.gate_arms)
    days = ask.backoff_days
    _require(
        bool(days) and min(days, default=0) >= 1,
        f"{name} must wait at least a day after a no.",
    )
    _require(list(days) == sorted(days), f"The waits of {name} must not get shorter.")
    _require(ask.max_declines >= 1, f"{name} must end after one decline or more.")


def _check_gates(name: str, gates: Gates) -> None:
    _require(
        min(gates.min_sessions, gates.min_times_reached, gates.min_screens) >= 0,
        f"The gates of {name} must be 0 or more.",
    )
    _require(
        not gates.allow_first_session or gates.min_sessions <= 1,
        f"{name} allows the first session but asks for {gates.min_sessions} sessions: "
        "set the minimum to 1, or do not allow the first session.",
    )


def _check_trial(name: str, arms: tuple[GateArm, ...]) -> None:
    for arm in arms:
        _check_key(f"A gate arm of {name}", arm.key, _ARM_KEY_LENGTH)
        _require(arm.key != HOLDOUT, f"A gate arm of {name} cannot be called “{HOLDOUT}”.")
        _require(
            math.isfinite(arm.weight) and arm.weight >= 0,
            f"The weight of gate arm “{arm.key}” of {name} must be 0 or more.",
        )
        _check_gates(name, arm.gates)
    _require(len({arm.key for arm in arms}) == len(arms), f"{name} has two gate arms of one key.")
    weighted = sum(1 for arm in arms if arm.weight > 0)
    _require(weighted >= 2, f"The gate trial of {name} needs two arms with a weight above 0.")


def _check_redirect(name: str, rule: RedirectRule, moment: Moment) -> None:
    _require(
        not moment.opening,
        f"“{moment.key}” is an opening moment (app open, first launch, sign-up, onboarding) "
        "and cannot carry a Settings redirect.",
    )
    _require(
        rule.causes <= SPENT_CAUSES,
        f"{name} can only speak to people who refused or turned notifications off.",
    )
    _require(
        rule.min_days_since_denial >= 0,
        f"{name} needs 0 or more days since the denial.",
    )
    _require(
        rule.cooldown_days >= 1,
        f"{name} must wait at least a day between two showings.",
    )
    _require(rule.cap >= 1, f"The cap of {name} must be 1 or more.")


def _check_key(what: str, key: str, length: int) -> None:
    _require(
        0 < len(key) <= length and _KEY.match(key) is not None,
        f"{what} must be 1 to {length} letters, digits, “_” or “-”: “{key[:80]}”.",
    )


def _name(campaign: Campaign) -> str:
    return (
        f"Soft ask {campaign.id}"
        if isinstance(campaign, SoftAsk)
        else f"Redirect rule {campaign.id}"
    )


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise RulesetError(sentence)
