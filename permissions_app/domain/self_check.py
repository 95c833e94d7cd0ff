"""Is a client connected rightly? Five things that must arrive, and what is wrong with those that did.

The five are what the product cannot be right without:

1. a session: nobody is asked in the first one, and every gate counts them;
2. the permission: what may be asked at all rests on it;
3. a value moment: the only place where anything is shown;
4. the soft ask shown, and its answer: acceptance, the pauses after a no and the fatigue budget;
5. the answer to the system's dialog: the one thing that cannot be asked again.

The way back through Settings is not among them: a fresh device cannot walk it, since nobody has
refused there yet. It is listed beside them. What counts is the newest event of each kind, so that a
client that was repaired is right from its next event on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from permissions_app.domain.event_faults import ANSWERS, Fault, Heard, faults_of

DUPLICATE = "duplicate"
"""The code of an entry whose id was stored before."""
BESIDE = ("redirect_shown", "redirect_tapped", "redirect_dismissed", "settings_opened", "never_ask")
"""Not among the five; a fresh device cannot send most of them."""

State = Literal["missing", "partly", "faulty", "done"]


@dataclass(frozen=True, slots=True)
class NotTaken:
    """An entry that was not stored, and why. `code` DUPLICATE: its id was there before."""

    received: int
    device: str
    type: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Item:
    """One of the five. `step`: the step of a guide that sends it; `missing`: what has not come yet."""

    key: str
    title: str
    why: str
    step: str
    state: State
    heard: tuple[Heard, ...]
    faults: tuple[Fault, ...]
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All of it. `open`: a sentence for each thing that is left to do; without any it is complete."""

    items: tuple[Item, ...]
    beside: tuple[tuple[str, Heard | None], ...]
    refused: tuple[NotTaken, ...]
    repeated: int
    devices: tuple[str, ...]
    open: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do."""
        return not self.open

    @property
    def arrived(self) -> int:
        """How many of the five are ticked."""
        return sum(item.state in ("done", "faulty") for item in self.items)


@dataclass(frozen=True, slots=True)
class _Wanted:
    key: str
    title: str
    why: str
    step: str
    groups: tuple[tuple[str, ...], ...]
    """Of each group one type must arrive."""


FIVE = (
    _Wanted(
        "session",
        "A session",
        "Nobody is asked in the first session, and every gate counts them.",
        "status",
        (("session_started",),),
    ),
    _Wanted(
        "permission",
        "The permission",
        "What may be asked at all rests on what the system says.",
        "status",
        (("permission_status",),),
    ),
    _Wanted(
        "moment",
        "A value moment",
        "Only there anything is shown. It must reach a moment that is defined here.",
        "moment",
        (("moment_reached",),),
    ),
    _Wanted(
        "soft_ask",
        "The soft ask and its answer",
        "Acceptance, the pauses after a no and the fatigue budget are made of these.",
        "soft_ask",
        (("soft_ask_shown",), ANSWERS),
    ),
    _Wanted(
        "prompt",
        "The answer to the system’s dialog",
        "It can be asked once or twice for ever; what was said must not be lost.",
        "prompt",
        (("native_prompt_answered",),),
    ),
)


def report(
    *,
    heard: Sequence[Heard],
    not_taken: Sequence[NotTaken],
    unmatched: Sequence[str],
    started: int,
) -> Report:
    """What arrived since `started` (ms), newest first in any order. `unmatched`: names of events that
    arrived and that no moment is defined on.
    """
    newest = sorted(heard, key=lambda event: (event.received, event.at, event.id), reverse=True)
    items = tuple(_item(wanted, newest, unmatched, started) for wanted in FIVE)
    refused = tuple(one for one in not_taken if one.code != DUPLICATE)
    devices = tuple(dict.fromkeys(event.device for item in items for event in item.heard))
    return Report(
        items=items,
        beside=tuple((kind, _first(newest, (kind,))) for kind in BESIDE),
        refused=refused,
        repeated=len(not_taken) - len(refused),
        devices=devices,
        open=tuple(_open(items, refused, newest, devices)),
    )


def _first(newest: Iterable[Heard], types: tuple[str, ...]) -> Heard | None:
    return next((event for event in newest if event.type in types), None)


def _item(wanted: _Wanted, newest: Sequence[Heard], unmatched: Sequence[str], started: int) -> Item:
    found = [_first(newest, group) for group in wanted.groups]
    heard = tuple(event for event in found if event is not None)
    faults = tuple(fault for event in heard for fault in faults_of(event, newest, started=started))
    missing = [
        " or ".join(f"`{kind}`" for kind in group)
        for group, one in zip(wanted.groups, found, strict=True)
        if not one
    ]
    state: State = "missing"
    if heard:
        grave = any(fault.grave for fault in faults)
        state = "partly" if missing else "faulty" if grave else "done"
    says = _says_missing(wanted, missing, unmatched)
    return Item(wanted.key, wanted.title, wanted.why, wanted.step, state, heard, faults, says)


def _says_missing(wanted: _Wanted, missing: Sequence[str], unmatched: Sequence[str]) -> str:
    if not missing:
        return ""
    if wanted.key == "moment" and unmatched:
        names = ", ".join(f"“{name}”" for name in unmatched[:3])
        return f"{names} arrived, and no moment is defined on it."
    return f"Not here yet: {', then '.join(missing)}."


def _open(
    items: Sequence[Item],
    refused: Sequence[NotTaken],
    newest: Sequence[Heard],
    devices: Sequence[str],
) -> Iterable[str]:
    for item in items:
        if item.state in ("missing", "partly"):
            yield f"{item.title}: {item.missing[:1].lower()}{item.missing[1:]}"
        for fault in item.faults:
            if fault.grave:
                yield f"{item.title}: {fault.text[:1].lower()}{fault.text[1:]}"
    left = [one for one in refused if not _repaired(one, newest)]
    if left:
        said = "an entry was" if len(left) == 1 else f"{len(left)} entries were"
        yield f"Refused: {said} not taken, and none of the same kind has come since."
    if len(devices) > 1:
        yield f"Devices: the five came from {len(devices)} of them. Check one device at a time."


def _repaired(refused: NotTaken, newest: Iterable[Heard]) -> bool:
    """Whether the same kind of event was taken afterwards."""
    return any(
        event.type == refused.type and event.received >= refused.received for event in newest
    )
