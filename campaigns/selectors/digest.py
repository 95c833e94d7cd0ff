"""A week of an app beside the week before, for the weekly e-mail. Read from the rollups."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from campaigns.domain.trial_words import Said, said
from campaigns.models import Alert, DigestReader
from campaigns.selectors.alerts import AlertSeen, open_alerts
from campaigns.selectors.campaigns import kind_in
from campaigns.selectors.results import results_list
from permissions_app.domain.proportions import Proportion, wilson
from permissions_app.models import App, User
from permissions_app.selectors.days import day_number
from permissions_app.selectors.funnel import funnel

# A recovery falls on the day of the denial plus its age.
COUNTS = """
SELECT coalesce(sum(n) FILTER (WHERE measure = 'answered' AND day BETWEEN %(first)s AND %(last)s), 0)::bigint,
       coalesce(sum(n) FILTER (WHERE measure = 'granted' AND day BETWEEN %(first)s AND %(last)s), 0)::bigint,
       coalesce(sum(n) FILTER (WHERE measure = 'denial' AND day BETWEEN %(first)s AND %(last)s), 0)::bigint,
       coalesce(sum(n) FILTER (WHERE measure = 'recovered' AND day + age BETWEEN %(first)s AND %(last)s), 0)::bigint
FROM permissions_app_rollup
WHERE app_id = %(app)s AND measure IN ('answered', 'granted', 'denial', 'recovered')
  AND day BETWEEN %(first)s - 400 AND %(last)s
"""
WORTH_TELLING = ("winner", "no_difference", "mismatch")


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days from Monday `start` on, UTC. `eligible` to `waiting`: devices first seen in them, where they stand
    now. `answered`, `granted`: answers to the OS dialog. `denials`: final refusals. `recovered`: devices that came
    back through Settings in these days, whenever they had refused.
    """

    start: date
    eligible: int
    authorized: int
    denied: int
    waiting: int
    answered: int
    granted: int
    denials: int
    recovered: int

    @property
    def end(self) -> date:
        """Its Sunday."""
        return self.start + timedelta(days=6)

    @property
    def opt_in(self) -> Proportion | None:
        """Authorised of eligible."""
        return _rate(self.authorized, self.eligible)

    @property
    def refused(self) -> Proportion | None:
        """Lost by refusal, of eligible."""
        return _rate(self.denied, self.eligible)

    @property
    def unanswered(self) -> Proportion | None:
        """Lost waiting, of eligible."""
        return _rate(self.waiting, self.eligible)

    @property
    def grant_rate(self) -> Proportion | None:
        """Granted of answered."""
        return _rate(self.granted, self.answered)


@dataclass(frozen=True, slots=True)
class VerdictSeen:
    """What a live trial says."""

    name: str
    said: Said


@dataclass(frozen=True, slots=True)
class Digest:
    """Everything in one e-mail. `verdicts`: of live trials that came to an answer. `running`: live trials without one.
    `opened`: alerts opened in the week.
    """

    app: App
    now: Week
    before: Week
    verdicts: tuple[VerdictSeen, ...]
    running: int
    alerts: tuple[AlertSeen, ...]
    opened: int


def digest(*, app: App, monday: date, now: datetime) -> Digest:
    """The week from `monday` on, as it looks now."""
    rows = [
        row for row in results_list(app=app, now=now) if row.live and row.trial.answer is not None
    ]
    told = [
        VerdictSeen(row.campaign.name, said(row.trial, kind_in(row.campaign)))
        for row in rows
        if row.trial.answer is not None and row.trial.answer.kind in WORTH_TELLING
    ]
    opened = Alert.objects.filter(
        app=app, opened_at__date__gte=monday, opened_at__date__lt=monday + timedelta(days=7)
    )
    return Digest(
        app=app,
        now=week(app_id=app.pk, monday=monday),
        before=week(app_id=app.pk, monday=monday - timedelta(days=7)),
        verdicts=tuple(told),
        running=len(rows) - len(told),
        alerts=open_alerts(app_id=app.pk),
        opened=opened.count(),
    )


def week(*, app_id: int, monday: date) -> Week:
    """Two queries."""
    end = monday + timedelta(days=6)
    whole = funnel(app_id=app_id, cohort="install", start=monday, end=end, platform=None)
    with connection.cursor() as cursor:
        cursor.execute(
            COUNTS, {"app": app_id, "first": day_number(monday), "last": day_number(end)}
        )
        answered, granted, denials, recovered = cursor.fetchone()
    return Week(
        start=monday,
        eligible=whole.eligible,
        authorized=whole.authorized,
        denied=whole.denied,
        waiting=whole.waiting,
        answered=answered,
        granted=granted,
        denials=denials,
        recovered=recovered,
    )


def reads(*, app: App, user: User) -> bool:
    """Whether the person gets the weekly e-mail about the app."""
    return DigestReader.objects.filter(app=app, user=user).exists()


def _rate(part: int, whole: int) -> Proportion | None:
    return wilson(successes=part, trials=whole) if 0 <= part <= whole else None
