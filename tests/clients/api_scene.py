"""An app of its own in a running product, for programs that try its management API.

Run inside the product's own settings: `python -m tests.clients.api_scene NAME` makes a workspace and an app of this
name, with something of each kind, and prints a secret key as JSON.
"""

from __future__ import annotations

import json
import sys


def prepare(name: str) -> dict[str, object]:
    """Make the app and its things."""
    from permissions_app.models import App, Role, Workspace
    from permissions_app.services.keys import create_key
    from tests.factories import (
        make_device,
        make_moment,
        make_person,
        make_redirect_rule,
        make_segment,
        make_soft_ask,
    )

    workspace = Workspace.objects.create(name=name, slug=name)
    app = App.objects.create(workspace=workspace, name=name, slug=name)
    owner = make_person(name, workspace=workspace, role=Role.OWNER)
    moment = make_moment(app)
    make_soft_ask(app, moment, status="live")
    make_redirect_rule(app, moment, status="live")
    make_segment(app)
    make_device(app, platform="ios", os_version="17.2", status="denied", cause="refused")
    _, secret = create_key(app=app, kind="sk", name="Trial", actor=owner, manages_keys=True)
    return {"secret": secret, "app": app.pk}


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(prepare(sys.argv[1])))
