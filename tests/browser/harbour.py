"""Puts the demo shop into a running product, and reads the numbers of its overview.

Run inside the product's own settings: `python -m tests.browser.harbour` prepares the shop if need be, and prints the
numbers of its overview of today as JSON.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta


def prepare() -> int:
    """Create the demo workspace with the shop, its moment and its campaigns, once; return the id of the app."""
    from campaigns.simulator.stage import show_first_visit
    from permissions_app.models import App, User
    from permissions_app.selectors.apps import DEMO_SHOP, DEMO_WORKSPACE
    from permissions_app.services.accounts import create_workspace
    from permissions_app.services.apps import create_app, set_fatigue
    from permissions_app.services.keys import create_key

    found = App.objects.filter(workspace__slug=DEMO_WORKSPACE, slug=DEMO_SHOP).first()
    if found is not None:
        return found.pk
    owner = User.objects.create_user("harbour@oneask.example", "a fine long password")
    workspace = create_workspace(name="Harbour Coffee", slug=DEMO_WORKSPACE, owner=owner)
    shop = create_app(workspace=workspace, name="Harbour Coffee shop", slug=DEMO_SHOP, actor=owner)
    set_fatigue(app=shop, per_day=5, per_30_days=10, actor=owner)
    show_first_visit(app=shop, actor=owner)
    create_key(app=shop, kind="pk", name="Shop", actor=owner)
    return shop.pk


def numbers(app_id: int) -> dict[str, object]:
    """What the overview of the last two days says, flat."""
    from permissions_app.selectors.overview import overview

    now = datetime.now(UTC)
    today = now.date()
    seen = overview(
        app_id=app_id, start=today - timedelta(days=1), end=today, platform=None, now=now
    )
    flat = {
        name: getattr(seen, name)
        for name in (
            "devices",
            "eligible",
            "authorized",
            "denied",
            "waiting",
            "answered",
            "granted",
        )
    }
    stages = {f"stage {stage.key}": asdict(stage)["n"] for stage in seen.stages}
    recovery = {"denials": seen.recovery.denials, "recovered": seen.recovery.recovered}
    return {
        **flat,
        **stages,
        **recovery,
        **{f"recovered {k}": n for k, n in seen.recovery.by_attribution},
    }


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(numbers(prepare())))
