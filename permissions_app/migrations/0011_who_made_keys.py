"""Who made the keys that exist, and which app the trail so far is about."""

from django.db import migrations

MAKERS = """
UPDATE permissions_app_apikey AS key SET created_by_id = entry.actor_id
FROM permissions_app_auditentry AS entry
WHERE entry.action = 'key.created' AND starts_with(entry.subject, key.prefix || ' ')
"""
ALONE = """
UPDATE permissions_app_auditentry AS entry SET app_id = alone.id
FROM (SELECT workspace_id, min(id) AS id FROM permissions_app_app
      GROUP BY workspace_id HAVING count(*) = 1) AS alone
WHERE entry.workspace_id = alone.workspace_id
  AND split_part(entry.action, '.', 1) NOT IN ('workspace', 'member')
"""
"""Where a workspace has one app, what was changed so far was changed in it."""


class Migration(migrations.Migration):
    dependencies = [
        ("permissions_app", "0010_keys_and_trail"),
    ]

    operations = [
        migrations.RunSQL(MAKERS, migrations.RunSQL.noop),
        migrations.RunSQL(ALONE, migrations.RunSQL.noop),
    ]
