"""The panels of the recovery page: curves with their numbers, and what stands in the tables beside them."""

from collections.abc import Sequence

from permissions_app.charts import sketch
from permissions_app.charts.incidence import MOST_CURVES, Curve, incidence_json
from permissions_app.domain.group_tests import GroupTest, gray, log_rank
from permissions_app.domain.incremental import AGES, Increment, increments, said
from permissions_app.domain.proportions import Difference
from permissions_app.domain.reference_lines import lines_for
from permissions_app.domain.standing import HOLDOUT
from permissions_app.domain.survival import AgePoint
from permissions_app.selectors.recovery_groups import TREATED, Attributed, RecoveryGroup
from permissions_app.templatetags.numbers import THIN, interval
from permissions_app.web.figures import Cell, Column, Figure, Table, Value

Named = tuple[str, RecoveryGroup]
"""A group and what people call it."""
ATTRIBUTIONS = {
    "tapped": "After tapping a redirect",
    "seen": "After seeing a redirect",
    "organic": "On their own",
}
RISK_AGES = (0, 7, 14, 30, 60, 90)
COLUMNS = (
    Column("Group", "group", "text"),
    Column("Days", "days"),
    Column("At risk", "at_risk"),
    Column("Recovered", "recovered"),
    Column("Gone", "gone"),
    Column("Recovered by then", "recovered_by_then", "rate"),
    Column("From", "low", "rate"),
    Column("To", "high", "rate"),
)


def arm_name(value: str) -> str:
    """What people call an arm of a redirect."""
    if value == TREATED:
        return "Redirect, all words"
    return "Held out" if value == HOLDOUT else f"Redirect {value.upper()}"


def _chart(groups: Sequence[Named], *, since: str) -> str:
    """The figure of the first groups; '' where none has a curve."""
    shown = groups[:MOST_CURVES]
    if not any(point.at_risk for _, group in shown for point in group.points):
        return ""
    return incidence_json(
        curves=tuple(Curve(name, group.points) for name, group in shown),
        references=lines_for(measure="recovery"),
        since=since,
    )


def _daily(groups: Sequence[Named]) -> Table:
    """Every day of the curves that are drawn."""
    return Table(
        COLUMNS,
        tuple(
            (name, p.age, p.at_risk, p.recovered, p.lost, p.incidence, p.low, p.high)
            for name, group in groups[:MOST_CURVES]
            for p in group.points
        ),
    )


def risk(
    groups: Sequence[Named],
) -> list[tuple[str, RecoveryGroup, list[AgePoint | None]]]:
    """Below a chart: how many are still watched at each of RISK_AGES."""
    return [
        (name, group, [group.at(age) for age in RISK_AGES]) for name, group in groups[:MOST_CURVES]
    ]


def curves(*, by: str, groups: Sequence[Named]) -> Figure:
    """The curves of the first groups, and whether they differ; `by` '' for everybody."""
    chart = _chart(groups, since="the denial")
    first = groups[0][1].points if groups else ()
    return Figure(
        key="curves",
        title="Recovered by days since the denial",
        note=(
            "Cumulative incidence: the chance that a no is undone within so many days, in a world where people also "
            "leave. A recovery is detected at the next open."
        ),
        findings=_compared(groups) if by else (),
        table=_daily(groups),
        chart=chart,
        sketch=sketch.line([point.incidence for point in first], steps=True),
        legend=(("dash", "Published by others, not your data"),),
        blank="" if chart else _blank(groups),
    )


def _blank(groups: Sequence[Named]) -> str:
    if not groups:
        return "Not enough data. Nobody was denied in this range."
    return "Not enough data. The denials of this range are not a full day old yet."


def _compared(groups: Sequence[Named]) -> tuple[str, ...]:
    """Whether the curves that are drawn differ by more than chance."""
    curves = [group.points for _, group in groups[:MOST_CURVES]]
    incidence, speed = gray(curves), log_rank(curves)
    if incidence is None or speed is None:
        return (
            "Whether the groups differ cannot be told yet: not enough data for Gray's and the log-rank test.",
        )
    differ = (
        "These groups differ by more than chance explains"
        if incidence.p < 0.05
        else "Chance alone could explain the differences between these groups"
    )
    return (f"{differ}. Gray's test: {_test(incidence)}. Log-rank test: {_test(speed)}.",)


def _test(found: GroupTest) -> str:
    p = f"p{THIN}<{THIN}0.001" if found.p < 0.001 else f"p{THIN}={THIN}{found.p:.3f}"
    freedom = "degree" if found.df == 1 else "degrees"
    return f"χ²{THIN}{found.chi2:.2f} with {found.df}{THIN}{freedom} of freedom, {p}"


def by_group(*, head: str, by: str, groups: Sequence[Named]) -> Figure:
    """All groups in numbers. `head`: what the dimension is called."""
    return Figure(
        key="groups",
        title=f"By {head[:1].lower()}{head[1:]}",
        note=f"Largest groups first. The {MOST_CURVES} largest are drawn above."
        if len(groups) > MOST_CURVES
        else "Largest groups first.",
        table=_summary(head, by, groups),
        blank="" if groups else "Not enough data. Nobody was denied in this range.",
        badge="association",
    )


def _summary(head: str, field: str, groups: Sequence[Named]) -> Table:
    columns = (
        Column(head, field, "text"),
        Column("Denied" if field != "arm" else "Devices", "devices"),
        Column("Recovered so far", "recovered"),
        Column("Gone", "gone"),
        *(Column(f"Within {age} days", f"within_{age}", "rate") for age in (*AGES, 90)),
    )
    rows: tuple[tuple[Value | Cell, ...], ...] = tuple(
        (
            name,
            group.denials,
            group.recovered,
            group.lost,
            *(_point(group.at(age)) for age in (*AGES, 90)),
        )
        for name, group in groups
    )
    return Table(columns, rows)


def attribution(found: Sequence[Attributed]) -> Figure:
    """What recoveries are put down to."""
    total = sum(row.so_far for row in found)
    return Figure(
        key="attribution",
        title="What came before a recovery",
        note=(
            "The last redirect tapped in the 24 hours before, else seen in the 7 days before, else nothing. It says "
            "what came first, not what caused it."
        ),
        table=Table(
            (
                Column("Recovered", "attribution", "text"),
                Column("Within 7 days", "within_7"),
                Column("Within 30 days", "within_30"),
                Column("So far", "so_far"),
                Column("Of all recovered", "share", "rate"),
            ),
            tuple(
                (
                    ATTRIBUTIONS.get(row.kind, row.kind or "Not told"),
                    row.within_7,
                    row.within_30,
                    row.so_far,
                    row.so_far / total if total else None,
                )
                for row in found
            ),
        ),
        blank=""
        if total
        else "Not enough data. Nobody who was denied in this range has recovered.",
        badge="association",
    )


def of_redirect(*, name: str, arms: Sequence[Named]) -> list[Figure]:
    """One redirect by its arms, and what it caused where chance held devices out."""
    by_value = {group.value: group for _, group in arms}
    held = by_value.get(HOLDOUT)
    treated = by_value.get(TREATED) or next((g for _, g in arms if g.value != HOLDOUT), None)
    found = increments(arm=treated.points if treated else (), holdout=held.points if held else None)
    chart = _chart(arms, since="chance chose the arm")
    curves = Figure(
        key="arms",
        title=f"What “{name}” changed",
        note=(
            "Everybody who came into an arm in these days counts in it, whether the line was seen or not (intention "
            "to treat)."
        ),
        findings=tuple(said(one, has_holdout=held is not None) for one in found),
        table=_summary("Arm", "arm", arms),
        chart=chart,
        legend=(("dash", "Published by others, not your data"),),
        blank=""
        if chart
        else "Not enough data. The devices of this redirect are not a full day in their arm.",
        badge="causal, randomised" if held else "association",
    )
    return [curves, _increment(found)] if held and chart else [curves]


def _increment(found: Sequence[Increment]) -> Figure:
    return Figure(
        key="increment",
        title="Redirect minus holdout",
        note="The difference of the two curves, with a 95 % interval that is right for looking once.",
        table=Table(
            (
                Column("Recovered", "recovered", "text"),
                Column("Redirect", "redirect", "rate"),
                Column("Held out", "held_out", "rate"),
                Column("Difference", "difference", "points"),
                Column("From", "low", "points"),
                Column("To", "high", "points"),
            ),
            tuple(
                (
                    f"Within {one.age} days",
                    _point(one.arm),
                    _point(one.holdout),
                    *_bounds(one.difference),
                )
                for one in found
            ),
        ),
        badge="causal, randomised",
    )


def _point(point: AgePoint | None) -> Cell:
    return Cell(point.incidence if point else None, small=interval(point))


def _bounds(found: Difference | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if found is None else (found.value, found.low, found.high)
