"""A soft ask and a redirect rule as the description of the API shows them."""

from typing import Any

from campaigns.domain.drafts import Line, RedirectDraft, SoftAskDraft, Words, document

_ASK = SoftAskDraft(
    name="Shipping news",
    moment="order_placed",
    platforms=("ios", "android"),
    variants=(
        Words(
            key="a",
            title="Know when your package leaves the warehouse?",
            body="We send one message when it ships and one when it is at your door.",
            accept_label="Tell me",
            decline_label="Not now",
        ),
    ),
)
_RULE = RedirectDraft(
    name="Missed shipping",
    moment="order_placed",
    variants=(
        Line(
            key="a",
            line="Your package left the warehouse and we could not tell you.",
            action_label="Turn on in Settings",
        ),
    ),
)
SOFT_ASK: dict[str, Any] = {"name": _ASK.name, **document(_ASK)}
REDIRECT: dict[str, Any] = {"name": _RULE.name, **document(_RULE)}


def stored(written: dict[str, Any]) -> dict[str, Any]:
    """The same as the API shows it once it is live."""
    return {
        "id": 7,
        "key": "r7" if "causes" in written else "s7",
        "slug": written["name"].lower().replace(" ", "-"),
        "name": written["name"],
        "status": "live",
        "pending": "nothing",
        "revision": 2,
        "submitted": None,
        "steps": ["pause", "archive"],
        "version": 5,
        "created_at": "2026-11-20T09:00:00Z",
        "updated_at": "2026-11-23T19:00:00Z",
        **written,
    }
