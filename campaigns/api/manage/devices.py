"""`/api/v1/manage/devices`: finding devices, the story of one, why it is shown something or is not, erasing it."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.manage import device_shapes as shapes
from campaigns.domain.answer import Decision
from campaigns.domain.decision import explain
from campaigns.selectors.stories import (
    DecisionEntry,
    EventEntry,
    campaign_names,
    cursor_of,
    story,
)
from campaigns.services.erase import erase_device
from campaigns.services.foresee import Looked, explain_device
from permissions_app.api.manage.access import ManageView
from permissions_app.api.manage.bodies import asked
from permissions_app.api.manage.events import event_words
from permissions_app.api.manage.pages import ForwardPages
from permissions_app.api.manage.times import when
from permissions_app.domain.device import DeviceFacts
from permissions_app.domain.narration import status_in_words
from permissions_app.domain.portrait import Line, Portrait, portrait, prompts_in_words
from permissions_app.domain.standing import Standing
from permissions_app.models import Role
from permissions_app.selectors.addresses import Reached, reached
from permissions_app.selectors.devices import FoundDevice, get_device, list_devices
from permissions_app.selectors.devices import standing_of as read_standing

GATES = "t"
"""Trials of gates are kept under `t12`, beside the words of their soft ask, `s12`."""


@dataclasses.dataclass(frozen=True, slots=True)
class Names:
    """What moments and campaigns are called, by key."""

    moments: Mapping[str, str]
    campaigns: Mapping[str, str]


class DeviceView(ManageView):
    """What they share."""

    tag = "Devices"

    def found(self, key: str) -> FoundDevice:
        """The device; 404 when there is none."""
        device = get_device(app_id=self.app.pk, key=key)
        if device is None:
            raise Http404
        return device

    def names(self, campaigns: Iterable[str]) -> Names:
        """The names of all moments and of these campaigns."""
        app = self.app
        moments = dict(app.moments.values_list("key", "name"))
        return Names(moments, campaign_names(app_id=app.pk, keys=campaigns))


class DeviceList(DeviceView):
    """All devices of the app."""

    pagination_class = ForwardPages

    @extend_schema(
        operation_id="list_devices",
        parameters=[shapes.DeviceQueryShape],
        responses=shapes.DeviceAnswer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Devices in the order of their keys."""
        sent = asked(shapes.DeviceQueryShape, request)
        app_id = self.app.pk

        def fetch(after: str, limit: int) -> list[FoundDevice]:
            return list_devices(
                app_id=app_id,
                after=after,
                limit=limit,
                prefix=sent.get("prefix", ""),
                status=sent.get("status", ""),
                platform=sent.get("platform", ""),
                external_id=sent.get("external_id", ""),
            )

        return ForwardPages().read(request, fetch=fetch, key=lambda row: row.key, told=row_json)


class DeviceDetail(DeviceView):
    """One device, by key. People erase devices as owners, as on the page."""

    writes = Role.OWNER

    @extend_schema(operation_id="read_device", responses=shapes.DeviceStoryAnswer)
    def get(self, request: Request, key: str) -> Response:
        """Its facts, what our decisions promised it, and the arms it was given, also in words."""
        device = self.found(key)
        standing = read_standing(device_id=device.id)
        facts = device.facts
        named = {facts.recovery_campaign, facts.denial.campaign if facts.denial else ""}
        named |= {campaign_of(one) for one in standing.assigned}
        named |= {promised.campaign for promised in standing.reserved}
        told = device_json(device, standing, self.names(named))
        return Response(told | {"reached": _reached(reached(device_id=device.id))})

    @extend_schema(operation_id="erase_device", responses={200: shapes.ErasedAnswer})
    def delete(self, request: Request, key: str) -> Response:
        """Erase it for good: its facts, its events, and what was decided for it.

        Every number becomes what it would be without it. What its client uploads later of the time until now is not
        stored; what happens later begins a new device. The audit trail does not say which device it was.
        """
        erased = erase_device(app=self.app, key=key, actor=self.actor, now=_now())
        return Response({"events": erased.events, "decisions": erased.decisions})


class DeviceEvents(DeviceView):
    """What it told."""

    pagination_class = ForwardPages

    @extend_schema(operation_id="list_device_events", responses=shapes.DeviceEventAnswer(many=True))
    def get(self, request: Request, key: str) -> Response:
        """Its events, newest first, by the clock of the device."""
        device, app_id = self.found(key), self.app.pk
        names = self.names(())

        def fetch(before: str, limit: int) -> list[EventEntry]:
            page = story(
                app_id=app_id, device_id=device.id, before=before, limit=limit, only="event"
            )
            return [entry for entry in page.entries if isinstance(entry, EventEntry)]

        return ForwardPages().read(
            request, fetch=fetch, key=cursor_of, told=lambda entry: event_json(entry, names)
        )


class DeviceDecisions(DeviceView):
    """What was decided for it."""

    pagination_class = ForwardPages

    @extend_schema(
        operation_id="list_device_decisions", responses=shapes.DeviceDecisionAnswer(many=True)
    )
    def get(self, request: Request, key: str) -> Response:
        """Decisions made for it, newest first, each with its reason and that of every campaign passed over.

        Answers that notifications are on already are not logged.
        """
        device, app_id = self.found(key), self.app.pk
        seen: list[DecisionEntry] = []

        def fetch(before: str, limit: int) -> list[DecisionEntry]:
            page = story(
                app_id=app_id, device_id=device.id, before=before, limit=limit, only="decision"
            )
            seen.extend(entry for entry in page.entries if isinstance(entry, DecisionEntry))
            return seen

        page = ForwardPages().read(request, fetch=fetch, key=cursor_of, told=lambda entry: entry)
        keys = {entry.campaign for entry in seen}
        keys |= {campaign for entry in seen for campaign, _ in entry.considered}
        names = self.names(keys)
        page.data["results"] = [decision_json(entry, names) for entry in page.data["results"]]
        return page


class DeviceExplanation(DeviceView):
    """Why."""

    @extend_schema(
        operation_id="explain_device",
        parameters=[shapes.MomentQueryShape],
        responses=shapes.ExplanationAnswer,
    )
    def get(self, request: Request, key: str) -> Response:
        """What the device would be answered at a moment now, and why, with every campaign on it.

        As a client is answered that says nothing new about the device. Nothing is kept of it.
        """
        moment = asked(shapes.MomentQueryShape, request)["moment"]
        now = _now()
        told = explain_device(app_id=self.app.pk, device=key, moment=moment, now=now)
        if told is None:
            raise Http404
        decision = told.decision
        names = self.names({decision.campaign, *(one.campaign for one in told.looked)})
        return Response(
            {
                "device": key,
                "moment_name": names.moments.get(moment, ""),
                "at": when(now),
                **_answered(decision, names),
                "retry_after": when(decision.retry_after),
                "words": dict(decision.copy),
                "considered": [_looked(one, names) for one in told.looked],
                "status": told.status,
                "status_text": status_in_words(told.status, told.cause),
            }
        )


def campaign_of(key: str) -> str:
    """The campaign of an assignment: a trial of gates belongs to its soft ask."""
    return f"s{key.removeprefix(GATES)}" if key.startswith(GATES) else key


def row_json(device: FoundDevice) -> dict[str, Any]:
    """A device as lists show it."""
    facts = device.facts
    return {
        "key": device.key,
        "platform": facts.platform,
        "os_version": facts.os_version,
        "app_version": facts.app_version,
        "status": facts.status,
        "cause": facts.cause,
        "text": status_in_words(facts.status, facts.cause),
        "first_seen_at": when(facts.first_seen_at),
        "last_seen_at": when(facts.last_seen_at),
    }


def device_json(device: FoundDevice, standing: Standing, names: Names) -> dict[str, Any]:
    """All that is known of a device."""
    facts = device.facts
    told = portrait(facts=facts, moment_names=names.moments)
    return {
        **row_json(device),
        "status_at": when(told.status_at),
        "prompts": _prompts(told),
        "lines": [
            {"label": line.label, "text": line.text, "at": when(line.at)}
            for line in (*told.story, *told.device)
        ],
        "denial": _denial(told.denial, facts, names),
        "recovery": _turn(told.recovery, facts.recovery_campaign, "", names),
        "reserved": [
            {
                "kind": promised.kind,
                "campaign": promised.campaign,
                "campaign_name": names.campaigns.get(promised.campaign, ""),
                "decision": promised.decision,
                "at": when(promised.at),
                "expires_at": when(promised.expires_at),
            }
            for promised in standing.reserved
        ],
        "assigned": [
            {
                "campaign": campaign_of(key),
                "campaign_name": names.campaigns.get(campaign_of(key), ""),
                "draw": "gates" if key.startswith(GATES) else "variant",
                "arm": given.arm,
                "revision": given.revision,
                "at": when(given.at),
            }
            for key, given in sorted(standing.assigned.items())
        ],
        "facts": msgspec.to_builtins(facts, str_keys=True),
    }


def _reached(address: Reached | None) -> dict[str, Any] | None:
    if address is None:
        return None
    times = {"named_at": when(address.named_at), "token_at": when(address.token_at)}
    return dataclasses.asdict(address) | times


def event_json(entry: EventEntry, names: Names) -> dict[str, Any]:
    """An event of a device."""
    return {
        "id": entry.id,
        "occurred_at": entry.at,
        "received_at": entry.received_at,
        **event_words(kind=entry.type, body=entry.body, moment_names=names.moments),
    }


def decision_json(entry: DecisionEntry, names: Names) -> dict[str, Any]:
    """A decision that was logged."""
    considered = [Looked(campaign, "passed_over", reason) for campaign, reason in entry.considered]
    if entry.campaign:
        considered.append(Looked(entry.campaign, "answered", entry.reason))
    return {
        "id": entry.id,
        "at": entry.at,
        **_answered(entry, names),
        "words": entry.copy,
        "considered": [_looked(one, names) for one in considered],
        "status": entry.detail.get("status"),
        "cause": entry.detail.get("cause"),
    }


def _answered(decision: Decision | DecisionEntry, names: Names) -> dict[str, Any]:
    return {
        "moment": decision.moment,
        "action": decision.action,
        "reason": decision.reason,
        "text": explain(decision.reason),  # type: ignore[arg-type]  # unknown ones come back as they are
        "campaign": decision.campaign,
        "campaign_name": names.campaigns.get(decision.campaign, ""),
        "revision": decision.revision,
        "variant": decision.variant,
        "propensity": decision.propensity,
    }


def _looked(one: Looked, names: Names) -> dict[str, Any]:
    return {
        "campaign": one.campaign,
        "campaign_name": names.campaigns.get(one.campaign, ""),
        "outcome": one.outcome,
        "reason": one.reason,
        "text": explain(one.reason) if one.reason else "",  # type: ignore[arg-type]  # as above
    }


def _prompts(told: Portrait) -> dict[str, Any]:
    budget = told.budget
    return {
        "left": budget.prompts_left,
        "last": budget.last_one,
        "embargoed_until": when(budget.embargoed_until),
        "text": prompts_in_words(budget),
        "rule": budget.rule,
    }


def _denial(line: Line | None, facts: DeviceFacts, names: Names) -> dict[str, Any] | None:
    if facts.denial is None:
        return None
    return _turn(line, facts.denial.campaign, facts.denial.variant, names)


def _turn(line: Line | None, campaign: str, variant: str, names: Names) -> dict[str, Any] | None:
    if line is None:
        return None
    return {
        "text": line.text,
        "at": when(line.at),
        "campaign": campaign,
        "campaign_name": names.campaigns.get(campaign, ""),
        "variant": variant,
    }


def _now() -> int:
    return int(timezone.now().timestamp() * 1000)
