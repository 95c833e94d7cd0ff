"""A shop with one of everything."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from campaigns.models import Campaign
from permissions_app.models import App, ValueMoment
from tests.factories import (
    Cast,
    make_device,
    make_moment,
    make_redirect_rule,
    make_segment,
    make_soft_ask,
)


@dataclass(frozen=True)
class Shop:
    """The app and what is in it; `at` is the beginning of its addresses."""

    cast: Cast
    app: App
    moment: ValueMoment
    opening: ValueMoment
    ask: Campaign
    rule: Campaign
    at: str = "/w/acme/shop/"


@pytest.fixture
def shop(cast: Cast) -> Shop:
    """The shop."""
    moment = make_moment(cast.app)
    opening = make_moment(
        cast.app, key="opened", name="App opened", event_name="App Opened", opening=True
    )
    make_segment(cast.app)
    make_device(cast.app, "device-1", platform="ios", status="denied", cause="refused")
    return Shop(
        cast,
        cast.app,
        moment,
        opening,
        make_soft_ask(cast.app, moment),
        make_redirect_rule(cast.app, moment),
    )
