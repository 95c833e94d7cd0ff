"""What is worth an alert, and what is only noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from campaigns.domain.alert_rules import (
    BASELINE_DAYS,
    RECENT_DAYS,
    RULES,
    ArmDevices,
    DayCount,
    Finding,
    LostWebhook,
    Ratio,
    Signals,
    VersionCount,
    findings,
    read_rules,
    scatter,
    settings_of,
)
from campaigns.domain.alert_words import say
from permissions_app.domain.edits import Invalid

USUAL = settings_of({})
LENGTH = RECENT_DAYS + BASELINE_DAYS


def days(counts: Sequence[tuple[int, int]]) -> tuple[DayCount, ...]:
    """Days that end today, from (all, hits)."""
    first = date(2026, 11, 30) - timedelta(days=len(counts) - 1)
    return tuple(
        DayCount((first + timedelta(days=n)).isoformat(), whole, hits)
        for n, (whole, hits) in enumerate(counts)
    )


def grants(before: tuple[int, int], recent: tuple[int, int]) -> Signals:
    counted = days([before] * BASELINE_DAYS + [recent] * RECENT_DAYS)
    return Signals(grants={"ios": counted})


def kinds(signals: Signals, **changes: int) -> list[tuple[str, str]]:
    settings = dict(USUAL)
    for kind, threshold in changes.items():
        settings[kind] = replace(settings[kind], threshold=threshold)
    return [(one.kind, one.subject) for one in findings(signals=signals, settings=settings)]


def test_grant_drop__from_60_to_40_percent__alarms_with_its_numbers() -> None:
    (found,) = findings(signals=grants((100, 60), (100, 40)), settings=USUAL)
    assert (found.kind, found.subject) == ("grant_drop", "ios")
    assert found.evidence["recent"] == [300, 120]
    assert found.evidence["before"] == [2800, 1680]
    said = say(kind=found.kind, subject=found.subject, evidence=found.evidence)
    assert "40.0\u202f% of 300 answers" in said.text
    assert "60.0\u202f% in the 28 days before" in said.text


@pytest.mark.parametrize(
    ("signals", "why"),
    [
        (grants((100, 60), (100, 57)), "below the threshold"),
        (grants((100, 60), (16, 6)), "too few now"),
        (grants((7, 4), (100, 10)), "too few before"),
        (grants((100, 60), (20, 10)), "large, but chance may explain it"),
        (grants((100, 40), (100, 60)), "better, not worse"),
    ],
)
def test_grant_drop__not_enough_reason__silent(signals: Signals, why: str) -> None:
    assert kinds(signals) == [], why


def test_grant_drop__days_that_always_scatter__raise_the_bar() -> None:
    calm = [(100, 60)] * BASELINE_DAYS
    wild = [(100, 85), (100, 35)] * (BASELINE_DAYS // 2)
    recent = [(100, 47)] * RECENT_DAYS
    assert kinds(Signals(grants={"ios": days(calm + recent)})) == [("grant_drop", "ios")]
    assert kinds(Signals(grants={"ios": days(wild + recent)})) == []


def test_grant_drop__years_of_noise__a_false_alarm_in_several_years() -> None:
    """Fifty years without any change, looked at every day; the true rate moves by two points from day to day."""
    random = np.random.default_rng(7)
    alarms, length = 0, 365 + LENGTH
    for _ in range(50):
        size = int(random.integers(30, 400))
        rate = random.uniform(0.2, 0.8) + random.normal(0, 0.02, size=length)
        hits = random.binomial(size, np.clip(rate, 0.01, 0.99))
        counted = days([(size, int(n)) for n in hits])
        ringing = False
        for end in range(LENGTH, length):
            signals = Signals(grants={"ios": counted[end - LENGTH : end]})
            rings = bool(findings(signals=signals, settings=USUAL))
            alarms += rings and not ringing
            ringing = rings
    assert alarms <= 12, f"{alarms} alarms in 50 years"


def test_grant_drop__real_drop_of_fifteen_points__is_found_nearly_always() -> None:
    random = np.random.default_rng(8)
    found = 0
    for _ in range(200):
        before = [(150, int(n)) for n in random.binomial(150, 0.6, size=BASELINE_DAYS)]
        recent = [(150, int(n)) for n in random.binomial(150, 0.45, size=RECENT_DAYS)]
        found += bool(kinds(Signals(grants={"ios": days(before + recent)})))
    assert found > 180


def test_scatter__few_days_or_none__is_chance_alone() -> None:
    assert scatter([]) == 1.0
    assert scatter(days([(100, 90), (100, 10)])) == 1.0
    assert scatter(days([(100, 0)] * 10)) == 1.0


def version(name: str, answered: int, refused: int, *, new: bool) -> VersionCount:
    return VersionCount("ios", name, new, answered, refused)


def test_denial_spike__new_version_refused_more__alarms() -> None:
    seen = (
        version("4.2", 200, 140, new=True),
        version("4.1", 900, 360, new=False),
        version("4.0", 100, 40, new=False),
    )
    (found,) = findings(signals=Signals(versions=seen), settings=USUAL)
    assert (found.kind, found.subject) == ("denial_spike", "ios 4.2")
    said = say(kind=found.kind, subject=found.subject, evidence=found.evidence)
    assert "70.0\u202f%" in said.text
    assert "40.0\u202f% in the versions before it" in said.text


@pytest.mark.parametrize(
    "seen",
    [
        (version("4.2", 200, 90, new=True), version("4.1", 900, 360, new=False)),
        (version("4.2", 40, 38, new=True), version("4.1", 900, 360, new=False)),
        (version("4.2", 200, 140, new=True), version("4.1", 90, 36, new=False)),
        (version("4.2", 200, 140, new=False), version("4.1", 900, 360, new=False)),
        (
            version("4.2", 200, 140, new=True),
            VersionCount("android", "4.1", False, 900, 360),
        ),
    ],
    ids=["within chance", "too few", "nothing to hold it against", "old", "another platform"],
)
def test_denial_spike__no_reason__silent(seen: tuple[VersionCount, ...]) -> None:
    assert kinds(Signals(versions=seen)) == []


def dialogs(outside: int, *, asking: frozenset[str] = frozenset({"ios"})) -> Signals:
    return Signals(dialogs={"ios": days([(100, outside)] * 7)}, asking=asking)


def test_outside__more_than_the_threshold_for_certain__alarms() -> None:
    assert kinds(dialogs(12)) == [("outside", "ios")]
    assert kinds(dialogs(5)) == []
    assert kinds(dialogs(12), outside=30) == []


def test_outside__no_live_soft_ask__nothing_to_be_outside_of() -> None:
    assert kinds(dialogs(100, asking=frozenset({"android"}))) == []


def silent(hours: float | None, devices: int, *, simulated: bool = False) -> Signals:
    arrived = [("2026-11-20", devices)] * 14
    return Signals(arrived=arrived, silent_hours=hours, simulated=simulated)


def test_stalled__silence_where_devices_come_daily__alarms() -> None:
    assert kinds(silent(7, 100)) == [("stalled", "")]


@pytest.mark.parametrize(
    "signals",
    [
        silent(5, 1000),
        silent(30, 3),
        silent(None, 0),
        silent(99, 0),
        silent(7, 100, simulated=True),
    ],
    ids=["short", "small app", "never", "nobody before", "simulated"],
)
def test_stalled__usual_silence__silent(signals: Signals) -> None:
    assert kinds(signals) == []


def test_lag__from_the_threshold_on__alarms() -> None:
    assert kinds(Signals(behind_seconds=600)) == [("lag", "")]
    assert kinds(Signals(behind_seconds=599)) == []
    assert kinds(Signals(behind_seconds=600), lag=11) == []
    assert kinds(Signals(behind_seconds=None)) == []


def test_ratio__mismatch__names_the_arms() -> None:
    arms = (ArmDevices("a", 700, 500.0), ArmDevices("holdout", 300, 500.0))
    ratio = Ratio("s7", "Shipping news", 7, True, 1e-9, True, arms)
    (found,) = findings(signals=Signals(ratios=(ratio,)), settings=USUAL)
    said = say(kind=found.kind, subject=found.subject, evidence=found.evidence)
    assert "“Shipping news”" in said.title
    assert "700 in variant A (500 planned), 300 in the holdout" in said.text
    assert kinds(Signals(ratios=(replace(ratio, mismatch=False),))) == []


def test_rules__switched_off__silent() -> None:
    off = settings_of({"lag": {"on": False}})
    assert findings(signals=Signals(behind_seconds=9999), settings=off) == ()


@pytest.mark.parametrize(
    "stored", [{}, {"lag": 7}, {"lag": {"threshold": "x"}}, {"lag": {"threshold": 0}}, {"other": 1}]
)
def test_settings__nonsense_stored__the_usual(stored: dict[str, object]) -> None:
    assert settings_of(stored) == USUAL


def test_read_rules__form__stored_and_read_again() -> None:
    told: dict[str, tuple[bool, str]] = {rule.kind: (rule.kind != "lag", "7") for rule in RULES}
    found = settings_of(read_rules(told))
    assert not found["lag"].on
    assert found["outside"].threshold == 7
    assert found["ratio"].on


@pytest.mark.parametrize("text", ["", "0", "-1", "5.5", "x", "999999", "51", "٣"])
def test_read_rules__no_number_in_range__says_which(text: str) -> None:
    told: dict[str, tuple[bool, str]] = {rule.kind: (True, "5") for rule in RULES}
    told["grant_drop"] = (True, text)
    with pytest.raises(Invalid) as caught:
        read_rules(told)
    assert caught.value.errors == {"grant_drop": "A whole number from 1 to 50."}


def test_say__every_kind__title_text_and_advice() -> None:
    everything = Signals(
        grants=grants((100, 60), (100, 40)).grants,
        versions=(version("4.2", 200, 140, new=True), version("4.1", 900, 360, new=False)),
        dialogs=dialogs(30).dialogs,
        asking=frozenset({"ios"}),
        arrived=[("2026-11-20", 100)],
        silent_hours=9,
        behind_seconds=7200,
        ratios=(Ratio("s7", "X", 7, True, 0.0, True, (ArmDevices("a", 1, 2.0),)),),
        webhooks=(LostWebhook(3, "CRM", "gone", "2026-11-20T10:00:00+00:00", ()),),
    )
    found: tuple[Finding, ...] = findings(signals=everything, settings=USUAL)
    assert [one.kind for one in found] == [rule.kind for rule in RULES]
    for one in found:
        said = say(kind=one.kind, subject=one.subject, evidence=one.evidence)
        assert said.title
        assert said.text.endswith(".")
        assert said.advice.startswith("Look ")


def test_say__kind_that_is_gone__does_not_fail() -> None:
    assert say(kind="old", subject="x", evidence={}).title == "old"
