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

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from permissions_app.domain.events import EventContext, parse_decision_id
from permissions_app.domain.states import Reading, UnknownValue, normalise

SLACK_MS = 120_000
"""A clock that is wrong by less is not spoken of."""
DUPLICATE = "duplicate"
"""The code of an entry whose id was stored before."""
ANSWERS = ("soft_ask_accepted", "soft_ask_declined", "soft_ask_dismissed")
BESIDE = ("redirect_shown", "redirect_tapped", "redirect_dismissed", "settings_opened", "never_ask")
"""Not among the five; a fresh device cannot send most of them."""

State = Literal["missing", "partly", "faulty", "done"]


@dataclass(frozen=True, slots=True)
class Heard:
    """An event that was stored. `at`: when it happened by the device's clock, corrected; `received`:
    when it arrived. Both in ms.
    """

    id: str
    device: str
    type: str
    at: int
    received: int
    body: EventContext


@dataclass(frozen=True, slots=True)
class NotTaken:
    """An entry that was not stored, and why. `code` DUPLICATE: its id was there before."""

    received: int
    device: str
    type: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with an event. `grave`: the product goes wrong by it; else it could be better."""

    text: str
    grave: bool = True


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
        " or ".join(group) for group, one in zip(wanted.groups, found, strict=True) if not one
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


def faults_of(event: Heard, newest: Iterable[Heard], *, started: int) -> tuple[Fault, ...]:
    """What is wrong with one event. `newest`: all events of the check; `started`: ms."""
    found = [
        *_clock(event, started),
        *_phone(event.body),
        *_permission(event.body),
        *(_OF_TYPE[event.type](event, newest) if event.type in _OF_TYPE else ()),
    ]
    return tuple(dict.fromkeys(found))


def _clock(event: Heard, started: int) -> Iterable[Fault]:
    ahead = event.at - event.received
    if ahead > SLACK_MS:
        yield Fault(
            f"The device’s clock is {_minutes(ahead)} ahead. Send `sent_at` with every batch: it "
            "corrects the times."
        )
    elif started - event.at > SLACK_MS:
        yield Fault(
            f"It happened {_minutes(started - event.at)} before this check began. It was kept and "
            "sent late, or the clock is slow: `sent_at` with every batch corrects that.",
            grave=False,
        )


def _minutes(ms: int) -> str:
    minutes = round(ms / 60_000)
    if minutes < 120:
        return f"{minutes} minutes"
    hours = round(minutes / 60)
    return f"{hours} hours" if hours < 48 else f"{round(hours / 24)} days"


def _phone(body: EventContext) -> Iterable[Fault]:
    if body.platform is None:
        yield Fault("It has no `platform`: what may be asked cannot be known.")
    elif body.platform == "android" and body.api_level is None and body.os_version is None:
        yield Fault("It has no `api_level`: Android 12 and 13 have different rules.")
    elif body.platform == "ios" and body.os_version is None:
        yield Fault("It has no `os_version`: the link to Settings depends on it.", grave=False)
    elif body.platform == "web" and body.browser is None:
        yield Fault("It has no `browser`: the steps to its settings depend on it.", grave=False)


def _permission(body: EventContext) -> Iterable[Fault]:
    if body.permission is None:
        return
    library = body.permission.library.strip().lower()
    if library in ("ios", "android", "web") and body.platform not in (None, library):
        yield Fault(f"The library is “{library}”, and the platform “{body.platform}”.")
    reading = _reading(body)
    if isinstance(reading, UnknownValue):
        yield Fault(f"The permission cannot be read: {reading.detail}.")
    elif reading is not None and reading.status is None:
        yield Fault(f"The permission cannot be told. {reading.why}")


def _reading(body: EventContext) -> Reading | UnknownValue | None:
    raw = body.permission
    if raw is None:
        return None
    try:
        return normalise(
            library=raw.library,
            value=raw.value,
            platform=body.platform,
            os_version=body.os_version,
            api_level=body.api_level,
            target_sdk=body.target_sdk,
            ask_count=raw.ask_count,
            can_ask_again=raw.can_ask_again,
            source=raw.source,
        )
    except UnknownValue as unknown:
        return unknown


def _session(event: Heard, newest: Iterable[Heard]) -> Iterable[Fault]:
    if event.body.session_index is None:
        yield Fault(
            "It has no `session_index`. The events are counted instead, and one that is lost is "
            "not counted.",
            grave=False,
        )


def _moment(event: Heard, newest: Iterable[Heard]) -> Iterable[Fault]:
    if event.body.permission is None:
        yield Fault(
            "It says nothing of the permission. A decision then rests on what was told before.",
            grave=False,
        )


def _soft_ask(event: Heard, newest: Iterable[Heard]) -> Iterable[Fault]:
    ref = parse_decision_id(event.body.decision_id)
    if not event.body.decision_id:
        yield Fault(f"`{event.type}` has no `decision_id`: no campaign can learn from it.")
    elif ref is None:
        yield Fault(f"The `decision_id` of `{event.type}` is none that was given out here.")
    elif ref.kind != "soft_ask":
        yield Fault(f"The `decision_id` of `{event.type}` belongs to another kind of answer.")
    if event.type in ANSWERS:
        shown = _before(event, "soft_ask_shown", newest)
        if shown is not None and shown.body.decision_id != event.body.decision_id:
            yield Fault("The answer has another `decision_id` than the soft ask that was shown.")


def _prompt(event: Heard, newest: Iterable[Heard]) -> Iterable[Fault]:
    newest = tuple(newest)
    body = event.body
    if parse_decision_id(body.decision_id) is None:
        yield Fault("It has no `decision_id`: the answer counts, and for no campaign.", grave=False)
    if body.permission is None:
        yield Fault("It does not say what the system says now.", grave=False)
    reading = _reading(body)
    if isinstance(reading, Reading) and reading.status is not None:
        allowed = reading.status in ("authorized", "provisional", "ephemeral")
        if body.outcome == "granted" and not allowed:
            yield Fault("The outcome is “granted”, and the permission beside it is another.")
        elif body.outcome == "denied" and reading.status == "authorized":
            yield Fault("The outcome is “denied”, and the permission beside it is another.")
    if _before(event, "native_prompt_shown", newest) is None:
        yield Fault("`native_prompt_shown` did not come before it.", grave=False)
    if _before(event, "soft_ask_accepted", newest) is None:
        yield Fault(
            "No accepted soft ask came before it: a dialog that was not prepared is refused more "
            "often.",
            grave=False,
        )


def _before(event: Heard, kind: str, newest: Iterable[Heard]) -> Heard | None:
    """The last event of a kind on the same device that is not later."""
    same = (one for one in newest if one.type == kind and one.device == event.device)
    earlier = [one for one in same if one.at <= event.at]
    return max(earlier, key=lambda one: (one.at, one.id), default=None)


_OF_TYPE: dict[str, Callable[[Heard, Iterable[Heard]], Iterable[Fault]]] = {
    "session_started": _session,
    "moment_reached": _moment,
    "soft_ask_shown": _soft_ask,
    **dict.fromkeys(ANSWERS, _soft_ask),
    "native_prompt_answered": _prompt,
}
