"""A shop with one of everything."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from campaigns.models import RedirectRule, SoftAsk
from permissions_app.models import App, ValueMoment
from tests.factories import Cast, make_device, make_moment, make_redirect_rule, make_soft_ask


@dataclass(frozen=True)
class Shop:
    """The app and what is in it; `at` is the beginning of its addresses."""

    cast: Cast
    app: App
    moment: ValueMoment
    opening: ValueMoment
    ask: SoftAsk
    rule: RedirectRule
    at: str = "/w/acme/shop/"


@pytest.fixture
def shop(cast: Cast) -> Shop:
    """The shop."""
    moment = make_moment(cast.app)
    opening = make_moment(
        cast.app, key="opened", name="App opened", event_name="App Opened", opening=True
    )
    make_device(cast.app, "device-1", platform="ios", status="denied", cause="refused")
    return Shop(
        cast,
        cast.app,
        moment,
        opening,
        make_soft_ask(cast.app, moment),
        make_redirect_rule(cast.app, moment),
    )


def soft_ask_form(moment: ValueMoment, **changes: str) -> dict[str, str]:
    """What a browser sends for a soft ask."""
    return {
        "version": "1",
        "name": "Shipping news",
        "moment": str(moment.pk),
        "holdout_percent": "10",
        "priority": "100",
        "min_sessions": "2",
        "min_times_reached": "1",
        "min_screens": "0",
        "max_declines": "3",
        "backoff_days": "14, 30, 90",
        "variants-0-key": "a",
        "variants-0-title": "Know when it ships",
        "variants-0-body": "One message.",
        "variants-0-accept_label": "Tell me",
        "variants-0-decline_label": "Not now",
        "variants-0-surface": "sheet",
        "variants-0-weight": "1",
        **changes,
    }


def redirect_form(moment: ValueMoment, **changes: str) -> dict[str, str]:
    """What a browser sends for a redirect."""
    return {
        "version": "1",
        "name": "Missed",
        "moment": str(moment.pk),
        "holdout_percent": "10",
        "priority": "100",
        "line": "Your order shipped and we could not tell you.",
        "action_label": "Open Settings",
        "surface": "banner",
        "min_days_since_denial": "3",
        "cooldown_days": "30",
        "cap": "3",
        **changes,
    }
