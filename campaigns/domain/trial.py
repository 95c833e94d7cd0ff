"""The results of one trial: a revision of a soft ask or redirect, arm by arm.

Chance put devices into arms. Compared are all devices of an arm, whether they saw the words or not, on one outcome:
said yes to the soft ask, can be reached today, or came back through Settings within 30 days. The holdout, which is
shown nothing, tells what would have happened anyway.

Two questions are asked. *Which words?* compares the variants. *Does it help at all?* compares all variants together
with the holdout. With a single wording there is only the second question. Both go through `verdict`.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from campaigns.domain.trial_shapes import (
    TOGETHER,
    ArmResult,
    Band,
    Counts,
    DayCounts,
    Outcome,
    PairResult,
    Segment,
    Trial,
    TrialPlan,
)
from campaigns.domain.verdict import MIN_DEVICES, ArmCount, Verdict, n_star, verdict
from permissions_app.domain.chances import Chance, chances
from permissions_app.domain.multiplicity import benjamini_hochberg
from permissions_app.domain.proportions import Difference, newcombe, wilson
from permissions_app.domain.sample_ratio import SampleRatio, sample_ratio
from permissions_app.domain.sequences import (
    ALPHA,
    Bounds,
    Pair,
    difference_at,
    difference_over_time,
)
from permissions_app.domain.standing import HOLDOUT


def trial(
    *, rows: Sequence[DayCounts], plan: TrialPlan | None, outcome: Outcome, as_of: int
) -> Trial:
    """The results of the devices that came by the end of day `as_of`, each as old as the outcome asks."""
    until = as_of - outcome.days
    old = [row for row in rows if row.day <= until]
    sums, everybody = _by_arm(old), _by_arm(row for row in rows if row.day <= as_of)
    keys = _keys(plan, everybody)
    compared = _compared(keys, plan, outcome, sums)
    arms = [_count(key, sums, plan, outcome) for key in compared]
    ratio_counts = {key: everybody.get(key, Counts()).devices for key in keys}
    ratio = _ratio(plan, ratio_counts)
    answer = None
    if plan is not None:
        answer = verdict(arms=arms, planned=plan.planned, smallest=plan.smallest, ratio=ratio)
    effect_arms = _effect_arms(keys, compared, sums, plan, outcome)
    effect = None
    if plan is not None and effect_arms:
        effect = verdict(
            arms=effect_arms, planned=plan.planned, smallest=plan.smallest, ratio=ratio
        )
    return Trial(
        outcome=outcome,
        plan=plan,
        until=until,
        younger=_devices(everybody) - _devices(sums),
        arms=_arm_results(keys, compared, sums, outcome, odds=_may_lead(plan, ratio)),
        compared=compared,
        pairs=_pairs(arms, answer),
        answer=answer,
        effect=effect,
        effect_arms=effect_arms,
        ratio=ratio,
        ratio_counts=ratio_counts,
        bands=_bands(old, compared, plan, outcome, until) if plan else (),
        segments=_segments(old, compared, plan, outcome),
    )


def _by_arm(rows: Iterable[DayCounts]) -> dict[str, Counts]:
    sums: dict[str, Counts] = {}
    for row in rows:
        sums[row.arm] = sums.get(row.arm, Counts()) + row.counts
    return sums


def _devices(sums: Mapping[str, Counts]) -> int:
    return sum(counts.devices for counts in sums.values())


def _keys(plan: TrialPlan | None, sums: Mapping[str, Counts]) -> tuple[str, ...]:
    """All arms: as planned, then others that have devices; the holdout last."""
    planned = plan.shares if plan else {}
    known = [*planned, *sorted(arm for arm in sums if arm not in planned and sums[arm].devices)]
    return tuple(sorted(known, key=lambda arm: arm == HOLDOUT))


def _compared(
    keys: Sequence[str], plan: TrialPlan | None, outcome: Outcome, sums: Mapping[str, Counts]
) -> tuple[str, ...]:
    """The variants; with a single one, that and the holdout. A variant without weight and devices is no arm."""
    shares = plan.shares if plan else {}
    taking = [k for k in keys if shares.get(k, 0) > 0 or sums.get(k, Counts()).devices]
    variants = tuple(key for key in taking if key != HOLDOUT)
    if len(variants) == 1 and outcome.holdout and HOLDOUT in taking:
        return (*variants, HOLDOUT)
    return variants


def _count(
    key: str, sums: Mapping[str, Counts], plan: TrialPlan | None, outcome: Outcome
) -> ArmCount:
    counts = sums.get(key, Counts())
    return ArmCount(
        key, counts.devices, counts.hits(outcome), plan.shares.get(key, 0.0) if plan else 0.0
    )


def _effect_arms(
    keys: Sequence[str],
    compared: Sequence[str],
    sums: Mapping[str, Counts],
    plan: TrialPlan | None,
    outcome: Outcome,
) -> tuple[ArmCount, ...]:
    """All variants as one arm, and the holdout; empty where that is not asked or was asked already."""
    if not outcome.holdout or HOLDOUT not in keys or HOLDOUT in compared or len(compared) < 2:
        return ()
    parts = [_count(key, sums, plan, outcome) for key in compared]
    together = ArmCount(
        TOGETHER,
        sum(part.devices for part in parts),
        sum(part.hits for part in parts),
        sum(part.share for part in parts),
    )
    return together, _count(HOLDOUT, sums, plan, outcome)


def _ratio(plan: TrialPlan | None, counts: Mapping[str, int]) -> SampleRatio | None:
    if plan is None:
        return None
    return sample_ratio(
        counts=list(counts.values()), shares=[plan.shares.get(key, 0.0) for key in counts]
    )


def _may_lead(plan: TrialPlan | None, ratio: SampleRatio | None) -> bool:
    """Whether any arm may be said to be ahead: not over several revisions, nor when the arms hold different people."""
    return plan is not None and not (ratio is not None and ratio.mismatch)


def _arm_results(
    keys: Sequence[str],
    compared: Sequence[str],
    sums: Mapping[str, Counts],
    outcome: Outcome,
    *,
    odds: bool,
) -> tuple[ArmResult, ...]:
    """`odds`: whether chances are told."""
    known: dict[str, Chance] = {}
    seen = [sums.get(key, Counts()) for key in compared]
    if odds and len(compared) > 1 and all(counts.devices for counts in seen):
        found = chances([(counts.hits(outcome), counts.devices) for counts in seen])
        known = dict(zip(compared, found, strict=True))
    told = []
    for key in keys:
        counts = sums.get(key, Counts())
        able = outcome.holdout or key != HOLDOUT
        rate = wilson(successes=counts.hits(outcome), trials=counts.devices) if able else None
        told.append(ArmResult(key, counts, rate, known.get(key)))
    return tuple(told)


def _pairs(arms: Sequence[ArmCount], answer: Verdict | None) -> tuple[PairResult, ...]:
    """Every pair, the higher rate first."""
    by_key = {arm.key: arm for arm in arms}
    told: list[tuple[str, str, Bounds | None, float]]
    if answer is None:
        told = [(a.key, b.key, None, 1.0) for a, b in combinations(arms, 2)]
    else:
        told = [(c.first, c.other, c.bounds, c.p) for c in answer.comparisons]
    return tuple(
        PairResult(first, other, _difference(by_key[first], by_key[other]), bounds, p)
        for first, other, bounds, p in told
    )


def _difference(first: ArmCount, other: ArmCount) -> Difference | None:
    return newcombe(
        successes=first.hits,
        trials=first.devices,
        other_successes=other.hits,
        other_trials=other.devices,
    )


def _bands(
    rows: Sequence[DayCounts],
    compared: Sequence[str],
    plan: TrialPlan,
    outcome: Outcome,
    until: int,
) -> tuple[Band, ...]:
    """The sequence of every arm against the base: the holdout where it is compared, else the first variant."""
    days = [row.day for row in rows if row.arm in compared and row.counts.devices]
    if len(compared) < 2 or not days:
        return ()
    base = HOLDOUT if HOLDOUT in compared else compared[0]
    pairs = len(compared) * (len(compared) - 1) // 2
    span = range(min(days), until + 1)
    running = {key: _running(rows, key, outcome, span) for key in compared}
    bands = []
    for key in compared:
        if key == base:
            continue
        steps = [Pair(*a, *b) for a, b in zip(running[key], running[base], strict=True)]
        wanted = n_star(
            planned=plan.planned,
            first=ArmCount(key, 0, 0, plan.shares.get(key, 0.0)),
            other=ArmCount(base, 0, 0, plan.shares.get(base, 0.0)),
        )
        found = difference_over_time(steps, n_star=wanted, alpha=ALPHA / pairs)
        points = zip(span, steps, found, strict=True)
        bands.append(
            Band(key, base, wanted, tuple((d, s.trials + s.other_trials, b) for d, s, b in points))
        )
    return tuple(bands)


def _running(
    rows: Sequence[DayCounts], arm: str, outcome: Outcome, span: range
) -> list[tuple[int, int]]:
    """(hits, devices) of an arm up to each day."""
    by_day: dict[int, tuple[int, int]] = {}
    for row in rows:
        if row.arm == arm:
            hits, devices = by_day.get(row.day, (0, 0))
            by_day[row.day] = hits + row.counts.hits(outcome), devices + row.counts.devices
    told, hits, devices = [], 0, 0
    for day in span:
        more_hits, more = by_day.get(day, (0, 0))
        hits, devices = hits + more_hits, devices + more
        told.append((hits, devices))
    return told


def _segments(
    rows: Sequence[DayCounts], compared: Sequence[str], plan: TrialPlan | None, outcome: Outcome
) -> tuple[Segment, ...]:
    """Every pair on every platform, in the order of the arms: later minus earlier, the holdout always subtracted."""
    platforms = sorted({row.platform for row in rows})
    if len(platforms) < 2 or plan is None:
        return ()
    found = []
    for platform in platforms:
        sums = _by_arm(row for row in rows if row.platform == platform)
        arms = {key: _count(key, sums, plan, outcome) for key in compared}
        for one, other in combinations(compared, 2):
            base, key = (other, one) if other == HOLDOUT else (one, other)
            pair = Pair(arms[key].hits, arms[key].devices, arms[base].hits, arms[base].devices)
            wanted = n_star(planned=plan.planned, first=arms[key], other=arms[base])
            enough = min(pair.trials, pair.other_trials) >= MIN_DEVICES
            bounds = difference_at(pair, n_star=wanted) if enough else None
            found.append((platform, arms[key], arms[base], bounds))
    known = [bounds.p for *_, bounds in found if bounds is not None]
    corrected = iter(benjamini_hochberg(known))
    return tuple(
        Segment(
            platform,
            key.key,
            base.key,
            key.devices + base.devices,
            _difference(key, base),
            None if bounds is None else next(corrected),
        )
        for platform, key, base, bounds in found
    )
