"""The files of a results page: every number of a panel, under the names that its SQL statement has too."""

from collections.abc import Callable

from campaigns.domain.trial_shapes import Trial
from permissions_app.selectors.days import date_of

Rows = list[tuple[object, ...]]


def _arms_file(trial: Trial) -> Rows:
    counted = ("devices", "shown", "accepted", "authorized", "recovered_7", "recovered_30")
    rows: Rows = [("arm", *counted, "rate", "low", "high", "chance_to_be_best", "expected_loss")]
    for arm in trial.arms:
        rate = (arm.rate.rate, arm.rate.low, arm.rate.high) if arm.rate else (None,) * 3
        odds = (arm.chance.best, arm.chance.loss) if arm.chance else (None, None)
        counts = (getattr(arm.counts, name) for name in counted)
        rows.append((arm.key, *counts, *rate, *odds))
    return rows


def _differences_file(trial: Trial) -> Rows:
    rows: Rows = [
        ("first", "other", "difference", "low", "high", "always_low", "always_high", "p_holm")
    ]
    for pair in trial.pairs:
        told, bounds = pair.difference, pair.bounds
        one = (told.value, told.low, told.high) if told else (None,) * 3
        always = (bounds.low, bounds.high, pair.p) if bounds else (None,) * 3
        rows.append((pair.first, pair.other, *one, *always))
    return rows


def _days_file(trial: Trial) -> Rows:
    rows: Rows = [("day", "arm", "base", "devices", "difference", "always_low", "always_high")]
    for band in trial.bands:
        for day, devices, bounds in band.points:
            told = (bounds.value, bounds.low, bounds.high) if bounds else (None,) * 3
            rows.append((date_of(day), band.arm, band.base, devices, *told))
    return rows


def _platforms_file(trial: Trial) -> Rows:
    rows: Rows = [("platform", "first", "other", "devices", "difference", "low", "high", "p_bh")]
    for part in trial.segments:
        told = part.difference
        one = (told.value, told.low, told.high) if told else (None,) * 3
        rows.append((part.platform, part.first, part.other, part.devices, *one, part.p))
    return rows


FILES: dict[str, Callable[[Trial], Rows]] = {
    "arms": _arms_file,
    "differences": _differences_file,
    "days": _days_file,
    "platforms": _platforms_file,
}
"""By panel; the first row are the names."""
