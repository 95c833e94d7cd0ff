"""What happens after each answer, in sentences and dates."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from campaigns.domain.drafts import RedirectDraft, SoftAskDraft
from campaigns.domain.next_steps import (
    Outcome,
    Turn,
    after_answer,
    after_close,
    after_decline,
    after_never,
    after_return,
    days,
    dialog_answers,
    earliest_redirect,
    in_words,
)
from permissions_app.domain.platforms import RULES

TODAY = date(2026, 11, 25)


def ask(**changes: Any) -> SoftAskDraft:
    return SoftAskDraft(name="Shipping news", moment="order_placed", **changes)


def rule(**changes: Any) -> RedirectDraft:
    return RedirectDraft(name="Missed", moment="order_placed", **changes)


def all_of(outcome: Outcome) -> str:
    return " ".join((outcome.heading, *outcome.sentences))


def test_in_words__day__as_people_write_it() -> None:
    assert in_words(date(2026, 12, 9)) == "9 December 2026"


def test_days__one__singular() -> None:
    assert (days(1), days(14)) == ("1 day", "14 days")


def test_after_decline__default_waits__next_ask_in_words_and_dates() -> None:
    outcome = after_decline(draft=ask(), today=TODAY)
    assert outcome.heading == "Nothing was spent"
    assert "The next ask can come in 14 days: not before 9 December 2026." in outcome.sentences
    assert outcome.calendar == (
        Turn("9 December 2026", "14 days after the first no, at the earliest"),
        Turn("8 January 2027", "30 days after the second no, at the earliest"),
        Turn("", "After 3 declines: never again."),
    )


def test_after_decline__more_waits_than_declines__says_what_the_last_wait_is_for() -> None:
    assert "The wait of 90 days" in all_of(after_decline(draft=ask(), today=TODAY))
    fewer = after_decline(draft=ask(backoff_days=(14, 30)), today=TODAY)
    assert "comes into play" not in all_of(fewer)


def test_after_decline__more_declines_than_waits__last_wait_repeats() -> None:
    outcome = after_decline(draft=ask(backoff_days=(7,), max_declines=4), today=TODAY)
    assert [turn.when for turn in outcome.calendar] == [
        "2 December 2026",
        "9 December 2026",
        "16 December 2026",
        "",
    ]


def test_after_decline__one_decline_allowed__never_again_and_no_date() -> None:
    outcome = after_decline(draft=ask(max_declines=1), today=TODAY)
    assert "no soft ask comes again" in all_of(outcome)
    assert outcome.calendar == ()
    assert "2026" not in all_of(outcome)


def test_after_decline__wait_beyond_the_calendar__does_not_raise() -> None:
    draft = ask(backoff_days=(9_999_999,))
    assert "31 December 9999" in all_of(after_decline(draft=draft, today=TODAY))


@pytest.mark.parametrize(
    ("key", "answers"),
    [
        ("ios", ("granted", "refused")),
        ("android_13", ("granted", "refused", "swiped")),
        ("web_chromium", ("granted", "refused", "swiped")),
        ("web_safari", ("granted", "refused")),
    ],
)
def test_dialog_answers__platform__only_what_it_tells_apart(
    key: str, answers: tuple[str, ...]
) -> None:
    assert dialog_answers(RULES[key]) == answers


def test_after_answer__ios_refused__only_settings_from_here() -> None:
    outcome = after_answer(draft=ask(), rules=RULES["ios"], answer="refused", today=TODAY)
    assert outcome.heading == "Denied: from here only Settings"
    assert RULES["ios"].note in outcome.sentences


def test_after_answer__android_refused_once__one_dialog_left_at_another_moment() -> None:
    outcome = after_answer(draft=ask(), rules=RULES["android_13"], answer="refused", today=TODAY)
    assert outcome.heading == "Denied: one dialog is left"
    assert "Only another moment may ask, not before 9 December 2026" in all_of(outcome)


def test_after_answer__android_built_for_an_old_target__one_refusal_is_final() -> None:
    rules = RULES["android_13_old_target"]
    outcome = after_answer(draft=ask(), rules=rules, answer="refused", today=TODAY)
    assert outcome.heading == "Denied: from here only Settings"


def test_after_answer__browser_refused__no_settings_page_is_promised() -> None:
    rules = RULES["web_chromium"]
    outcome = after_answer(draft=ask(), rules=rules, answer="refused", today=TODAY)
    assert outcome.heading == "Denied: from here only the settings of the browser"


def test_after_answer__granted__good_and_final() -> None:
    outcome = after_answer(draft=ask(), rules=RULES["ios"], answer="granted", today=TODAY)
    assert (outcome.tone, outcome.heading) == ("good", "Authorised")


def test_after_answer__swiped__free_on_android_and_counted_in_chromium() -> None:
    android = after_answer(draft=ask(), rules=RULES["android_13"], answer="swiped", today=TODAY)
    chromium = after_answer(draft=ask(), rules=RULES["web_chromium"], answer="swiped", today=TODAY)
    assert "spends nothing" in all_of(android)
    assert "after 3 dismissals or 4 ignores the browser blocks the site for 7 days" in all_of(
        chromium
    )
    assert "until 9 December 2026" in all_of(android)


def test_after_never__anything__nothing_comes_again() -> None:
    assert "no soft ask and no redirect" in all_of(after_never())


def test_after_close__cap_of_three__two_more_dates_then_never() -> None:
    outcome = after_close(draft=rule(), today=TODAY)
    assert [turn.when for turn in outcome.calendar] == ["25 December 2026", "24 January 2027", ""]
    assert "After 3 showings it never comes again" in outcome.calendar[-1].what


def test_after_close__cap_of_one__no_calendar() -> None:
    outcome = after_close(draft=rule(cap=1), today=TODAY)
    assert outcome.calendar == ()
    assert "all this rule allows" in all_of(outcome)


def test_after_return__turned_on__recovered_without_claiming_the_cause() -> None:
    outcome = after_return(draft=rule(), turned_on=True, today=TODAY)
    assert (outcome.tone, outcome.heading) == ("good", "Recovered")
    assert "only the held-out devices can tell" in all_of(outcome)


def test_after_return__still_off__the_showing_counts() -> None:
    outcome = after_return(draft=rule(), turned_on=False, today=TODAY)
    assert "not before 25 December 2026" in all_of(outcome)
    once = after_return(draft=rule(cap=1), turned_on=False, today=TODAY)
    assert "does not come again" in all_of(once)


def test_earliest_redirect__days_since_denial__in_words() -> None:
    assert "not before 28 November 2026" in earliest_redirect(draft=rule(), today=TODAY)
    on_the_day = earliest_redirect(draft=rule(min_days_since_denial=0), today=TODAY)
    assert "very day" in on_the_day
