"""The web server and the worker are killed while devices upload: nothing acknowledged is lost."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import psycopg

from config.local import places
from tests.live import Live

DEVICES, KILLS = 400, 3


def test_simulate__server_and_worker_killed__agrees_to_the_unit(live: Live, tmp_path: Path):
    acknowledged, truth = tmp_path / "acknowledged", tmp_path / "truth.json"
    process = _start(live, acknowledged, truth)
    try:
        for _ in range(KILLS):
            _wait_for_more(acknowledged, process)
            live.kill("web")
            live.kill("worker")
            live.start("web")
            live.start("worker")
            live.wait_until_healthy()
        printed, _ = process.communicate(timeout=180)
    finally:
        process.kill()
    assert process.returncode == 0, printed
    assert "numbers agree with the truth to the unit" in printed
    app = json.loads(truth.read_text())["app"]
    ids = acknowledged.read_text().split()
    with psycopg.connect(live.database_url) as connection:
        stored = connection.execute(
            "SELECT count(*) FROM permissions_app_eventkey WHERE app_id = %s", (app,)
        ).fetchone()
        unknown = connection.execute(
            "SELECT count(*) FROM permissions_app_eventkey WHERE app_id = %s AND NOT id = ANY(%s::uuid[])",
            (app, ids),
        ).fetchone()
    assert stored is not None
    assert stored[0] > DEVICES
    assert unknown == (0,)


def _start(live: Live, acknowledged: Path, truth: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *(sys.executable, str(places.ROOT / "manage.py"), "simulate", "--host", live.url),
            *("--devices", str(DEVICES), "--seed", "12", "--crash-safe", "--check"),
            *("--acknowledged", str(acknowledged), "--truth", str(truth)),
        ],
        cwd=places.ROOT,
        env=live.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _wait_for_more(acknowledged: Path, process: subprocess.Popen[str]) -> None:
    """Until some more events are acknowledged, so that each kill meets work under way."""
    before = acknowledged.stat().st_size if acknowledged.exists() else 0
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if acknowledged.exists() and acknowledged.stat().st_size > before + 4_000:
            return
        time.sleep(0.02)
    raise AssertionError("the simulation ended, or stood still, before the server was killed")
