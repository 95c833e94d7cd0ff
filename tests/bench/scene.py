"""An app to test against: people, keys, a moment of each kind, a soft ask and a redirect that are live.

Runs beside the product, with its settings: `python -m tests.bench.scene` makes a new app and prints what a client
needs to know of it as JSON. No holdout and no gates, so that every eligible device is shown something.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from dataclasses import asdict, dataclass

from config.local import places
from tests.live import Live

PASSWORD = "a pass phrase of the measured owner"


@dataclass(frozen=True)
class Scene:
    """What a client or a person needs to use the app."""

    app: int
    workspace_slug: str
    app_slug: str
    email: str
    publishable: str
    secret: str
    revoked: str
    soft_ask: int
    redirect: int


def make_scene(live: Live) -> Scene:
    """A new app on a running product."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.scene"],
        cwd=places.ROOT,
        env=live.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise RuntimeError(f"no app could be made:\n{done.stdout}{done.stderr}")
    return Scene(**json.loads(done.stdout))


def _create() -> Scene:
    from campaigns.domain.drafts import Line, RedirectDraft, SoftAskDraft, Words
    from campaigns.services.campaigns import create_campaign
    from campaigns.services.steps import take_step
    from permissions_app.models import User
    from permissions_app.services import accounts, apps, keys, moments

    mark = secrets.token_hex(4)
    owner = User.objects.create_user(f"owner-{mark}@example.org", PASSWORD)
    workspace = accounts.create_workspace(name=f"Test {mark}", slug=f"test-{mark}", owner=owner)
    app = apps.create_app(workspace=workspace, name="Measured", slug="measured", actor=owner)
    texts = {}
    for name in ("publishable", "secret", "revoked"):
        kind = "sk" if name == "secret" else "pk"
        key, texts[name] = keys.create_key(app=app, kind=kind, name=name, actor=owner)
        if name == "revoked":
            keys.revoke_key(key=key, actor=owner)
    placed = moments.create_moment(
        app=app,
        draft=moments.MomentDraft(
            name="Order placed",
            event_name="Order Placed",
            conditions=[{"property": "total", "op": "gte", "value": 20}],
        ),
        key="order_placed",
        actor=owner,
    )
    run = moments.create_moment(
        app=app,
        draft=moments.MomentDraft(name="Run finished", event_name="Run Finished"),
        key="run_finished",
        actor=owner,
    )
    ask = create_campaign(
        app=app,
        draft=SoftAskDraft(
            name="Know when it ships",
            moment=placed.key,
            variants=(
                Words(
                    key="a",
                    title="Know when it ships?",
                    body="We write once, when your order leaves.",
                    accept_label="Yes, tell me",
                    decline_label="Not now",
                ),
                Words(
                    key="b",
                    title="One message, when it ships",
                    body="Nothing else.",
                    accept_label="Tell me",
                    decline_label="No",
                ),
            ),
            holdout=0.0,
            min_sessions=2,
        ),
        actor=owner,
    )
    rule = create_campaign(
        app=app,
        draft=RedirectDraft(
            name="You miss this",
            moment=run.key,
            variants=(
                Line(
                    key="a",
                    line="Notifications are off, so you will not hear when friends cheer.",
                    action_label="Open Settings",
                ),
            ),
            holdout=0.0,
            min_days_since_denial=3,
        ),
        actor=owner,
    )
    for campaign in (ask, rule):
        take_step(campaign_id=campaign.pk, app=app, action="publish", actor=None)
    return Scene(
        app=app.pk,
        workspace_slug=workspace.slug,
        app_slug=app.slug,
        email=owner.email,
        soft_ask=ask.pk,
        redirect=rule.pk,
        **texts,
    )


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(asdict(_create())))
