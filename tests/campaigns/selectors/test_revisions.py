"""The revisions of a campaign, and what came of each."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from campaigns.models import Campaign
from campaigns.selectors.campaigns import working_copy
from campaigns.selectors.revisions import results_of, revision_rows
from campaigns.services.campaigns import update_campaign
from campaigns.services.steps import take_step
from permissions_app.models import Role, ValueMoment
from tests.factories import Cast, make_rollups, make_soft_ask

DAY = date(2026, 11, 1)


@pytest.fixture
def ask(cast: Cast, moment: ValueMoment) -> Campaign:
    """A soft ask of which one revision is live."""
    return make_soft_ask(cast.app, moment, status="live")


def edited(ask: Campaign, cast: Cast, **changes: Any) -> Campaign:
    now = Campaign.objects.get(pk=ask.pk)
    return update_campaign(
        campaign_id=ask.pk,
        app=cast.app,
        draft=replace(working_copy(now), **changes),
        expected_version=now.version,
        actor=cast.bob,
    )


def take(ask: Campaign, cast: Cast, action: str, note: str = "") -> None:
    person, role = (cast.rita, Role.REVIEWER) if action == "approve" else (cast.bob, Role.EDITOR)
    take_step(campaign_id=ask.pk, app=cast.app, action=action, actor=person, role=role, note=note)


def states(ask: Campaign) -> list[tuple[int, str]]:
    now = Campaign.objects.get(pk=ask.pk)
    return [(row.number, row.state) for row in revision_rows(campaign=now)]


def test_states__life_of_a_campaign__each_revision_says_what_became_of_it(
    cast: Cast, ask: Campaign
) -> None:
    assert states(ask) == [(1, "live")]
    edited(ask, cast, priority=1)
    take(ask, cast, "submit")
    assert states(ask)[0] == (2, "waiting")
    take(ask, cast, "approve")
    assert states(ask)[0] == (2, "approved")
    edited(ask, cast, priority=2)
    assert states(ask)[0] == (2, "void")
    take(ask, cast, "submit")
    take(ask, cast, "withdraw")
    assert states(ask)[0] == (3, "withdrawn")
    take(ask, cast, "submit")
    take(ask, cast, "send_back", note="Shorter")
    assert states(ask)[0] == (4, "sent_back")
    take(ask, cast, "submit")
    take(ask, cast, "approve")
    take(ask, cast, "publish")
    assert states(ask)[0] == (5, "live")
    assert states(ask)[-1] == (1, "published")
    take(ask, cast, "pause")
    assert states(ask)[0] == (5, "latest")


def test_results__sums_over_days_platforms_and_variants(cast: Cast, ask: Campaign) -> None:
    key, later = ask.key, date(2026, 11, 2)
    make_rollups(
        cast.app,
        [
            ("revision_shown", DAY, "ios", key, "1.a", 0, 30),
            ("revision_shown", later, "android", key, "1.a", 0, 10),
            ("revision_shown", DAY, "ios", key, "1.b", 0, 60),
            ("revision_accepted", DAY, "ios", key, "1.a", 0, 20),
            ("revision_accepted", DAY, "ios", key, "1.b", 0, 30),
            ("revision_authorized", later, "ios", key, "1.a", 0, 10),
            ("revision_shown", DAY, "ios", key, "2.a", 0, 5),
            ("revision_shown", DAY, "ios", "s999", "1.a", 0, 7),
            ("campaign_shown", DAY, "ios", key, "", 0, 99),
        ],
    )
    found = results_of(campaign=ask)
    whole, one = found[1][""], found[1]["a"]
    assert (whole.shown, one.shown) == (100, 40)
    assert whole.accepted is not None
    assert whole.accepted.rate == 0.5
    assert one.authorized is not None
    assert one.authorized.rate == 0.25
    assert found[2][""].shown == 5
    assert set(found) == {1, 2}


def test_results__nothing_counted_or_taken_back__no_number(cast: Cast, ask: Campaign) -> None:
    assert results_of(campaign=ask) == {}
    make_rollups(
        cast.app,
        [
            ("revision_shown", DAY, "ios", ask.key, "1.a", 0, 3),
            ("revision_shown", date(2026, 11, 2), "ios", ask.key, "1.a", 0, -3),
            ("revision_accepted", DAY, "ios", ask.key, "1.a", 0, 1),
        ],
    )
    assert results_of(campaign=ask) == {1: {}}
    (row,) = revision_rows(campaign=ask)
    assert row.all_results is None


def test_rows__many_revisions__three_queries(
    cast: Cast, ask: Campaign, django_assert_num_queries: Any
) -> None:
    for number in range(6):
        edited(ask, cast, priority=number)
        take(ask, cast, "submit")
    now = Campaign.objects.get(pk=ask.pk)
    with django_assert_num_queries(3):
        rows = revision_rows(campaign=now)
    assert len(rows) == 7
    assert rows[0].writers == ("Bob",)
