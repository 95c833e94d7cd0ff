"""Segments in a set-up file: written, read again, and what is wrong with other people's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.domain.segments import DEEPEST
from campaigns.domain.setup_file import write_setup
from campaigns.domain.setup_segments import SAW, StoredSegment
from tests.campaigns.domain.test_setup_file import ASK, EMPTY, FULL, fates, planned, said, stored
from tests.properties.segment_documents import documents

KEPT = StoredSegment(
    id=3,
    version=2,
    key="kept",
    name="Kept",
    document={"all": [{"in": ["denied"], "fact": "status"}, {"fact": "os", "in": ["17"]}]},
)
WITH = replace(FULL, segments=(KEPT,))


def test_write__segment__readable_and_in_a_fixed_order() -> None:
    text = write_setup(WITH)
    assert (
        """
segments:
  kept:
    name: Kept
    conditions:
      all:
        - fact: status
          in:
            - denied
        - fact: os
          in:
            - '17'
soft_asks:
"""
        in text
    )
    other = replace(KEPT, id=4, key="a-first")
    assert write_setup(replace(WITH, segments=(KEPT, other))) == write_setup(
        replace(WITH, segments=(other, KEPT))
    )


def test_plan__what_was_written__nothing_to_do() -> None:
    plan = planned(write_setup(WITH), WITH)
    assert set(fates(plan).values()) == {"unchanged"}
    assert plan.segments == ()


@settings(max_examples=150, deadline=None)
@given(told=st.lists(documents, min_size=1, max_size=4))
def test_round_trip__any_segments__the_same_again(told: list[Any]) -> None:
    segments = tuple(
        replace(KEPT, id=n, key=f"s-{n}", name=f"Nº {n}", document=document)
        for n, document in enumerate(told)
    )
    setup = replace(EMPTY, segments=segments)
    text = write_setup(setup)
    assert not planned(text, setup).changes_something
    made = tuple(one.wanted for one in planned(text, EMPTY).segments)
    assert [one.document for one in made] == told
    assert write_setup(replace(EMPTY, segments=made)) == text
    assert [one["conditions"] for one in yaml.safe_load(text)["segments"].values()] == told


def test_round_trip__deepest_segment__can_be_read() -> None:
    document: Any = {"fact": "status", "in": ["denied"]}
    for _ in range(DEEPEST):
        document = {"all": [document]}
    text = write_setup(replace(EMPTY, segments=(replace(KEPT, document=document),)))
    assert [one.wanted.document for one in planned(text, EMPTY).segments] == [document]
    deeper = write_setup(replace(EMPTY, segments=(replace(KEPT, document={"all": [document]}),)))
    [(where, _, sentence)] = said(deeper, EMPTY)
    assert where.startswith("segments.kept.conditions.all.0.all.0")
    assert sentence == f"Groups are nested at most {DEEPEST} deep."


def test_plan__changed_made_and_left__in_words() -> None:
    setup = replace(
        FULL, segments=(replace(KEPT, live=2), replace(KEPT, id=4, key="here", name="Here"))
    )
    text = """\
oneask: 1
segments:
  kept:
    conditions:
      fact: status
      in: [denied]
  seen:
    name: " Saw it "
    conditions: {not: {fact: saw, in: [s1]}}
"""
    plan = planned(text, setup)
    assert {key: fate for key, fate in fates(plan).items() if key.startswith("segments")} == {
        "segments.kept": "changed",
        "segments.seen": "created",
        "segments.here": "alone",
    }
    items = {item.key: item for item in plan.items}
    assert [(one.label, one.old, one.new) for one in items["kept"].changes] == [
        (
            "conditions",
            "notifications are off and system version or browser 17",
            "notifications are off",
        )
    ]
    assert items["kept"].notes == ("It takes effect at once: 2 live campaigns speak to it.",)
    assert items["seen"].notes == (SAW,)
    assert items["seen"].name == "Saw it"
    assert [(one.path, one.wanted.name) for one in plan.segments] == [
        ("segments.kept", "Kept"),
        ("segments.seen", "Saw it"),
    ]


def test_plan__same_words_from_another_tree__still_a_change() -> None:
    setup = replace(FULL, segments=(replace(KEPT, document={"fact": "never", "ever": True}),))
    text = "oneask: 1\nsegments: {kept: {conditions: {all: [{fact: never, ever: true}]}}}"
    [segment] = [item for item in planned(text, setup).items if item.section == "segments"]
    assert segment.verdict == "changed"
    [change] = segment.changes
    assert change.new == "the same, written in another way"


WRONG = """\
oneask: 1
segments:
  never: {name: Mine, conditions: {fact: never, ever: true}}
  new: {name: Mine, conditions: {fact: never, ever: true}}
  not a key: {name: Mine, conditions: {fact: never, ever: true}}
  empty: {}
  kept:
    name: ''
    colour: red
    conditions:
      all:
        - fact: status
          in: [denied, asleep]
        - fact: os
          in: [17]
        - fact: app_version
          at_least: 4.2
        - any:
            - {fact: sessions, at_least: many}
            - not: {moment: order_placed, since_no: perhaps}
  listed:
    name: 7
    conditions: [1]
soft_asks:
  shipping_news: {segment: never-heard-of}
  other: {name: Other, moment: order_placed, segment: listed}
redirects:
  missed: {segment: not a key}
"""


def test_plan__everything_wrong__all_at_once_by_line_and_nothing_twice() -> None:
    found = said(WRONG, WITH)
    at = "segments.kept.conditions.all"
    assert [(where, line) for where, line, _ in found] == [
        ("segments.never", 3),
        ("segments.new", 4),
        ("segments.not a key", 5),
        ("segments.empty.name", 6),
        ("segments.empty.conditions", 6),
        ("segments.kept.name", 8),
        ("segments.kept.colour", 9),
        (f"{at}.0", 12),
        (f"{at}.1.in.0", 15),
        (f"{at}.2.at_least", 17),
        (f"{at}.3.any.0", 19),
        (f"{at}.3.any.1.not", 20),
        ("segments.listed.name", 22),
        ("segments.listed.conditions", 23),
        ("soft_asks.shipping_news.segment", 25),
        ("redirects.missed.segment", 28),
    ]
    sentences = {where: sentence for where, _, sentence in found}
    assert "that every app has" in sentences["segments.never"]
    assert "everybody is no segment" in sentences["segments.empty.conditions"]
    assert sentences[f"{at}.1.in.0"] == "Here a text is needed. Put it in quotes."
    assert sentences[f"{at}.2.at_least"] == "Here a text is needed. Put it in quotes."
    assert "There is no segment “never-heard-of”" in sentences["soft_asks.shipping_news.segment"]


def test_plan__audience__built_in_own_or_brought_along() -> None:
    text = """\
oneask: 1
soft_asks:
  shipping_news: {segment: KEY}
"""
    for key, setup in (("fresh-denials", FULL), ("kept", WITH)):
        plan = planned(text.replace("KEY", key), setup)
        assert [one.draft.segment for one in plan.campaigns] == [key]
    [(where, line, _)] = said(text.replace("KEY", "kept"), FULL)
    assert (where, line) == ("soft_asks.shipping_news.segment", 3)
    brought = "segments: {kept: {name: Kept, conditions: {fact: never, ever: true}}}\n"
    assert planned(text.replace("KEY", "kept") + brought, FULL).count("created") == 1


def test_plan__audience_that_is_gone_and_not_touched__no_reason_to_refuse_the_rest() -> None:
    gone = replace(FULL, campaigns=(stored(replace(ASK, segment="gone")),))
    text = "oneask: 1\nsoft_asks: {shipping_news: {holdout: 0.5}}"
    assert planned(text, gone).count("changed") == 1


@pytest.mark.parametrize("document", [{"fact": "of another time"}, {"all": []}, "x"])
def test_plan__stored_segment_that_cannot_be_read__exported_left_and_repaired(
    document: Any,
) -> None:
    broken = replace(FULL, segments=(replace(KEPT, document=document),))
    text = write_setup(broken)
    assert fates(planned(text, broken))["segments.kept"] == "unchanged"
    repair = "oneask: 1\nsegments: {kept: {conditions: {fact: never, ever: true}}}"
    [item] = [item for item in planned(repair, broken).items if item.key == "kept"]
    assert [change.new for change in item.changes] == ["said never ask again"]
