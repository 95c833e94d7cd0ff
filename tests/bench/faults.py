"""`kill -9` of every part in the middle of ingest, in rounds, with the books checked at the end."""

from __future__ import annotations

import random
import time

from tests.bench.stage import Stage
from tests.bench.table import Row
from tests.faults.harness import (
    Faults,
    clients,
    expect_folded,
    expect_nothing_lost,
    expect_progress,
)


def measure(stage: Stage, *, quick: bool) -> tuple[list[Row], list[str]]:
    """Two rounds of each kind, in a random order (one with --quick). Fails loudly when anything is lost."""
    stage.with_background()
    faults = Faults(stage.live)
    kinds = {
        "web server": faults.web,
        "web process": faults.web_child,
        "worker": faults.worker,
        "PostgreSQL, which is the broker": faults.database,
        "broker connections": faults.broker_connections,
    }
    names = random.Random(17).sample(
        [*kinds] * (1 if quick else 2), len(kinds) * (1 if quick else 2)
    )
    away: dict[str, float] = {}
    with clients(stage.live, stage.scene) as team:
        expect_progress(stage.live, team)
        for name in names:
            started = time.monotonic()
            kinds[name]()
            expect_progress(stage.live, team)
            away[name] = max(away.get(name, 0.0), time.monotonic() - started)
    stage.live.wait_until_healthy()
    expect_folded(stage.live, stage.scene.app)
    kept = expect_nothing_lost(stage.live, stage.scene, team)
    doubled = sum(client.doubled for client in team)
    rows = [
        Row(
            f"{len(names)} kills while clients send",
            f"{kept:,} acknowledged events, all stored once; {doubled:,} sent twice and counted once",
            "facts and rollups recomputed: no difference",
            "",
            "nothing lost, nothing twice",
            True,
        )
    ]
    slowest = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in sorted(away.items()))
    return rows, [
        f"Faults: until every client had two more batches acknowledged after a kill: {slowest}."
    ]
