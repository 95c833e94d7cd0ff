"""The table of permission values, and the form that tries one."""

from __future__ import annotations

import html
from typing import Any

import pytest

from permissions_app.domain.permission_values import table
from permissions_app.web.permission_values import COUNTS, TEXTS, Tried, try_value
from tests.campaigns.web.conftest import Shop
from tests.factories import client_of


def look(shop: Shop, **asked: str) -> Any:
    return client_of(shop.cast.carol).get(f"{shop.at}integrate/values/", asked)


def tried(asked: dict[str, str]) -> Tried:
    return try_value({name: asked.get(name, "") for name in (*TEXTS, *COUNTS)})


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def test_values__viewer__every_library_and_value(shop: Shop) -> None:
    page = text(look(shop))
    for library in table():
        assert f"<h2>{library.name}</h2>" in page
        for row in library.rows:
            assert f"<code>{row.word}</code>" in page
            assert row.reading.why in page


def test_values__narrowed__by_library_and_platform(shop: Shop) -> None:
    page = text(look(shop, only="expo", on="android"))
    assert "<h2>expo</h2>" in page
    assert "<h2>notifee</h2>" not in page
    assert "12 or older" in page
    assert "iOS says no" not in page


def test_values__library_that_does_not_live_there__says_so(shop: Shop) -> None:
    page = text(look(shop, only="ios", on="web"))
    assert "ios does not exist there." in page


def test_try__known__the_reading_of_the_same_rule(shop: Shop) -> None:
    answer = look(
        shop,
        library="permission_handler",
        value="denied",
        platform="android",
        api_level="34",
        ask_count="1",
    )
    assert answer.status_code == 200
    page = text(answer)
    assert "Notifications are off (refused once, can still be asked)" in page
    assert "Refused, but Android will still show its dialog once more." in page


def test_try__cannot_be_told__says_why_and_that_it_is_off(shop: Shop) -> None:
    page = text(look(shop, library="expo", value="denied", platform="android", api_level="34"))
    assert "Cannot be told" in page
    assert "It does say that notifications are off" in page


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"library": "magic", "value": "1"}, "unknown_library"),
        ({"library": "", "value": ""}, "unknown_library"),
        ({"library": "ios", "value": "nine"}, "ios does not report 'nine'."),
        ({"library": "ios", "value": "<b>" * 90}, "unknown_value"),
        ({"library": "ios", "value": "1", "ask_count": "two"}, "The ask count is a whole number."),
        (
            {"library": "ios", "value": "1", "api_level": "9" * 80},
            "The api level is a whole number.",
        ),
        ({"library": "ios", "value": "1", "target_sdk": "３３"}, "is a whole number"),
    ],
)
def test_try__unknown__422_with_the_sentence_and_what_was_typed(
    shop: Shop, asked: dict[str, str], said: str
) -> None:
    answer = look(shop, **asked)
    assert answer.status_code == 422
    assert said in text(answer)
    assert "<b><b>" not in answer.content.decode()


def test_values__link_of_each_row__tries_what_the_row_says(shop: Shop) -> None:
    for library in table():
        for row in library.rows:
            facts = {name: str(fact).lower() for name, fact in row.facts.items()}
            asked = {"library": row.library, "value": row.word, "platform": row.platform, **facts}
            assert tried(asked).reading == row.reading
    page = look(shop, only="expo", on="android").content.decode()
    assert (
        "value=denied&amp;platform=android&amp;api_level=34&amp;ask_count=1&amp;source=check#try"
        in page
    )


def test_values__outsider__404(shop: Shop) -> None:
    assert client_of(shop.cast.mallory).get(f"{shop.at}integrate/values/").status_code == 404
