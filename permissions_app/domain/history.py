"""What a device went through corrects what its library says.

On Android most libraries have one word for "off" and read the rest from a count of dialogs. The
device's own story knows more: a dialog that was swiped away was shown but is not spent, and what
was on before without any dialog, after an upgrade from Android 12, has been switched off. And what
was on before months of silence was most likely taken back by Android itself, which then may ask
again.
"""

from permissions_app.domain.device import DAY_MS, DeviceFacts
from permissions_app.domain.platforms import rules_for
from permissions_app.domain.readings import NOT_ASKED, TURNED_OFF, Reading

UNUSED_MS = 90 * DAY_MS
"""After so long Android takes permissions back from an app that nobody used (its default)."""
AUTO_RESET = Reading("denied", "auto_reset", "Unused for months: Android took it back by itself.")


def spent_dialogs(facts: DeviceFacts, asked: int | None) -> int | None:
    """Of the `asked` dialogs that were shown, those that took one of Android's two refusals. None:
    unknown.
    """
    if asked is None or facts.platform != "android":
        return asked
    grants = facts.answers - facts.refusals
    return max(asked - facts.dismissals - grants, facts.refusals)


def with_history(facts: DeviceFacts, reading: Reading, asked: int | None, unused: int) -> Reading:
    """The reading, corrected where the device's story contradicts it. `unused`: how long nothing
    was heard of the device before (ms).
    """
    if facts.platform != "android":
        return reading
    off = reading.off or reading.status in ("denied", "not_determined")
    if off and (facts.cause == "auto_reset" or (unused >= UNUSED_MS and _taken_back(facts))):
        return AUTO_RESET
    was_on = facts.status == "authorized" or facts.cause == "turned_off"
    if reading.status == "not_determined" and was_on:
        return TURNED_OFF
    swiped_away = facts.dismissals > 0 and spent_dialogs(facts, asked) == 0
    refusal = reading.status == "denied" and reading.cause in ("refused_once", "refused")
    if refusal and swiped_away and not was_on and facts.denial is None:
        return NOT_ASKED
    return reading


def _taken_back(facts: DeviceFacts) -> bool:
    """Whether Android may have taken back what was on."""
    rules = rules_for(
        platform=facts.platform,
        os_version=facts.os_version,
        api_level=facts.api_level,
        target_sdk=facts.target_sdk,
    )
    return facts.status == "authorized" and rules is not None and rules.auto_reset
