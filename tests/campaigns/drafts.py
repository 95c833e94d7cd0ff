"""Drafts that hold together, for tests to vary."""

from __future__ import annotations

from typing import Any

from campaigns.domain.drafts import Line, RedirectDraft, SoftAskDraft, Words
from permissions_app.models import App, ValueMoment
from permissions_app.services.moments import MomentDraft, create_moment


def words(key: str = "a", **changes: Any) -> Words:
    """One wording."""
    return Words(
        **{
            "key": key,
            "title": "Know when order {{order_id}} ships",
            "body": "One message when it leaves the warehouse.",
            "accept_label": "Tell me",
            "decline_label": "Not now",
            **changes,
        }
    )


def line(key: str = "a", **changes: Any) -> Line:
    """One wording of a redirect."""
    return Line(
        **{
            "key": key,
            "line": "Your courier could not tell you about the delay",
            "action_label": "Open Settings",
            **changes,
        }
    )


def soft_ask_draft(moment: ValueMoment, **changes: Any) -> SoftAskDraft:
    """A soft ask with one wording."""
    return SoftAskDraft(
        **{
            "name": "Shipping news",
            "moment": moment.key,
            "variants": (words(),),
            **changes,
        }
    )


def redirect_draft(moment: ValueMoment, **changes: Any) -> RedirectDraft:
    """A redirect rule."""
    return RedirectDraft(
        **{
            "name": "Missed deliveries",
            "moment": moment.key,
            "variants": (line(),),
            **changes,
        }
    )


def a_moment(app: App, name: str = "Order placed", **changes: Any) -> ValueMoment:
    """A moment on an event of the same name."""
    draft = MomentDraft(**{"name": name, "event_name": name.title(), **changes})
    return create_moment(app=app, draft=draft, actor=None)
