"""The decision log by month."""

from django.db import migrations

DECISIONS = """
CREATE TABLE campaigns_decisionlog (
    id uuid NOT NULL,
    app_id bigint NOT NULL,
    device_id bigint NOT NULL,
    at timestamptz NOT NULL,
    moment text NOT NULL,
    action text NOT NULL,
    reason text NOT NULL,
    campaign text NOT NULL,
    revision int NOT NULL,
    variant text NOT NULL,
    propensity double precision,
    detail jsonb NOT NULL
) PARTITION BY RANGE (at);
CREATE INDEX campaigns_decisionlog_device ON campaigns_decisionlog (device_id, at);
CREATE TABLE campaigns_decisionlog_default PARTITION OF campaigns_decisionlog DEFAULT;
SELECT oneask_keep_partitions('campaigns_decisionlog', 14, 3);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0001_initial"),
        ("permissions_app", "0002_partitioned_events"),
    ]

    operations = [migrations.RunSQL(DECISIONS, "DROP TABLE campaigns_decisionlog")]
