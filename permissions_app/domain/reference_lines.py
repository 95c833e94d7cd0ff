"""Numbers that others have published, to stand beside a team's own, never in their place.

Each line says who published it, when, and how far to trust it: "data" is a named publisher with
data, "claimed" is repeated without a primary study, "contested" is a finding that studies disagree
about. A chart that draws a line shows its year and grade with it.
"""

from dataclasses import dataclass
from typing import Literal

Grade = Literal["data", "claimed", "contested"]
Unit = Literal["rate", "ratio", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceLine:
    """One published number. Rates are fractions in 0..1, ratios are "times as many".

    A single figure has `value`, a range has `low` and `high`; "less than" has only `high`, "more
    than" only `low`. `year` is None when the source gives none.
    """

    key: str
    measure: str
    label: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    unit: Unit = "rate"
    source: str
    year: int | None
    grade: Grade

    @property
    def badge(self) -> str:
        """What a chart shows beside the line: "Batch 2025, data"."""
        when = "" if self.year is None else f" {self.year}"
        return f"{self.source}{when}, {self.grade}"


_ARTICLE = "The source article"
_USENIX = "USENIX Security"

REFERENCE_LINES: tuple[ReferenceLine, ...] = (
    ReferenceLine(
        key="denial_median",
        measure="denial_rate",
        label="Denial of the OS dialog, median consumer app",
        low=0.40,
        high=0.60,
        source=_ARTICLE,
        year=None,
        grade="claimed",
    ),
    ReferenceLine(
        key="recovery_undesigned",
        measure="recovery",
        label="Settings recovery without design (others say about 2 %)",
        high=0.03,
        source=_ARTICLE,
        year=None,
        grade="claimed",
    ),
    ReferenceLine(
        key="recovery_contextual",
        measure="recovery",
        label="Settings recovery with contextual copy after 30 days or more",
        low=0.10,
        high=0.15,
        source="One agency",
        year=None,
        grade="claimed",
    ),
    *(
        ReferenceLine(
            key=f"opt_in_{key}_batch",
            measure="opt_in",
            label=f"Opt-in, {label}",
            value=value,
            source="Batch",
            year=2025,
            grade="data",
        )
        for key, label, value in (
            ("ios", "iOS", 0.56),
            ("android", "Android (85 % a year before)", 0.67),
            ("overall", "overall", 0.61),
        )
    ),
    *(
        ReferenceLine(
            key=f"opt_in_{key}_airship",
            measure="opt_in",
            label=f"Median opt-in, {label}",
            value=value,
            source="Airship",
            year=2021,
            grade="data",
        )
        for key, label, value in (("ios", "iOS", 0.51), ("android", "Android", 0.81))
    ),
    *(
        ReferenceLine(
            key=f"opt_in_ios_{vertical}",
            measure="opt_in",
            label=f"Opt-in, iOS, {vertical}",
            value=value,
            source="Appboy H1",
            year=2016,
            grade="data",
        )
        for vertical, value in (
            ("health", 0.54),
            ("travel", 0.50),
            ("food", 0.47),
            ("finance", 0.26),
        )
    ),
    *(
        ReferenceLine(
            key=f"web_granted_{key}",
            measure="grant_rate",
            label=f"Web prompt granted, {label}",
            value=value,
            source=f"Chrome, {_USENIX}",
            year=2021,
            grade="data",
        )
        for key, label, value in (("desktop", "desktop", 0.10), ("android", "Android", 0.21))
    ),
    ReferenceLine(
        key="unexpected_denied",
        measure="denial_ratio",
        label="An unexpected request is denied, times as likely (1,719 users, Android before 13)",
        low=2.0,
        unit="ratio",
        source=_USENIX,
        year=2021,
        grade="data",
    ),
    ReferenceLine(
        key="explained_denied",
        measure="denial_ratio",
        label="With an explanation, denials fall to this share (1,719 users, Android before 13)",
        value=0.5,
        unit="ratio",
        source=_USENIX,
        year=2021,
        grade="data",
    ),
    ReferenceLine(
        key="timing_limited",
        measure="timing",
        label="The effect of timing is limited once a rationale is given",
        unit="none",
        source=f"Elbitar, {_USENIX}",
        year=2021,
        grade="contested",
    ),
)


def lines_for(*, measure: str) -> tuple[ReferenceLine, ...]:
    """The published lines for a measure, in the order of the table; empty for an unknown one."""
    return tuple(line for line in REFERENCE_LINES if line.measure == measure)
