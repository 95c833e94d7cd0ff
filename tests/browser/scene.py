"""A team at work in a running product: something on every page, and somebody signed in who may see all of it.

Run inside the product's own settings: `python -m tests.browser.scene` prepares the scene once, and prints what the
addresses of its pages are made of, with the session of its owner, as JSON.
"""

from __future__ import annotations

import json
from datetime import timedelta


def prepare() -> dict[str, object]:
    """Make the cast with campaigns in every state, forty days of devices, comments, links and a key."""
    from django.utils import timezone

    from campaigns.selectors.talk import token_of
    from campaigns.services.steps import take_step
    from campaigns.services.talk import add_comment, create_link
    from permissions_app.models import Membership, SeenEvent
    from permissions_app.services.keys import create_key
    from tests.factories import (
        client_of,
        make_cast,
        make_device,
        make_moment,
        make_redirect_rule,
        make_rollups,
        make_segment,
        make_soft_ask,
    )
    from tests.webhooks import make_log

    cast = make_cast()
    now = timezone.now()
    moment = make_moment(cast.app, conditions=[{"property": "total", "op": "gte", "value": 20}])
    make_moment(cast.app, key="opened", name="App opened", event_name="App Opened", opening=True)
    ask = make_soft_ask(cast.app, moment, status="live")
    rule = make_redirect_rule(cast.app, moment)
    for status in ("draft", "paused", "archived"):
        make_soft_ask(
            cast.app, moment, name=f"A {status} one with a rather long name", status=status
        )
    take_step(campaign_id=rule.pk, app=cast.app, action="submit", actor=cast.bob)
    make_device(
        cast.app, "device-1", platform="ios", os_version="17.2", status="denied", cause="refused"
    )
    cells = []
    for back in range(40):
        day = now.date() - timedelta(days=back)
        for measure, n in (
            ("devices", 30),
            ("eligible", 30),
            ("authorized", 14),
            ("denied", 6),
            ("waiting", 10),
            ("reached", 24),
            ("soft_ask_shown", 22),
            ("soft_ask_accepted", 15),
            ("prompted", 20),
            ("answered", 20),
            ("granted", 14),
        ):
            cells.append((measure, day, "ios", "", "", 0, n))
        cells.append(("denial", day, "ios", "refused", "", 0, 6))
    make_rollups(cast.app, cells)
    make_segment(cast.app)
    SeenEvent.objects.create(app=cast.app, name="Order Placed", day=now.date(), count=40)
    SeenEvent.objects.create(app=cast.app, name="Timer Started", day=now.date(), count=12)
    said = add_comment(campaign=ask, variant="a", body="Shorter?", author=cast.rita, address="/")
    link = create_link(campaign=ask, revision=None, days=7, actor=cast.bob, now=now)
    create_key(app=cast.app, kind="pk", name="Shop", actor=cast.alice)
    delivery = make_log(cast.app, now=now)
    return {
        "workspace": "acme",
        "app": "shop",
        "pk": ask.pk,
        "redirect_rule.pk": rule.pk,
        "campaign_review.pk": rule.pk,
        "workspace_member.pk": Membership.objects.get(user=cast.carol).pk,
        "key": "order_placed",
        "device.key": "device-1",
        "device_erase.key": "device-1",
        "number": 1,
        "book": "delivery",
        "guide": "web",
        "slug": "kept",
        "sender": "braze",
        "comment": said.comment.pk,
        "link": link.pk,
        "token": token_of(link.pk),
        "name": "bell",
        "digest": "0" * 64,
        "hook": delivery.endpoint_id,
        "delivery": delivery.pk,
        "session": client_of(cast.alice).cookies["sessionid"].value,
    }


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(prepare()))
