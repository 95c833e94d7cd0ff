"""Telling of changed permissions: from the notes of the fold to messages, in one transaction for each handful."""

from collections import defaultdict
from datetime import datetime

from django.db import transaction

from campaigns.domain.webhook_events import Fact
from campaigns.domain.webhook_facts import permission_changed
from campaigns.services.webhooks import tell
from permissions_app.models import App
from permissions_app.services import change_notes

AT_ONCE = 2_000


@transaction.atomic
def tell_changes(*, now: datetime, limit: int = AT_ONCE) -> int:
    """Tell of what was noted; returns how many notes were taken, 0 when none is left."""
    notes = change_notes.take(limit=limit)
    by_app: dict[int, list[Fact]] = defaultdict(list)
    for note in notes:
        fact = permission_changed(note=note.pk, device=note.device, change=note.change)
        by_app[note.app_id].append(fact)
    for app in App.objects.filter(pk__in=by_app):
        tell(app=app, kind="permission.changed", facts=by_app[app.pk], now=now)
    return len(notes)
