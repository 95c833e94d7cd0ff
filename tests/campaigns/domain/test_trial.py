"""From counts to the results of a trial."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.domain.drafts import Line, RedirectDraft, SoftAskDraft, Words
from campaigns.domain.trial import trial
from campaigns.domain.trial_shapes import (
    ACCEPTED,
    AUTHORIZED,
    RECOVERED_7,
    RECOVERED_30,
    Counts,
    DayCounts,
    Outcome,
    Trial,
    TrialPlan,
    plan_of,
)
from permissions_app.domain.proportions import newcombe, wilson
from permissions_app.domain.sequences import ALPHA, Pair, difference_at

PLAN = TrialPlan({"a": 0.45, "b": 0.45, "holdout": 0.1}, 5000, 0.02, {"a": "One", "b": "Two"})
ONE = TrialPlan({"a": 0.9, "holdout": 0.1}, 5000, 0.02, {"a": "One"})
AS_OF = 100


def row(arm: str, day: int, devices: int, hits: int = 0, platform: str = "ios") -> DayCounts:
    counts = Counts(devices, devices, hits, hits, hits, hits)
    return DayCounts(arm, day, platform, counts)


def results(
    *rows: DayCounts, plan: TrialPlan | None = PLAN, outcome: Outcome = AUTHORIZED
) -> Trial:
    return trial(rows=rows, plan=plan, outcome=outcome, as_of=AS_OF)


BOTH = (
    row("a", 90, 450, 180),
    row("a", 95, 450, 180),
    row("b", 90, 440, 210),
    row("b", 97, 460, 240),
    row("holdout", 91, 200, 40),
)


def test_trial__arms__sums_rates_and_chances() -> None:
    a, b, holdout = results(*BOTH).arms
    assert (a.key, a.counts.devices, a.rate) == ("a", 900, wilson(successes=360, trials=900))
    assert b.rate == wilson(successes=450, trials=900)
    assert holdout.rate == wilson(successes=40, trials=200)
    assert a.chance is not None
    assert b.chance is not None
    assert a.chance.best + b.chance.best == pytest.approx(1)
    assert holdout.chance is None


def test_trial__two_variants__winner_and_the_effect_beside_it() -> None:
    found = results(*BOTH)
    assert found.compared == ("a", "b")
    assert found.answer is not None
    assert found.answer.winner == "b"
    assert found.effect is not None
    assert [(arm.key, arm.devices, arm.hits) for arm in found.effect_arms] == [
        ("variants", 1800, 810),
        ("holdout", 200, 40),
    ]
    assert found.effect.winner == "variants"
    assert (found.devices, found.planned) == (1800, 4500)


def test_trial__pairs__both_intervals_of_the_same_difference() -> None:
    (pair,) = results(*BOTH).pairs
    assert (pair.first, pair.other) == ("b", "a")
    assert pair.difference == newcombe(
        successes=450, trials=900, other_successes=360, other_trials=900
    )
    assert pair.bounds == difference_at(Pair(450, 900, 360, 900), n_star=4500)


def test_trial__single_wording__compared_with_the_holdout() -> None:
    found = results(row("a", 90, 900, 360), row("holdout", 90, 100, 20), plan=ONE)
    assert found.compared == ("a", "holdout")
    assert found.effect is None
    assert found.answer is not None
    assert found.answer.winner == "a"


def test_trial__yes_to_the_soft_ask__holdout_has_no_rate_and_is_not_compared() -> None:
    found = results(*BOTH, outcome=ACCEPTED)
    assert found.compared == ("a", "b")
    assert found.effect is None
    assert found.arms[-1].rate is None
    alone = results(row("a", 90, 900, 360), row("holdout", 90, 100), plan=ONE, outcome=ACCEPTED)
    assert alone.compared == ("a",)
    assert alone.answer is not None
    assert alone.answer.kind == "not_enough"


def test_trial__counts_that_do_not_fit_the_shares__hide_the_winner() -> None:
    rows = (*BOTH, row("b", 98, 400, 220))
    found = results(*rows)
    assert found.ratio is not None
    assert found.ratio.mismatch
    assert found.answer is not None
    assert found.effect is not None
    assert (found.answer.kind, found.effect.kind) == ("mismatch", "mismatch")
    assert [arm.chance for arm in found.arms] == [None, None, None]


def test_trial__recovery__only_devices_old_enough_count() -> None:
    rows = (row("a", 70, 300, 30), row("a", 71, 50, 5), row("holdout", 70, 40, 1))
    by_30 = results(*rows, plan=ONE, outcome=RECOVERED_30)
    assert (by_30.until, by_30.younger) == (70, 50)
    assert by_30.arms[0].counts.devices == 300
    by_7 = results(*rows, plan=ONE, outcome=RECOVERED_7)
    assert (by_7.until, by_7.younger, by_7.arms[0].counts.devices) == (93, 0, 350)


def test_trial__today__is_not_complete_and_does_not_count() -> None:
    assert results(*BOTH, row("a", AS_OF + 1, 999)).arms[0].counts.devices == 900


def test_trial__proportions__are_those_of_all_devices_however_young() -> None:
    rows = (row("a", 70, 900, 30), row("holdout", 70, 100, 1), row("holdout", 95, 300))
    found = results(*rows, plan=ONE, outcome=RECOVERED_30)
    assert found.ratio is not None
    assert found.ratio.mismatch


def test_trial__bands__each_day_is_what_the_counts_said_up_to_it() -> None:
    found = results(*BOTH)
    (band,) = found.bands
    assert (band.arm, band.base, band.n_star) == ("b", "a", 4500)
    assert [day for day, _, _ in band.points] == list(range(90, AS_OF + 1))
    assert band.points[0][1:] == (890, difference_at(Pair(210, 440, 180, 450), n_star=4500))
    assert band.points[-1][1:] == (1800, difference_at(Pair(450, 900, 360, 900), n_star=4500))


def test_trial__three_variants__two_bands_for_three_questions() -> None:
    plan = TrialPlan({"a": 0.3, "b": 0.3, "c": 0.4}, 6000, 0.02, {})
    rows = [row("a", 90, 300, 100), row("b", 90, 300, 120), row("c", 90, 400, 130)]
    found = results(*rows, plan=plan)
    assert [(band.arm, band.base, band.n_star) for band in found.bands] == [
        ("b", "a", 3600),
        ("c", "a", 4200),
    ]
    assert found.bands[0].points[0][2] == difference_at(
        Pair(120, 300, 100, 300), n_star=3600, alpha=ALPHA / 3
    )
    assert len(found.pairs) == 3


def test_trial__platforms__corrected_together_and_small_ones_left_open() -> None:
    rows = [
        row("a", 90, 450, 180), row("b", 90, 450, 240), row("holdout", 90, 100, 10),
        row("a", 90, 50, 20, "web"), row("b", 90, 50, 20, "web"),
    ]  # fmt: skip
    found = results(*rows).segments
    assert [(s.platform, s.first, s.other, s.devices) for s in found] == [
        ("ios", "b", "a", 900),
        ("web", "b", "a", 100),
    ]
    assert found[0].p is not None
    assert found[0].p < 0.05
    assert found[1].p is None
    assert found[1].difference is not None


def test_trial__no_plan__several_revisions_together_name_no_winner() -> None:
    found = results(*BOTH, plan=None)
    assert (found.answer, found.effect, found.ratio, found.bands) == (None, None, None, ())
    assert [arm.counts.devices for arm in found.arms] == [900, 900, 200]
    assert found.pairs[0].bounds is None
    assert found.pairs[0].difference is not None
    assert [arm.chance for arm in found.arms] == [None, None, None]


def test_trial__nobody_yet__nothing_is_a_number() -> None:
    found = results()
    assert [arm.rate for arm in found.arms] == [None, None, None]
    assert [arm.chance for arm in found.arms] == [None, None, None]
    assert found.bands == ()
    assert found.answer is not None
    assert found.answer.kind == "not_enough"


ARMS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "holdout"]),
        st.integers(80, 100),
        st.integers(0, 300),
        st.integers(0, 300),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(ARMS)
def test_trial__any_counts__one_truth_in_every_panel(told: list[tuple[str, int, int, int]]) -> None:
    rows = [row(arm, day, max(n, k), min(n, k)) for arm, day, n, k in told]
    found = results(*rows)
    assert sum(arm.counts.devices for arm in found.arms) == sum(r.counts.devices for r in rows)
    (pair,) = found.pairs
    sign = 1 if pair.first == "b" else -1
    for band in found.bands:
        last = band.points[-1][2]
        assert (last is None) == (pair.bounds is None)
        if last is not None and pair.bounds is not None:
            assert sign * last.value == pytest.approx(pair.bounds.value)
            assert last.p == pytest.approx(pair.bounds.p)
    if pair.difference is not None and pair.bounds is not None:
        assert pair.difference.value == pytest.approx(pair.bounds.value)
    assert found.answer is not None
    if found.answer.winner is not None:
        assert found.ratio is not None
        assert not found.ratio.mismatch


def words(key: str, weight: float = 1) -> Words:
    return Words(key=key, title=f"Title {key}", weight=weight)


@pytest.mark.parametrize(
    ("draft", "shares"),
    [
        (
            {"variants": (words("a"), words("b", 3)), "holdout": 0.2},
            {"a": 0.2, "b": 0.6, "holdout": 0.2},
        ),
        ({"variants": (words("a"),), "holdout": 0.0}, {"a": 1.0}),
    ],
)
def test_plan_of__draft__chance_of_each_arm(
    draft: dict[str, Any], shares: dict[str, float]
) -> None:
    found = plan_of(SoftAskDraft(name="n", moment="m", planned_devices=700, **draft))
    assert dict(found.shares) == pytest.approx(shares)
    assert (found.planned, found.texts["a"]) == (700, "Title a")


def test_plan_of__redirect__its_line_is_its_text() -> None:
    draft = RedirectDraft(name="n", moment="m", variants=(Line(key="a", line="Your order left"),))
    assert plan_of(draft).texts == {"a": "Your order left"}
