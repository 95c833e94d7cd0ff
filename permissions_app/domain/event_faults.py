"""What is wrong with one event that a client sent, in sentences for whoever wires it up.

A fault is grave where the product goes wrong by it: a permission that cannot be read, a soft ask
that belongs to no decision, a clock that is ahead. The others lose precision only.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from permissions_app.domain.events import EventContext, parse_decision_id
from permissions_app.domain.narration import reading_in
from permissions_app.domain.states import Reading, UnknownValue

SLACK_MS = 120_000
"""A clock that is wrong by less is not spoken of."""
ANSWERS = ("soft_ask_accepted", "soft_ask_declined", "soft_ask_dismissed")


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
class Fault:
    """Something wrong with an event. `grave`: the product goes wrong by it; else it could be better."""

    text: str
    grave: bool = True


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
    reading = reading_in(body)
    if isinstance(reading, UnknownValue):
        yield Fault(f"The permission cannot be read: {reading.detail}.")
    elif reading is not None and reading.status is None:
        yield Fault(f"The permission cannot be told. {reading.why}")


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
    reading = reading_in(body)
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
