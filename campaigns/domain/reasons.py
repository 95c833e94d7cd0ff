"""Why something was shown, or was not.

Every decision carries exactly one of these reasons, so that anybody who wonders "why did this
person see nothing?" gets a sentence instead of a guess. The words here are what pages show; the
keys are what clients, logs and tests use.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

Reason = Literal[
    "ask_softly",
    "offer_settings",
    "unknown_moment",
    "app_stopped",
    "moment_paused",
    "already_authorized",
    "unsupported",
    "user_said_never",
    "fatigue_cap",
    "unknown_platform",
    "status_unknown",
    "embargoed",
    "no_campaign",
    "no_settings_toggle",
    "last_prompt_needs_other_moment",
    "audience_mismatch",
    "outside_schedule",
    "no_arm",
    "gate_first_session",
    "gate_min_sessions",
    "gate_times_reached",
    "gate_min_screens",
    "decline_cap",
    "cooldown",
    "opening_moment",
    "no_rule",
    "too_soon_after_denial",
    "redirect_cap",
    "redirect_cooldown",
    "holdout",
]
REASONS: tuple[Reason, ...] = get_args(Reason)

EXPLANATIONS: Mapping[Reason, str] = MappingProxyType(
    {
        "ask_softly": "The system's dialog can still show and the moment is right: ask softly.",
        "offer_settings": "The dialog is spent: say what is missed and show the way to Settings.",
        "unknown_moment": "The app has no published moment with this name.",
        "app_stopped": "The team has stopped the app as a whole: nobody is interrupted.",
        "moment_paused": "The team has paused this moment.",
        "already_authorized": "Notifications are already on, so there is nothing to ask.",
        "unsupported": "This device or browser cannot receive notifications.",
        "user_said_never": "The person asked never to be asked again, and that is final.",
        "fatigue_cap": "The person was interrupted as often as the app allows itself.",
        "unknown_platform": "No event told which platform this is, so its rules are not known.",
        "status_unknown": "It cannot be told if the dialog can still show, so nothing is risked.",
        "embargoed": "The browser blocks its dialog for some days; that ends by itself.",
        "no_campaign": "The dialog can still show, but no soft ask is live on this moment.",
        "no_settings_toggle": (
            "Only a Settings redirect waits here, and Settings has no switch before an ask."
        ),
        "last_prompt_needs_other_moment": (
            "One dialog is left, and this is the moment that was refused: wait for another."
        ),
        "audience_mismatch": "The campaigns on this moment are meant for other devices.",
        "outside_schedule": "The campaign has not begun yet, or is over.",
        "no_arm": "No variant of the campaign has a weight, so there are no words to show.",
        "gate_first_session": "This is the person's first session, which is too early to ask.",
        "gate_min_sessions": "The person has not had enough sessions yet.",
        "gate_times_reached": "The person has not reached this moment often enough yet.",
        "gate_min_screens": "The person has not seen enough screens yet.",
        "decline_cap": "The person has declined as often as the campaign accepts.",
        "cooldown": "The person said no, or has not answered yet, and the wait is not over.",
        "opening_moment": "The app is being opened or set up: such a moment carries no redirect.",
        "no_rule": "The dialog is spent, and no redirect rule is live on this moment.",
        "too_soon_after_denial": "The denial is too recent to bring it up again.",
        "redirect_cap": "The person has seen this redirect as often as its rule allows.",
        "redirect_cooldown": "The person saw this redirect recently.",
        "holdout": "The device was eligible and is shown nothing, to measure the effect.",
    }
)

CLOSENESS: Mapping[str, int] = MappingProxyType(
    {
        reason: rung
        for rung, reason in enumerate(
            (
                "audience_mismatch",
                "outside_schedule",
                "no_arm",
                "gate_first_session",
                "gate_min_sessions",
                "gate_times_reached",
                "gate_min_screens",
                "too_soon_after_denial",
                "decline_cap",
                "redirect_cap",
                "cooldown",
                "redirect_cooldown",
            )
        )
    }
)
"""How close a campaign came before it fell out. With several on a moment, the closest one gives the
reason.
"""


def explain(reason: Reason) -> str:
    """One plain sentence for a reason. An unknown key, such as one of a newer version, is returned
    as it is.
    """
    return EXPLANATIONS.get(reason, reason)
