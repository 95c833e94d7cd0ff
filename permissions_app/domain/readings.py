"""What a reading of a permission value is, and the hard part of making one: "off" on Android.

Android has one word for four situations. Notifications may be off because nobody was asked yet,
because the person said no once, because they said no for good, or because they switched them off
later. What tells them apart is the Android version, how often the dialog was shown, and whether
Android offers a rationale (it does exactly between a first and a second refusal). Where these do
not decide, the reading says so.
"""

from dataclasses import dataclass
from typing import Literal

Status = Literal[
    "not_determined", "provisional", "ephemeral", "authorized", "denied", "unsupported"
]
Cause = Literal["refused_once", "refused", "turned_off", "auto_reset", "embargoed"]

LONGEST_VALUE = 64


@dataclass(frozen=True, slots=True)
class Reading:
    """What a raw value means. `status` None: cannot be told. `why` is one plain sentence.

    `cause` None beside `denied` means that the value alone does not tell why; the device's own
    history decides (an embargo in the browser, or switched off after a grant). `off` is set where
    the status cannot be told but the value does say that notifications are not allowed: a device
    that was authorised before has switched them off.
    """

    status: Status | None
    cause: Cause | None
    why: str
    off: bool = False


class UnknownValue(ValueError):
    """Outside the table. `code` is `unknown_library` or `unknown_value`, `detail` says what."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Sent:
    """The facts around a value, cleaned: anything malformed has become None."""

    library: str
    value: str | int | bool
    platform: str | None
    level: int | None
    old_target: bool
    asked: int | None
    again: bool | None
    source: str | None

    @property
    def before_dialogs(self) -> bool:
        return self.platform == "android" and self.level is not None and self.level < 33


AUTHORIZED = Reading("authorized", None, "Notifications are allowed.")
NOT_ASKED = Reading("not_determined", None, "The person has not been asked yet.")
PROVISIONAL = Reading(
    "provisional", None, "Notifications arrive silently on trial; nobody was asked."
)
EPHEMERAL = Reading("ephemeral", None, "An App Clip may notify for a few hours.")
UNSUPPORTED = Reading("unsupported", None, "This device or browser cannot receive notifications.")
IOS_DENIED = Reading(
    "denied",
    "refused",
    "iOS says no and its dialog is spent; after an earlier yes it was switched off in Settings.",
)
WEB_DENIED = Reading(
    "denied",
    None,
    "The browser says no: refused, or blocked for a week after dismissals; history decides.",
)
TURNED_OFF = Reading(
    "denied",
    "turned_off",
    "Android 12 and older start with notifications on, so they were switched off.",
)
REFUSED = Reading(
    "denied", "refused", "Android no longer shows its dialog: only Settings can change it."
)
REFUSED_ONCE = Reading(
    "denied", "refused_once", "Refused, but Android will still show its dialog once more."
)


def whole_number(number: object) -> int | None:
    """A count as it should be, 0..1,000,000; anything else is None."""
    if isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= 1_000_000:
        return number
    return None


def printable(value: object) -> str:
    """A short, printable form of a hostile value."""
    if isinstance(value, int) and abs(value) > 10**12:
        return "a very large number"
    if isinstance(value, str):
        return ascii(value[:40])
    return str(value) if isinstance(value, int) else f"a {type(value).__name__}"


def unknown_value(sent: Sent) -> UnknownValue:
    return UnknownValue("unknown_value", f"{sent.library} does not report {printable(sent.value)}")


def as_word(sent: Sent) -> str:
    """The value as one lower-case word: "PermissionStatus.permanentlyDenied" ->
    "permanentlydenied".
    """
    if not isinstance(sent.value, str) or len(sent.value) > LONGEST_VALUE:
        raise unknown_value(sent)
    last = sent.value.strip().rsplit(".", 1)[-1].lower().replace("_", "").replace("-", "")
    return last.removeprefix("unauthorizationstatus").removeprefix("authorizationstatus")


def number_or_word(sent: Sent, numbers: dict[int, str]) -> str:
    """A numbered state as its word; digits in a string count as the number, true and false never
    do.
    """
    value = sent.value
    if isinstance(value, bool):
        raise unknown_value(sent)
    if isinstance(value, str) and value.strip() in {str(number) for number in numbers}:
        value = int(value)
    if isinstance(value, int):
        word = numbers.get(value)
        if word is None:
            raise unknown_value(sent)
        return word
    return as_word(sent)


def untold(why: str) -> Reading:
    """Not allowed, and more cannot be told."""
    return Reading(None, None, why, off=True)


def android_off(sent: Sent, *, rationale: bool | None) -> Reading:
    """Notifications are off on Android: never asked, refused once, refused for good, or switched
    off?

    `rationale` is shouldShowRequestPermissionRationale: True exactly between a first and a second
    refusal.
    """
    if sent.before_dialogs:
        return TURNED_OFF
    if rationale is True and not sent.old_target:
        return REFUSED_ONCE
    if sent.level is None:
        if not sent.asked:
            return untold(
                "Off, but without the Android version it cannot be told if anyone was asked."
            )
        return Reading(
            "denied", None, "Off; without the Android version it cannot be told what is left."
        )
    if sent.old_target:
        if sent.asked or rationale is True:
            return Reading(
                "denied", "refused", "With a target SDK of 32 or lower one refusal is final."
            )
        return untold(
            "Off: with this target SDK Android asks by itself, so nobody counted its dialogs."
        )
    if sent.asked is None:
        return untold("Off: never asked or refused; telling these apart takes the ask count.")
    if sent.asked == 0:
        return NOT_ASKED
    if sent.asked >= 2:
        return Reading(
            "denied", "refused", "Off after two or more dialogs: Android will not show another."
        )
    if rationale is None:
        return REFUSED_ONCE
    if sent.source == "request":
        return Reading(
            "not_determined", None, "The dialog was swiped away, which does not spend it."
        )
    return untold("Off after one dialog without a refusal: swiped away, switched off or reset.")
