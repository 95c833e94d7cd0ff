"""The book of the simulation, page by page."""

from __future__ import annotations

import pytest

from campaigns.simulator.check import compare
from campaigns.simulator.oracle import Life, Truth
from campaigns.simulator.pages import way
from campaigns.simulator.phone import Phone
from campaigns.simulator.population import DAY_MS, profile
from campaigns.simulator.records import Assigned, Decided, day_of

DAY = 20_000 * DAY_MS
TODAY = day_of(DAY)


REDIRECT = Decided("r5", "1.a", "a", "order_placed")
SOFT_ASK = Decided("s1", "1.b", "b", "order_placed")


def life(*, platform: str = "ios", asks: bool = True, starts_on: bool = False) -> Life:
    page = Life(platform=platform, asks=asks, starts_on=starts_on)
    page.told(DAY, session=1, screen=0)
    return page


def details(page: Life, measure: str) -> list[str]:
    return [detail for name, _, detail in page.facts() if name == measure]


def test_life__never_opened__counts_nowhere() -> None:
    assert Life(platform="ios", asks=True, starts_on=False).facts() == []


def test_life__android_12__is_on_by_default_and_not_eligible() -> None:
    page = life(platform="android", asks=False, starts_on=True)
    page.saw("on", "", DAY)
    assert {name for name, _, _ in page.facts()} == {"device rows", "devices", "on_by_default"}


def test_life__eligible__stands_in_one_place() -> None:
    page = life()
    for place, final_no in (("undecided", ""), ("off", "refused"), ("on", "")):
        page.saw(place, final_no, DAY)  # type: ignore[arg-type]
        names = [name for name, _, _ in page.facts()]
        assert sum(names.count(name) for name in ("authorized", "denied", "waiting")) == 1


def test_recovery__tapped_within_a_day__is_credited_to_the_tap() -> None:
    page = life()
    page.saw("off", "refused", DAY)
    page.sees(REDIRECT, DAY + 5 * DAY_MS).answer = "t"
    page.saw("on", "", DAY + 5 * DAY_MS + 60_000)
    assert details(page, "recovered") == ["tapped"]
    assert details(page, "recovered by day") == [f"{TODAY} - tapped 00005"]
    assert details(page, "recovered_by") == [
        f"{TODAY} {group} - 00005" for group in ("cause:refused", "app:", "moment:")
    ]
    assert details(page, "recovered_after") == [f"{day_of(DAY + 5 * DAY_MS)} r5 tapped 00000"]


def test_recovery__seen_within_a_week__is_credited_to_the_sight() -> None:
    page = life()
    page.saw("off", "refused", DAY)
    page.sees(REDIRECT, DAY + DAY_MS).answer = "t"
    page.saw("on", "", DAY + 5 * DAY_MS)
    assert details(page, "recovered") == ["seen"]


def test_recovery__nothing_seen__is_organic() -> None:
    page = life()
    page.saw("off", "turned_off", DAY)
    page.saw("on", "", DAY + DAY_MS)
    assert details(page, "denial") == ["turned_off"]
    assert details(page, "recovered") == ["organic"]


def test_lost__removed_after_a_no__unless_recovered() -> None:
    page = life()
    page.saw("off", "refused", DAY)
    page.removed_at = DAY + 2 * DAY_MS
    assert details(page, "lost") == [""]
    assert details(page, "lost by day") == [f"{TODAY} - - 00002"]
    page.saw("on", "", DAY + DAY_MS)
    assert details(page, "lost") == []


def test_refused_once_on_android__is_denied_but_no_denial() -> None:
    page = life(platform="android")
    page.saw("off", "", DAY)
    assert details(page, "denied") == [""]
    assert details(page, "denial") == []


def test_denial__after_a_dialog_of_a_campaign__belongs_to_its_words() -> None:
    page = life()
    page.saw("off", "refused", DAY, SOFT_ASK)
    groups = ("cause:refused", "app:", "moment:order_placed", "campaign:s1", "variant:s1.b")
    assert details(page, "denial_by") == [f"{TODAY} {group} - 00000" for group in groups]


@pytest.mark.parametrize(("later", "named"), [(DAY_MS, True), (DAY_MS + 1, False)])
def test_denial__dialog_that_names_nothing__belongs_to_what_was_seen_within_a_day(
    later: int, named: bool
) -> None:
    page = life()
    page.sees(SOFT_ASK, DAY)
    page.saw("off", "refused", DAY + later)
    assert any("campaign:s1" in detail for detail in details(page, "denial_by")) is named


def test_denial__turned_off_in_settings__belongs_to_nothing_that_was_seen() -> None:
    page = life()
    page.sees(SOFT_ASK, DAY)
    page.saw("off", "turned_off", DAY + 1)
    assert not any("campaign:" in detail for detail in details(page, "denial_by"))


def test_way__has_a_letter_for_each_stage_and_one_for_the_place() -> None:
    page = life()
    page.reaches("order_placed", session=1, screen=2, at=DAY)
    page.sees(SOFT_ASK, DAY).answer = "a"
    page.is_prompted(DAY, SOFT_ASK)
    page.answers_dialog(DAY, granted=True)
    page.saw("on", "", DAY)
    assert way(page) == "rsapxgA"
    groups = {detail.split()[1] for detail in details(page, "funnel_asked")}
    assert {"-", "moment:order_placed", "campaign:s1", "variant:s1.1.b"} < groups
    assert "moment_asked:order_placed" in groups
    assert details(page, "prompt") == [f"{TODAY} - campaign 00000"]


def test_first_ask__keeps_how_it_was_then() -> None:
    page = life()
    page.told(DAY + 3 * 60_000, session=2, screen=7)
    page.reaches("order_placed", session=2, screen=7, at=DAY + 3 * 60_000)
    page.sees(SOFT_ASK, DAY + 3 * 60_000)
    page.told(DAY + DAY_MS, session=3, screen=11)
    page.sees(SOFT_ASK, DAY + DAY_MS)
    met = {detail.split(" ", 1)[1] for detail in details(page, "asked_at")}
    assert met == {
        *("screens open 00007", "sessions open 00002"),
        *("minutes open 00002", "moments open 00001"),
    }
    lived = {detail.split(" ", 1)[1] for detail in details(page, "lived")}
    assert {"screens - 00010", "minutes - 01440"} < lived


def test_interruptions__count_by_month_and_by_their_answers_in_order() -> None:
    page = life()
    page.sees(SOFT_ASK, DAY).answer = "d"
    page.sees(SOFT_ASK, DAY + DAY_MS)
    page.says_never()
    page.sees(REDIRECT, DAY + 40 * DAY_MS).answer = "y"
    assert details(page, "exposure") == [
        *(f"{TODAY} - d 00001", f"{TODAY} - s 00002", f"{TODAY} - y 00003"),
    ]
    assert details(page, "never_after") == [f"{TODAY} - - 00002"]
    assert [detail[-5:] for detail in details(page, "interrupted")] == ["00002", "00001"]
    assert details(page, "campaign_times")[0] == f"{TODAY} s1 - 00002"


def test_trial__holdout_that_came_back__is_recovered_since_the_assignment() -> None:
    page = life()
    page.saw("off", "refused", DAY)
    page.assigned["r5"] = Assigned("holdout", "1", DAY + 2 * DAY_MS)
    page.saw("on", "", DAY + 9 * DAY_MS)
    day = day_of(DAY + 2 * DAY_MS)
    assert details(page, "trial") == [f"{day} r5.1.holdout AR 00007"]
    assert details(page, "assigned_recovered") == [f"{day} r5 holdout 00007"]
    assert details(page, "assigned_authorized") == [f"{day} r5 holdout 00000"]


def test_life__unheard__is_a_row_and_counts_nowhere() -> None:
    page = life()
    page.unheard = True
    assert page.facts() == [("device rows", "ios", "")]


def _phone(kind: str) -> Phone:
    people = (profile(seed=1, index=index, until=DAY, days=9) for index in range(9999))
    return Phone.of(next(who for who in people if who.kind == kind and not who.provisional))


def test_phone__ios__asks_once() -> None:
    phone = _phone("ios")
    assert phone.can_ask(DAY)
    phone.answer("denied", DAY)
    assert (phone.can_ask(DAY), phone.final_no(), phone.place(DAY)) == (False, "refused", "off")


def test_phone__android__asks_twice_and_a_swipe_is_free() -> None:
    phone = _phone("android_13")
    phone.answer("dismissed", DAY)
    phone.answer("denied", DAY)
    assert (phone.can_ask(DAY), phone.final_no(), phone.place(DAY)) == (True, "", "off")
    phone.answer("denied", DAY)
    assert (phone.can_ask(DAY), phone.final_no()) == (False, "refused")


def test_phone__chromium__sulks_for_a_week_after_three_dismissals() -> None:
    phone = _phone("web")
    for _ in range(3):
        phone.answer("dismissed", DAY)
    sulks = phone.profile.browser in ("Chrome", "Edge")
    assert (phone.place(DAY) == "off") is sulks
    assert phone.place(DAY + 8 * DAY_MS) == "undecided"


def test_compare__one_device_too_many__is_told_with_its_platform_and_in_total() -> None:
    truth = Truth()
    truth.close(life())
    shown = truth.copy()
    for fact, n in list(truth.items()):
        shown[fact[0], "all", fact[2]] += n
    del shown["device rows", "ios", ""]
    assert not [
        row for row in compare(truth=truth, shown=shown, leave_out=frozenset()) if row.difference
    ]
    shown["devices", "ios", ""] += 1
    shown["devices", "all", ""] += 1
    wrong = [
        row for row in compare(truth=truth, shown=shown, leave_out=frozenset()) if row.difference
    ]
    assert [(row.measure, row.platform, row.difference) for row in wrong] == [
        ("devices", "all", 1),
        ("devices", "ios", 1),
    ]
