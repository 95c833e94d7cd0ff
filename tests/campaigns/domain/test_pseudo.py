"""The made-up language of the preview."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.domain.copy import fill, placeholders
from campaigns.domain.pseudo import pseudo


def test_pseudo__words__accented_longer_and_in_brackets() -> None:
    assert pseudo("Tell me") == "[Ţéļļ ɱé öñé]"


def test_pseudo__placeholder__kept_by_name() -> None:
    told = pseudo("Know when order {{order_id}} ships")
    assert placeholders(told) == ("order_id",)
    assert "R-1842" in fill(told, {"order_id": "R-1842"})


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_pseudo__nothing_written__stays_nothing(text: str) -> None:
    assert pseudo(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Know when your package leaves the warehouse?",
        "We send one message when it ships and one when it is at your door.",
    ],
)
def test_pseudo__sentence__about_a_third_longer(text: str) -> None:
    assert 1.25 <= len(pseudo(text)) / len(text) <= 1.5


@given(st.text(max_size=200))
def test_pseudo__any_text__never_raises_and_never_shorter(text: str) -> None:
    assert len(pseudo(text)) >= len(text)
