"""An alert as a panel: its sentence, the chart that shows it, the same numbers as a table, and where to look."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from campaigns.charts.alerts import LEGENDS, alert_json
from campaigns.selectors.alerts import AlertSeen
from permissions_app.domain.proportions import wilson
from permissions_app.templatetags.numbers import interval
from permissions_app.web.access import AppAccess
from permissions_app.web.figures import Cell, Column, Figure, Table

Seen = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AlertPanel:
    """`href`: the page that shows more, `there`: what it is called."""

    alert: AlertSeen
    figure: Figure
    file: str
    href: str
    there: str


def panel(*, access: AppAccess, alert: AlertSeen) -> AlertPanel:
    """Everything a template needs to draw an alert."""
    key = f"alert-{alert.pk}"
    columns, rows = TABLES.get(alert.kind, _nothing)(alert.evidence)
    figure = Figure(
        key=key,
        title=alert.said.title,
        table=Table(columns, rows, caption=f"Numbers of the alert: {alert.said.title}"),
        chart=alert_json(kind=alert.kind, evidence=alert.evidence),
        legend=LEGENDS.get(alert.kind, ()),
        size="chart-rows" if alert.kind == "denial_spike" else "chart-short",
    )
    href, there = _more(access, alert)
    return AlertPanel(alert, figure, f"?csv={key}", href, there)


def _more(access: AppAccess, alert: AlertSeen) -> tuple[str, str]:
    at = (access.workspace.slug, access.app.slug)
    if alert.kind == "grant_drop":
        return (
            f"{reverse('funnel', args=at)}?{urlencode({'platform': alert.subject, 'by': 'week'})}",
            "Opt-in funnel",
        )
    if alert.kind == "denial_spike":
        told = {"platform": alert.evidence["platform"], "cohort": "ask", "by": "app"}
        return f"{reverse('funnel', args=at)}?{urlencode(told)}", "Opt-in funnel by version"
    if alert.kind == "ratio":
        return reverse("campaign_results", args=(*at, alert.evidence["pk"])), "Results"
    if alert.kind == "webhook":
        return reverse("webhook", args=(*at, alert.evidence["pk"])), "The webhook and its log"
    if alert.kind == "outside":
        return reverse("soft_asks", args=at), "Soft asks"
    return reverse("integrate", args=at), "Integrate"


Rows = tuple[tuple[Column, ...], tuple[tuple[Any, ...], ...]]


def _nothing(_: Seen) -> Rows:
    return (), ()


def _grant_drop(seen: Seen) -> Rows:
    columns = (
        Column("Day", "day", "text"),
        Column("Answers", "answers"),
        Column("Yes", "granted"),
        Column("Grant rate", "grant_rate", "rate"),
    )
    return columns, tuple((day, n, yes, _rate(yes, n)) for day, n, yes in reversed(seen["days"]))


def _denial_spike(seen: Seen) -> Rows:
    columns = (
        Column("Version", "version", "text"),
        Column("Answers", "answers"),
        Column("Refused", "refused"),
        Column("Rate", "refusal_rate", "rate"),
    )
    return columns, tuple(
        (f"{version} (new)" if new else version, answered, refused, _rate(refused, answered))
        for version, answered, refused, new in seen["versions"]
    )


def _outside(seen: Seen) -> Rows:
    columns = (
        Column("Day", "day", "text"),
        Column("After a soft ask", "after_soft_ask"),
        Column("Outside", "outside"),
    )
    return columns, tuple(tuple(day) for day in reversed(seen["days"]))


def _stalled(seen: Seen) -> Rows:
    columns = (Column("Day", "day", "text"), Column("New devices", "devices"))
    return columns, tuple(tuple(day) for day in reversed(seen["days"]))


def _lag(seen: Seen) -> Rows:
    columns = (Column("Looked at", "at", "text"), Column("Minutes behind", "minutes", "number"))
    samples = seen.get("samples") or []
    return columns, tuple(
        (at[:16].replace("T", " "), round(seconds / 60, 1)) for at, seconds in reversed(samples)
    )


def _ratio(seen: Seen) -> Rows:
    columns = (
        Column("Arm", "arm", "text"),
        Column("Devices", "devices"),
        Column("Planned", "planned", "number"),
    )
    return columns, tuple(
        ("Holdout" if key == "holdout" else f"Variant {key.upper()}", devices, expected)
        for key, devices, expected in seen["arms"]
    )


def _webhook(seen: Seen) -> Rows:
    columns = (
        Column("Day", "day", "text"),
        Column("Delivered", "delivered"),
        Column("Not delivered", "not_delivered"),
    )
    return columns, tuple(tuple(day) for day in reversed(seen["days"]))


def _rate(part: int, whole: int) -> Cell:
    found = wilson(successes=min(part, whole), trials=whole)
    return Cell(found.rate if found else None, small=interval(found))


TABLES: Mapping[str, Callable[[Seen], Rows]] = {
    "grant_drop": _grant_drop,
    "denial_spike": _denial_spike,
    "outside": _outside,
    "stalled": _stalled,
    "lag": _lag,
    "ratio": _ratio,
    "webhook": _webhook,
}
