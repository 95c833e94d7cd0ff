"""`…/{id}/findings` and `…/{id}/forecast`: what stands against a draft, and how far it would reach."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.manage.resources import CampaignView, Resource
from campaigns.domain.copy_rules import SEVERITIES
from campaigns.domain.draft_lint import Placed, told_once
from campaigns.domain.tally import Result
from campaigns.models import Campaign, Forecast
from campaigns.selectors.campaigns import Checked, check_draft, working_copy
from campaigns.selectors.forecasts import latest_forecast
from campaigns.services.forecasts import request_forecast
from permissions_app.api.manage.access import etag
from permissions_app.api.manage.answers import answer_of

FINDING: dict[str, Any] = {
    "variant": "a",
    "locale": "en",
    "field": "title",
    "severity": "blocking",
    "rule": "generic-stay-informed",
    "start": 0,
    "end": 13,
    "reason": "“Stay informed” could stand in any app. Name the thing and the event.",
    "source": "The product's copy rules",
    "rewrite": "Know when order {{order_id}} ships",
}
MISSING = {"field": "variants.0.body", "detail": "The text is needed."}


class MissingAnswer(serializers.Serializer[Any]):
    """What keeps a draft from a review."""

    field = serializers.CharField(help_text="`variants.0.body` is the text of the first variant.")
    detail = serializers.CharField()


class FindingAnswer(serializers.Serializer[Any]):
    """One thing to mend or to know about the words. About the moment itself: `variant` and `locale` are empty."""

    variant = serializers.CharField(allow_blank=True)
    locale = serializers.CharField(allow_blank=True)
    field = serializers.CharField(help_text="The text, or `moment`.")
    severity = serializers.ChoiceField(
        choices=list(SEVERITIES), help_text="What is blocking keeps it from being published."
    )
    rule = serializers.CharField()
    start = serializers.IntegerField(
        allow_null=True, help_text="The part that is meant, in characters; null for the whole text."
    )
    end = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField()
    source = serializers.CharField(allow_blank=True)  # type: ignore[assignment]  # no field stays a class attribute
    rewrite = serializers.CharField(
        allow_blank=True, help_text="A better text, where there is one."
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "To mend", value={"missing": [MISSING], "findings": [FINDING], "blocking": 1}
        )
    ]
)
class CopyCheckAnswer(serializers.Serializer[Any]):
    """A draft held against the rules."""

    missing = MissingAnswer(many=True)
    findings = FindingAnswer(many=True)
    blocking = serializers.IntegerField(help_text="How many findings are blocking.")


class CampaignFindings(CampaignView):
    """What the linter says."""

    @classmethod
    def operations(cls, resource: Resource) -> dict[str, Any]:
        """How it is told."""
        told = extend_schema(
            operation_id=f"read_{resource.one}_findings", responses=CopyCheckAnswer
        )
        return {"get": told}

    def get(self, request: Request, pk: int) -> Response:
        """What is missing in the working copy, and what is wrong with its words.

        What is missing keeps it from a review, a blocking finding from being published.
        """
        row = self.found(pk)
        checked = check_draft(draft=working_copy(row), moment=row.moment)
        return Response(findings_json(checked), headers=etag(row.version))


@dataclass(frozen=True, slots=True)
class ForecastTold:
    """The newest forecast. `done` of `total` moments are replayed. `changed`: the working copy is another one by now;
    `rules_changed`: so is what is live beside it. `result` is null until it is done.
    """

    state: str
    done: int
    total: int
    error: str
    finished_at: datetime | None
    changed: bool
    rules_changed: bool
    result: Result | None


_NOTHING = {"once": 0, "twice": 0, "more": 0, "showings": 0, "squares": 0}
_WORLD = {"own": _NOTHING, "all": _NOTHING, "ends": {"fatigue_cap": 4}}
RESULT: dict[str, Any] = {
    "reach": {
        "moments": 40,
        "visits": 12,
        "devices": 9,
        "held_out": 1,
        "now": _WORLD,
        "then": _WORLD,
        "platforms": [],
        "clashes": [],
    },
    "start": 1_793_000_000_000,
    "end": 1_795_592_000_000,
    "every": 1,
    "total": 40,
    "milliseconds": 120,
}
FORECAST: dict[str, Any] = {
    "state": "done",
    "done": 40,
    "total": 40,
    "error": "",
    "finished_at": "2026-11-23T19:00:00Z",
    "changed": False,
    "rules_changed": False,
    "result": RESULT,
}
ForecastAnswer = extend_schema_serializer(
    examples=[OpenApiExample("Done", value=FORECAST, status_codes=["200", "202"])]
)(answer_of(ForecastTold, "Forecast"))


class CampaignForecast(CampaignView):
    """How far it would reach."""

    @classmethod
    def operations(cls, resource: Resource) -> dict[str, Any]:
        """How both methods are told."""
        return {
            "get": extend_schema(
                operation_id=f"read_{resource.one}_forecast", responses=ForecastAnswer
            ),
            "post": extend_schema(
                operation_id=f"request_{resource.one}_forecast",
                request=None,
                responses={202: ForecastAnswer},
            ),
        }

    def get(self, request: Request, pk: int) -> Response:
        """The newest forecast: the last 30 days replayed with the working copy beside what is live.

        404 until one was asked for.
        """
        return self._told(self.found(pk), 200)

    def post(self, request: Request, pk: int) -> Response:
        """Ask for a forecast of the working copy; read it until its state is `done` or `failed`.

        One that is under way, or fresh and still true, is told instead of another.
        """
        row = self.found(pk)
        request_forecast(campaign_id=pk, app=row.app, actor=self.actor, now=timezone.now())
        return self._told(row, 202)

    def _told(self, row: Campaign, status: int) -> Response:
        told = latest_forecast(campaign=row, ruleset_version=self.app.ruleset_version)
        if told is None:
            raise Forecast.DoesNotExist
        body = ForecastTold(
            state=told.state,
            done=told.done,
            total=told.total,
            error=told.error,
            finished_at=told.finished_at,
            changed=told.changed,
            rules_changed=told.rules_changed,
            result=told.result,
        )
        return Response(msgspec.to_builtins(body), status=status)


def findings_json(checked: Checked) -> dict[str, Any]:
    """What stands against a draft, as the API shows it."""
    about_moment, rest = told_once(checked.findings)
    findings = [
        *(_finding(one, moment=True) for one in about_moment),
        *(_finding(one, moment=False) for one in rest),
    ]
    return {
        "missing": [{"field": name, "detail": said} for name, said in checked.missing.items()],
        "findings": findings,
        "blocking": sum(1 for one in findings if one["severity"] == "blocking"),
    }


def _finding(placed: Placed, *, moment: bool) -> dict[str, Any]:
    it = placed.finding
    start, end = it.span or (None, None)
    return {
        "variant": "" if moment else placed.variant,
        "locale": "" if moment else placed.locale,
        "field": it.field,
        "severity": it.severity,
        "rule": it.rule,
        "start": start,
        "end": end,
        "reason": it.reason,
        "source": it.source,
        "rewrite": it.rewrite,
    }
