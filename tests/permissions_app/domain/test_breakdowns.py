"""What a device adds to the groups that designers look at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from permissions_app.domain.breakdowns import step
from permissions_app.domain.device import ANSWERS_KEPT, DAY_MS, DeviceFacts, FirstAsk
from permissions_app.domain.events import Event, EventContext, RawPermission
from permissions_app.domain.fold import fold
from permissions_app.domain.measures import Cell, contributions
from permissions_app.domain.standing import Assignment, Standing

ID = "00000000-0000-7000-8000-000000000001"
ASK = f"{ID}.s1.2.a.order_placed"
REDIRECT = f"{ID}.r4.1.b.order_placed"


def lived(*told: tuple[int, str, dict[str, Any]]) -> DeviceFacts:
    """The facts after events of (time in ms, type, body)."""
    events = [
        Event(f"{number:036d}", kind, at, EventContext(**body))
        for number, (at, kind, body) in enumerate(told)
    ]
    return fold(facts=DeviceFacts(), events=events)


def cells(facts: DeviceFacts, *measures: str, standing: Standing | None = None) -> list[Cell]:
    """The cells of some measures, in order."""
    found: Iterable[Cell] = contributions(facts=facts, standing=standing or Standing())
    return sorted(cell for cell in found if cell[0] in measures)


OPENED = (
    0,
    "session_started",
    {
        "platform": "ios",
        "os_version": "18.2",
        "app_version": "4.1",
        "locale": "de_DE",
        "country": "de",
        "session_index": 1,
        "screen_index": 1,
    },
)


def test_funnel__asked_and_refused__one_way_in_each_group_of_both_cohorts() -> None:
    day = DAY_MS
    facts = lived(
        OPENED,
        (day, "moment_reached", {"moments": ("order_placed",), "screen_index": 7}),
        (day + 1, "soft_ask_shown", {"decision_id": ASK}),
        (day + 2, "soft_ask_accepted", {"decision_id": ASK}),
        (day + 3, "native_prompt_answered", {"decision_id": ASK, "outcome": "denied"}),
    )
    groups = {
        "",
        "os:18",
        "app:4.1",
        "locale:de-DE",
        "country:DE",
        "moment:order_placed",
        "campaign:s1",
        "variant:s1.2.a",
    }
    assert {(cell[1], cell[3], cell[4]) for cell in cells(facts, "funnel")} == {
        (0, group, "rsapxD") for group in groups
    }
    asked = groups | {"app_asked:4.1", "moment_asked:order_placed"}
    assert {(cell[1], cell[3], cell[4]) for cell in cells(facts, "funnel_asked")} == {
        (1, group, "rsapxD") for group in asked
    }


def test_funnel__device_that_told_nothing_of_itself__unknown() -> None:
    facts = lived((0, "session_started", {"platform": "ios"}))
    assert {cell[3] for cell in cells(facts, "funnel")} == {
        "",
        "os:unknown",
        "app:unknown",
        "locale:unknown",
        "country:unknown",
    }
    assert {cell[4] for cell in cells(facts, "funnel")} == {"W"}


def test_funnel__on_by_default__not_counted() -> None:
    facts = lived((0, "session_started", {"platform": "android", "api_level": 30}))
    assert cells(facts, "funnel", "lived") == []


def test_app_asked__updated_since__the_version_that_asked() -> None:
    facts = lived(
        OPENED,
        (5, "native_prompt_shown", {}),
        (9, "session_started", {"app_version": "5.0"}),
    )
    found = {cell[3] for cell in cells(facts, "funnel_asked")}
    assert {"app:5.0", "app_asked:4.1", "moment_asked:"} <= found


def test_first_ask__dialog_first_then_soft_ask__the_dialog_with_the_experience_so_far() -> None:
    facts = lived(
        OPENED,
        (60_000, "moment_reached", {"moments": ("order_placed", "goal_set")}),
        (90_000, "native_prompt_shown", {"session_index": 2, "screen_index": 9}),
        (99_000, "soft_ask_shown", {"decision_id": ASK, "screen_index": 30}),
    )
    assert facts.first_ask == FirstAsk(
        at=90_000, by="dialog", app_version="4.1", session=2, screen=9, moments=2
    )


def test_timing__asked_and_granted__experience_then_and_now_in_steps() -> None:
    facts = lived(
        OPENED,
        (130_000, "native_prompt_answered", {"outcome": "granted", "screen_index": 7}),
        (DAY_MS * 2, "session_started", {"session_index": 9, "screen_index": 33}),
    )
    assert {cell[3:] for cell in cells(facts, "asked_at")} == {
        ("screens", "granted", 7),
        ("sessions", "granted", 1),
        ("minutes", "granted", 2),
        ("moments", "granted", 0),
    }
    assert {(cell[3], cell[5]) for cell in cells(facts, "lived")} == {
        ("screens", 30),
        ("sessions", 8),
        ("minutes", 1440),
        ("moments", 0),
    }


def test_timing__client_tells_no_screens__no_step() -> None:
    facts = lived((0, "session_started", {"platform": "ios"}), (5, "native_prompt_shown", {}))
    assert "screens" not in {cell[3] for cell in cells(facts, "asked_at", "lived")}
    assert step(kind="screens", value=0) is None
    assert step(kind="minutes", value=0) == 0


def test_prompt__after_a_soft_ask_or_not__campaign_or_outside() -> None:
    ours = lived(
        OPENED, (1, "soft_ask_shown", {"decision_id": ASK}), (2, "native_prompt_shown", {})
    )
    cold = lived(OPENED, (1, "native_prompt_shown", {}))
    late = lived(OPENED, (1, "native_prompt_shown", {}), (2, "soft_ask_shown", {}))
    assert [cell[4] for cell in cells(ours, "prompt")] == ["campaign"]
    assert [cell[4] for cell in cells(cold, "prompt")] == ["outside"]
    assert [cell[4] for cell in cells(late, "prompt")] == ["outside"]


REFUSED = (
    DAY_MS,
    "native_prompt_answered",
    {
        "decision_id": ASK,
        "outcome": "denied",
        "permission": RawPermission(library="ios", value=1),
    },
)


def test_denial__recovered__every_group_has_it_with_its_age() -> None:
    facts = lived(
        OPENED,
        REFUSED,
        (DAY_MS * 5, "permission_status", {"permission": RawPermission(library="ios", value=2)}),
    )
    groups = {
        "cause:refused",
        "app:4.1",
        "moment:order_placed",
        "campaign:s1",
        "variant:s1.a",
    }
    assert {cell[3] for cell in cells(facts, "denial_by")} == groups
    assert {(cell[1], cell[3], cell[5]) for cell in cells(facts, "recovered_by")} == {
        (1, group, 4) for group in groups
    }
    assert cells(facts, "lost_by") == []


def test_denial__removed__lost_in_every_group_and_in_its_arm() -> None:
    facts = lived(OPENED, REFUSED, (DAY_MS * 3, "app_removed", {}))
    standing = Standing(assigned={"r4": Assignment("holdout", DAY_MS * 2)})
    assert {cell[5] for cell in cells(facts, "lost_by")} == {2}
    assert cells(facts, "assigned_lost", "assigned_recovered", standing=standing) == [
        ("assigned_lost", 2, "ios", "r4", "holdout", 1)
    ]


def test_fatigue__answers_stand_in_the_order_of_the_showings() -> None:
    other = ASK.replace(ID, ID[:-1] + "2")
    facts = lived(
        OPENED,
        (1, "soft_ask_shown", {"decision_id": ASK}),
        (2, "soft_ask_shown", {"decision_id": other}),
        (3, "soft_ask_declined", {"decision_id": ASK}),
        (4, "redirect_shown", {"decision_id": REDIRECT}),
        (5, "redirect_tapped", {"decision_id": REDIRECT}),
        (6, "never_ask", {}),
        (DAY_MS * 40, "soft_ask_shown", {}),
    )
    assert facts.answers_in_order == "dsts"
    assert [(cell[4], cell[5]) for cell in cells(facts, "exposure")] == [
        ("d", 1),
        ("s", 2),
        ("s", 4),
        ("t", 3),
    ]
    assert [(cell[1], cell[5]) for cell in cells(facts, "interrupted")] == [(0, 3), (30, 1)]
    assert [cell[5] for cell in cells(facts, "never_after")] == [3]


def test_fatigue__many_interruptions__the_first_answers_stay_where_they_are() -> None:
    shown = [
        (at, "soft_ask_shown", {"decision_id": ASK.replace(ID, f"{ID[:-3]}{at:03d}")})
        for at in range(1, ANSWERS_KEPT + 6)
    ]
    last = ANSWERS_KEPT + 5
    answered = (999, "soft_ask_accepted", {"decision_id": ASK.replace(ID, f"{ID[:-3]}{last:03d}")})
    facts = lived(OPENED, *shown, answered)
    assert facts.answers_in_order == "s" * ANSWERS_KEPT
    assert max(cell[5] for cell in cells(facts, "exposure")) == 20


@pytest.mark.parametrize(("shown", "age"), [(3, 3), (45, 20)])
def test_campaign_times__how_often_a_device_saw_it(shown: int, age: int) -> None:
    facts = lived(
        OPENED, *((at, "soft_ask_shown", {"decision_id": ASK}) for at in range(1, shown + 1))
    )
    assert [cell[5] for cell in cells(facts, "campaign_times")] == [age]


def test_assigned_authorized__by_arm__where_the_device_stands() -> None:
    facts = lived(OPENED, (5, "native_prompt_answered", {"outcome": "granted"}))
    standing = Standing(assigned={"s1": Assignment("a", 3), "t1": Assignment("late", 3)})
    assert [cell[3:5] for cell in cells(facts, "assigned_authorized", standing=standing)] == [
        ("s1", "a"),
        ("t1", "late"),
    ]
