"""Erasing a device for good, for the person it belongs to."""

from dataclasses import dataclass

from django.db import transaction

from campaigns.domain.segment_builtin import built_in
from campaigns.models import Segment, SegmentMember, WebhookMessage
from campaigns.services.decision_log import ERASING
from permissions_app.models import Actor, App, Device
from permissions_app.selectors import raw
from permissions_app.services import audit
from permissions_app.services.erase import forget_device, lock_device

ALONE = "SELECT pg_advisory_xact_lock(%s, %s)"
DECISIONS = "DELETE FROM campaigns_decisionlog WHERE device_id = %s AND app_id = %s"


@dataclass(frozen=True, slots=True)
class Erased:
    """How much was deleted."""

    events: int
    decisions: int


@transaction.atomic
def erase_device(*, app: App, key: str, actor: Actor, now: int) -> Erased:
    """Delete everything of a device, at `now` (ms). Raises Device.DoesNotExist.

    The numbers on all pages become what they would be without it. The trail says that a device was erased, and not
    which one. What its client uploads later of the time until `now` is not stored.
    """
    device = lock_device(app_id=app.pk, key=key)
    if device is None:
        raise Device.DoesNotExist(key)
    raw.execute(ALONE, ERASING)
    decisions = raw.execute(DECISIONS, (device, app.pk)).rowcount
    segments = [*built_in(), *Segment.objects.filter(app=app).values_list("key", flat=True)]
    SegmentMember.objects.filter(app_id=app.pk, key__in=segments, device_id=device).delete()
    # A key needs no escapes in JSON, so this finds it and no longer one.
    WebhookMessage.objects.filter(app=app, body__contains=f'"device_id":"{key}"').delete()
    events = forget_device(app_id=app.pk, device_id=device, key=key, now=now)
    audit.record(
        workspace=app.workspace,
        app=app,
        actor=actor,
        action="device.erased",
        subject=f"a device of {app.name}",
        changes={"app": app.slug, "events": events, "decisions": decisions},
    )
    return Erased(events, decisions)
