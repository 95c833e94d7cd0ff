"""What devices are found by."""

from __future__ import annotations

from typing import Any

import pytest

from permissions_app.domain.device import (
    DAY_MS,
    ArmFacts,
    CampaignFacts,
    Denial,
    DeviceFacts,
    Exposure,
    FirstAsk,
    MomentFacts,
)
from permissions_app.domain.facets import MOMENT_WIDTH, MOST, NEVER, Facet, facet, version_order

DAY = 20_000


def of(**facts: Any) -> Facet:
    """The facet of an iOS device first seen on DAY."""
    told: dict[str, Any] = {
        "platform": "ios",
        "first_seen_at": DAY * DAY_MS,
        "last_seen_at": DAY * DAY_MS,
    } | facts
    found = facet(DeviceFacts(**told))
    assert found is not None
    return found


def test_facet__device_that_never_told_its_platform__has_none() -> None:
    assert facet(DeviceFacts(first_seen_at=5)) is None


def test_facet__what_a_client_tells__is_named_as_the_groups_are() -> None:
    found = of(os_version="18.1", app_version="4.10.2", locale="pt_BR", country="br")
    assert (found.os, found.app_version, found.locale) == ("18", "4.10.2", "pt-BR")
    assert (found.language, found.country) == ("pt", "BR")
    assert of(platform="web", browser="chrome").os == "chrome"
    assert of().country == "unknown"


def test_facet__denied_again_after_a_recovery__the_no_is_the_present_one() -> None:
    found = of(
        status="denied",
        cause="turned_off",
        status_at=(DAY + 30) * DAY_MS,
        denial=Denial((DAY + 1) * DAY_MS, "refused"),
        recovered_at=(DAY + 9) * DAY_MS,
    )
    assert (found.denied, found.first_denial) == (DAY + 30, DAY + 1)
    assert (found.recovered, found.off_again) == (DAY + 9, DAY + 30)


def test_facet__recovered_device__keeps_its_first_denial_as_the_no() -> None:
    found = of(
        status="authorized",
        status_at=(DAY + 9) * DAY_MS,
        denial=Denial((DAY + 1) * DAY_MS, "refused"),
        recovered_at=(DAY + 9) * DAY_MS,
    )
    assert (found.denied, found.off_again, found.cause) == (DAY + 1, None, None)


def test_facet__moment_on_the_day_of_the_no__counts_only_after_it() -> None:
    no = DAY * DAY_MS + 1000
    before = MomentFacts(1, no - 1, no - 1)
    after = MomentFacts(3, no - 500, no + 500, earlier=(no, no - 500))
    found = of(
        status="denied", cause="refused", status_at=no, moments={"order": before, "goal": after}
    )
    assert found.moments == ("goal", "order")
    goal, order = (
        found.moment_numbers[:MOMENT_WIDTH],
        found.moment_numbers[MOMENT_WIDTH:],
    )
    assert order == (1, 0, DAY, DAY, NEVER, NEVER, NEVER, NEVER)
    assert goal == (3, 1, DAY, DAY, DAY, DAY, NEVER, NEVER)
    assert found.moment_since_no == DAY
    assert of(status="denied", status_at=no, moments={"order": before}).moment_since_no is None


def test_facet__told_in_another_order__is_the_same() -> None:
    seen = CampaignFacts(first_shown_at=5, arms={"1.b": ArmFacts(5), "1.a": ArmFacts(6)})
    back = CampaignFacts(first_shown_at=5, arms={"1.a": ArmFacts(6), "1.b": ArmFacts(5)})
    moments = {"order": MomentFacts(1, 1, 1), "goal": MomentFacts(2, 2, 2)}
    one = of(moments=moments, campaigns={"s10": seen, "r2": seen})
    other = of(moments=dict(reversed(moments.items())), campaigns={"r2": back, "s10": back})
    assert one == other


def test_facet__settings_opened_before_switching_off__was_not_in_vain() -> None:
    opened = DAY * DAY_MS + 5
    off = of(status="denied", status_at=opened + 1, settings_opened_at=opened)
    assert (off.settings_opened, off.settings_in_vain) == (DAY, None)
    still = of(status="denied", status_at=opened - 1, settings_opened_at=opened)
    assert still.settings_in_vain == DAY
    assert of(status="authorized", settings_opened_at=opened).settings_in_vain is None


def test_facet__what_was_shown__is_kept_with_its_days() -> None:
    found = of(
        exposures=tuple(Exposure("soft_ask", (DAY + n) * DAY_MS) for n in (1, 4)),
        campaigns={
            "s1": CampaignFacts(1, first_shown_at=5, arms={"2.a": ArmFacts(5)}),
            "s2": CampaignFacts(accepted=1),
        },
        first_ask=FirstAsk(at=(DAY + 1) * DAY_MS, by="soft_ask", moment="order"),
    )
    assert found.interruptions == (DAY + 4, DAY + 1)
    assert found.saw == ("s1", "s1.2.a")
    assert (found.first_asked, found.asked_moment, found.asked_app) == (DAY + 1, "order", "unknown")


def test_facet__numbers_beyond_a_small_column__stay_at_its_end() -> None:
    found = of(sessions=99_999, moments={"order": MomentFacts(99_999, 5, (MOST + 9) * DAY_MS)})
    assert found.sessions == MOST
    assert (found.moment_numbers[0], found.moment_numbers[3]) == (MOST, MOST)


def test_facet__device_without_a_dialog__takes_no_way() -> None:
    assert of().way == "W"
    assert of(platform="android", api_level=30).way is None


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [
        ("4.9", "4.10"),
        ("4", "4.0.1"),
        ("4.2.0-beta", "4.2.1"),
        ("9.9.9.9", "10"),
        ("1", "99999999"),
    ],
)
def test_version_order__newer_version__is_larger(smaller: str, larger: str) -> None:
    low, high = version_order(smaller), version_order(larger)
    assert low is not None
    assert high is not None
    assert low < high


def test_version_order__same_version_written_differently__is_the_same() -> None:
    assert version_order("4.2") == version_order("4.2.0") == version_order("4.2+77")
    assert version_order("next") is None
    assert version_order(None) is None
