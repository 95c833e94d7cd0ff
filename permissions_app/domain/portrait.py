"""The facts about one device, in plain words.

Each line is something a support engineer could read to a person on the phone: what the system says
and since when, how often the app asked and what the answers were, the first final no with the
moment and the cause, and the way back if there was one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from permissions_app.domain.device import DeviceFacts
from permissions_app.domain.narration import CAUSE_WORDS, status_in_words
from permissions_app.domain.platforms import Budget, PlatformRules, prompt_budget, rules_for

RECOVERY_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "tapped": "recovered after tapping a Settings redirect",
        "seen": "recovered after seeing a Settings redirect",
        "organic": "recovered by themselves, no redirect before it",
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    """One fact. `at`: when, in ms since 1970 UTC, if it has a time."""

    label: str
    text: str
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Portrait:
    """A device in words. `denial` and `recovery` are None when there was none."""

    status: str
    status_at: int | None
    device: tuple[Line, ...]
    story: tuple[Line, ...]
    denial: Line | None
    recovery: Line | None
    rules: PlatformRules | None
    budget: Budget


def portrait(*, facts: DeviceFacts, moment_names: Mapping[str, str]) -> Portrait:
    """The facts of a device in words. `moment_names`: moment key -> name."""
    rules = rules_for(
        platform=facts.platform,
        os_version=facts.os_version,
        api_level=facts.api_level,
        target_sdk=facts.target_sdk,
        browser=facts.browser,
        standalone=facts.standalone,
    )
    budget = prompt_budget(
        rules=rules,
        status=facts.status,
        cause=facts.cause,
        answers=facts.answers,
        refusals=facts.refusals,
        dismissals=facts.dismissals,
        ignores=facts.ignores,
        last_dismissed_at=facts.last_dismissed_at,
    )
    return Portrait(
        status=status_in_words(facts.status, facts.cause),
        status_at=facts.status_at,
        device=_device(facts, rules),
        story=_story(facts, moment_names),
        denial=_denial(facts, moment_names),
        recovery=_recovery(facts),
        rules=rules,
        budget=budget,
    )


def prompts_in_words(budget: Budget) -> str:
    """`1 left, the last one`."""
    if budget.prompts_left is None:
        return "cannot be told"
    if budget.embargoed_until is not None:
        return "blocked for now"
    if not budget.prompts_left:
        return "none left"
    return "1 left, the last one" if budget.last_one else f"{budget.prompts_left} left"


def _device(facts: DeviceFacts, rules: PlatformRules | None) -> tuple[Line, ...]:
    where = rules.label if rules else (facts.platform or "Unknown platform")
    parts = [
        Line("Platform", f"{where}{f', version {facts.os_version}' if facts.os_version else ''}"),
        Line("App version", facts.app_version or ""),
        Line("Language", facts.locale or ""),
        Line("Browser", facts.browser or ""),
        Line("Sessions", str(facts.sessions) if facts.sessions else ""),
        Line("First seen", "", facts.first_seen_at),
        Line("Last seen", "", facts.last_seen_at),
    ]
    return tuple(line for line in parts if line.text or line.at is not None)


def _story(facts: DeviceFacts, names: Mapping[str, str]) -> tuple[Line, ...]:
    lines = [
        Line(
            "Soft asks",
            _counted(
                (facts.soft_asks_shown, "shown"),
                (facts.soft_asks_accepted, "accepted"),
                (facts.soft_asks_declined, "declined"),
                (facts.soft_asks_dismissed, "dismissed"),
            )
            or "none shown",
        ),
        Line(
            "OS dialog",
            _counted(
                (facts.ask_count, "shown"),
                (facts.answers, "answered"),
                (facts.refusals, "refused"),
                (facts.dismissals, "dismissed"),
                (facts.ignores, "ignored"),
            )
            or "never shown",
        ),
    ]
    if facts.redirects_shown or facts.redirects_tapped:
        told = _counted(
            (facts.redirects_shown, "shown"),
            (facts.redirects_tapped, "tapped"),
            (facts.redirects_dismissed, "dismissed"),
        )
        lines.append(Line("Settings redirects", told))
    lines.extend(
        Line(f"Reached “{names.get(key, key)}”", f"{reached.count} ×", reached.last_at)
        for key, reached in sorted(facts.moments.items(), key=lambda pair: -pair[1].last_at)[:8]
    )
    if facts.never_ask_at is not None:
        lines.append(Line("Never ask again", "said by the person, final", facts.never_ask_at))
    if facts.removed_at is not None:
        lines.append(Line("App removed", "", facts.removed_at))
    return tuple(lines)


def _denial(facts: DeviceFacts, names: Mapping[str, str]) -> Line | None:
    denial = facts.denial
    if denial is None:
        return None
    cause = CAUSE_WORDS.get(denial.cause, denial.cause)
    if not denial.moment:
        return Line("First final no", f"{cause}, at no known moment", denial.at)
    return Line(
        "First final no", f"{cause}, at “{names.get(denial.moment, denial.moment)}”", denial.at
    )


def _recovery(facts: DeviceFacts) -> Line | None:
    if facts.recovered_at is None:
        return None
    return Line(
        "Recovery", RECOVERY_WORDS.get(facts.recovery or "organic", "recovered"), facts.recovered_at
    )


def _counted(*counts: tuple[int, str]) -> str:
    return ", ".join(f"{count} {word}" for count, word in counts if count)
