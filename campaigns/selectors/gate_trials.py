"""Gate trials of an app and what came of them, read from the rollup `trial` under "t<soft ask>".

Everybody counts who came to the moment and drew an arm, whether the gate ever opened (intention to treat). Revisions
with the same arms are one trial: new words do not begin it again, other gates do. Whole days are read, as for results.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import connection

from campaigns.domain.drafts import GateVariant, SoftAskDraft, draft_of
from campaigns.domain.gate_words import gate_words
from campaigns.domain.verdict import ArmCount, Verdict, sentence, verdict
from campaigns.models import Campaign, CampaignStatus, Revision
from permissions_app.domain.breakdowns import OUTCOME_LETTERS
from permissions_app.domain.proportions import Proportion, wilson
from permissions_app.domain.sample_ratio import sample_ratio
from permissions_app.domain.trials import SHOWN
from permissions_app.models import App
from permissions_app.selectors.days import day_number, last_complete_day

State = Literal["live", "over", "draft"]
CELLS = """
SELECT key, arm, sum(n)::bigint FROM permissions_app_rollup
WHERE app_id = %s AND measure = 'trial' AND starts_with(key, 't') AND day <= %s
GROUP BY key, arm HAVING sum(n) > 0
"""


@dataclass(frozen=True, slots=True)
class GateArmResult:
    """One arm. `devices`: all that drew it; `shown`: of these, saw the soft ask; `authorized`: can be reached now."""

    key: str
    words: str
    share: float
    devices: int
    shown: int
    authorized: int
    rate: Proportion | None


@dataclass(frozen=True, slots=True)
class GateTrial:
    """A trial. `state`: live, over (the published revision has none, or none other), or only in the working copy.
    `said`: the verdict in one sentence.
    """

    campaign_id: int
    name: str
    state: State
    arms: tuple[GateArmResult, ...]
    verdict: Verdict
    said: str


def gate_trials(*, app: App, now: datetime) -> tuple[GateTrial, ...]:
    """The latest trial of each soft ask that has or had one, live ones first. Three queries."""
    campaigns = Campaign.objects.filter(app=app, kind=Campaign.Kind.SOFT_ASK)
    counts = _counts(app.pk, day_number(last_complete_day(now)))
    revisions: dict[int, list[Revision]] = {}
    tried = Revision.objects.filter(campaign__in=campaigns, content__has_key="gate_trial")
    for row in tried.exclude(content__gate_trial=[]).order_by("-number"):
        revisions.setdefault(row.campaign_id, []).append(row)
    found = []
    for campaign in campaigns.order_by("name", "pk"):
        told = _of(campaign, revisions.get(campaign.pk, []), counts.get(campaign.pk, {}))
        if told is not None:
            found.append(told)
    order = ("live", "draft", "over")
    return tuple(sorted(found, key=lambda trial: order.index(trial.state)))


def soft_asks_to_try(*, app: App) -> tuple[Campaign, ...]:
    """The soft asks whose gates may be tried out: all but archived ones."""
    rows = Campaign.objects.filter(app=app, kind=Campaign.Kind.SOFT_ASK)
    return tuple(rows.exclude(status=CampaignStatus.ARCHIVED).order_by("name", "pk"))


Ways = Mapping[tuple[int, str], Mapping[str, int]]
"""(revision, arm) -> letters -> devices."""


def _counts(app_id: int, as_of: int) -> dict[int, dict[tuple[int, str], Counter[str]]]:
    found: dict[int, dict[tuple[int, str], Counter[str]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(CELLS, [app_id, as_of])
        for key, way, n in cursor.fetchall():
            trial, revision, arm = key.split(".", 2)
            here = found.setdefault(int(trial.removeprefix("t")), {})
            here.setdefault((int(revision), arm), Counter())[way] += n
    return found


def _of(campaign: Campaign, tried: list[Revision], counts: Ways) -> GateTrial | None:
    """The trial that is live, else the latest one that devices came into, else the drafted one. `tried`: revisions
    with a trial, newest first.
    """
    live = next((row for row in tried if row.pk == campaign.published_id), None)
    if live is not None and campaign.status == CampaignStatus.LIVE:
        return _told(campaign, "live", live.content, tried, counts)
    if campaign.content.get("gate_trial") and campaign.status != CampaignStatus.ARCHIVED:
        drafted = [row for row in tried if _same(row.content, campaign.content)]
        return _told(campaign, "draft", campaign.content, drafted, counts)
    came = {revision for revision, _ in counts}
    last = next((row for row in tried if row.number in came), None)
    return None if last is None else _told(campaign, "over", last.content, tried, counts)


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool(one.get("gate_trial") == other.get("gate_trial"))


def _told(
    campaign: Campaign,
    state: State,
    content: Mapping[str, Any],
    tried: Iterable[Revision],
    counts: Ways,
) -> GateTrial:
    draft = draft_of(kind="soft_ask", name=campaign.name, content=content)
    assert isinstance(draft, SoftAskDraft)
    same = {row.number for row in tried if _same(row.content, content)}
    whole = sum(arm.weight for arm in draft.gate_trial) or 1.0
    arms = tuple(_arm(arm, arm.weight / whole, same, counts) for arm in draft.gate_trial)
    told = verdict(
        arms=[ArmCount(arm.key, arm.devices, arm.authorized, arm.share) for arm in arms],
        planned=draft.planned_devices,
        smallest=draft.smallest_difference,
        ratio=sample_ratio(
            counts=[arm.devices for arm in arms], shares=[arm.share for arm in arms]
        ),
    )
    said = sentence(
        told=told,
        names={arm.key: f"“{arm.words}”" for arm in arms},
        smallest=draft.smallest_difference,
        devices=sum(arm.devices for arm in arms),
        planned=draft.planned_devices,
    )
    return GateTrial(campaign.pk, campaign.name, state, arms, told, said)


def _arm(written: GateVariant, share: float, revisions: set[int], counts: Ways) -> GateArmResult:
    devices = shown = authorized = 0
    for (revision, arm), ways in counts.items():
        if arm != written.key or revision not in revisions:
            continue
        for way, n in ways.items():
            devices += n
            shown += n if SHOWN in way else 0
            authorized += n if OUTCOME_LETTERS["authorized"] in way else 0
    rate = wilson(successes=authorized, trials=devices)
    return GateArmResult(written.key, gate_words(written), share, devices, shown, authorized, rate)
