"""The webhook that alerts had becomes an endpoint like others; its secret is a new one, shown on the page."""

import secrets
from typing import Any

from django.db import migrations

from campaigns.domain.webhook_secrets import BYTES, secret_text
from permissions_app.services.sealing import seal


def move(apps: Any, schema_editor: Any) -> None:
    """An endpoint for each address; what waits for the old one is let go of."""
    endpoints = apps.get_model("campaigns", "WebhookEndpoint")
    messages = apps.get_model("campaigns", "AlertMessage")
    for mine in apps.get_model("campaigns", "AlertSettings").objects.exclude(webhook_url=""):
        endpoints.objects.create(
            app_id=mine.app_id,
            name="Alerts",
            url=mine.webhook_url,
            events=["alert.opened", "alert.resolved"],
            secret=seal(secret_text(secrets.token_bytes(BYTES)), purpose="webhook secret"),
            created_label="system",
        )
    messages.objects.filter(to__isnull=True).delete()


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0009_made_decisions")]

    operations = [migrations.RunPython(move, migrations.RunPython.noop)]
