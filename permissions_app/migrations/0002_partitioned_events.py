"""Raw events by month, their ids, and settings for tables whose rows change often."""

from django.db import migrations

KEEP_PARTITIONS = """
CREATE FUNCTION oneask_keep_partitions(parent text, months_back int, months_ahead int) RETURNS int
LANGUAGE plpgsql AS $$
DECLARE
    starts timestamp;
    name text;
    made int := 0;
BEGIN
    FOR i IN -months_back .. months_ahead LOOP
        starts := date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => i);
        name := parent || to_char(starts, '_YYYY_MM');
        IF to_regclass(name) IS NULL THEN
            EXECUTE format(
                'CREATE TABLE IF NOT EXISTS %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                name, parent, starts AT TIME ZONE 'UTC', (starts + interval '1 month') AT TIME ZONE 'UTC');
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END $$;
"""

EVENTS = """
CREATE TABLE permissions_app_eventkey (
    app_id bigint NOT NULL,
    id uuid NOT NULL,
    PRIMARY KEY (app_id, id)
);
CREATE TABLE permissions_app_event (
    app_id bigint NOT NULL,
    device_id bigint NOT NULL,
    id uuid NOT NULL,
    type text COLLATE "C" NOT NULL,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    body jsonb NOT NULL
) PARTITION BY RANGE (occurred_at);
CREATE INDEX permissions_app_event_device ON permissions_app_event (device_id, occurred_at);
CREATE TABLE permissions_app_event_default PARTITION OF permissions_app_event DEFAULT;
SELECT oneask_keep_partitions('permissions_app_event', 14, 3);
"""

BUSY_TABLES = """
ALTER TABLE permissions_app_device SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE permissions_app_counteddevice SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE permissions_app_rollup SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE permissions_app_foldqueue SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);
"""


class Migration(migrations.Migration):
    dependencies = [("permissions_app", "0001_initial")]

    operations = [
        migrations.RunSQL(KEEP_PARTITIONS, "DROP FUNCTION oneask_keep_partitions(text, int, int)"),
        migrations.RunSQL(EVENTS, "DROP TABLE permissions_app_event, permissions_app_eventkey"),
        migrations.RunSQL(BUSY_TABLES, migrations.RunSQL.noop),
    ]
