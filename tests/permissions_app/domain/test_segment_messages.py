"""What a message of the Tracking API means, told as small cases."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from permissions_app.domain.segment_messages import (
    NAMESPACE,
    Message,
    Told,
    Unreadable,
    device_of,
    read_message,
)

ID = "00000000-0000-4000-8000-000000000009"


def told(**message: Any) -> Told | None:
    whole = {"type": "track", "event": "Order Placed", "anonymousId": "a", **message}
    return read_message(message=written(whole), fallback_id=lambda: ID, kind=None)


def written(message: dict[str, Any]) -> Message:
    """The message as it comes out of a call."""
    return msgspec.json.decode(msgspec.json.encode(message), type=Message)


@pytest.mark.parametrize(
    ("message", "device"),
    [
        ({"anonymousId": "a-1", "userId": "u"}, "a-1"),
        ({"anonymousId": "", "context": {"device": {"id": "d-1"}}, "userId": "u"}, "d-1"),
        ({"userId": "u-1"}, "u-1"),
        ({"userId": 17}, "17"),
        ({"userId": "rita@example.com"}, f"id:{uuid.uuid5(NAMESPACE, 'rita@example.com')}"),
    ],
)
def test_device__whoever_is_named_first(message: dict[str, Any], device: str) -> None:
    assert device_of(written(message)) == device


@pytest.mark.parametrize("message", [{}, {"userId": True}, {"anonymousId": " "}, {"context": 3}])
def test_device__nobody_named__unreadable(message: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        device_of(written(message))


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("Soft Ask Shown", "soft_ask_shown"),
        ("soft-ask-declined", "soft_ask_declined"),
        ("never_ask", "never_ask"),
        ("Application Opened", "session_started"),
        ("Application Uninstalled", "app_removed"),
        ("Order Placed", "moment_reached"),
    ],
)
def test_track__name__type(name: str, type_: str) -> None:
    found = told(event=name)
    assert found is not None
    assert found.type == type_


def test_screen__named__a_moment_by_that_name() -> None:
    for kind, name, wanted in (
        ("screen", "Checkout", "Viewed Checkout Screen"),
        ("page", None, "Viewed Page"),
    ):
        found = told(type=kind, name=name)
        assert found is not None
        assert found.body["name"] == wanted


def test_identify__with_or_without_a_permission__a_status_or_nothing() -> None:
    assert told(type="identify", traits={"email": "x"}) is None
    found = told(
        type="identify",
        traits={"notification_permission": "granted", "notification_library": "expo"},
    )
    assert found is not None
    assert found.body["permission"] == {"library": "expo", "value": "granted"}
    with pytest.raises(Unreadable):
        told(type="identify", traits={"notification_permission": "granted"})


@pytest.mark.parametrize(
    ("agent", "browser"),
    [
        (
            "Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36",
            "Chrome",
        ),
        ("Mozilla/5.0 AppleWebKit/537.36 Chrome/141.0 Safari/537.36 Edg/141.0", "Edge"),
        ("Mozilla/5.0 (X11; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox"),
        ("Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/19.0 Safari/605.1.15", "Safari"),
        (
            "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Version/19.0 Mobile/15E148 Safari/604.1",
            "Mobile Safari",
        ),
    ],
)
def test_context__web__browser_by_its_agent(agent: str, browser: str) -> None:
    found = told(context={"userAgent": agent, "locale": "de-DE"})
    assert found is not None
    assert found.body["platform"] == "web"
    assert found.body["browser"] == browser


def test_id__no_uuid__the_same_uuid_each_time() -> None:
    one, two = (told(messageId="ajs-next-1700-abc") for _ in range(2))
    assert one is not None
    assert two is not None
    assert one.id == two.id == str(uuid.uuid5(NAMESPACE, "ajs-next-1700-abc"))
    without = told()
    assert without is not None
    assert without.id == ID


SCALARS = st.sampled_from([None, True, 0, -7, 1e300, "", " ", "x", "Soft Ask Shown", "a" * 101])
INSIDE = st.sampled_from(["id", "name", "version", "device", "os", "app", "permission", "total"])
VALUES = (
    SCALARS
    | st.lists(SCALARS, max_size=2)
    | st.dictionaries(INSIDE, SCALARS | st.dictionaries(INSIDE, SCALARS, max_size=2), max_size=3)
)
NAMES = st.sampled_from(
    [
        "type",
        "event",
        "anonymousId",
        "userId",
        "messageId",
        "context",
        "properties",
        "traits",
        "name",
    ]
)


@given(st.dictionaries(NAMES, VALUES), st.sampled_from([None, "track", "identify", "screen"]))
def test_any_message__never_another_error(message: dict[str, Any], kind: str | None) -> None:
    try:
        found = read_message(message=written(message), fallback_id=lambda: ID, kind=kind)
    except Unreadable:
        return
    assert found is None or (found.device and found.type)
