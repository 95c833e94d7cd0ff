"""One meaning for what many client libraries say about notification permission.

Every library has its own words for the same few states, and some say the same word for different
things: on Android, Flutter's "denied" may mean that nobody was ever asked, that the person said no
once, or that they said no for good. Apps therefore send the raw value with what they know around it
(platform, version, how often the dialog was shown), and the meaning is worked out here, in one
place, the same for everyone. When the facts do not allow an answer, the answer is "cannot be told"
with the reason, never a guess.

The cases in tests/cases/normalise.json pin every row and can be run by client teams in any
language.
"""

from collections.abc import Callable

from permissions_app.domain.platform_names import api_level as level_of
from permissions_app.domain.platform_names import platform_name
from permissions_app.domain.readings import (
    AUTHORIZED,
    EPHEMERAL,
    IOS_DENIED,
    LONGEST_VALUE,
    NOT_ASKED,
    PROVISIONAL,
    REFUSED,
    REFUSED_ONCE,
    TURNED_OFF,
    UNSUPPORTED,
    WEB_DENIED,
    Cause,
    Reading,
    Sent,
    Status,
    UnknownValue,
    android_off,
    as_word,
    number_or_word,
    printable,
    unknown_value,
    untold,
    whole_number,
)

__all__ = [
    "APPLE",
    "FIREBASE",
    "FLUTTER",
    "LIBRARIES",
    "Cause",
    "Reading",
    "Status",
    "UnknownValue",
    "normalise",
]

LIBRARIES: dict[str, str] = {
    "ios": "ios",
    "unauthorizationstatus": "ios",
    "android": "android",
    "permission_handler": "permission_handler",
    "flutter_permission_handler": "permission_handler",
    "react-native-permissions": "react-native-permissions",
    "react_native_permissions": "react-native-permissions",
    "notifee": "notifee",
    "@notifee/react-native": "notifee",
    "rnfirebase": "rnfirebase",
    "@react-native-firebase/messaging": "rnfirebase",
    "firebase_messaging": "firebase_messaging",
    "expo": "expo",
    "expo-notifications": "expo",
    "web": "web",
}


def normalise(
    *,
    library: str,
    value: str | int | bool,
    platform: str | None = None,
    os_version: str | None = None,
    api_level: int | None = None,
    target_sdk: int | None = None,
    ask_count: int | None = None,
    can_ask_again: bool | None = None,
    source: str | None = None,
) -> Reading:
    """The meaning of a permission value as a client library reported it.

    `ask_count`: how often the system's dialog was shown on this install (0 = never, None = the app
    does not count). `can_ask_again`: expo's flag of that name; elsewhere Android's
    `shouldShowRequestPermissionRationale`. `source`: "check" if the value was read, "request" if it
    is the result of asking. Raises `UnknownValue` for a library or value outside the table, and
    nothing else; malformed facts count as unknown.
    """
    key = (
        library.strip().lower()
        if isinstance(library, str) and len(library) <= LONGEST_VALUE
        else ""
    )
    name = LIBRARIES.get(key)
    if name is None:
        raise UnknownValue("unknown_library", f"library {printable(library)} is not one we know")
    if not isinstance(value, str | int):
        raise UnknownValue("unknown_value", f"{name} does not report {printable(value)}")
    if name in ("ios", "android", "web"):
        where: str | None = name
    else:
        where = platform_name(platform)
        where = "ios" if where == "app_clip" else where
    sent = Sent(
        library=name,
        value=value,
        platform=where,
        level=level_of(api=api_level, os_version=os_version),
        old_target=1 <= (whole_number(target_sdk) or 0) <= 32,
        asked=whole_number(ask_count),
        again=can_ask_again if isinstance(can_ask_again, bool) else None,
        source=source if source in ("check", "request") else None,
    )
    return _READERS[name](sent)


def _off(sent: Sent) -> Reading:
    """A library's "not allowed", where the library has a word of its own for "not asked"."""
    if sent.platform == "android":
        return android_off(sent, rationale=sent.again)
    if sent.platform == "ios":
        return IOS_DENIED
    if sent.platform == "web":
        return WEB_DENIED
    return untold("Off, but without the platform it cannot be told if the dialog is spent.")


def _undetermined(sent: Sent) -> Reading:
    if sent.before_dialogs:
        return Reading(
            None, None, "Android 12 and older have no dialog, so nothing can be undetermined."
        )
    return NOT_ASKED


def _apple_only(sent: Sent, reading: Reading) -> Reading:
    if sent.platform in ("android", "web"):
        return Reading(None, None, f"Only iOS knows {reading.status}; the platform says otherwise.")
    return reading


def _authorization(sent: Sent, word: str) -> Reading:
    """The words that Apple's enumeration, notifee, rnfirebase and firebase_messaging share."""
    match word:
        case "authorized":
            return AUTHORIZED
        case "notdetermined":
            if sent.platform == "android" and sent.asked:
                return android_off(sent, rationale=sent.again)
            return _undetermined(sent)
        case "denied":
            return _off(sent)
        case "provisional":
            return _apple_only(sent, PROVISIONAL)
        case "ephemeral":
            return _apple_only(sent, EPHEMERAL)
    raise unknown_value(sent)


APPLE = {0: "notdetermined", 1: "denied", 2: "authorized", 3: "provisional", 4: "ephemeral"}
FIREBASE = {-1: "notdetermined", 0: "denied", 1: "authorized", 2: "provisional", 3: "ephemeral"}
FLUTTER = dict(
    enumerate(("denied", "granted", "restricted", "limited", "permanentlydenied", "provisional"))
)


def _read_ios(sent: Sent) -> Reading:
    return _authorization(sent, number_or_word(sent, APPLE))


def _read_firebase(sent: Sent) -> Reading:
    return _authorization(sent, number_or_word(sent, FIREBASE))


def _read_firebase_messaging(sent: Sent) -> Reading:
    return _authorization(sent, as_word(sent))


def _read_android(sent: Sent) -> Reading:
    """areNotificationsEnabled. Numbers are refused: in Android's constants 0 means granted."""
    on = sent.value if isinstance(sent.value, bool) else _ON.get(as_word(sent))
    if on is None:
        raise unknown_value(sent)
    return AUTHORIZED if on else android_off(sent, rationale=sent.again)


_ON = {"true": True, "granted": True, "false": False, "denied": False}


def _read_permission_handler(sent: Sent) -> Reading:
    word = number_or_word(sent, FLUTTER)
    match word:
        case "granted":
            return AUTHORIZED
        case "limited":
            return Reading(
                "authorized", None, "Allowed with limits, which still lets notifications through."
            )
        case "provisional":
            return _apple_only(sent, PROVISIONAL)
        case "restricted":
            return Reading(
                "unsupported", None, "The system forbids it, and the person cannot change that."
            )
        case "denied":
            return _askable(sent)
        case "permanentlydenied":
            return _spent(sent)
    raise unknown_value(sent)


def _read_react_native(sent: Sent) -> Reading:
    match as_word(sent):
        case "granted":
            return AUTHORIZED
        case "limited":
            return _apple_only(sent, EPHEMERAL)
        case "unavailable":
            return UNSUPPORTED
        case "denied":
            return _askable(sent)
        case "blocked":
            if sent.platform == "android" and sent.source == "check":
                return android_off(sent, rationale=sent.again)  # a check only knows "off"
            return _spent(sent)
    raise unknown_value(sent)


def _askable(sent: Sent) -> Reading:
    """The word "denied" in libraries that have another word for "denied for good"."""
    if sent.platform == "android":
        fresh = sent.source == "request" and not sent.before_dialogs and not sent.old_target
        return REFUSED_ONCE if fresh else android_off(sent, rationale=sent.again)
    if sent.platform is None:
        return untold("Not allowed, but without the platform it cannot be told if it was asked.")
    return NOT_ASKED


def _spent(sent: Sent) -> Reading:
    if sent.platform == "android":
        return TURNED_OFF if sent.before_dialogs else REFUSED
    if sent.platform == "ios":
        return IOS_DENIED
    if sent.platform == "web":
        return WEB_DENIED
    return Reading("denied", "refused", "The library says that the system will not ask again.")


def _read_expo(sent: Sent) -> Reading:
    """expo's status, or on iOS the more exact number in its `ios.status`."""
    word = number_or_word(sent, APPLE) if sent.platform == "ios" else as_word(sent)
    match word:
        case "granted":
            return AUTHORIZED
        case "undetermined":
            return _undetermined(sent)
        case "denied" if sent.platform == "android":
            return _expo_android(sent)
    return _authorization(sent, word)


def _expo_android(sent: Sent) -> Reading:
    if sent.again is True and sent.asked is None and not sent.before_dialogs:
        return untold("Off but askable: never asked or refused once; it takes the ask count.")
    if sent.again is True and sent.asked == 0:
        return android_off(sent, rationale=None)
    if sent.again is False and not sent.asked and not sent.before_dialogs:
        return REFUSED
    return android_off(sent, rationale=sent.again)


def _read_web(sent: Sent) -> Reading:
    found = WEB_READINGS.get(as_word(sent))
    if found is None:
        raise unknown_value(sent)
    return found


WEB_READINGS: dict[str, Reading] = {
    "granted": AUTHORIZED,
    "default": NOT_ASKED,
    "prompt": NOT_ASKED,
    "denied": WEB_DENIED,
    "unsupported": UNSUPPORTED,
    "unavailable": UNSUPPORTED,
}
"""What a browser says; clients that decide on the device read the same table."""

_READERS: dict[str, Callable[[Sent], Reading]] = {
    "ios": _read_ios,
    "android": _read_android,
    "permission_handler": _read_permission_handler,
    "react-native-permissions": _read_react_native,
    "notifee": _read_firebase,
    "rnfirebase": _read_firebase,
    "firebase_messaging": _read_firebase_messaging,
    "expo": _read_expo,
    "web": _read_web,
}
