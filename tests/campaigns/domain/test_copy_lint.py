"""The copy linter. The examples in the rules' own data are most of its tests."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.domain.copy_checks import CHECKS
from campaigns.domain.copy_lint import Finding, Kind, MomentWords, blocking, lint
from campaigns.domain.copy_rules import EXAMPLE, FIELDS, MOMENT, RULES, SEVERITIES, Rule, table
from campaigns.domain.copy_subject import reading_grade, width
from campaigns.domain.copy_words import sentence

PAGE = Path(__file__).parents[3] / "docs" / "copy-rules.md"
ORDER = MomentWords("Order placed", "Order Placed", ("order_id", "total"))
CLEAN = EXAMPLE["copy"]["soft_ask"]
PASSING = [(rule, example) for rule in RULES for example in rule.passing]
FAILING = [(rule, example) for rule in RULES for example in rule.failing]


def names(cases: list[tuple[Rule, Mapping[str, Any]]]) -> list[str]:
    return [rule.id for rule, _ in cases]


def case(example: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of `lint` for an example: the clean text with one thing changed."""
    changed = {key: text for key, text in example.items() if key in {*sum(FIELDS.values(), ())}}
    kind = "redirect" if {"line", "action_label"} & changed.keys() else "soft_ask"
    kind = example.get("kind", kind)
    raw = dict(example.get("moment", EXAMPLE["moment"]))
    known = raw.pop("properties")
    return {
        "copy": {**EXAMPLE["copy"][kind], **changed},
        "kind": kind,
        "surface": example.get("surface", EXAMPLE["surface"][kind]),
        "locale": example.get("locale", EXAMPLE["locale"]),
        "platforms": tuple(example.get("platforms", EXAMPLE["platforms"])),
        "moment": MomentWords(**raw, properties=None if known is None else tuple(known)),
    }


def rewritten(given_case: dict[str, Any], found: Finding) -> dict[str, Any]:
    if found.field == MOMENT:
        known = given_case["moment"].properties
        return {**given_case, "moment": MomentWords(found.rewrite, found.rewrite, known)}
    return {**given_case, "copy": {**given_case["copy"], found.field: found.rewrite}}


@pytest.mark.parametrize(("rule", "example"), PASSING, ids=names(PASSING))
def test_rule__passing_example__silent(rule: Rule, example):
    assert rule.id not in {found.rule for found in lint(**case(example))}


@pytest.mark.parametrize(("rule", "example"), FAILING, ids=names(FAILING))
def test_rule__failing_example__exactly_this_rule_fires(rule: Rule, example):
    assert {found.rule for found in lint(**case(example))} == {rule.id}


@pytest.mark.parametrize(("rule", "example"), FAILING, ids=names(FAILING))
def test_rule__rewrite_of_failing_example__passes(rule: Rule, example):
    given_case = case(example)
    for found in lint(**given_case):
        assert found.rewrite
        after = lint(**rewritten(given_case, found))
        still = {(other.rule, other.field) for other in after}
        assert (rule.id, found.field) not in still
        assert {other.rule for other in after if other.severity != "note"} <= {rule.id}


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_rule__itself__is_complete(rule: Rule):
    assert len(rule.passing) >= 2
    assert len(rule.failing) >= 2
    assert rule.severity in SEVERITIES
    assert rule.source
    assert 20 <= len(rule.reason) <= 160
    assert rule.reason.endswith(".")
    assert ". " not in rule.reason
    assert rule.kinds
    assert rule.check in CHECKS
    for found in (found for example in rule.failing for found in lint(**case(example))):
        assert (found.severity, found.reason, found.source) == (
            rule.severity,
            rule.reason,
            rule.source,
        )
        assert found.language == rule.language


def test_rules__together__at_least_thirty_with_unique_ids():
    assert len(RULES) >= 30
    assert len({rule.id for rule in RULES}) == len(RULES)


def test_page_of_the_rules__is_current():
    assert PAGE.read_text(encoding="utf-8") == table()


@pytest.mark.parametrize("kind", ["soft_ask", "redirect"])
def test_lint__clean_text__no_findings(kind: Kind):
    assert lint(**case({"kind": kind})) == ()


def test_lint__english_words_in_a_german_text__only_rules_about_form():
    copy = {**CLEAN, "title": "Stay informed!"}
    german = lint(copy=copy, kind="soft_ask", surface="sheet", moment=ORDER, locale="de_AT")
    assert {found.rule for found in german} == {"exclamation", "apple-pre-alert-button"}
    english = lint(copy=copy, kind="soft_ask", surface="sheet", moment=ORDER, locale="en-GB")
    assert "generic-stay" in {found.rule for found in english}


def test_lint__finding__points_at_the_words():
    copy = {**CLEAN, "body": "Coffee when ready, so don’t miss out."}
    (found,) = lint(
        copy=copy, kind="soft_ask", surface="sheet", moment=ORDER, platforms=("android",)
    )
    assert found.span is not None
    assert copy["body"][slice(*found.span)] == "don’t miss out"


def test_lint__gravest_first__and_blocking_picks_them():
    copy = {**CLEAN, "title": "Stay informed {{nothing}}", "accept_label": "OK"}
    findings = lint(copy=copy, kind="soft_ask", surface="sheet", moment=ORDER)
    order = [SEVERITIES.index(found.severity) for found in findings]
    assert order == sorted(order)
    assert [found.rule for found in blocking(findings)] == ["placeholder-unknown"]


def test_lint__no_copy_at_all__asks_for_each_text():
    findings = lint(copy={}, kind="soft_ask", surface="sheet", moment=ORDER)
    assert {found.field for found in blocking(findings)} == {
        "title",
        "body",
        "accept_label",
        "decline_label",
    }


def test_lint__unknown_surface__takes_the_largest_limit():
    assert (
        lint(copy=CLEAN, kind="soft_ask", surface="poster", moment=ORDER, platforms=("web",)) == ()
    )


def test_lint__no_event_seen_yet__placeholders_are_not_judged():
    unseen = MomentWords("Order placed", "Order Placed", None)
    findings = lint(copy=CLEAN, kind="soft_ask", surface="sheet", moment=unseen)
    assert not blocking(findings)


def test_lint__continue_alone__is_a_note_and_never_blocks():
    copy = {**CLEAN, "accept_label": "Continue", "decline_label": ""}
    findings = lint(copy=copy, kind="soft_ask", surface="sheet", moment=ORDER)
    assert [(found.rule, found.severity) for found in findings] == [("continue-only", "note")]


@pytest.mark.parametrize(
    ("moment", "title"),
    [
        (ORDER, "Know when your order {{order_id}} is ready"),
        (MomentWords("Reward goal set", "Goal Set"), "Know when your reward goal is reached"),
        (MomentWords("Started a timer", "x"), "Know when your timer is done"),
        (
            MomentWords("Team followed", "x", ("team_name",)),
            "Know when your team {{team_name}} plays",
        ),
        (MomentWords("tickets_bought", "x"), "Know when your tickets are ready to scan"),
        (MomentWords("PhotoUploaded", "x"), "Know when your photo is ready"),
        (MomentWords("App opened", "Opened", ("order_id",)), "Know when your order is ready"),
        (MomentWords("", ""), "Know when your request is answered"),
        (MomentWords("Заказ создан", "42"), "Know when your request is answered"),
    ],
)
def test_sentence__from_a_moment__reads(moment: MomentWords, title: str):
    said = sentence(field="title", moment=moment, language="en")
    assert said.replace(" {{order_id}}", "") == title.replace(" {{order_id}}", "")


def test_sentence__language_without_templates__is_english():
    assert sentence(field="decline_label", moment=ORDER, language="xx") == "Not now"
    assert sentence(field="decline_label", moment=ORDER, language="fr") == "Pas maintenant"


def test_width__placeholders_and_wide_characters__counted_as_shown():
    assert width("Order {{order_id}}") == 14
    assert width("注文") == 4


def test_reading_grade__plain_and_stilted__far_apart():
    plain, stilted = (
        reading_grade("We write when it is ready."),
        reading_grade("Notification availability."),
    )
    assert plain is not None
    assert stilted is not None
    assert plain < 3 < 12 < stilted
    assert reading_grade("…") is None


any_text = st.text(max_size=300) | st.text(alphabet="{}<>*_`!.?& \n’abY", max_size=300)


@settings(max_examples=150, deadline=None)
@given(
    texts=st.lists(any_text, min_size=4, max_size=4),
    name=any_text,
    known=st.none() | st.lists(any_text, max_size=3),
    kind=st.sampled_from(["soft_ask", "redirect"]),
    locale=st.sampled_from(["en", "de-AT", "fr", "xx", ""]) | any_text,
)
def test_lint__any_text__never_raises_and_rewrites_hold(texts, name, known, kind, locale):
    copy = dict(zip(FIELDS[kind], texts, strict=False))
    moment = MomentWords(name, name, None if known is None else tuple(known))
    findings = lint(copy=copy, kind=kind, surface="sheet", moment=moment, locale=locale)
    for found in findings:
        assert found.field in {*FIELDS[kind], MOMENT}
        if found.span is not None:
            assert 0 <= found.span[0] <= found.span[1] <= len(copy[found.field])
        if found.rewrite and found.field != MOMENT:
            again = lint(
                copy={**copy, found.field: found.rewrite},
                kind=kind,
                surface="sheet",
                moment=moment,
                locale=locale,
            )
            assert (found.rule, found.field) not in {(other.rule, other.field) for other in again}


def test_lint__hostile_length__still_fast():
    nasty = dict.fromkeys(FIELDS["soft_ask"], "{{" * 5000 + "a " * 5000 + "<" * 5000)
    started = time.perf_counter()
    lint(copy=nasty, kind="soft_ask", surface="sheet", moment=ORDER)
    assert time.perf_counter() - started < 1


def test_lint__typical_copy__under_three_milliseconds():
    best = min(_seconds(CLEAN) for _ in range(30))
    assert best < 0.003


def _seconds(copy: Mapping[str, str]) -> float:
    started = time.perf_counter()
    lint(copy=copy, kind="soft_ask", surface="sheet", moment=ORDER)
    return time.perf_counter() - started
