"""Results read from the rollups, and the statements that give the same numbers again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from campaigns.domain.drafts import Line, Words
from campaigns.models import Campaign
from campaigns.selectors.campaigns import working_copy
from campaigns.selectors.results import (
    CampaignResults,
    campaign_results,
    outcome_of,
    results_list,
)
from campaigns.selectors.trial_sql import statements
from permissions_app.selectors.days import date_of
from tests.factories import (
    Cast,
    make_cast,
    make_moment,
    make_redirect_rule,
    make_rollups,
    make_soft_ask,
    republish,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
LAST = date(2026, 11, 29)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def two_variants(campaign: Campaign) -> Campaign:
    """Its second revision has two wordings."""
    first = working_copy(campaign).variants[0]
    return republish(campaign, variants=(first, replace(first, key="b")))


def soft_ask(cast: Cast) -> Campaign:
    """A soft ask whose second revision has variants A and B, with devices in both revisions."""
    campaign = two_variants(make_soft_ask(cast.app, make_moment(cast.app), status="live"))
    key, day = campaign.key, LAST - timedelta(days=4)
    make_rollups(
        cast.app,
        [
            ("trial", day, "ios", f"{key}.1.a", "saA", 0, 77),
            ("trial", day, "ios", f"{key}.2.a", "saA", 0, 170),
            ("trial", day, "ios", f"{key}.2.a", "sD", 0, 210),
            ("trial", day, "android", f"{key}.2.a", "W", 0, 30),
            ("trial", LAST, "android", f"{key}.2.a", "saW", 0, 41),
            ("trial", day, "ios", f"{key}.2.b", "saA", 0, 205),
            ("trial", day, "android", f"{key}.2.b", "saD", 0, 25),
            ("trial", LAST, "ios", f"{key}.2.b", "sD", 0, 216),
            ("trial", day, "ios", f"{key}.2.holdout", "A", 0, 20),
            ("trial", LAST, "ios", f"{key}.2.holdout", "W", 0, 75),
            ("trial", LAST + timedelta(days=1), "ios", f"{key}.2.b", "saA", 0, 500),
            # Another campaign whose key begins alike, and another app.
            ("trial", day, "ios", f"{key}0.2.a", "saA", 0, 9000),
        ],
    )
    make_rollups(cast.mallorys_app, [("trial", day, "ios", f"{key}.2.a", "saA", 0, 9000)])
    return campaign


def redirect_rule(cast: Cast) -> Campaign:
    """A redirect with one wording and a holdout; some devices are younger than 30 days."""
    moment = make_moment(cast.app, key="shipped", event_name="Shipped")
    campaign = make_redirect_rule(cast.app, moment, status="live")
    old, young = LAST - timedelta(days=30), LAST - timedelta(days=29)
    make_rollups(
        cast.app,
        [
            ("trial", old, "ios", f"{campaign.key}.1.a", "saAR", 7, 30),
            ("trial", old, "ios", f"{campaign.key}.1.a", "sAR", 30, 11),
            ("trial", old, "ios", f"{campaign.key}.1.a", "sAR", 31, 13),
            ("trial", old, "ios", f"{campaign.key}.1.a", "DL", 3, 400),
            ("trial", young, "ios", f"{campaign.key}.1.a", "saAR", 2, 50),
            ("trial", old, "ios", f"{campaign.key}.1.holdout", "AR", 8, 2),
            ("trial", old, "ios", f"{campaign.key}.1.holdout", "D", 0, 50),
        ],
    )
    return campaign


def read(campaign: Campaign, outcome: str = "", **options: object) -> CampaignResults:
    asked = {"revision": None, "everything": False, **options}
    found = campaign_results(
        campaign=campaign,
        outcome=outcome_of(campaign=campaign, key=outcome),
        now=NOW,
        **asked,  # type: ignore[arg-type]
    )
    assert found is not None
    return found


def counts_of(found: CampaignResults) -> dict[str, tuple[int, ...]]:
    return {
        arm.key: (
            arm.counts.devices,
            arm.counts.shown,
            arm.counts.accepted,
            arm.counts.authorized,
        )
        for arm in found.trial.arms
    }


def test_results__published_revision__every_device_of_an_arm_by_what_became_of_it(
    cast: Cast,
) -> None:
    found = read(soft_ask(cast))
    assert counts_of(found) == {
        "a": (451, 421, 211, 170),
        "b": (446, 446, 230, 205),
        "holdout": (95, 0, 0, 20),
    }
    assert (found.revision, found.as_of) == (2, LAST)
    assert [(c.number, c.devices) for c in found.revisions] == [(2, 992), (1, 77)]
    assert found.first_day == LAST - timedelta(days=4)


def test_results__another_revision__only_its_devices(cast: Cast) -> None:
    found = read(soft_ask(cast), revision=1)
    assert counts_of(found) == {"a": (77, 77, 77, 77), "holdout": (0, 0, 0, 0)}


def test_results__all_revisions__together_without_a_verdict(cast: Cast) -> None:
    found = read(soft_ask(cast), everything=True)
    assert counts_of(found)["a"] == (528, 498, 288, 247)
    assert found.revision is None
    assert found.trial.answer is None


def test_results__revision_that_was_never_published__none(cast: Cast) -> None:
    campaign = soft_ask(cast)
    assert campaign_results(
        campaign=campaign,
        outcome=outcome_of(campaign=campaign, key=""),
        revision=3,
        everything=False,
        now=NOW,
    ) is None  # fmt: skip


def test_results__draft__none(cast: Cast) -> None:
    campaign = make_soft_ask(cast.app, make_moment(cast.app))
    assert campaign_results(
        campaign=campaign,
        outcome=outcome_of(campaign=campaign, key=""),
        revision=None,
        everything=False,
        now=NOW,
    ) is None  # fmt: skip


def test_results__plan_of_the_working_copy_changed__the_published_plan_holds(cast: Cast) -> None:
    campaign = soft_ask(cast)
    content = {**campaign.content, "planned_devices": 777}
    Campaign.objects.filter(pk=campaign.pk).update(content=content)
    campaign.refresh_from_db()
    found = read(campaign).trial
    assert found.plan is not None
    assert found.plan.planned == 5000


def test_results__redirect__recovered_in_time_of_those_old_enough(cast: Cast) -> None:
    found = read(redirect_rule(cast)).trial
    assert [(arm.key, arm.counts.devices, arm.counts.recovered_30) for arm in found.arms] == [
        ("a", 454, 41),
        ("holdout", 52, 2),
    ]
    assert found.younger == 50
    by_7 = read(redirect_rule_again(cast), "recovered_7").trial
    assert [(arm.counts.devices, arm.counts.recovered_7) for arm in by_7.arms] == [
        (504, 80),
        (52, 0),
    ]


def redirect_rule_again(cast: Cast) -> Campaign:
    return Campaign.objects.get(app=cast.app, kind=Campaign.Kind.REDIRECT)


def test_outcome_of__not_known__what_the_campaign_is_for(cast: Cast) -> None:
    ask, rule = soft_ask(cast), redirect_rule(cast)
    assert outcome_of(campaign=ask, key="recovered_30").key == "authorized"
    assert outcome_of(campaign=rule, key="nonsense").key == "recovered_30"


def test_results_list__live_and_finished__the_same_verdicts_as_on_their_pages(
    cast: Cast, django_assert_num_queries
) -> None:
    ask, rule = soft_ask(cast), redirect_rule(cast)
    ended = make_soft_ask(cast.app, ask.moment, name="Ended", status="paused")
    make_soft_ask(cast.app, ask.moment, name="Never published")
    with django_assert_num_queries(2):
        rows = results_list(app=cast.app, now=NOW)
    assert [(row.campaign.pk, row.live) for row in rows] == [
        (rule.pk, True),
        (ask.pk, True),
        (ended.pk, False),
    ]
    for row in rows[:2]:
        alone = read(row.campaign).trial
        assert row.trial.answer == alone.answer
        assert row.trial.effect == alone.effect
        assert [arm.counts for arm in row.trial.arms] == [arm.counts for arm in alone.arms]


@pytest.mark.parametrize(
    ("ends_at", "live"), [("2026-11-30T08:59", False), ("2026-11-30T09:01", True)]
)
def test_results_list__schedule_has_ended__no_longer_live(
    cast: Cast, ends_at: str, live: bool
) -> None:
    republish(soft_ask(cast), ends_at=ends_at)
    assert [row.live for row in results_list(app=cast.app, now=NOW)] == [live]


def fetch(statement: str) -> list[dict[str, object]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def three_variants(cast: Cast) -> Campaign:
    campaign = soft_ask(cast)
    first = working_copy(campaign).variants[0]
    assert isinstance(first, Words)
    campaign = republish(
        campaign, variants=tuple(replace(first, key=key) for key in ("a", "b", "it-s")), holdout=0.2
    )
    cells = []
    for back in range(6):
        for arm, yes in (("a", 30), ("b", 40), ("it-s", 33), ("holdout", 9)):
            for platform in ("ios", "web"):
                day, key = LAST - timedelta(days=back), f"{campaign.key}.3.{arm}"
                cells.append(("trial", day, platform, key, "saA", 0, yes + back))
                cells.append(("trial", day, platform, key, "D", 0, 50 - back))
    make_rollups(cast.app, cells)
    return campaign


@pytest.mark.parametrize(
    ("make", "outcome", "options"),
    [
        (soft_ask, "authorized", {}),
        (soft_ask, "accepted", {}),
        (soft_ask, "authorized", {"everything": True}),
        (three_variants, "authorized", {}),
        (redirect_rule, "recovered_30", {}),
        (redirect_rule, "recovered_7", {}),
    ],
)
def test_statements__run_as_they_stand__give_the_numbers_of_the_page(
    cast: Cast, make, outcome: str, options: dict[str, object]
) -> None:
    campaign = make(cast)
    found = read(campaign, outcome, **options)
    told = statements(campaign=campaign, results=found)
    _check_arms(found, fetch(told["arms"]))
    _check_differences(found, fetch(told["differences"]))
    assert ("days" in told) == bool(found.trial.bands)
    if "days" in told:
        _check_days(found, fetch(told["days"]))
    assert ("platforms" in told) == bool(found.trial.segments)
    if "platforms" in told:
        _check_platforms(found, fetch(told["platforms"]))


def _check_arms(found: CampaignResults, rows: list[dict[str, object]]) -> None:
    arms = {arm.key: arm for arm in found.trial.arms if arm.counts.devices}
    assert {row["arm"] for row in rows} == set(arms)
    for row in rows:
        arm = arms[str(row["arm"])]
        for name in ("devices", "shown", "accepted", "authorized", "recovered_7", "recovered_30"):
            assert row[name] == getattr(arm.counts, name)
        if arm.rate is not None:
            same(row, rate=arm.rate.rate, low=arm.rate.low, high=arm.rate.high)


def _check_differences(found: CampaignResults, rows: list[dict[str, object]]) -> None:
    assert [(row["first"], row["other"]) for row in rows] == [
        (pair.first, pair.other) for pair in found.trial.pairs
    ]
    for row, pair in zip(rows, found.trial.pairs, strict=True):
        assert pair.difference is not None
        same(
            row,
            difference=pair.difference.value,
            low=pair.difference.low,
            high=pair.difference.high,
        )
        assert ("always_low" in row) == (found.trial.plan is not None)
        if pair.bounds is not None:
            same(row, always_low=pair.bounds.low, always_high=pair.bounds.high)


def _check_days(found: CampaignResults, rows: list[dict[str, object]]) -> None:
    points = [(band, *point) for band in found.trial.bands for point in band.points]
    assert len(rows) == len(points)
    for row, (band, day, devices, bounds) in zip(rows, points, strict=True):
        assert (row["day"], row["arm"], row["base"]) == (date_of(day), band.arm, band.base)
        assert row["devices"] == devices
        if bounds is None:
            assert row["difference"] is row["always_low"] is row["always_high"] is None
        else:
            same(row, difference=bounds.value, always_low=bounds.low, always_high=bounds.high)


def _check_platforms(found: CampaignResults, rows: list[dict[str, object]]) -> None:
    for row, segment in zip(rows, found.trial.segments, strict=True):
        assert (row["platform"], row["first"], row["other"], row["devices"]) == (
            segment.platform,
            segment.first,
            segment.other,
            segment.devices,
        )
        if segment.difference is not None:
            told = segment.difference
            same(row, difference=told.value, low=told.low, high=told.high)


def same(row: dict[str, object], **expected: float) -> None:
    for name, value in expected.items():
        assert row[name] == pytest.approx(value, abs=1e-9), name


def test_line__is_a_redirect_s_words(cast: Cast) -> None:
    """The list and the plan read texts by kind."""
    found = read(redirect_rule(cast))
    assert isinstance(found.draft.variants[0], Line)
    assert found.trial.plan is not None
    assert found.trial.plan.texts["a"].startswith("Your package left")
