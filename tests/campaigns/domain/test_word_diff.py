"""What changed in a text, word by word."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.domain.word_diff import Piece, tokens, word_diff

WORDS = [
    "Know",
    "when",
    " ",
    " ",
    ", ",
    "{{order_id}}",
    "ships",
    "’s",
    "订",
    "单",
    "é",
    "\n",
    "é",
    "!",
]
texts = st.text(max_size=60) | st.lists(st.sampled_from(WORDS), max_size=20).map("".join)


def told(before: str, after: str) -> list[tuple[str, str]]:
    return [(piece.kind, piece.text) for piece in word_diff(before, after)]


@given(before=texts, after=texts)
def test_word_diff__any_two_texts__both_can_be_read_out_of_it(before: str, after: str) -> None:
    pieces = word_diff(before, after)
    assert "".join(piece.text for piece in pieces if piece.kind != "added") == before
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == after
    assert all(piece.text for piece in pieces)


@given(before=texts, after=texts)
def test_word_diff__any_two_texts__no_two_pieces_of_a_kind_in_a_row(
    before: str, after: str
) -> None:
    kinds = [piece.kind for piece in word_diff(before, after)]
    assert all(one != other or one == "same" for one, other in pairwise(kinds))
    assert ("added", "removed") not in set(pairwise(kinds))


@given(text=texts)
def test_tokens__any_text__nothing_lost(text: str) -> None:
    assert "".join(tokens(text)) == text


@given(text=texts)
def test_word_diff__same_text__one_piece(text: str) -> None:
    assert word_diff(text, text) == ((Piece("same", text),) if text else ())


def test_word_diff__one_word__only_that_word() -> None:
    assert told("Know when order 4711 ships today", "Know when order 4711 arrives today") == [
        ("same", "Know when order 4711 "),
        ("removed", "ships"),
        ("added", "arrives"),
        ("same", " today"),
    ]


def test_word_diff__placeholder__one_piece_however_it_is_written() -> None:
    assert tokens("Order {{ order_id }}!") == ["Order", " ", "{{ order_id }}", "!"]
    assert told("Order {{order_id}} ships", "Order {{parcel_id}} ships") == [
        ("same", "Order "),
        ("removed", "{{order_id}}"),
        ("added", "{{parcel_id}}"),
        ("same", " ships"),
    ]


def test_word_diff__chance_space_and_tiny_word_between_two_changes__joined() -> None:
    assert told("Stay in touch with us today", "Hear of orders with us today") == [
        ("removed", "Stay in touch"),
        ("added", "Hear of orders"),
        ("same", " with us today"),
    ]


def test_word_diff__placeholder_between_two_changes__stays_by_itself() -> None:
    assert ("same", " {{order_id}} ") in told("Get {{order_id}} now", "See {{order_id}} soon")


def test_word_diff__punctuation__apart_from_the_word() -> None:
    assert told("It ships.", "It ships!") == [
        ("same", "It ships"),
        ("removed", "."),
        ("added", "!"),
    ]


def test_word_diff__chinese__by_the_character() -> None:
    assert told("订单已发货", "订单已到达") == [
        ("same", "订单已"),
        ("removed", "发货"),
        ("added", "到达"),
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("don’t stop", ["don’t", " ", "stop"]),
        ("‘so’ it's", ["‘", "so’", " ", "it's"]),
        ("हिन्दी में", ["हिन्दी", " ", "में"]),
        ("❤️ yes", ["❤️", " ", "yes"]),
        ("a  'b'", ["a", "  ", "'", "b'"]),
    ],
)
def test_tokens__words_of_several_scripts__kept_whole(text: str, wanted: list[str]) -> None:
    assert tokens(text) == wanted


def test_word_diff__nothing_before_or_after__all_came_or_went() -> None:
    assert word_diff("", "New words") == (Piece("added", "New words"),)
    assert word_diff("Old words", "") == (Piece("removed", "Old words"),)
    assert word_diff("", "") == ()


def test_word_diff__longest_texts__quick_enough_for_a_page() -> None:
    before, after = "ab " * 133, "ba " * 133
    assert "".join(p.text for p in word_diff(before, after) if p.kind != "added") == before
