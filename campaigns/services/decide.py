"""Answering "what now, for this device, at this moment?".

One indexed read, the pure rule, and for an answer that interrupts (or deliberately holds back) one
conditional write: the reservation is kept only if the device is still at the version that was read.
Whoever loses that race reads again and decides again, so twenty requests at once interrupt a person
once.
"""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from campaigns.domain.answer import Decision
from campaigns.domain.copy import fill
from campaigns.domain.decision import decide
from campaigns.domain.ruleset import Ruleset
from campaigns.selectors.rulesets import rulesets
from campaigns.services import decision_log
from campaigns.services.decision_log import Line
from permissions_app.domain.device import DeviceFacts
from permissions_app.domain.events import DecisionRef, EventContext, Name
from permissions_app.domain.fold import with_context
from permissions_app.domain.standing import Reservation, Standing
from permissions_app.selectors import raw
from permissions_app.selectors.catalogue import catalogues
from permissions_app.services.newcomers import add_devices

READ = "SELECT id, version, facts::text, standing::text FROM permissions_app_device WHERE app_id = %s AND key = %s"
KEEP = """
WITH kept AS (
    UPDATE permissions_app_device SET standing = %(standing)s, version = version + 1
    WHERE id = %(device)s AND version = %(version)s RETURNING id
), noted AS (
    INSERT INTO permissions_app_foldqueue (app_id, device_id) SELECT %(app)s, id FROM kept
)
INSERT INTO campaigns_decisionlog
    (id, app_id, device_id, at, moment, action, reason, campaign, revision, variant, propensity, detail)
SELECT %(id)s, %(app)s, id, to_timestamp(%(at)s / 1000.0), %(moment)s, %(action)s, %(reason)s, %(campaign)s,
       %(revision)s, %(variant)s, %(propensity)s, %(detail)s
FROM kept RETURNING 1
"""
TRIES = 25
NOT_LOGGED = frozenset({"already_authorized", "unknown_moment", "app_stopped", "moment_paused"})
"""Nothing was withheld from anybody: these answers are not worth a line each."""

NO_CONTEXT = EventContext()

_encode = msgspec.json.Encoder().encode
_decode_facts = msgspec.json.Decoder(DeviceFacts).decode
_decode_standing = msgspec.json.Decoder(Standing).decode


class Request(msgspec.Struct, frozen=True):
    """What a client asks. The moment is named by its key, or by the event and properties that reach
    it.
    """

    device_id: str
    moment: Name | None = None
    event: Name | None = None
    properties: dict[str, Any] | None = None
    context: EventContext | None = None


class CampaignTold(msgspec.Struct, frozen=True):
    """Which campaign answered."""

    kind: str
    id: int
    revision: int


class PromptTold(msgspec.Struct, frozen=True):
    """What is left of the OS dialog; `last`: the next refusal is final."""

    left: int | None
    last: bool


class SettingsTold(msgspec.Struct, frozen=True, omit_defaults=True):
    """The way to the switch: a link, an Android intent, or steps to read out."""

    kind: str
    link: Mapping[str, str] = {}
    browser: str | None = None
    steps: tuple[str, ...] = ()


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer to a client. Times are ISO 8601 in UTC; fields that say nothing are left out."""

    decision_id: str
    action: str
    reason: str
    moment: str
    variant: str = ""
    campaign: CampaignTold | None = None
    copy: dict[str, str] | None = None
    settings: SettingsTold | None = None
    prompt: PromptTold | None = None
    expires_at: str | None = None
    retry_after: str | None = None


class DeviceBusyError(Exception):
    """The same device was changed by others at every try; nothing was decided."""


def answer(*, app_id: int, request: Request, now: int) -> Answer:
    """Decide for one device at `now` (ms), keep what the decision promised, and say it in the
    client's terms.
    """
    ruleset = rulesets.get(app_id)
    moment = _moment_asked(app_id, request)
    if moment not in ruleset.moments:
        return tell(
            Decision("none", "unknown_moment", moment[:60]),
            str(uuid.uuid4()),
            None,
            request,
            now,
        )
    for _ in range(TRIES):
        row = raw.execute(READ, (app_id, request.device_id)).fetchone()
        facts, standing = known(row, request.context, now)
        decision = decide(
            ruleset=ruleset,
            moment=moment,
            facts=facts,
            standing=standing,
            device_key=request.device_id,
            now=now,
        )
        decision_uuid = str(uuid.uuid4())
        if not (decision.reserves or decision.assignment or decision.gate_arms):
            if row is not None and decision.reason not in NOT_LOGGED:
                decision_log.add(_line(decision, decision_uuid, app_id, row[0], facts, now))
            return tell(decision, decision_uuid, ruleset, request, now)
        if row is None:
            add_devices(app_id=app_id, keys=[request.device_id])
        elif _keep(decision, decision_uuid, app_id, row, standing, facts, ruleset, now):
            return tell(decision, decision_uuid, ruleset, request, now)
    raise DeviceBusyError


def known(
    row: tuple[Any, ...] | None, context: EventContext | None, now: int
) -> tuple[DeviceFacts, Standing]:
    """What is known of the device in a row of READ, None for a new one, together with what it says now."""
    facts, standing = (
        (_decode_facts(row[2]), _decode_standing(row[3])) if row else (DeviceFacts(), Standing())
    )
    if context is not None or not facts.sessions:
        facts = with_context(facts=facts, context=context or NO_CONTEXT, now=now)
    return facts, standing


def _moment_asked(app_id: int, request: Request) -> str:
    if request.moment is not None:
        return request.moment
    if request.event is None:
        return ""
    matched = catalogues.get(app_id).matching(request.event, request.properties)
    live = rulesets.get(app_id)
    # An event may reach several moments: the first one with something published on it is the one to
    # ask about.
    for key in matched:
        if key in live.soft_asks or key in live.redirects:
            return key
    return matched[0] if matched else request.event


def _keep(
    decision: Decision,
    decision_uuid: str,
    app_id: int,
    row: tuple[Any, ...],
    standing: Standing,
    facts: DeviceFacts,
    ruleset: Ruleset,
    now: int,
) -> bool:
    """Write the new standing and the log line if nobody changed the device meanwhile; tells whether
    it was written.
    """
    reserved = tuple(r for r in standing.reserved if r.expires_at > now)
    if decision.reserves is not None:
        expires = now + ruleset.answer_ttl_ms
        reserved += (
            Reservation(decision_uuid, decision.reserves, decision.campaign, now, expires),
        )
    assigned = standing.assigned
    if decision.assignment is not None:
        key, assignment = decision.assignment
        assigned = {**assigned, key: assignment}
    if decision.gate_arms:
        assigned = {**assigned, **dict(decision.gate_arms)}
    line = msgspec.structs.asdict(_line(decision, decision_uuid, app_id, row[0], facts, now))
    line |= {
        "standing": _encode(Standing(reserved=reserved, assigned=assigned)).decode(),
        "detail": _encode(line["detail"]).decode(),
        "device": row[0],
        "version": row[1],
        "app": app_id,
    }
    return raw.execute(KEEP, line).fetchone() is not None


def _line(
    decision: Decision,
    decision_uuid: str,
    app_id: int,
    device: int,
    facts: DeviceFacts,
    now: int,
) -> Line:
    detail: dict[str, Any] = {"status": facts.status, "cause": facts.cause}
    if decision.copy:
        detail["copy"] = dict(decision.copy)
    if decision.considered:
        detail["considered"] = decision.considered
    if decision.retry_after is not None:
        detail["retry_after"] = decision.retry_after
    if decision.gate_arms:
        detail["gate_arms"] = {key: new.arm for key, new in decision.gate_arms}
    return Line(
        id=decision_uuid,
        app_id=app_id,
        device_id=device,
        at=now,
        moment=decision.moment,
        action=decision.action,
        reason=decision.reason,
        campaign=decision.campaign,
        revision=decision.revision,
        variant=decision.variant,
        propensity=decision.propensity,
        detail=detail,
    )


def tell(
    decision: Decision,
    decision_uuid: str,
    ruleset: Ruleset | None,
    request: Request,
    now: int,
) -> Answer:
    """The decision in the client's terms, under the id `decision_uuid`."""
    kind = _kind(decision)
    ref = DecisionRef(
        decision_uuid,
        kind,
        decision.campaign_id,
        decision.revision,
        decision.variant,
        decision.moment,
    )
    if decision.action == "none":
        return Answer(
            decision_id=str(ref),
            action="none",
            reason=decision.reason,
            moment=decision.moment,
            retry_after=None if decision.retry_after is None else iso(decision.retry_after),
        )
    path, budget = decision.settings, decision.budget
    assert ruleset is not None
    return Answer(
        decision_id=str(ref),
        action=decision.action,
        reason=decision.reason,
        moment=decision.moment,
        variant=decision.variant,
        campaign=CampaignTold(kind, decision.campaign_id, decision.revision),
        copy={field: fill(text, request.properties or {}) for field, text in decision.copy.items()},
        settings=None
        if path is None
        else SettingsTold(path.kind, dict(path.link), path.browser, tuple(path.steps)),
        prompt=None if budget is None else PromptTold(budget.prompts_left, budget.last_one),
        expires_at=iso(now + ruleset.answer_ttl_ms),
    )


def _kind(decision: Decision) -> Literal["soft_ask", "redirect", "none"]:
    if not decision.campaign:
        return "none"
    return "soft_ask" if decision.campaign.startswith("s") else "redirect"


def iso(at: int) -> str:
    """A time in ms as answers write it."""
    return (
        datetime.fromtimestamp(at / 1000, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    )
