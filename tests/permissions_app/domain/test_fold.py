"""What each event means, told as small stories."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from permissions_app.domain.device import ARMS_KEPT, DAY_MS, DeviceFacts
from permissions_app.domain.events import (
    DecisionRef,
    Event,
    EventContext,
    RawPermission,
    parse_decision_id,
)
from permissions_app.domain.fold import fold, with_context

START = 1_790_000_000_000
SOFT_ASK = f"{uuid.UUID(int=1)}.s1.1.b.order_placed"
REDIRECT = f"{uuid.UUID(int=2)}.r1.1.a.order_placed"
IOS: dict[str, Any] = {"platform": "ios", "os_version": "17.1"}
ANDROID: dict[str, Any] = {"platform": "android", "api_level": 34}
CHROME: dict[str, Any] = {"platform": "web", "browser": "chrome"}


class Story:
    """Events of one device, a minute apart unless days are given."""

    def __init__(self, **device: Any) -> None:
        self.device = device
        self.events: list[Event] = []
        self.at = START

    def then(self, kind: str, *, days: float = 0, **body: Any) -> Story:
        """Add what happens next."""
        self.at += int(days * DAY_MS) or 60_000
        context = EventContext(**{**self.device, **body})
        self.events.append(Event(str(uuid.UUID(int=len(self.events))), kind, self.at, context))
        return self

    def status(self, library: str, value: str | int, **more: Any) -> Story:
        """Report a permission value."""
        days = more.pop("days", 0)
        permission = RawPermission(library, value, **more)
        return self.then("permission_status", days=days, permission=permission)

    @property
    def facts(self) -> DeviceFacts:
        """The facts at the end of the story."""
        return fold(facts=DeviceFacts(), events=self.events)


def refused(device: dict[str, Any]) -> Story:
    """A person who accepted the soft ask and refused the OS dialog."""
    return (
        Story(**device)
        .then("moment_reached", name="Order Placed", moments=("order_placed",))
        .then("soft_ask_shown", decision_id=SOFT_ASK)
        .then("soft_ask_accepted", decision_id=SOFT_ASK)
        .then("native_prompt_shown", decision_id=SOFT_ASK)
        .then("native_prompt_answered", outcome="denied", decision_id=SOFT_ASK)
    )


def test_refusal__on_ios__is_final_and_remembers_the_words() -> None:
    facts = refused(IOS).facts
    assert (facts.status, facts.cause) == ("denied", "refused")
    assert facts.denial is not None
    assert (facts.denial.moment, facts.denial.campaign, facts.denial.variant) == (
        "order_placed",
        "s1",
        "b",
    )
    assert (facts.answers, facts.refusals, facts.ask_count) == (1, 1, 1)
    assert facts.exposures[-1].outcome == "accepted"


def test_refusal__first_on_android_13__can_still_be_asked() -> None:
    facts = refused(ANDROID).facts
    assert (facts.status, facts.cause) == ("denied", "refused_once")
    assert facts.denial is None
    assert facts.refused_moment == "order_placed"


def test_refusal__second_on_android_13__is_final() -> None:
    story = refused(ANDROID).then("native_prompt_answered", outcome="denied", days=20)
    assert (story.facts.status, story.facts.cause) == ("denied", "refused")
    assert story.facts.denial is not None


def test_refusal__on_android_with_an_old_target__is_final_at_once() -> None:
    assert refused({**ANDROID, "target_sdk": 30}).facts.cause == "refused"


def test_status__denied_after_authorized__was_turned_off() -> None:
    facts = Story(**IOS).status("ios", 2).status("ios", 1, days=3).facts
    assert (facts.status, facts.cause) == ("denied", "turned_off")


@pytest.mark.parametrize("word", ["denied", "blocked"])
def test_status__library_cannot_tell_why_after_authorized__history_does(word: str) -> None:
    story = Story(**ANDROID).status("react-native-permissions", "granted")
    facts = story.status("react-native-permissions", word, days=3).facts
    assert (facts.status, facts.cause) == ("denied", "turned_off")


def test_status__flutter_denied_without_count_after_granted__was_turned_off() -> None:
    story = Story(**ANDROID).status("permission_handler", "granted")
    facts = story.status("permission_handler", "denied", days=2).facts
    assert (facts.status, facts.cause) == ("denied", "turned_off")


def test_status__flutter_denied_with_no_ask__is_not_determined() -> None:
    facts = Story(**ANDROID).status("permission_handler", "denied", ask_count=0).facts
    assert facts.status == "not_determined"


def test_status__unknown_library__changes_nothing() -> None:
    assert Story(**IOS).status("unheard of", "x").facts.status is None


def test_status__denied_told_again__keeps_cause_and_time() -> None:
    story = refused(IOS)
    before = story.facts
    after = story.status("ios", 1, days=5).facts
    assert (after.cause, after.status_at, after.denial) == (
        before.cause,
        before.status_at,
        before.denial,
    )


def test_embargo__three_dismissals_in_chromium__is_told_apart_from_a_refusal() -> None:
    story = Story(**CHROME)
    for _ in range(3):
        story.then("native_prompt_answered", outcome="dismissed", days=1)
    facts = story.status("web", "denied").facts
    assert (facts.status, facts.cause) == ("denied", "embargoed")
    assert facts.embargoed_until == facts.last_dismissed_at + 7 * DAY_MS  # type: ignore[operator]
    assert facts.denial is None


def test_dismissal__of_the_dialog_on_android__spends_nothing() -> None:
    facts = Story(**ANDROID).then("native_prompt_answered", outcome="dismissed").facts
    assert (facts.answers, facts.refusals, facts.dismissals) == (0, 0, 1)


def test_recovery__authorized_after_denial__is_organic_without_a_redirect() -> None:
    facts = refused(IOS).status("ios", 2, days=10).facts
    assert (facts.recovered_at, facts.recovery) == (facts.last_at, "organic")


def test_recovery__within_a_day_of_a_tap__is_attributed_to_it() -> None:
    story = refused(IOS).then("redirect_shown", decision_id=REDIRECT, days=5)
    story.then("redirect_tapped", decision_id=REDIRECT).then("settings_opened")
    facts = story.status("ios", 2, days=0.5).facts
    assert (facts.recovery, facts.recovery_campaign) == ("tapped", "r1")


def test_recovery__two_days_after_a_tap__counts_as_seen() -> None:
    story = refused(IOS).then("redirect_shown", decision_id=REDIRECT, days=5)
    story.then("redirect_tapped", decision_id=REDIRECT)
    assert story.status("ios", 2, days=2).facts.recovery == "seen"


def test_recovery__eight_days_after_the_redirect__is_organic() -> None:
    story = refused(IOS).then("redirect_shown", decision_id=REDIRECT, days=5)
    assert story.status("ios", 2, days=8).facts.recovery == "organic"


def test_recovery__second_one_after_turning_off_again__is_not_counted_again() -> None:
    story = refused(IOS).status("ios", 2, days=10)
    first = story.facts.recovered_at
    facts = story.status("ios", 1, days=1).status("ios", 2, days=1).facts
    assert facts.recovered_at == first


def test_grant__on_the_second_android_dialog__is_not_a_recovery() -> None:
    story = refused(ANDROID).then("native_prompt_answered", outcome="granted", days=20)
    assert story.facts.status == "authorized"
    assert story.facts.recovered_at is None


def test_provisional__then_the_dialog_is_refused__is_a_refusal_not_turned_off() -> None:
    story = Story(**IOS).status("ios", 3)
    facts = story.then("native_prompt_answered", outcome="denied").facts
    assert facts.cause == "refused"


def test_never_ask__is_kept_from_the_first_time() -> None:
    story = Story(**IOS).then("never_ask")
    first = story.facts.never_ask_at
    assert story.then("never_ask", days=1).facts.never_ask_at == first == START + 60_000


def test_session__after_removal__means_the_app_is_there_again() -> None:
    story = Story(**IOS).then("app_removed")
    assert story.facts.removed_at is not None
    assert story.then("session_started", session_index=2).facts.removed_at is None


def test_sessions__by_index_or_by_count__are_the_larger() -> None:
    counted = Story(**IOS).then("session_started").then("session_started")
    assert counted.facts.sessions == 2
    assert counted.then("session_started", session_index=7).facts.sessions == 7


def test_moments__reached_twice__count_with_first_and_last_time() -> None:
    story = Story(**IOS).then("moment_reached", name="x", moments=("a", "b"))
    facts = story.then("moment_reached", name="x", moments=("a",), days=1).facts
    assert (facts.moments["a"].count, facts.moments["b"].count) == (2, 1)
    assert facts.moments["a"].last_at - facts.moments["a"].first_at == DAY_MS


def test_equal_times__are_folded_as_things_happen() -> None:
    body = EventContext(**CHROME, decision_id=SOFT_ASK)
    answered = EventContext(**CHROME, decision_id=SOFT_ASK, outcome="denied")
    events = [
        Event(str(uuid.UUID(int=1)), "native_prompt_answered", START, answered),
        Event(str(uuid.UUID(int=2)), "soft_ask_accepted", START, body),
        Event(str(uuid.UUID(int=3)), "soft_ask_shown", START, body),
    ]
    facts = fold(facts=DeviceFacts(), events=events)
    assert facts.exposures[-1].outcome == "accepted"
    assert facts.denial is not None
    assert facts.denial.campaign == "s1"


def test_fold__event_older_than_the_facts__is_refused() -> None:
    story = Story(**IOS).then("session_started").then("session_started")
    later = fold(facts=DeviceFacts(), events=story.events[1:])
    with pytest.raises(ValueError, match="not later"):
        fold(facts=later, events=story.events[:1])


def test_context__of_a_decision__counts_for_it_and_changes_nothing() -> None:
    facts = Story(**IOS).status("ios", 0).facts
    now = with_context(
        facts=facts, context=EventContext(permission=RawPermission("ios", 2)), now=START + DAY_MS
    )
    assert (now.status, facts.status) == ("authorized", "not_determined")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "a.b.c.d.e",
        f"{uuid.UUID(int=1)}.x1.1.a.m",
        f"{uuid.UUID(int=1)}.s.1.a.m",
        f"{uuid.UUID(int=1)}.s1.1.a.m.more",
        f"{uuid.UUID(int=1)}.s1.1.a b.m",
        f"{uuid.UUID(int=1)}.s{'9' * 40}.1.a.m",
    ],
)
def test_decision_id__not_one_of_ours__is_none(text: str) -> None:
    assert parse_decision_id(text) is None


def test_decision_id__written_and_read__is_the_same() -> None:
    ref = DecisionRef(str(uuid.UUID(int=5)), "redirect", 12, 3, "b", "order_placed")
    assert parse_decision_id(str(ref)) == ref
    assert ref.campaign_key == "r12"


ANDROID_12: dict[str, Any] = {"platform": "android", "api_level": 31}
IOS_TAB: dict[str, Any] = {"platform": "web", "browser": "Mobile Safari", "standalone": False}


@pytest.mark.parametrize(
    ("device", "readings", "place"),
    [
        (IOS, [], "not_asked"),
        (IOS, [("ios", 3)], "not_asked"),
        (IOS, [("ios", 2)], "authorized"),
        (IOS, [("ios", 1)], "denied"),
        (IOS, [("ios", 1), ("ios", 2)], "authorized"),
        (ANDROID, [("react-native-permissions", "blocked")], "denied"),
        (ANDROID_12, [], "authorized"),
        (IOS_TAB, [], "unsupported"),
        ({}, [], "not_asked"),
    ],
)
def test_moment__first_reached__remembers_where_the_device_stood(
    device: dict[str, Any], readings: list[tuple[str, str | int]], place: str
) -> None:
    story = Story(**device)
    for library, value in readings:
        story.status(library, value)
    story.then("moment_reached", name="Order Placed", moments=("order_placed",))
    story.status("ios", 2)
    assert story.facts.moments["order_placed"].place == place


def test_moment__after_a_first_refusal_on_android__is_denied_for_now() -> None:
    story = Story(**ANDROID).then("native_prompt_answered", outcome="denied")
    story.then("moment_reached", name="Order Placed", moments=("order_placed",))
    assert story.facts.moments["order_placed"].place == "denied_for_now"


def test_moment__tells_the_permission_itself__that_is_the_place() -> None:
    story = Story(**IOS).then(
        "moment_reached", moments=("order_placed",), permission=RawPermission("ios", 1)
    )
    assert story.facts.moments["order_placed"].place == "denied"


def test_moment__again__keeps_session_screen_and_place_of_the_first_time() -> None:
    story = Story(**IOS)
    story.then("moment_reached", moments=("order_placed",), session_index=2, screen_index=0)
    story.status("ios", 2)
    story.then("moment_reached", moments=("order_placed",), session_index=9, screen_index=7)
    moment = story.facts.moments["order_placed"]
    assert (moment.count, moment.session, moment.screen) == (2, 2, 0)
    assert moment.place == "not_asked"


def test_moment__client_counts_nothing__sessions_are_counted_for_it() -> None:
    story = Story(**IOS).then("session_started").then("session_started")
    moment = story.then("moment_reached", moments=("order_placed",)).facts.moments["order_placed"]
    assert (moment.session, moment.screen) == (2, None)


def test_arms__two_revisions__are_remembered_apart() -> None:
    story = Story(**IOS)
    later = SOFT_ASK.replace(".s1.1.b.", ".s1.4.a.")
    story.then("soft_ask_shown", decision_id=SOFT_ASK).then("soft_ask_shown", decision_id=later)
    story.then("soft_ask_accepted", decision_id=later)
    arms = story.facts.campaigns["s1"].arms
    assert set(arms) == {"1.b", "4.a"}
    assert (arms["1.b"].accepted, arms["4.a"].accepted) == (0, 1)
    assert arms["4.a"].first_shown_at == START + 120_000


def test_arms__very_many_revisions__the_first_ones_are_kept() -> None:
    story = Story(**IOS)
    for number in range(ARMS_KEPT + 3):
        story.then("soft_ask_shown", decision_id=SOFT_ASK.replace(".1.b.", f".{number}.b."))
    campaign = story.facts.campaigns["s1"]
    assert set(campaign.arms) == {f"{number}.b" for number in range(ARMS_KEPT)}
    assert campaign.shown == ARMS_KEPT + 3
