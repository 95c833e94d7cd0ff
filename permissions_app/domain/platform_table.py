"""What each operating system and browser allows, as one table.

An app may show the system's own permission dialog only a small, fixed number of times. iOS shows it
once. Android 13 stops after two refusals, but a dialog that is swiped away costs nothing. Android
12 and older have no dialog at all: notifications are on until someone switches them off. Browsers
take one answer, and Chromium blocks a site for a week after three dismissals. When the dialog is
spent, only Settings can turn notifications on, and on iOS not even that if the system was never
asked, because there is no switch yet. Everything the product says about "how many prompts are left"
is read from this table, so a person who wants to know why can look at one row.

Source of every row graded "os": the platform's documentation or source (section 2 of the product's
domain notes).
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformRules:
    """One row: what a platform allows. Counts are numbers of dialogs, days are days of 24 hours."""

    key: str
    label: str
    prompts: int
    """Dialogs (`answers`) or refusals (`refusals`) the platform grants before it stops showing its
    dialog.
    """
    budget_counts: Literal["answers", "refusals", "none"]
    on_by_default: bool = False
    dismissal_spends: bool = False
    """Whether swiping the dialog away uses one up. In Chromium it only counts towards the embargo.
    """
    embargo_dismissals: int | None = None
    embargo_ignores: int | None = None
    embargo_days: int | None = None
    quiet_trial: bool = False
    """Provisional authorisation exists: delivered silently, without any dialog."""
    has_settings_link: bool = False
    needs_user_gesture: bool = False
    toggle_needs_prior_ask: bool = False
    """Never asked means that Settings shows no switch, so a redirect is a dead end."""
    upgrade_may_be_granted: bool = False
    auto_reset: bool = False
    """The system takes the permission back from an app that was not used for months; it may then be
    asked again.
    """
    grade: str = "os"
    note: str


_ROWS: tuple[PlatformRules, ...] = (
    PlatformRules(
        key="ios",
        label="iOS",
        prompts=1,
        budget_counts="answers",
        quiet_trial=True,
        has_settings_link=True,
        toggle_needs_prior_ask=True,
        note="iOS shows its dialog once; after any answer only Settings can change it.",
    ),
    PlatformRules(
        key="app_clip",
        label="iOS App Clip",
        prompts=1,
        budget_counts="answers",
        has_settings_link=True,
        toggle_needs_prior_ask=True,
        note="An App Clip may notify for a few hours; longer needs the one iOS dialog.",
    ),
    PlatformRules(
        key="ios_web",
        label="iOS web app on the Home Screen",
        prompts=1,
        budget_counts="answers",
        needs_user_gesture=True,
        toggle_needs_prior_ask=True,
        note="On iOS, web push exists only in a Home Screen app and asks once, after a tap.",
    ),
    PlatformRules(
        key="ios_browser_tab",
        label="iOS browser tab",
        prompts=0,
        budget_counts="none",
        note="An iOS browser tab has no web push; add the site to the Home Screen first.",
    ),
    PlatformRules(
        key="android_13",
        label="Android 13 and newer",
        prompts=2,
        budget_counts="refusals",
        has_settings_link=True,
        upgrade_may_be_granted=True,
        auto_reset=True,
        note="Android 13+ stops asking after two refusals; swiping the dialog away is free.",
    ),
    PlatformRules(
        key="android_13_old_target",
        label="Android 13 and newer, app built for Android 12 or older",
        prompts=1,
        budget_counts="refusals",
        has_settings_link=True,
        upgrade_may_be_granted=True,
        auto_reset=True,
        note="With target SDK 32 or lower Android itself asks, and one refusal is final.",
    ),
    PlatformRules(
        key="android_12",
        label="Android 12 and older",
        prompts=0,
        budget_counts="none",
        on_by_default=True,
        has_settings_link=True,
        note="Android 12 and older have no dialog: notifications are on until switched off.",
    ),
    PlatformRules(
        key="android_unknown",
        label="Android, version unknown",
        prompts=1,
        budget_counts="refusals",
        has_settings_link=True,
        auto_reset=True,
        note="The Android version is unknown, so one refusal is treated as final.",
    ),
    PlatformRules(
        key="web_chromium",
        label="Chrome and other Chromium browsers",
        prompts=1,
        budget_counts="answers",
        embargo_dismissals=3,
        embargo_ignores=4,
        embargo_days=7,
        note="Chromium takes one answer; 3 dismissals or 4 ignores block a site for 7 days.",
    ),
    PlatformRules(
        key="web_firefox",
        label="Firefox",
        prompts=1,
        budget_counts="answers",
        needs_user_gesture=True,
        note="Firefox takes one answer and shows its prompt only after a click or key press.",
    ),
    PlatformRules(
        key="web_safari",
        label="Safari on a Mac",
        prompts=1,
        budget_counts="answers",
        needs_user_gesture=True,
        note="Safari takes one answer and shows its prompt only after a click.",
    ),
    PlatformRules(
        key="web_other",
        label="Another browser",
        prompts=1,
        budget_counts="answers",
        needs_user_gesture=True,
        note="The browser is unknown, so it is taken to allow one answer, after a click.",
    ),
)
RULES: dict[str, PlatformRules] = {row.key: row for row in _ROWS}
