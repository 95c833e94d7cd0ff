"""A bar that was clicked opens as a segment of the same devices."""

from __future__ import annotations

import pytest

from campaigns.domain.segment_links import document_of
from campaigns.domain.segments import parse


def test_document_of__everything_told__becomes_one_condition_each() -> None:
    document = document_of(
        {
            "from": "funnel",
            "platform": "ios",
            "first_seen_from": "2026-11-01",
            "first_seen_to": "2026-11-30",
            "group": "os:18",
            "took": "rs",
            "place": "denied",
        }
    )
    parse(document)
    assert document == {
        "all": [
            {"fact": "platform", "in": ["ios"]},
            {"fact": "first_seen", "from": "2026-11-01", "to": "2026-11-30"},
            {"fact": "os", "in": ["18"]},
            {"fact": "stage", "in": ["reached"]},
            {"fact": "stage", "in": ["soft_ask_shown"]},
            {"fact": "place", "in": ["denied"]},
        ]
    }


@pytest.mark.parametrize(
    ("group", "part"),
    [
        ("app:4.1", {"fact": "app_version", "in": ["4.1"]}),
        ("locale:de-DE", {"fact": "locale", "in": ["de-DE"]}),
        ("country:DE", {"fact": "country", "in": ["DE"]}),
        ("moment:order", {"moment": "order", "at_least": 1}),
        ("campaign:s1", {"fact": "saw", "in": ["s1"]}),
        ("variant:s1.2.a", {"fact": "saw", "in": ["s1.2.a"]}),
        ("app_asked:4.1", {"fact": "asked_app", "in": ["4.1"]}),
        ("moment_asked:order", {"fact": "asked_moment", "in": ["order"]}),
    ],
)
def test_document_of__group__asks_for_it(group: str, part: dict[str, object]) -> None:
    document = document_of({"group": group})
    parse(document)
    assert document == {"all": [part]}


def test_document_of__whole_funnel__is_everybody_eligible() -> None:
    assert document_of({"from": "funnel"}) == {
        "all": [{"fact": "place", "in": ["authorized", "denied", "waiting"]}]
    }


def test_document_of__nonsense__is_left_out() -> None:
    told = {
        "platform": "toaster",
        "first_seen_from": "soon",
        "group": "x:y",
        "took": "?",
        "place": "x",
    }
    assert document_of(told) == {"all": []}
