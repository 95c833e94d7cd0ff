"""An app for pages that decide on the device: moments, two soft asks, one of them with a holdout, and a redirect.

Run inside the product's own settings: `python -m tests.browser.offline_shop` makes some such apps, and prints a JSON
list of what their pages and teams need to know.
"""

from __future__ import annotations

import json
import secrets

HOLDOUT = 0.9
APPS = 5


def prepare() -> dict[str, object]:
    """Make the app. Nobody is held back by gates or waits; one soft ask is not published yet."""
    from campaigns.domain.assignment import in_holdout
    from campaigns.domain.drafts import Line, RedirectDraft, SoftAskDraft, Words
    from campaigns.models import Campaign
    from campaigns.services.campaigns import create_campaign
    from campaigns.services.steps import take_step
    from permissions_app.models import User
    from permissions_app.services.accounts import create_workspace
    from permissions_app.services.apps import create_app
    from permissions_app.services.keys import create_key
    from permissions_app.services.moments import MomentDraft, create_moment
    from permissions_app.services.signing import bundle_key

    mark = secrets.token_hex(4)
    alice = User.objects.create_user(f"alice-{mark}@offline.example", "a long password")
    workspace = create_workspace(name=f"Offline {mark}", slug=f"offline-{mark}", owner=alice)
    app = create_app(workspace=workspace, name="Shop", slug="shop", actor=alice)
    moments = {}
    for event in ("Order Placed", "Run Finished", "Goal Set", "Photo Shared"):
        large = [{"property": "total", "op": "gte", "value": 20}]
        when = large if event == "Order Placed" else []
        draft = MomentDraft(name=event, event_name=event, conditions=when)
        moments[event] = create_moment(app=app, draft=draft, actor=alice).key

    def ask(event: str, holdout: float) -> Campaign:
        words = Words(
            key="a",
            title="Know when order {{order_id}} leaves",
            body="One message.",
            accept_label="Tell me",
            decline_label="Not now",
        )
        draft = SoftAskDraft(
            name=event,
            moment=moments[event],
            variants=(words,),
            holdout=holdout,
            min_sessions=1,
            allow_first_session=True,
        )
        return create_campaign(app=app, draft=draft, actor=alice)

    placed, held, shared = (
        ask(event, share)
        for event, share in (("Order Placed", 0.0), ("Goal Set", HOLDOUT), ("Photo Shared", 0.0))
    )
    line = Line(key="a", line="You will not hear when friends cheer.", action_label="Show me how")
    rule = RedirectDraft(
        name="Run",
        moment=moments["Run Finished"],
        variants=(line,),
        holdout=0.0,
        min_days_since_denial=0,
    )
    for campaign in (placed, held, create_campaign(app=app, draft=rule, actor=alice)):
        take_step(campaign_id=campaign.pk, app=app, action="publish", actor=None)
    _, key = create_key(app=app, kind="pk", name="Shop", actor=alice)
    devices = (f"browser-{mark}-{n}" for n in range(1000))
    return {
        "app": app.pk,
        "key": key,
        "bundle_key": bundle_key(app=app).public,
        "placed": placed.pk,
        "shared": shared.pk,
        "held_device": next(
            name for name in devices if in_holdout(seed=held.seed, value=name, holdout=HOLDOUT)
        ),
    }


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps([prepare() for _ in range(APPS)]))
