"""The side panel of the moment form: what will match, how many of the events that really arrive, and
what speaks against the moment. It follows what is typed and stores nothing.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from campaigns.selectors.opportunity import subject_of
from campaigns.web import conditions
from campaigns.web.forms import MomentForm
from campaigns.web.loading import find_moment
from permissions_app.domain.moment_lint import Seen, Subject, lint_moment, sounds_opening
from permissions_app.domain.moments import Condition, parse_conditions
from permissions_app.models import Role, ValueMoment
from permissions_app.selectors.days import today
from permissions_app.selectors.moments_map import moments_map
from permissions_app.selectors.seen import (
    DAYS,
    SeenName,
    SeenProperty,
    newest_samples,
    properties_in,
    seen_names,
    trial,
)
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in

TEMPLATE = "campaigns/moments/_check.html"
VALUES_OFFERED = 12


@dataclass(frozen=True, slots=True)
class Offer:
    """Values that a row of the form can take: those that its property really has. `list`: its id."""

    list: str
    values: tuple[str, ...]


@require_POST
@signed_in
def moment_check(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """The side panel for what stands in the form now."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    form = MomentForm(request.POST)
    rows = conditions.rows_from_post(request.POST)
    moment = find_moment(access, request.POST.get("moment", ""))
    context = {"access": access, **checked(access, form, rows, moment)}
    return render(request, TEMPLATE, context)


def checked(
    access: AppAccess,
    form: MomentForm,
    rows: tuple[conditions.Row, ...],
    moment: ValueMoment | None,
) -> dict[str, Any]:
    """What the panel shows. Four queries, five for a moment that exists."""
    event = str(form["event_name"].value() or "").replace("\x00", "").strip()
    name = str(form["name"].value() or "")
    now = today(timezone.now())
    seen = seen_names(app_id=access.app.pk, today=now, days=DAYS)
    samples = newest_samples(app_id=access.app.pk, event_name=event) if event else ()
    parsed, problem = _parsed(rows)
    tried = None
    if event and problem is None:
        tried = trial(
            app_id=access.app.pk, event_name=event, conditions=parsed, samples=samples, today=now
        )
    properties = properties_in(samples, examples=VALUES_OFFERED)
    return {
        "event": event,
        "opening": bool(form["opening"].value()),
        "sounds_opening": sounds_opening(event) or sounds_opening(name),
        "said": tuple(condition.in_words() for condition in parsed),
        "condition_problem": problem,
        "tried": tried,
        "tried_days": DAYS,
        "properties": properties,
        "offers": _offers(rows, properties),
        "seen": seen,
        "findings": lint_moment(
            subject=_subject(access, event, name, moment),
            seen=[_as_lint(one) for one in seen],
        ),
    }


def _parsed(rows: tuple[conditions.Row, ...]) -> tuple[tuple[Condition, ...], str | None]:
    """The conditions, or why they cannot be read."""
    try:
        return parse_conditions(conditions.to_json(rows)), None
    except ValueError as error:
        return (), str(error)


def _offers(
    rows: tuple[conditions.Row, ...], properties: tuple[SeenProperty, ...]
) -> tuple[Offer, ...]:
    known = {told.name: told.examples for told in properties}
    return tuple(
        Offer(
            f"values-{row.number}",
            tuple(conditions.typed(value) for value in known.get(row.property, ())),
        )
        for row in conditions.with_spare(rows, conditions.MOST_CONDITIONS)
    )


def _subject(access: AppAccess, event: str, name: str, moment: ValueMoment | None) -> Subject:
    """Numbers are known of a moment that exists; they are those of its own event."""
    if moment is None or moment.event_name != event:
        return Subject(event=event, name=name)
    end = today(timezone.now())
    start = end - timedelta(days=DAYS - 1)
    found = moments_map(app_id=access.app.pk, start=start, end=end, platform=None)
    return replace(subject_of(row=moment, found=found, start=start), name=name)


def _as_lint(one: SeenName) -> Seen:
    return Seen(name=one.name, count=one.count)
