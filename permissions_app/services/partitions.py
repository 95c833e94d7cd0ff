"""Monthly partitions of the tables that grow with use."""

from permissions_app.selectors import raw

PARTITIONED = ("permissions_app_event", "campaigns_decisionlog")
MONTHS_BACK, MONTHS_AHEAD = 14, 3


def keep() -> int:
    """Make the missing partitions from 14 months back to 3 ahead; returns how many were made."""
    made = 0
    for table in PARTITIONED:
        row = raw.execute(
            "SELECT oneask_keep_partitions(%s, %s, %s)",
            (table, MONTHS_BACK, MONTHS_AHEAD),
        )
        made += row.fetchone()[0]  # type: ignore[index]
    return made
