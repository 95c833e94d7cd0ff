"""What is true of the simulated world is what the pages say: five planted effects, found by the product's own numbers.

One population is played once and thrown away at the end. It has enough people for every question: some 36,000 with a
dialog to ask with, and 12,000 iPhones of the old build that were asked at their first launch weeks ago, so that many
were denied and can be followed for 30 days.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from campaigns.domain.alert_rules import Finding, findings, settings_of
from campaigns.management.commands.simulate import new_app
from campaigns.models import Campaign
from campaigns.selectors.alert_signals import signals
from campaigns.selectors.results import ResultRow, results_list
from campaigns.simulator import scenario
from campaigns.simulator.population import DAY_MS, Profile, profile
from campaigns.simulator.scenario import Effects
from permissions_app.domain.incremental import Increment, increments
from permissions_app.domain.standing import HOLDOUT
from permissions_app.domain.timing import Levelling, levelling
from permissions_app.selectors.recovery_groups import recovery_of_arms
from permissions_app.selectors.timing import timing
from tests.flows.aside import keep, play_aside

pytestmark = pytest.mark.django_db  # so that there is a database when the population is played

SEED, DAYS = 1, 90
PEOPLE, OLD_BUILDS = 40_000, 12_000
WORDS, REDIRECT, LOGGING = "Order is ready", "Order is ready, in Settings", "Free coffee"


@dataclass(frozen=True, slots=True)
class Found:
    """What the product says of the population."""

    results: dict[str, ResultRow]
    increment: Increment
    levelling: Levelling
    alerts: tuple[Finding, ...]


@pytest.fixture(scope="module")
def found(django_db_setup: None, django_db_blocker: Any) -> Iterator[Found]:
    """Play everybody, and ask every question."""
    with django_db_blocker.unblock(), transaction.atomic():
        found = play(datetime(2026, 11, 20, 23, 30, tzinfo=UTC))
        connection.check_constraints()  # once, and not again at the end of every test
        yield found
        transaction.set_rollback(True)


def play(now: datetime) -> Found:
    until = int(now.timestamp() * 1000)
    app, _ = new_app()
    for campaign in Campaign.objects.filter(app=app):  # the same arms every time
        Campaign.objects.filter(pk=campaign.pk).update(seed=campaign.name)
    cells = play_aside(app=app, people=people(until), seed=SEED, until=until, effects=Effects())
    keep(app=app, cells=cells)
    results = {row.campaign.name: row for row in results_list(app=app, now=now)}
    span: dict[str, Any] = {"start": now.date() - timedelta(days=DAYS), "end": now.date()}
    rule = results[REDIRECT].campaign.key
    arms = recovery_of_arms(app_id=app.pk, rule=rule, platform=None, now=now, **span)
    curves = {arm.value: arm.points for arm in arms}
    screens = timing(app_id=app.pk, platform=None, **span).points["screens"]
    return Found(
        results=results,
        increment=increments(arm=curves["a"], holdout=curves[HOLDOUT])[-1],
        levelling=levelling(screens),
        alerts=findings(signals=signals(app=app, now=now), settings=settings_of({})),
    )


def people(until: int) -> Iterator[Profile]:
    for index in range(PEOPLE):
        who = profile(seed=SEED, index=index, until=until, days=DAYS)
        if who.kind in ("ios", "android_13", "web"):
            yield who
    months_ago = until - 45 * DAY_MS
    for index in range(PEOPLE, PEOPLE + OLD_BUILDS):
        who = profile(seed=SEED, index=index, until=months_ago, days=DAYS - 46)
        yield replace(
            who,
            kind="ios",
            platform="ios",
            os_version="17.6",
            api_level=None,
            browser=None,
            standalone=None,
            library="ios",
            app_version="3.9.4",
            cold=True,
            provisional=False,
            upgrades=False,
            new_version="",
        )


def subjects(found: Found, kind: str) -> set[str]:
    return {alert.subject for alert in found.alerts if alert.kind == kind}


def test_words__better_by_four_points__are_named_the_winner(found: Found) -> None:
    row = found.results[WORDS]
    answer = row.trial.answer
    assert answer is not None
    assert (answer.kind, answer.winner) == ("winner", "b")
    (pair,) = answer.comparisons
    assert pair.bounds is not None
    assert 0 < pair.bounds.low < 0.04 < pair.bounds.high


def test_words__equally_good__nobody_is_named(found: Found) -> None:
    answer = found.results["Table is set"].trial.answer
    assert answer is not None
    assert answer.winner is None


def test_redirect__brings_back_three_of_a_hundred__minus_the_holdout(found: Found) -> None:
    difference = found.increment.difference
    assert found.increment.age == 30
    assert difference is not None
    assert 0 < difference.low < 0.03 < difference.high


def test_timing__yes_grows_until_screen_7__levels_off_there(found: Found) -> None:
    assert found.levelling.shape == "level"
    assert found.levelling.step in (scenario.BEST_SCREEN - 1, scenario.BEST_SCREEN)
    assert found.levelling.gain is not None
    assert found.levelling.gain.low > 0


def test_alert__version_that_gets_half_the_yes__is_named_and_no_other(found: Found) -> None:
    spikes = subjects(found, "denial_spike")
    assert {f"ios {scenario.BAD_VERSION}", f"android {scenario.BAD_VERSION}"} <= spikes
    assert {subject.split()[1] for subject in spikes} == {scenario.BAD_VERSION}


def test_banner__arm_whose_devices_are_lost_in_logging__shows_there_and_nowhere_else(
    found: Found,
) -> None:
    told = {name for name, row in found.results.items() if row.trial.ratio.mismatch}  # type: ignore[union-attr]
    assert told == {LOGGING}
    assert found.results[LOGGING].trial.answer.kind == "mismatch"  # type: ignore[union-attr]
    assert subjects(found, "ratio") == {found.results[LOGGING].campaign.key}
