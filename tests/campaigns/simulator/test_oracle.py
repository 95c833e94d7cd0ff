"""The book of the simulation, page by page."""

from __future__ import annotations

from campaigns.simulator.check import compare
from campaigns.simulator.oracle import Life, Truth
from campaigns.simulator.phone import Phone
from campaigns.simulator.population import DAY_MS, profile

DAY = 20_000 * DAY_MS


def life(*, platform: str = "ios", asks: bool = True, starts_on: bool = False) -> Life:
    return Life(platform=platform, asks=asks, starts_on=starts_on, opened_at=DAY)


def details(page: Life, measure: str) -> list[str]:
    return [detail for name, _, detail in page.facts() if name == measure]


def test_life__never_opened__counts_nowhere() -> None:
    assert Life(platform="ios", asks=True, starts_on=False).facts() == []


def test_life__android_12__is_on_by_default_and_not_eligible() -> None:
    page = life(platform="android", asks=False, starts_on=True)
    page.saw("on", "", DAY)
    assert {name for name, _, _ in page.facts()} == {"devices", "on_by_default"}


def test_life__eligible__stands_in_one_place() -> None:
    page = life()
    for place, final_no in (("undecided", ""), ("off", "refused"), ("on", "")):
        page.saw(place, final_no, DAY)  # type: ignore[arg-type]
        names = [name for name, _, _ in page.facts()]
        assert sum(names.count(name) for name in ("authorized", "denied", "waiting")) == 1


def test_recovery__tapped_within_a_day__is_credited_to_the_tap() -> None:
    page = life()
    page.saw("off", "refused", DAY)
    page.redirects_seen.append(DAY * 1 + 5 * DAY_MS)
    page.redirects_tapped.append(DAY + 5 * DAY_MS + 1000)
    page.saw("on", "", DAY + 5 * DAY_MS + 60_000)
    assert details(page, "recovered") == ["tapped"]
    assert details(page, "recovered by age") == ["005"]


def test_recovery__seen_within_a_week__is_credited_to_the_sight() -> None:
    page = life()
    page.saw("off", "refused", DAY)
    page.redirects_seen.append(DAY + DAY_MS)
    page.redirects_tapped.append(DAY + DAY_MS)
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
    page.saw("on", "", DAY + DAY_MS)
    assert details(page, "lost") == []


def test_refused_once_on_android__is_denied_but_no_denial() -> None:
    page = life(platform="android")
    page.saw("off", "", DAY)
    assert details(page, "denied") == [""]
    assert details(page, "denial") == []


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
    shown["device rows", "all", ""] = 1
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
