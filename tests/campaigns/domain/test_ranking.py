"""How well a name answers a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.domain.ranking import INSIDE, LETTERS, PREFIX, WORD, best, folded, score


@pytest.mark.parametrize(
    ("text", "name", "how"),
    [
        ("ship", "Shipping news", PREFIX),
        ("SHIP", "shipping news", PREFIX),
        ("news", "Shipping news", WORD),
        ("placed", "order_placed", WORD),
        ("ping", "Shipping news", INSIDE),
        ("shn", "Shipping news", LETTERS),
        ("cafe", "Café au lait", PREFIX),
        ("CAFÉ", "cafe", PREFIX),
        ("strasse", "Große Straße", WORD),
        ("istanbul", "İstanbul", PREFIX),
        ("news ship", "Shipping news", WORD),
        ("ship new", "Shipping is new", WORD),
        ("new ping", "Shipping is new", INSIDE),
        ("  ship   ping ", "Ship ping", PREFIX),
        ("ﬁne", "fine words", PREFIX),
        ("注文", "注文が届いた", PREFIX),
    ],
)
def test_score__text_in_a_name__says_how(text: str, name: str, how: int) -> None:
    found = score(text=text, name=name)
    assert found is not None
    assert found[0] == how


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("x", "Shipping"),
        ("pihs", "Shipping"),
        ("sg", "Shipping"),
        ("ship x", "Shipping"),
        ("a", ""),
    ],
)
def test_score__not_there__none(text: str, name: str) -> None:
    assert score(text=text, name=name) is None


def test_score__no_text__everything_answers_alike() -> None:
    assert score(text=" ", name="Anything") == score(text="", name="") == (PREFIX, 0, 0)


def test_best__many__beginning_word_inside_letters_and_short_before_long() -> None:
    names = [
        "Shop is now open",
        "Flagship news",
        "Your shipment",
        "Shipping news",
        "Ship",
        "Nothing of it",
    ]
    found = [name for _, name in best(text="ship", among=names, names=lambda n: (n,), most=9)]
    assert found == ["Ship", "Shipping news", "Your shipment", "Flagship news", names[0]]
    assert len(best(text="", among=names, names=lambda n: (n,), most=2)) == 2


def test_best__letters__close_together_first() -> None:
    names = ["axx bxx c", "xa b c", "abxc"]
    found = [name for _, name in best(text="abc", among=names, names=lambda n: (n,), most=9)]
    assert found == ["abxc", "xa b c", "axx bxx c"]


def test_best__another_name__counts_less_than_the_own() -> None:
    things = [("Basket", "Order Placed"), ("My order", "Paid"), ("Orders", "x")]
    found = best(text="order", among=things, names=lambda thing: thing, most=9)
    assert [own for _, (own, _) in found] == ["Orders", "My order", "Basket"]
    assert best(text="odp", among=things, names=lambda thing: thing, most=9) == []


@given(st.text(max_size=60), st.text(max_size=200))
def test_score__any_text__never_fails_and_holds_its_letters(text: str, name: str) -> None:
    found = score(text=text, name=name)
    if found is not None and folded(text):
        letters = set(folded(text).replace(" ", ""))
        assert letters <= set(folded(name))
        assert found[1] == 0 or found[0] == LETTERS


@given(st.text(min_size=1, max_size=60))
def test_score__its_own_name__is_a_beginning(name: str) -> None:
    found = score(text=name, name=name)
    assert found is not None
    assert found[0] == PREFIX
