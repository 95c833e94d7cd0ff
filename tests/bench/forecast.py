"""How long the reach forecast takes with a million moments in its 30 days.

Some thousand devices of the simulator live through 90 days against the demo's campaigns, decisions included; they are
then copied by the database, with all they sent, until the last 30 days hold a million moments.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time

from config.local import places
from tests.bench.stage import Stage
from tests.bench.table import Row

MOST_SECONDS = 10.0
DEVICES, DAYS, SEED = 12_000, 90, 4
COPY_DEVICES = """
INSERT INTO permissions_app_device (app_id, key, version, facts, standing)
SELECT app_id, key || '-' || copy, version, facts, standing
FROM permissions_app_device, generate_series(1, %(copies)s::int) AS copy WHERE app_id = %(app)s
"""
COPY_EVENTS = """
INSERT INTO permissions_app_event (app_id, device_id, id, type, occurred_at, received_at, body)
SELECT e.app_id, twin.id, gen_random_uuid(), e.type, e.occurred_at, e.received_at, e.body
FROM permissions_app_device one
JOIN generate_series(1, %(copies)s::int) AS copy ON true
JOIN permissions_app_device twin ON twin.app_id = one.app_id AND twin.key = one.key || '-' || copy
JOIN permissions_app_event e ON e.app_id = one.app_id AND e.device_id = one.id
WHERE one.app_id = %(app)s
"""


def measure(stage: Stage, *, quick: bool) -> tuple[list[Row], list[str]]:
    """One forecast in one process, as the worker makes it."""
    stage.without_background()
    wanted = 100_000 if quick else 1_000_000
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.forecast", str(wanted), stage.scene.workspace_slug],
        cwd=places.ROOT,
        env=stage.live.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)
    found = json.loads(done.stdout.splitlines()[-1])
    row = Row(
        f"reach forecast over {found['moments']:,} moments",
        f"{found['seconds']:.1f} s",
        f"{found['moments'] / found['seconds']:,.0f} moments/s",
        "",
        f"under {MOST_SECONDS:.0f} s",
        found["seconds"] < MOST_SECONDS,
    )
    return [row], [
        f"Forecast: {found['devices']:,} devices, one process; one device in {found['every']} was walked through, "
        f"and its memory grew by {found['grown_mb']} MB."
    ]


def main(wanted: int, workspace: str) -> None:
    """Make the history in a process with the product's settings, forecast, and print what it took."""
    import django

    django.setup()
    from django.db import connection
    from django.utils import timezone

    from campaigns.models import Campaign
    from campaigns.selectors.replay import Window, count_moments
    from campaigns.services.forecasts import DAYS as WINDOW
    from campaigns.services.forecasts import request_forecast, run_next
    from campaigns.simulator.crowd import Plan, play
    from campaigns.simulator.stage import set_stage
    from permissions_app.domain.device import DAY_MS
    from permissions_app.models import Workspace
    from permissions_app.services.apps import create_app

    place = Workspace.objects.get(slug=workspace)
    app = create_app(workspace=place, name="Forecast", slug="forecast", actor=None, simulated=True)
    set_stage(app=app, actor=None)
    until = time.time_ns() // 1_000_000
    plan = Plan(app_id=app.pk, key="", host="", devices=DEVICES, days=DAYS, seed=SEED, until=until)
    play(plan=plan, processes=2, report=lambda done: None)
    window = Window(app_id=app.pk, start=until - WINDOW * DAY_MS, end=until)
    copies = max(0, -(-wanted // count_moments(window)) - 1)
    with connection.cursor() as cursor:
        for statement in (COPY_DEVICES, COPY_EVENTS):
            cursor.execute(statement, {"app": app.pk, "copies": copies})
        for table in ("device", "event"):
            cursor.execute(f"VACUUM ANALYZE permissions_app_{table}")
        cursor.execute("CHECKPOINT")
    campaign = Campaign.objects.filter(app=app, kind="soft_ask").order_by("pk").first()
    assert campaign is not None
    forecast = request_forecast(campaign_id=campaign.pk, app=app, actor=None, now=timezone.now())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    assert run_next()
    seconds = time.perf_counter() - started
    forecast.refresh_from_db()
    assert forecast.state == forecast.State.DONE, forecast.error
    assert forecast.result is not None
    print(
        json.dumps(
            {
                "moments": forecast.total,
                "every": forecast.result["every"],
                "devices": DEVICES * (copies + 1),
                "seconds": seconds,
                "grown_mb": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024,
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
