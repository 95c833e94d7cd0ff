"""Which rule applies to a device, and how many of its prompts are left.

`platform_table` says what each system allows; this module finds the row for one device and keeps
the ledger: how often the system's own dialog may still be shown, whether the next time is the last,
and the sentence that explains it to a person. The dialog is the scarcest thing a team has, so
whenever the facts leave a doubt the answer is "do not ask".
"""

from dataclasses import dataclass

from permissions_app.domain.platform_names import (
    CHROMIUM,
    Platform,
    api_level_from_version,
    browser_name,
    platform_name,
)
from permissions_app.domain.platform_names import api_level as level_of
from permissions_app.domain.platform_table import RULES, PlatformRules
from permissions_app.domain.settings_paths import SettingsPath, settings_path

__all__ = [
    "RULES",
    "Budget",
    "Platform",
    "PlatformRules",
    "SettingsPath",
    "api_level_from_version",
    "prompt_budget",
    "rules_for",
    "settings_path",
]

DAY_MS = 86_400_000


def rules_for(
    *,
    platform: str | None,
    os_version: str | None = None,
    api_level: int | None = None,
    target_sdk: int | None = None,
    browser: str | None = None,
    standalone: bool | None = None,
) -> PlatformRules | None:
    """The row that applies to a device, from what its client said. None when the platform is
    unknown. Never raises.

    An unknown target SDK counts as current: the stores have refused older ones for years.
    """
    name = platform_name(platform)
    if name is None:
        return None
    if name == "android":
        return RULES[_android_key(level_of(api=api_level, os_version=os_version), target_sdk)]
    if name == "web":
        return RULES[_web_key(browser_name(browser), standalone)]
    return RULES["ios_web" if name == "ios" and standalone is True else name]


def _android_key(level: int | None, target_sdk: int | None) -> str:
    if level is None:
        return "android_unknown"
    if level < 33:
        return "android_12"
    old = isinstance(target_sdk, int) and not isinstance(target_sdk, bool) and 1 <= target_sdk <= 32
    return "android_13_old_target" if old else "android_13"


def _web_key(browser: str | None, standalone: bool | None) -> str:
    if browser == "ios_safari":
        return "ios_browser_tab" if standalone is False else "ios_web"
    if browser == "safari":
        return "ios_web" if standalone is True else "web_safari"
    if browser == "firefox":
        return "web_firefox"
    return "web_chromium" if browser in CHROMIUM else "web_other"


@dataclass(frozen=True, slots=True)
class Budget:
    """What is left of a device's prompts. `rule` is one sentence that says why.

    `prompts_left` is None when it cannot be told. `embargoed_until` is in ms since 1970 UTC: when
    it is set, `can_prompt` is False and the caller may prompt once its own clock has passed it and
    `prompts_left` is above 0.
    """

    prompts_left: int | None
    can_prompt: bool
    last_one: bool
    embargoed_until: int | None
    rule: str


def prompt_budget(
    *,
    rules: PlatformRules | None,
    status: str | None,
    cause: str | None,
    answers: int,
    refusals: int,
    dismissals: int,
    ignores: int,
    last_dismissed_at: int | None,
) -> Budget:
    """How often the system's dialog may still be shown. No clock inside: see
    `Budget.embargoed_until`.

    `answers` counts dialogs answered either way, `refusals` those answered no, `dismissals` and
    `ignores` the ones closed or left alone; `last_dismissed_at` is the time of the last of these
    two in ms. When in doubt the answer is that the dialog cannot show: it must never be advised in
    vain.
    """
    ledger = _Ledger(
        answers=max(0, answers),
        refusals=max(0, refusals),
        dismissals=max(0, dismissals),
        ignores=max(0, ignores),
        last_dismissed_at=last_dismissed_at,
    )
    if rules is None:
        return _closed(
            None, "The platform is unknown, so it cannot be told whether a dialog is left."
        )
    if status == "unsupported":
        return _closed(0, "This device cannot receive notifications.")
    if rules.prompts == 0:
        return _closed(0, rules.note)
    if status == "authorized":
        return _closed(0, "Already authorised: there is nothing to ask.")
    if status in ("not_determined", "provisional", "ephemeral"):
        return _undecided(rules, status, ledger)
    if status == "denied":
        return _denied(rules, cause, ledger)
    return _closed(
        None, "The status is not known yet, so it cannot be told whether a dialog is left."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ledger:
    """What is on record for a device; see `prompt_budget`."""

    answers: int
    refusals: int
    dismissals: int
    ignores: int
    last_dismissed_at: int | None


def _closed(left: int | None, rule: str) -> Budget:
    return Budget(left, False, False, None, rule)


def _open(left: int, rule: str) -> Budget:
    return Budget(left, left > 0, left == 1, None, rule)


def _embargo(rules: PlatformRules, ledger: _Ledger) -> Budget:
    until = None
    if ledger.last_dismissed_at is not None and rules.embargo_days is not None:
        until = ledger.last_dismissed_at + rules.embargo_days * DAY_MS
    return Budget(1, False, True, until, rules.note)


def _embargo_reached(rules: PlatformRules, ledger: _Ledger) -> bool:
    dismissed, ignored = rules.embargo_dismissals, rules.embargo_ignores
    if dismissed is not None and ledger.dismissals >= dismissed:
        return True
    return ignored is not None and ledger.ignores >= ignored


def _undecided(rules: PlatformRules, status: str, ledger: _Ledger) -> Budget:
    if ledger.last_dismissed_at is not None and _embargo_reached(rules, ledger):
        return _embargo(rules, ledger)
    if status == "provisional":
        return _open(1, "Delivered silently on trial; the full dialog can still be asked once.")
    if status == "ephemeral":
        left = max(0, 1 - ledger.answers)
        return _open(left, "An App Clip may notify for a few hours; the dialog can be asked once.")
    if rules.budget_counts == "refusals":
        return _open(max(0, rules.prompts - ledger.refusals), rules.note)
    return _open(rules.prompts, rules.note)  # the system itself says that no answer was given


def _denied(rules: PlatformRules, cause: str | None, ledger: _Ledger) -> Budget:
    if cause == "turned_off":
        return _closed(0, "Switched off in Settings: only Settings can turn it on again.")
    if cause == "refused":
        return _closed(0, f"Refused for good. {rules.note}")
    if rules.embargo_days is not None:
        inferred = cause is None and ledger.refusals == 0 and _embargo_reached(rules, ledger)
        if cause == "embargoed" or inferred:
            return _embargo(rules, ledger)
    if rules.budget_counts == "refusals":
        return _denied_by_refusals(rules, cause, ledger)
    return _closed(0, rules.note)


def _denied_by_refusals(rules: PlatformRules, cause: str | None, ledger: _Ledger) -> Budget:
    """Android 13 and newer, where a denial may leave a prompt."""
    left = max(0, rules.prompts - ledger.refusals)
    if cause == "auto_reset":
        return _open(max(1, left), "Taken back after months unused; Android may ask again.")
    if cause == "refused_once":
        return _open(min(left, rules.prompts - 1), rules.note)
    if ledger.refusals > 0 and ledger.refusals >= ledger.answers:
        return _open(left, rules.note)
    if ledger.answers > 0:
        return _closed(0, "Was granted and is off now: most likely switched off in Settings.")
    if ledger.dismissals > 0:
        return _open(left, rules.note)
    return _closed(None, "Off, and no answer is on record: what is left cannot be told.")
