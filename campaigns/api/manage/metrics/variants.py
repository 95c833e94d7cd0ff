"""`metrics/variants`: what came of soft asks and redirect rules, arm by arm; the results pages' numbers."""

from typing import Any

import msgspec
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.manage.metrics import samples
from campaigns.api.manage.metrics.variant_shapes import (
    EXAMPLE,
    ROW,
    ArmRatio,
    BandDay,
    BandTold,
    CampaignOutcome,
    PlatformPair,
    VariantNumbers,
    VerdictTold,
)
from campaigns.domain.trial_shapes import OUTCOMES, Trial
from campaigns.domain.trial_words import effect_said, said
from campaigns.models import Campaign
from campaigns.selectors.campaigns import find_campaign, kind_in
from campaigns.selectors.results import (
    CampaignResults,
    ResultRow,
    campaign_results,
    outcome_of,
    results_list,
)
from permissions_app.api.manage.access import ManageView
from permissions_app.api.manage.answers import answer_of
from permissions_app.api.manage.bodies import asked
from permissions_app.api.manage.pages import ForwardPages
from permissions_app.domain.edits import Invalid
from permissions_app.selectors.days import date_of

ALL = "all"
KEYS = tuple(dict.fromkeys(outcome.key for known in OUTCOMES.values() for outcome in known))


class ResultsShape(serializers.Serializer[Any]):
    """Which results of a campaign."""

    revision = serializers.RegexField(
        r"^(all|[0-9]{1,6})$",
        required=False,
        help_text="A number, or `all`; without it the published revision.",
    )
    outcome = serializers.ChoiceField(
        choices=KEYS,
        required=False,
        help_text="authorized or accepted for a soft ask; recovered_30 or recovered_7 for a redirect rule.",
    )


class VariantList(ManageView):
    """The results of everything."""

    tag = "Metrics"
    pagination_class = ForwardPages

    @extend_schema(
        operation_id="list_results",
        responses=answer_of(CampaignOutcome)(many=True),
        examples=[samples.example("Shipping news", ROW)],
    )
    def get(self, request: Request) -> Response:
        """Everything that was ever published, live first, each with its verdict."""
        rows = results_list(app=self.app, now=timezone.now())

        def fetch(after: str, limit: int) -> tuple[ResultRow, ...]:
            keys = [row.campaign.key for row in rows]
            start = keys.index(after) + 1 if after in keys else 0
            return rows[start : start + limit]

        return ForwardPages().read(
            request,
            fetch=fetch,
            key=lambda row: row.campaign.key,
            told=lambda row: msgspec.to_builtins(_listed(row)),
        )


class VariantDetail(ManageView):
    """The results of one."""

    tag = "Metrics"

    @extend_schema(
        operation_id="read_results",
        parameters=[ResultsShape],
        responses=answer_of(VariantNumbers, "CampaignResults"),
        examples=[samples.example("Two variants", EXAMPLE)],
    )
    def get(self, request: Request, campaign: str) -> Response:
        """One soft ask (`s7`) or redirect rule (`r5`), arm by arm and against the holdout.

        404 where nothing was published.
        """
        sent = asked(ResultsShape, request)
        row = self._found(campaign)
        wanted, key = sent.get("revision", ""), sent.get("outcome", "")
        if key and key not in {outcome.key for outcome in OUTCOMES[kind_in(row)]}:
            raise Invalid({"outcome": "This is not measured for campaigns of this kind."})
        found = campaign_results(
            campaign=row,
            outcome=outcome_of(campaign=row, key=key),
            revision=int(wanted) if wanted not in ("", ALL) else None,
            everything=wanted == ALL,
            now=timezone.now(),
        )
        if found is None:
            raise Http404("no such revision")
        return Response(msgspec.to_builtins(_numbers(row, found)))

    def _found(self, key: str) -> Campaign:
        number = key[1:]
        if not (number.isascii() and number.isdecimal() and len(number) < 19):
            raise Http404("no such campaign")
        row = find_campaign(app=self.app, pk=int(number))
        if row is None or row.key != key:
            raise Http404("no such campaign")
        return row


def _listed(row: ResultRow) -> CampaignOutcome:
    campaign, trial = row.campaign, row.trial
    verdict, effect = _verdicts(campaign, trial)
    return CampaignOutcome(
        campaign=campaign.key,
        kind=kind_in(campaign),
        name=campaign.name,
        moment=campaign.moment.key,
        revision=row.revision,
        live=row.live,
        outcome=trial.outcome.key,
        devices=sum(arm.counts.devices for arm in trial.arms),
        verdict=verdict,
        effect=effect,
    )


def _numbers(campaign: Campaign, found: CampaignResults) -> VariantNumbers:
    trial, kind = found.trial, kind_in(campaign)
    verdict, effect = _verdicts(campaign, trial)
    due = dict(zip(trial.ratio_counts, trial.ratio.expected, strict=True)) if trial.ratio else {}
    return VariantNumbers(
        campaign=campaign.key,
        kind=kind,
        name=campaign.name,
        revision=found.revision,
        revisions=found.revisions,
        outcome=trial.outcome.key,
        outcomes=OUTCOMES[kind],
        first_day=found.first_day,
        as_of=found.as_of,
        until=date_of(trial.until),
        devices=trial.devices,
        younger=trial.younger,
        planned_devices=trial.planned if trial.plan else None,
        smallest_difference=trial.plan.smallest if trial.plan else None,
        verdict=verdict,
        effect=effect,
        compared=trial.compared,
        arms=trial.arms,
        pairs=trial.pairs,
        platforms=tuple(
            PlatformPair(it.platform, it.first, it.other, it.devices, it.difference, it.p)
            for it in trial.segments
        ),
        days=tuple(
            BandTold(it.arm, it.base, tuple(BandDay(date_of(d), n, b) for d, n, b in it.points))
            for it in trial.bands
        ),
        mismatch=trial.ratio is not None and trial.ratio.mismatch,
        ratio=tuple(ArmRatio(arm, trial.ratio_counts[arm], n) for arm, n in due.items()),
        ratio_p=trial.ratio.p if trial.ratio else None,
    )


def _verdicts(campaign: Campaign, trial: Trial) -> tuple[VerdictTold, VerdictTold | None]:
    """The answer, and whether it helps at all, in the words of the pages."""
    kind = kind_in(campaign)
    told, helps = said(trial, kind), effect_said(trial, kind)
    winner = trial.answer.winner if trial.answer else None
    effect = None
    if helps is not None and trial.effect is not None:
        effect = VerdictTold(helps.kind, trial.effect.winner, f"{helps.head} {helps.rest}".strip())
    return VerdictTold(told.kind, winner, f"{told.head} {told.rest}".strip()), effect
