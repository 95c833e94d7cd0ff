"""Devices: finding one, its whole story, and erasing it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from campaigns.domain.copy import pieces
from campaigns.domain.decision import explain
from campaigns.selectors.stories import (
    DecisionEntry,
    Entry,
    EventEntry,
    campaign_names,
    story,
    words_shown,
)
from campaigns.services.erase import erase_device
from campaigns.web.editing import INVALID_STATUS
from permissions_app.domain.device import DeviceFacts
from permissions_app.domain.narration import Told, status_in_words, tell
from permissions_app.domain.portrait import Portrait, portrait, prompts_in_words
from permissions_app.models import Device, Role
from permissions_app.selectors.addresses import devices_of, reached
from permissions_app.selectors.devices import FoundDevice, find_devices, get_device
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in

PAGE = "campaigns/devices/"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WORDS = ("title", "line", "body", "accept_label", "action_label", "decline_label")
ACTIONS = {
    "none": "Nothing shown",
    "soft_ask": "Soft ask decided",
    "settings_redirect": "Settings redirect decided",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A device in the list."""

    key: str
    where: str
    status: str
    last_seen: datetime | None


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry of the timeline, in words."""

    at: datetime
    kind: str
    tone: str
    headline: str
    followed: tuple[str, ...]
    words: tuple[tuple[tuple[str, bool], ...], ...]
    """The words shown, cut at their placeholders."""
    considered: tuple[tuple[str, str], ...]
    late_by: timedelta | None
    id: str


@require_safe
@signed_in
def devices(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """Find devices by the beginning of their key, or by the team's own id of the person; an exact key leads straight to
    the device.
    """
    access = load_app(request, workspace, app)
    text = request.GET.get("q", "").strip()[:255]
    by_person = devices_of(app_id=access.app.pk, external_id=text)
    by_key = find_devices(app_id=access.app.pk, text=text[:128])
    rows = list({row.key: row for row in (*by_person, *by_key)}.values())
    if text and not request.htmx and len(rows) == 1 and rows[0].key == text:
        return redirect("device", workspace, app, text)
    context = {
        "access": access,
        "nav": "devices",
        "q": text,
        "rows": [_listed(row) for row in rows],
    }
    part = "_rows.html" if request.htmx and request.htmx.target == "rows" else "page.html"
    return render(request, PAGE + part, context)


@require_safe
@signed_in
def device(request: PersonRequest, workspace: str, app: str, key: str) -> HttpResponse:
    """One device: what it is, what is left, and everything that happened."""
    access = load_app(request, workspace, app)
    return _page(request, access, key)


@require_POST
@signed_in
def device_erase(request: PersonRequest, workspace: str, app: str, key: str) -> HttpResponse:
    """Erase a device for good, once its key was typed again."""
    access = load_app(request, workspace, app, needs=Role.OWNER)
    if request.POST.get("confirm", "").strip() != key:
        return _page(request, access, key, unconfirmed=True)
    now = int(timezone.now().timestamp() * 1000)
    try:
        erased = erase_device(app=access.app, key=key, actor=request.user, now=now)
    except Device.DoesNotExist:
        raise Http404("no such device") from None
    told = f"{_counted(erased.events, 'event')} and {_counted(erased.decisions, 'decision')}"
    messages.success(request, f"The device is erased, with {told}.")
    return redirect("devices", workspace, app)


def _counted(number: int, name: str) -> str:
    return f"{number} {name}" if number == 1 else f"{number} {name}s"


def _page(
    request: PersonRequest, access: AppAccess, key: str, *, unconfirmed: bool = False
) -> HttpResponse:
    found = get_device(app_id=access.app.pk, key=key)
    if found is None:
        raise Http404("no such device")
    names = dict(access.app.moments.values_list("key", "name"))
    page = story(app_id=access.app.pk, device_id=found.id, before=request.GET.get("before", ""))
    campaigns = campaign_names(app_id=access.app.pk, keys=_campaign_keys(page.entries, found.facts))
    context: dict[str, Any] = {
        "access": access,
        "nav": "devices",
        "device": found,
        "happenings": [_happening(entry, names, campaigns) for entry in page.entries],
        "older": page.older,
        "continued": "before" in request.GET,
        "unconfirmed": unconfirmed,
        "reached": reached(device_id=found.id),
    }
    if request.htmx and request.htmx.target == "older":
        return render(request, f"{PAGE}_timeline.html", context)
    context |= _about(access.app.pk, found, names, campaigns)
    status = INVALID_STATUS if unconfirmed else 200
    return render(request, f"{PAGE}device.html", context, status=status)


def _about(
    app_id: int, found: FoundDevice, names: dict[str, str], campaigns: dict[str, str]
) -> dict[str, Any]:
    facts = found.facts
    told: Portrait = portrait(facts=facts, moment_names=names)
    about: dict[str, Any] = {
        "portrait": told,
        "status_at": time_of(told.status_at),
        "prompts": prompts_in_words(told.budget),
        "embargoed_until": time_of(told.budget.embargoed_until),
        "device_lines": [(line, time_of(line.at)) for line in told.device],
        "story_lines": [(line, time_of(line.at)) for line in told.story],
        "denied_at": time_of(told.denial.at) if told.denial else None,
        "recovered_at": time_of(told.recovery.at) if told.recovery else None,
        "recovery_campaign": campaigns.get(facts.recovery_campaign, ""),
    }
    denial = facts.denial
    if denial is not None and denial.campaign:
        until = time_of(denial.at) or _EPOCH
        about["denial_campaign"] = campaigns.get(denial.campaign, denial.campaign)
        shown = words_shown(
            app_id=app_id,
            device_id=found.id,
            campaign=denial.campaign,
            variant=denial.variant,
            until=until + timedelta(minutes=1),
        )
        about["denial_words"] = words_in_order(shown)
    return about


def _happening(entry: Entry, names: dict[str, str], campaigns: dict[str, str]) -> Happening:
    if isinstance(entry, EventEntry):
        told: Told = tell(type=entry.type, body=entry.body, moment_names=names)
        late = entry.received_at - entry.at
        return Happening(
            at=entry.at,
            kind="event",
            tone=told.tone,
            headline=told.headline,
            followed=told.followed,
            words=(),
            considered=(),
            late_by=late if late > timedelta(hours=1) else None,
            id=entry.id,
        )
    return _decided(entry, names, campaigns)


def _decided(entry: DecisionEntry, names: dict[str, str], campaigns: dict[str, str]) -> Happening:
    followed = [explain(entry.reason)]  # type: ignore[arg-type]  # unknown reasons come back as they are
    if entry.campaign:
        name = campaigns.get(entry.campaign, entry.campaign)
        variant = f", variant {entry.variant}" if entry.variant else ""
        followed.append(f"“{name}”, revision {entry.revision}{variant}.")
    if entry.propensity is not None and entry.propensity < 1:
        followed.append(f"An eligible device draws this with probability {entry.propensity:.0%}.")
    followed += [
        f"Chance drew the gates “{arm}” of “{campaigns.get(key, key)}”."
        for key, arm in entry.gate_arms
    ]
    if entry.detail.get("made_on") == "device":
        followed.append("The device decided this by itself.")
    status = entry.detail.get("status")
    if status:
        followed.append(f"Status then: {status_in_words(status, entry.detail.get('cause'))}.")
    moment = names.get(entry.moment, entry.moment)
    return Happening(
        at=entry.at,
        kind="decision",
        tone="decision" if entry.action != "none" else "withheld",
        headline=f"{ACTIONS.get(entry.action, entry.action)} at “{moment}”",
        followed=tuple(followed),
        words=words_in_order(entry.copy),
        considered=tuple(
            (campaigns.get(key, key), explain(reason))  # type: ignore[arg-type]
            for key, reason in entry.considered
        ),
        late_by=None,
        id=entry.id,
    )


def words_in_order(copy: dict[str, str]) -> tuple[tuple[tuple[str, bool], ...], ...]:
    """The words of a decision as people read them: from the title to the way out."""
    return tuple(pieces(copy[field]) for field in WORDS if copy.get(field))


def _campaign_keys(entries: tuple[Entry, ...], facts: DeviceFacts) -> set[str]:
    keys = {facts.recovery_campaign}
    if facts.denial is not None:
        keys.add(facts.denial.campaign)
    for entry in entries:
        if isinstance(entry, DecisionEntry):
            keys.add(entry.campaign)
            keys.update(key for key, _ in (*entry.considered, *entry.gate_arms))
    return keys


def _listed(row: FoundDevice) -> Listed:
    facts = row.facts
    names = {"ios": "iOS", "android": "Android", "web": "Web"}
    where = " ".join(filter(None, (names.get(facts.platform or ""), facts.os_version)))
    return Listed(
        row.key,
        where or "unknown",
        status_in_words(facts.status, facts.cause),
        time_of(facts.last_seen_at),
    )


def time_of(ms: int | None) -> datetime | None:
    """Milliseconds since 1970 UTC as a time; None stays None, and what no calendar holds becomes it."""
    if ms is None:
        return None
    try:
        return _EPOCH + timedelta(milliseconds=ms)
    except OverflowError:
        return None
