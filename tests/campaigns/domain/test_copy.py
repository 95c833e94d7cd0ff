"""Words with placeholders."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.domain.copy import check_text, fill, placeholders


@pytest.mark.parametrize(
    ("text", "properties", "reads"),
    [
        ("Plain", {"a": 1}, "Plain"),
        ("Order {{order_id}} ships", {"order_id": "A-1"}, "Order A-1 ships"),
        ("Order {{ order_id }} ships", {"order_id": 7}, "Order 7 ships"),
        ("Order {{order_id}} ships", {}, "Order ships"),
        ("Order {{order_id}}.", None, "Order."),
        ("Ships, {{name}}!", {}, "Ships!"),
        ("Order ({{id}}) ships", {}, "Order ships"),
        ("Know “{{what}}” early", {}, "Know early"),
        ("{{a}}{{b}}", {"a": "{{b}}", "b": "x"}, "bx"),
        ("{{a}}", {"a": "<b>bold</b>"}, "bbold/b"),
        ("{{a}}", {"a": "two\nlines\t\u202eand"}, "two lines and"),
        ("Now {{a}}", {"a": True}, "Now"),
        ("Now {{a}}", {"a": ["x"]}, "Now"),
        ("Now {{a}}", {"a": float("inf")}, "Now"),
        ("Now {{a}}", {"a": 10**5000}, "Now"),
        ("{{a}}", {"a": 19.90}, "19.9"),
        ("broken {{a b}} {x", {"a": 1}, "broken a b x"),
    ],
)
def test_fill__cases(text, properties, reads):
    assert fill(text, properties) == reads


def test_fill__long_value__cut_with_ellipsis():
    filled = fill("{{a}}", {"a": "x" * 500})
    assert len(filled) == 60
    assert filled.endswith("…")


@given(text=st.text(), value=st.text() | st.integers() | st.floats() | st.none())
def test_fill__anything__no_braces_and_never_raises(text, value):
    filled = fill(text + " {{a}}", {"a": value})
    assert "{" not in filled
    assert "}" not in filled


def test_placeholders__well_formed__each_once():
    assert placeholders("{{a}} {{ b_2 }} {{a}}") == ("a", "b_2")


@pytest.mark.parametrize("text", ["{{a", "a}}", "{{}}", "{{a b}}", "{a}", "{{a-b}}", "{{{a}}}"])
def test_placeholders__malformed__refused(text):
    with pytest.raises(ValueError, match="placeholder"):
        placeholders(text)


def test_check_text__too_long__says_by_how_much():
    with pytest.raises(ValueError, match="Title has 121 characters; at most 120"):
        check_text(label="Title", text="x" * 121, longest=120)


def test_check_text__only_a_placeholder__refused():
    with pytest.raises(ValueError, match="remain"):
        check_text(label="Title", text="{{name}}", longest=120)
