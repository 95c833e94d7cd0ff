"""What of our own doing webhooks are told: steps of campaigns, verdicts, alerts, and who came into a segment or left.

Each function is called inside the transaction of what happened, and does nothing but ask who listens where nobody does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import transaction

from campaigns.domain.alert_words import say
from campaigns.domain.trial_words import effect_said, said
from campaigns.domain.verdict import Verdict
from campaigns.domain.webhook_events import MOST_MEMBERS_TOLD, EventType, Fact
from campaigns.domain.webhook_facts import (
    Way,
    alert_told,
    campaign_step,
    segment_bulk,
    segment_member,
    verdict_granted,
)
from campaigns.models import Alert, Campaign, GrantedVerdict
from campaigns.selectors.campaigns import kind_in
from campaigns.selectors.results import ResultRow
from campaigns.services.webhooks import tell
from permissions_app.domain.standing import HOLDOUT
from permissions_app.models import App, Device
from permissions_app.selectors.days import date_of

STEPS: Mapping[str, Literal["published", "paused"]] = {"publish": "published", "pause": "paused"}
GRANTED = ("winner", "no_difference")
"""Verdicts that are an answer."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Devices that came or left, by their numbers: all of them, or the first few with how many there are in all."""

    way: Way
    devices: Sequence[int]
    total: int


def tell_step(*, campaign: Campaign, action: str, now: datetime) -> None:
    """A campaign was published or paused; other steps are not told."""
    done = STEPS.get(action)
    if done is None:
        return
    fact = campaign_step(
        action=done,
        campaign=reference(campaign),
        version=campaign.version,
        revision=campaign.published.number if campaign.published else None,
        app=campaign.app.name,
    )
    kind: EventType = "campaign.published" if done == "published" else "campaign.paused"
    tell(app=campaign.app, kind=kind, facts=[fact], now=now)


def reference(campaign: Campaign) -> dict[str, Any]:
    """How messages name a campaign; the moment is that of what is published."""
    content = campaign.published.content if campaign.published else campaign.content
    return {
        "campaign": campaign.key,
        "campaign_id": campaign.pk,
        "kind": campaign.kind,
        "name": campaign.name,
        "moment": content["moment"],
    }


def tell_alert(*, app: App, alert: Alert, address: str, now: datetime) -> None:
    """An alert opened, or is over. `address`: of the page with the alerts, '' where it is not known."""
    words = say(kind=alert.kind, subject=alert.subject, evidence=alert.evidence)
    over = alert.resolved_at is not None
    fact = alert_told(
        over=over,
        alert={
            "id": alert.pk,
            "kind": alert.kind,
            "subject": alert.subject,
            "title": words.title,
            "detail": words.text,
            "advice": words.advice,
            "url": f"{address}#alert-{alert.pk}" if address else "",
        },
        opened_at=alert.opened_at,
        resolved_at=alert.resolved_at,
        app=app.name,
    )
    kind: EventType = "alert.resolved" if over else "alert.opened"
    tell(app=app, kind=kind, facts=[fact], now=now)


@transaction.atomic
def note_verdicts(*, app: App, rows: Iterable[ResultRow], now: datetime) -> int:
    """Write down verdicts that are granted for the first time, and tell of them; returns how many there are. Noted
    whether anybody listens or not, so that a new endpoint is not told of old ones.
    """
    facts: list[Fact] = []
    for row in rows:
        for question, answer, sentence in _answers(row):
            _, first = GrantedVerdict.objects.get_or_create(
                app=app,
                campaign=row.campaign,
                revision=row.revision,
                question=question,
                kind=answer.kind,
                winner=answer.winner or "",
                defaults={"granted_at": now},
            )
            if first:
                facts.append(_verdict(app, row, question, answer, sentence))
    if facts:
        tell(app=app, kind="experiment.verdict", facts=facts, now=now)
    return len(facts)


def _answers(row: ResultRow) -> list[tuple[str, Verdict, str]]:
    """(question, verdict, sentence) of what is granted."""
    trial, kind = row.trial, kind_in(row.campaign)
    found: list[tuple[str, Verdict, str]] = []
    if trial.answer is not None and trial.answer.kind in GRANTED:
        words = said(trial, kind)
        question = "holdout" if HOLDOUT in trial.compared else "variants"
        found.append((question, trial.answer, f"{words.head} {words.rest}"))
    effect = effect_said(trial, kind)
    if effect is not None and trial.effect is not None and trial.effect.kind in GRANTED:
        found.append(("holdout", trial.effect, f"{effect.head} {effect.rest}"))
    return found


def _verdict(app: App, row: ResultRow, question: str, answer: Verdict, sentence: str) -> Fact:
    plan = row.trial.plan
    return verdict_granted(
        campaign=reference(row.campaign),
        granted={
            "revision": row.revision,
            "question": question,
            "verdict": answer.kind,
            "winner": answer.winner,
            "outcome": row.trial.outcome.key,
            "devices": row.trial.devices,
            "smallest_difference": plan.smallest if plan else None,
            "comparisons": [
                {
                    "first": one.first,
                    "other": one.other,
                    "difference": round(one.bounds.value, 6),
                    "low": round(one.bounds.low, 6),
                    "high": round(one.bounds.high, 6),
                }
                for one in answer.comparisons
                if one.bounds is not None
            ],
        },
        sentence=sentence,
        app=app.name,
    )


def tell_members(
    *, app: App, segment: str, size: int, day: int, moved: Iterable[Moved], now: datetime
) -> None:
    """Devices came into a segment, or left it. `day`: of the look, days since 1970-01-01 UTC."""
    on = date_of(day)
    for one in moved:
        if one.total > MOST_MEMBERS_TOLD:
            fact = segment_bulk(segment=segment, way=one.way, devices=one.total, size=size, day=on)
            tell(app=app, kind="segment.bulk", facts=[fact], now=now)
            continue
        keys = Device.objects.filter(pk__in=one.devices).order_by("pk")
        facts = [
            segment_member(segment=segment, way=one.way, device=key, day=on)
            for key in keys.values_list("key", flat=True)
        ]
        kind: EventType = "segment.entered" if one.way == "entered" else "segment.left"
        tell(app=app, kind=kind, facts=facts, now=now)
