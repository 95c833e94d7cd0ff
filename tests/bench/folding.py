"""How fast the worker counts what changed, and how far behind it falls while events arrive as fast as they can."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time

from config.local import places
from tests.bench import history, population
from tests.bench.client import request
from tests.bench.load import run
from tests.bench.stage import Stage
from tests.bench.table import Row

MOST_LAG = 5.0
AGE = "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(queued_at)), 0) FROM permissions_app_foldqueue"


def measure(stage: Stage, *, quick: bool) -> tuple[list[Row], list[str]]:
    """The fold alone, then worker and web server together."""
    devices, seconds = (10_000, 10) if quick else (100_000, 60)
    stage.without_background()
    keys = history.fill(stage, devices * history.EVENTS_A_DEVICE)
    rows = []
    with stage.connect() as connection:
        connection.execute("DELETE FROM permissions_app_foldqueue")
        for what, notes in (("first count of a device", 1), ("a device already counted", 5)):
            connection.execute(
                "INSERT INTO permissions_app_foldqueue (app_id, device_id) SELECT app_id, id "
                "FROM permissions_app_device, generate_series(1, %s) WHERE app_id = %s",
                (notes, stage.scene.app),
            )
            found = _fold(stage)
            rows.append(
                Row(
                    f"fold: {what}, {notes} notes each",
                    f"{found['devices'] / found['seconds']:,.0f} devices/s, "
                    f"{found['notes'] / found['seconds']:,.0f} notes/s",
                )
            )
    rows.append(_lag(stage, keys, seconds))
    notes_said = [
        f"Fold: {devices:,} devices in one process, in the product's own chunks. Lag: the age of the oldest note, "
        f"looked at ten times a second for {seconds} s, worker and scheduler running."
    ]
    return rows, notes_said


def _fold(stage: Stage) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.folding", str(stage.scene.app)],
        cwd=places.ROOT,
        env=stage.live.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _wait_for_worker(stage: Stage) -> None:
    """Return when the worker has counted a first note: it has started."""
    with stage.connect() as connection:
        connection.execute(
            "INSERT INTO permissions_app_foldqueue (app_id, device_id) SELECT app_id, id "
            "FROM permissions_app_device WHERE app_id = %s LIMIT 1",
            (stage.scene.app,),
        )
        deadline = time.monotonic() + 60
        while connection.execute("SELECT FROM permissions_app_foldqueue").fetchone() is not None:
            if time.monotonic() > deadline:
                raise RuntimeError("the worker does not fold")
            time.sleep(0.1)


def _lag(stage: Stage, keys: list[str], seconds: float) -> Row:
    stage.with_background()
    _wait_for_worker(stage)
    stream = population.Stream(keys[:20_000], seed=9)
    messages = [
        request("/api/v1/events", body, key=stage.scene.publishable)
        for body in stream.take(40, devices_in_batch=50)
    ]
    ages: list[float] = []
    ended = threading.Event()

    def watch() -> None:
        with stage.connect() as connection:
            while not ended.wait(0.1):
                row = connection.execute(AGE).fetchone()
                ages.append(float(row[0]) if row else 0.0)

    watcher = threading.Thread(target=watch)
    watcher.start()
    sent, busy, until = 0, 0.0, time.monotonic() + seconds
    try:
        while time.monotonic() < until:
            done = run(stage.live.url, messages, connections=4)
            sent, busy = sent + 500 * len(messages), busy + done.seconds
            messages = [
                request("/api/v1/events", body, key=stage.scene.publishable)
                for body in stream.take(40, devices_in_batch=50)
            ]
    finally:
        ended.set()
        watcher.join()
    return Row(
        "age of the oldest note under full ingest",
        f"at most {max(ages):.1f} s",
        f"while {sent / busy:,.0f} events/s were taken",
        "",
        f"under {MOST_LAG:.0f} s",
        max(ages) < MOST_LAG,
    )


def main(app: int) -> None:
    """Fold everything that waits, in a process with the product's settings, and print how long it took."""
    import django

    django.setup()
    from permissions_app.services import rollups

    notes = devices = 0
    started = time.perf_counter()
    while (folded := rollups.fold_queue(app_id=app)).notes:
        notes, devices = notes + folded.notes, devices + folded.devices
    seconds = time.perf_counter() - started
    print(json.dumps({"notes": notes, "devices": devices, "seconds": seconds}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
