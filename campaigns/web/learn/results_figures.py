"""The panels of a results page."""

from campaigns.charts.sequence import sequence_json
from campaigns.domain.drafts import Kind
from campaigns.domain.trial_shapes import ArmResult, Trial
from campaigns.selectors.results import CampaignResults
from campaigns.web.learn.results_words import arm_name, chance_said, p_said, points_said
from permissions_app.charts.dots import Dot, dots_json
from permissions_app.domain.standing import HOLDOUT
from permissions_app.selectors.days import date_of
from permissions_app.templatetags.numbers import THIN, count, interval, percent
from permissions_app.web.figures import Cell, Column, Figure, Table
from permissions_app.web.ranges import PLATFORMS

ONE_LOOK = f"95{THIN}% interval for one look"
NOBODY = "Not enough data. No device has come into an arm on a whole day yet."


def figures(results: CampaignResults, kind: Kind) -> list[Figure]:
    """All panels that have something to say."""
    trial = results.trial
    found = [_arms(results, kind)]
    if trial.pairs:
        found.append(_differences(trial))
    if trial.bands:
        found.append(_days(trial))
    if trial.segments:
        found.append(_platforms(trial))
    return found


def _arms(results: CampaignResults, kind: Kind) -> Figure:
    trial = results.trial
    redirect = kind == "redirect"
    columns = (
        Column("Arm", "arm", "text"),
        Column("Devices", "devices"),
        Column("Saw it", "shown"),
        Column("Tapped" if redirect else "Accepted", "accepted"),
        *(
            (Column("Back by 7 days", "recovered_7"), Column("By 30 days", "recovered_30"))
            if redirect
            else (Column("Authorised", "authorized"),)
        ),
        Column("Rate", "rate", "rate"),
        Column("Chance to be best", "chance_to_be_best", "day"),
        Column("Expected loss", "expected_loss", "day"),
    )
    dots = tuple(
        Dot(
            name=arm_name(arm.key),
            rate=arm.rate.rate,
            low=arm.rate.low,
            high=arm.rate.high,
            said=f"{arm_name(arm.key)}: {percent(arm.rate.rate)} of {count(arm.rate.trials)}"
            f"<br>95{THIN}% interval {interval(arm.rate)}",
        )
        for arm in trial.arms
        if arm.rate is not None
    )
    return Figure(
        key="arms",
        title=f"{trial.outcome.name}, by arm",
        note=_about(results),
        table=Table(columns, tuple(_arm_row(trial, arm, redirect) for arm in trial.arms)),
        chart=dots_json(dots=dots) if dots else "",
        legend=(("dot", f"{trial.outcome.name} of all devices of the arm, with its {ONE_LOOK}"),),
        size="chart-rows",
        blank="" if any(arm.counts.devices for arm in trial.arms) else NOBODY,
        open=True,
    )


def _arm_row(trial: Trial, arm: ArmResult, redirect: bool) -> tuple[Cell, ...]:
    counts, held = arm.counts, arm.key == HOLDOUT
    texts = trial.plan.texts if trial.plan else {}
    shown = Cell(None if held else counts.shown)
    answered = Cell(None if held else counts.accepted)
    became = (
        (Cell(counts.recovered_7), Cell(counts.recovered_30))
        if redirect
        else (Cell(counts.authorized),)
    )
    rate = Cell(arm.rate.rate if arm.rate else None, small=interval(arm.rate))
    if held and not trial.outcome.holdout:
        rate = Cell(None, unknown="is not asked")
    if arm.chance is None:
        odds = (Cell(None), Cell(None))
    else:
        odds = (
            Cell(chance_said(arm.chance.best)),
            Cell(f"{arm.chance.loss * 100:.2f}{THIN}points"),
        )
    small = "shown nothing" if held else texts.get(arm.key, "")
    first = Cell(arm_name(arm.key), small=small)
    return (first, Cell(counts.devices), shown, answered, *became, rate, *odds)


def _about(results: CampaignResults) -> str:
    trial = results.trial
    until = date_of(trial.until)
    told = (
        f"Every device that came into an arm by {until.day} {until:%b %Y} (UTC) counts, whether it saw the words "
        "or not, so the arms hold the same kind of people."
    )
    if trial.outcome.days:
        told += (
            f" A device counts when it has been in its arm for {trial.outcome.days} days; "
            f"{count(trial.younger)} are younger."
        )
    return (
        f"{told} Chance to be best and expected loss help to decide. They are no evidence and name no winner: "
        "who stops at the first good morning is wrong far more often than they say."
    )


def _differences(trial: Trial) -> Figure:
    planned = trial.plan is not None
    columns = (
        Column("Compared", "compared", "text"),
        Column("Difference", "difference", "points"),
        Column("One look", "one_look", "day"),
        *(
            (Column("Always valid", "always_valid", "day"), Column("p", "p", "day"))
            if planned
            else ()
        ),
    )
    rows = []
    for pair in trial.pairs:
        told = pair.difference
        always = (
            (
                Cell(points_said(pair.bounds.low, pair.bounds.high) if pair.bounds else None),
                Cell(p_said(pair.p if pair.bounds else None)),
            )
            if planned
            else ()
        )
        rows.append(
            (
                Cell(f"{arm_name(pair.first)} against {arm_name(pair.other)}"),
                Cell(told.value if told else None),
                Cell(points_said(told.low, told.high) if told else None),
                *always,
            )
        )
    note = (
        "“One look” is a Newcombe interval, right 95 times of 100 for who looks once. “Always valid” is the sequence, "
        "which stays right for who looks every day; it alone decides."
        if planned
        else "A Newcombe interval for one look. Several revisions have no plan in common, so there is no sequence."
    )
    if planned and len(trial.pairs) > 1:
        note += (
            f" Its bounds hold for all {len(trial.pairs)} pairs together; p is corrected by Holm, which is a little "
            "less strict than the bounds and is what the verdict goes by."
        )
    nobody = all(pair.difference is None for pair in trial.pairs)
    return Figure(
        key="differences",
        title="Differences between the arms",
        note=note,
        table=Table(columns, tuple(rows)),
        blank="Not enough data. At least two arms need a device." if nobody else "",
    )


def _days(trial: Trial) -> Figure:
    plan = trial.plan
    assert plan is not None  # bands have an N*
    several = len(trial.bands) > 1
    columns = (
        Column("Day", "day", "day"),
        *((Column("Arm", "arm", "text"),) if several else ()),
        Column("Devices", "devices"),
        Column("Difference", "difference", "points"),
        Column("Always valid", "always_valid", "day"),
    )
    rows = [
        (
            date_of(day),
            *((arm_name(band.arm),) if several else ()),
            devices,
            bounds.value if bounds else None,
            Cell(points_said(bounds.low, bounds.high) if bounds else None),
        )
        for band in trial.bands
        for day, devices, bounds in band.points
    ]
    base = arm_name(trial.bands[0].base)
    who = "Every variant" if several else arm_name(trial.bands[0].arm)
    known = any(bounds for band in trial.bands for _, _, bounds in band.points)
    stars = sorted({band.n_star for band in trial.bands})
    return Figure(
        key="days",
        title="The difference over time",
        note=f"{who} minus {base}, in points, with the devices that had come by each day. The band holds the true "
        f"difference on all days together with 95{THIN}%: when it is clear of zero, one may stop. It is sharpest at "
        f"{' or '.join(map(count, stars))} devices, as was fixed before launch.",
        table=Table(columns, tuple(rows)),
        chart=sequence_json(
            bands=trial.bands,
            names=tuple(arm_name(band.arm) for band in trial.bands),
            smallest=plan.smallest,
            dates=tuple(date_of(day) for day, _, _ in trial.bands[0].points),
        )
        if known
        else "",
        legend=(
            ("line", "Difference so far"),
            ("band", "Always-valid bounds"),
            ("margin", f"Less than {plan.smallest * 100:.4g}{THIN}points: not worth knowing"),
        ),
        size="chart-short",
        blank="" if known else "Not enough data. Too little has happened to tell the arms apart.",
    )


def _platforms(trial: Trial) -> Figure:
    rows = tuple(
        (
            Cell(
                PLATFORMS.get(segment.platform, segment.platform),
                small=f"{arm_name(segment.first)} against {arm_name(segment.other)}",
            ),
            segment.devices,
            segment.difference.value if segment.difference else None,
            Cell(
                points_said(segment.difference.low, segment.difference.high)
                if segment.difference
                else None
            ),
            Cell(p_said(segment.p)),
        )
        for segment in trial.segments
    )
    columns = (
        Column("Platform", "platform", "text"),
        Column("Devices", "devices"),
        Column("Difference", "difference", "points"),
        Column("One look", "one_look", "day"),
        Column("p", "p", "day"),
    )
    return Figure(
        key="platforms",
        title="By platform",
        note="To look around, not to decide: p is always valid and corrected over all rows by Benjamini and Hochberg, "
        f"so about 5{THIN}% of what stands out is luck. “–” where an arm has fewer than 100 devices.",
        table=Table(columns, rows),
    )
