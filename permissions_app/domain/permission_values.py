"""Every value that a permission library reports, and what each means where.

The same word may mean different things: on Android "denied" depends on the version, on how often the
dialog was shown, and on whether the value comes from a check or from a request. Here each value is
read in each situation that can make a difference, by the same `normalise` that reads events, and
situations with one meaning are put together. Nothing of what is shown is written down twice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from permissions_app.domain.states import (
    APPLE,
    FIREBASE,
    FLUTTER,
    LIBRARIES,
    Reading,
    normalise,
)

PLATFORMS: Mapping[str, str] = {"ios": "iOS", "android": "Android", "web": "Web"}

_EXPO = ("granted", "undetermined", "denied")
_WORDS: Mapping[str, tuple[str, ...]] = {
    "ios": tuple(APPLE.values()),
    "android": ("true", "false", "granted", "denied"),
    "permission_handler": tuple(FLUTTER.values()),
    "react-native-permissions": ("unavailable", "denied", "blocked", "granted", "limited"),
    "notifee": tuple(FIREBASE.values()),
    "rnfirebase": tuple(FIREBASE.values()),
    "firebase_messaging": tuple(FIREBASE.values()),
    "expo": (*_EXPO, *(word for word in APPLE.values() if word not in _EXPO)),
    "web": ("default", "prompt", "granted", "denied", "unsupported", "unavailable"),
}
_NUMBERS: Mapping[str, Mapping[int, str]] = {
    "ios": APPLE,
    "permission_handler": FLUTTER,
    "notifee": FIREBASE,
    "rnfirebase": FIREBASE,
}
_LIVES_ON: Mapping[str, tuple[str, ...]] = {
    "ios": ("ios",),
    "android": ("android",),
    "web": ("web",),
    "react-native-permissions": ("ios", "android"),
    "notifee": ("ios", "android"),
    "rnfirebase": ("ios", "android"),
}
"""Elsewhere a library lives on all platforms."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What else is known when a value arrives. `label`: in words, '' where nothing else matters."""

    platform: str
    label: str
    facts: Mapping[str, Any]


_CHECK, _REQUEST = {"source": "check"}, {"source": "request"}
_SITUATIONS = (
    Situation("ios", "", {}),
    Situation("android", "12 or older", {"api_level": 32}),
    Situation("android", "13+, never asked", {"api_level": 34, "ask_count": 0, **_CHECK}),
    Situation("android", "13+, asked once", {"api_level": 34, "ask_count": 1, **_CHECK}),
    Situation("android", "13+, asked twice", {"api_level": 34, "ask_count": 2, **_CHECK}),
    Situation("android", "13+, asks not counted", {"api_level": 34, **_CHECK}),
    Situation("android", "13+, rationale offered", {"api_level": 34, "can_ask_again": True}),
    Situation("android", "13+, answer of a request", {"api_level": 34, "ask_count": 1, **_REQUEST}),
    Situation(
        "android",
        "13+, answer of a request, no rationale",
        {"api_level": 34, "ask_count": 1, "can_ask_again": False, **_REQUEST},
    ),
    Situation(
        "android",
        "13+, target SDK 32 or lower, asked once",
        {"api_level": 34, "ask_count": 1, "target_sdk": 32, **_CHECK},
    ),
    Situation("android", "version unknown", _CHECK),
    Situation("web", "", {}),
)
OTHERWISE = "in every other case"
MANY = 5
"""So many situations with one meaning are not listed one by one; there is room for one such group."""
_SPELLED = {"permanentlydenied": "permanentlyDenied", "notdetermined": "notDetermined"}
"""As the libraries write what is read without regard to capitals."""


@dataclass(frozen=True, slots=True)
class Row:
    """A value and its meaning on a platform. `number`: the same as the library numbers it. `when`: the
    situations in which it is so, empty where it always is. `facts`: those of the first of them.
    """

    library: str
    word: str
    number: int | None
    platform: str
    when: tuple[str, ...]
    facts: Mapping[str, Any]
    reading: Reading


@dataclass(frozen=True, slots=True)
class Library:
    """A library and everything it reports. `also`: other names it is known by."""

    name: str
    also: tuple[str, ...]
    platforms: tuple[str, ...]
    rows: tuple[Row, ...]


@cache
def table() -> tuple[Library, ...]:
    """All libraries, in the order of the table of names."""
    names = dict.fromkeys(LIBRARIES.values())
    return tuple(
        Library(
            name,
            tuple(alias for alias, meant in LIBRARIES.items() if meant == name and alias != name),
            _LIVES_ON.get(name, tuple(PLATFORMS)),
            tuple(_rows(name)),
        )
        for name in names
    )


def _rows(library: str) -> Iterable[Row]:
    numbers = {word: number for number, word in _NUMBERS.get(library, {}).items()}
    for word in _WORDS[library]:
        spelled, number = _SPELLED.get(word, word), numbers.get(word)
        for platform in _LIVES_ON.get(library, tuple(PLATFORMS)):
            here = [one for one in _SITUATIONS if one.platform == platform]
            for reading, found in _together(library, word, here):
                when = _when(found, here)
                yield Row(library, spelled, number, platform, when, found[0].facts, reading)


def _together(
    library: str, word: str, here: Iterable[Situation]
) -> Iterable[tuple[Reading, list[Situation]]]:
    """The meanings of a value on a platform, each with the situations it belongs to."""
    found: dict[Reading, list[Situation]] = {}
    for situation in here:
        told = {"platform": situation.platform, **situation.facts}
        found.setdefault(normalise(library=library, value=word, **told), []).append(situation)
    return found.items()


def _when(found: list[Situation], here: list[Situation]) -> tuple[str, ...]:
    if len(found) == len(here):
        return ()
    if len(found) > MANY:
        return (OTHERWISE,)
    return tuple(situation.label for situation in found)
