"""Results: what came of every soft ask and redirect, and of one of them arm by arm."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from campaigns.domain.trial_shapes import OUTCOMES
from campaigns.models import Campaign
from campaigns.selectors.campaigns import kind_in
from campaigns.selectors.results import (
    CampaignResults,
    ResultRow,
    campaign_results,
    outcome_of,
    results_list,
)
from campaigns.selectors.trial_sql import statements
from campaigns.web.learn.results_figures import figures
from campaigns.web.learn.results_files import FILES
from campaigns.web.learn.results_words import arm_name, effect_said, said
from campaigns.web.loading import ADDRESS, load_campaign
from permissions_app.templatetags.numbers import THIN
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in
from permissions_app.web.figures import csv_response, harmless

PAGE = "campaigns/learn/results/"
ALL = "all"
"""What the address says for all revisions together."""


@require_safe
@signed_in
def results(request: PersonRequest, workspace: str, app: str) -> HttpResponseBase:
    """Everything that was ever published, with its verdict."""
    access = load_app(request, workspace, app)
    rows = [_listed(row) for row in results_list(app=access.app, now=timezone.now())]
    context = {
        "access": access,
        "nav": "results",
        "groups": [
            ("Live", [row for row in rows if row["live"]]),
            ("Paused or finished", [row for row in rows if not row["live"]]),
        ],
        "rows": rows,
    }
    return render(request, f"{PAGE}page.html", context)


@require_safe
@signed_in
def campaign_results_page(
    request: PersonRequest, workspace: str, app: str, pk: int
) -> HttpResponseBase:
    """One soft ask or redirect, by revision and outcome; for htmx the part that these change; or a file of it."""
    access = load_app(request, workspace, app)
    campaign = load_campaign(access, pk)
    outcome = outcome_of(campaign=campaign, key=request.GET.get("outcome", ""))
    asked = request.GET.get("revision", "")
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) <= 6 else None
    if asked and asked != ALL and number is None:
        raise Http404("no such revision")
    found = campaign_results(
        campaign=campaign,
        outcome=outcome,
        revision=number,
        everything=asked == ALL,
        now=timezone.now(),
    )
    context = {"access": access, "nav": "results", "campaign": campaign, "kind": kind_in(campaign)}
    context["editor"] = ADDRESS[kind_in(campaign)]
    if found is None:
        if asked:
            raise Http404("no such revision")
        return render(request, f"{PAGE}unpublished.html", context)
    wanted = request.GET.get("csv")
    if wanted is not None:
        return _file(access, campaign, found, wanted)
    partial = request.htmx and not request.htmx.history_restore_request
    context |= _told(campaign, found, asked)
    response = render(request, f"{PAGE}{'_figures' if partial else 'campaign'}.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _listed(row: ResultRow) -> dict[str, Any]:
    kind = kind_in(row.campaign)
    return {
        "campaign": row.campaign,
        "kind": kind,
        "live": row.live,
        "revision": row.revision,
        "devices": sum(arm.counts.devices for arm in row.trial.arms),
        "outcome": row.trial.outcome,
        "said": said(row.trial, kind),
        "effect": effect_said(row.trial, kind),
    }


def _told(campaign: Campaign, found: CampaignResults, asked: str) -> dict[str, Any]:
    kind, trial = kind_in(campaign), found.trial
    carried = {
        "revision": asked,
        "outcome": "" if trial.outcome == OUTCOMES[kind][0] else trial.outcome.key,
    }
    sql = statements(campaign=campaign, results=found)
    shown = figures(found, kind)
    mismatch = trial.ratio if trial.ratio is not None and trial.ratio.mismatch else None
    return {
        "results": found,
        "trial": trial,
        "said": said(trial, kind),
        "effect": effect_said(trial, kind),
        "mismatch": mismatch,
        "worth": f"{trial.plan.smallest * 100:.4g}{THIN}points" if trial.plan else "",
        "figures": [(figure, _query(carried, csv=figure.key)) for figure in shown],
        "statements": [
            (figure, _query(carried, csv=figure.key), sql[figure.key])
            for figure in shown
            if figure.key in sql and not figure.blank
        ],
        "revisions": _revisions(found, carried),
        "outcomes": {
            "name": "outcome",
            "label": "Measured by",
            "options": [
                (
                    o.key,
                    o.name,
                    _query(carried, outcome="" if i == 0 else o.key),
                    o == trial.outcome,
                )
                for i, o in enumerate(OUTCOMES[kind])
            ],
        },
        "ratio_rows": _ratio_rows(found) if mismatch else [],
    }


def _revisions(found: CampaignResults, carried: dict[str, str]) -> dict[str, Any]:
    """The revisions one may choose, newest first; all together where there are several."""
    options = [
        (
            str(choice.number),
            f"Revision {choice.number}",
            _query(carried, revision=str(choice.number)),
            choice.number == found.revision,
        )
        for choice in found.revisions
    ]
    if len(options) > 1:
        options.append((ALL, "All", _query(carried, revision=ALL), found.revision is None))
    return {"name": "revision", "label": "Revision", "options": options}


def _ratio_rows(found: CampaignResults) -> list[tuple[str, int, int]]:
    """(arm, devices, devices that it should have) of all devices that came so far."""
    ratio, counts = found.trial.ratio, found.trial.ratio_counts
    expected = ratio.expected if ratio else ()
    return [
        (arm_name(key), n, round(due))
        for (key, n), due in zip(counts.items(), expected, strict=True)
    ]


def _query(carried: dict[str, str], **changes: str) -> str:
    kept = {key: value for key, value in {**carried, **changes}.items() if value}
    return f"?{urlencode(kept)}" if kept else "?"


def _file(
    access: AppAccess, campaign: Campaign, found: CampaignResults, wanted: str
) -> HttpResponseBase:
    if wanted not in FILES:
        raise Http404("no such table")
    revision = f"revision-{found.revision}" if found.revision else "all-revisions"
    name = f"{access.app.slug}-{campaign.slug}-{revision}-{wanted}-{found.as_of}.csv"
    rows = FILES[wanted](found.trial)
    return csv_response(name=name, rows=([harmless(value) for value in row] for row in rows))
