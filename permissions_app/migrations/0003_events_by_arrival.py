"""An index for the last events that arrived for an app."""

from django.db import migrations

BY_ARRIVAL = (
    "CREATE INDEX permissions_app_event_arrival ON permissions_app_event (app_id, received_at)"
)


class Migration(migrations.Migration):
    dependencies = [("permissions_app", "0002_partitioned_events")]

    operations = [
        migrations.RunSQL(BY_ARRIVAL, "DROP INDEX permissions_app_event_arrival"),
    ]
