"""How events become facts.

`fold` walks events in the order of the device's own clock and applies each one: first what it says
of the device, then what its type changes (`happenings`), then the permission reading it carries
(`permission_facts`). Nothing here looks at a clock or a database, so the same events always give
the same facts.
"""

from collections.abc import Iterable

import msgspec

from permissions_app.domain.device import DeviceFacts
from permissions_app.domain.events import Event, EventContext, parse_decision_id
from permissions_app.domain.happenings import HAPPENINGS
from permissions_app.domain.permission_facts import apply_permission

LATEST = (
    "platform",
    "os_version",
    "api_level",
    "target_sdk",
    "app_version",
    "locale",
    "country",
    "browser",
    "standalone",
)
"""What any event may say of its device; the latest word counts."""


def fold(*, facts: DeviceFacts, events: Iterable[Event]) -> DeviceFacts:
    """The facts after `events`, which may come in any order but must all lie after the last one
    already folded.

    Returns a new object; `facts` is not changed. Raises ValueError when an event is not later than
    `(facts.last_at, facts.last_key)`: the caller must then fold the device's whole history into
    empty facts.
    """
    draft = copy(facts)
    for order, event in sorted(((event.order, event) for event in events), key=_by_order):
        if order <= (draft.last_at, draft.last_key):
            raise ValueError("event is not later than the facts it is folded into")
        draft.last_at, draft.last_key = order
        _apply(draft, event)
    return draft


def copy(facts: DeviceFacts) -> DeviceFacts:
    """A copy whose dictionaries may be written to."""
    draft = msgspec.structs.replace(facts)
    draft.moments = dict(facts.moments)
    draft.campaigns = dict(facts.campaigns)
    return draft


def with_context(*, facts: DeviceFacts, context: EventContext, now: int) -> DeviceFacts:
    """The facts as if the device had reported `context` at `now` (ms), for a decision.

    Nothing of it is stored. Whoever asks is in a session, so there has been one at least.
    """
    draft = copy(facts)
    draft.sessions = max(draft.sessions, 1)
    _apply_context(draft, context)
    if context.permission is not None:
        apply_permission(draft, context, now, None, _unused(draft, now))
    return draft


def _by_order(pair: tuple[tuple[int, str], Event]) -> tuple[int, str]:
    return pair[0]


def _apply(draft: DeviceFacts, event: Event) -> None:
    body = event.body
    _apply_context(draft, body)
    unused = _unused(draft, event.at)
    if draft.first_seen_at is None:
        draft.first_seen_at = event.at
    draft.last_seen_at = event.at
    ref = parse_decision_id(body.decision_id)
    handler = HAPPENINGS.get(event.type)
    # A moment remembers where the device stood, so what it says of that comes first.
    read_first = event.type == "moment_reached"
    if read_first and body.permission is not None:
        apply_permission(draft, body, event.at, ref, unused)
    if handler is not None:
        handler(draft, event.at, body, ref)
    if not read_first and body.permission is not None:
        apply_permission(draft, body, event.at, ref, unused)


def _unused(draft: DeviceFacts, at: int) -> int:
    """How long nothing was heard of the device before `at` (ms)."""
    return 0 if draft.last_seen_at is None else at - draft.last_seen_at


def _apply_context(draft: DeviceFacts, body: EventContext) -> None:
    for name in LATEST:
        value = getattr(body, name)
        if value is not None:
            setattr(draft, name, value)
    if body.session_index is not None and body.session_index > draft.sessions:
        draft.sessions = body.session_index
    if body.screen_index is not None and body.screen_index > draft.screens:
        draft.screens = body.screen_index
