"""What can reach a device, how it is shown, and which word counts."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from permissions_app.domain.addresses import (
    Address,
    ExternalId,
    Push,
    Token,
    address_of,
    fits_external_id,
    fits_token,
    masked,
)

words = st.builds(
    Address,
    st.builds(ExternalId, st.integers(-1, 3), st.sampled_from(["", "a", "b"])),
    st.builds(
        Token, st.integers(-1, 3), st.sampled_from(["", "t", "u"]), st.sampled_from(["apns", "fcm"])
    ),
)


@given(words, words, words)
def test_merged__any_order_and_grouping__the_same(a: Address, b: Address, c: Address) -> None:
    assert a.merged(b) == b.merged(a)
    assert a.merged(b).merged(c) == a.merged(b.merged(c))
    assert a.merged(a) == a


@given(words)
def test_after__an_erasure__nothing_older_is_left(word: Address) -> None:
    left = word.after(1)
    assert left.external_id == (word.external_id if word.external_id.at > 1 else ExternalId())
    assert left.token == (word.token if word.token.at > 1 else Token())
    assert word.after(None) == word


@pytest.mark.parametrize("token", ["a" * 64, "x" * 2_048, '{"endpoint":"https://a/1"}'])
def test_masked__token__six_characters_and_no_more(token: str) -> None:
    assert fits_token(token)
    assert masked(token) == f"…{token[-6:]}"


def test_masked__none__nothing() -> None:
    assert masked("") == ""


@pytest.mark.parametrize("text", ["a", "Zoë Müller", "用户-1", "x" * 255, "rita@example.com", "🙂"])
def test_external_id__printable__fits(text: str) -> None:
    assert fits_external_id(text)


@pytest.mark.parametrize("text", ["", " a", "a ", "a\tb", "a\u2028b", "\ud800", "x" * 256, "a\0"])
def test_external_id__anything_else__does_not(text: str) -> None:
    assert not fits_external_id(text)


def test_address__left_out_and_null__are_two_things() -> None:
    silent = address_of(push=msgspec.json.decode(b"{}", type=Push), at=5, platform=None)
    assert silent == Address()
    gone = msgspec.json.decode(b'{"token":null,"external_id":null,"kind":"apns"}', type=Push)
    assert address_of(push=gone, at=5, platform="ios") == Address(ExternalId(5), Token(5))
