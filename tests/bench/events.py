"""Events a second through the API, against COPY of the same rows into the same table; and how that cost grows."""

from __future__ import annotations

import random
from statistics import median
from time import perf_counter

from tests.bench import history, population
from tests.bench.client import request
from tests.bench.load import run
from tests.bench.stage import Stage
from tests.bench.table import Row

SENDERS = 4
PARTITIONED = "permissions_app_event"
COLUMNS = "app_id, device_id, id, type, occurred_at, received_at, body"
SHIFT = 1_000_000_000_000
"""Device ids of copied rows are moved by this, so that no device finds them among its events."""
FLAT = 1.25


def measure(stage: Stage, *, quick: bool) -> tuple[list[Row], list[str]]:
    """Two mixes of batches, then the same batches on ever more stored events."""
    stage.without_background()
    count, rounds = (30, 3) if quick else (100, 5)
    keys = history.fill(stage, 100_000)
    stream = population.Stream(keys, seed=5)
    _send(stage, stream.take(8, devices_in_batch=50), connections=SENDERS)
    rows = []
    for devices, name in ((50, "typical: 50 devices a batch"), (500, "worst: 500 devices a batch")):
        pairs = []
        for _ in range(rounds):
            stage.settle()
            ours = _send(stage, stream.take(count, devices_in_batch=devices), connections=SENDERS)
            pairs.append((ours, _copy(stage, count * 500)))
        ratio = median(ours / copied for ours, copied in pairs)
        rows.append(
            Row(
                f"events through HTTP, batches of 500, {name}",
                f"{median(ours for ours, _ in pairs):,.0f} events/s",
                f"COPY {median(copied for _, copied in pairs):,.0f} rows/s",
                f"{ratio:.3f}",
                "at least 0.08",
                ratio >= 0.08,
            )
        )
    rows += _growth(stage, quick=quick)
    notes = [
        f"Events: {count} batches of 500 a round over {SENDERS} connections, not compressed, stored, folded and "
        "acknowledged in one transaction each; COPY: the rows of the same round in one statement on one connection, "
        "with the indexes of the table; worker and scheduler stopped."
    ]
    return rows, notes


def _growth(stage: Stage, *, quick: bool) -> list[Row]:
    """The time of one batch, one after another, at 10^5, 10^6 and 10^7 stored events."""
    took: dict[int, float] = {}
    for stored in (100_000, 1_000_000) if quick else (100_000, 1_000_000, 10_000_000):
        keys = history.fill(stage, stored)
        stream = population.Stream(random.Random(stored).sample(keys, 10_000), seed=stored)
        # After a checkpoint the first change of each page is written in full; that is over when most
        # pages of the random ids have been met once.
        warm = 40 if quick else 250
        bodies = stream.take(warm + (60 if quick else 150), devices_in_batch=50)
        messages = [request("/api/v1/events", body, key=stage.scene.publishable) for body in bodies]
        run(stage.live.url, messages[:warm], connections=1)
        took[stored] = run(stage.live.url, messages[warm:], connections=1).quantile(0.5)
    least, most = min(took), max(took)
    ratio = took[most] / took[least]
    return [
        Row(
            f"cost of an event at {most:,} stored events",
            f"{took[most] / 500 * 1e6:.1f} µs an event",
            f"{took[least] / 500 * 1e6:.1f} µs at {least:,}"
            + "".join(f", {took[n] / 500 * 1e6:.1f} at {n:,}" for n in took if least < n < most),
            f"{ratio:.2f}",
            f"at most {FLAT}",
            ratio <= FLAT,
        )
    ]


def _send(stage: Stage, bodies: list[bytes], *, connections: int) -> float:
    """Events a second; every one of them must be accepted."""
    messages = [request("/api/v1/events", body, key=stage.scene.publishable) for body in bodies]
    done = run(stage.live.url, messages, connections=connections, mark=b'"accepted":500,')
    if done.marked != len(bodies):
        raise RuntimeError(f"{len(bodies) - done.marked} batches were not taken whole")
    return len(bodies) * 500 / done.seconds


def _copy(stage: Stage, count: int) -> float:
    """Rows a second of COPY; the rows are those that arrived last."""
    with stage.connect() as connection:
        with connection.cursor().copy(
            f"COPY (SELECT app_id, device_id + {SHIFT}, id, type, occurred_at, received_at, body "
            f"FROM {PARTITIONED} WHERE occurred_at > now() - interval '1 day' "
            f"ORDER BY received_at DESC LIMIT {count}) TO STDOUT (FORMAT binary)".encode()
        ) as out:
            data = b"".join(bytes(part) for part in out)
        started = perf_counter()
        with connection.cursor().copy(
            f"COPY {PARTITIONED} ({COLUMNS}) FROM STDIN (FORMAT binary)".encode()
        ) as into:
            for at in range(0, len(data), 1 << 18):
                into.write(data[at : at + (1 << 18)])
        seconds = perf_counter() - started
        removed = connection.execute(
            f"DELETE FROM {PARTITIONED} WHERE device_id > {SHIFT}".encode()
        ).rowcount
        if removed != count:
            raise RuntimeError(f"{removed} of {count} rows were copied")
        connection.execute(f"VACUUM {PARTITIONED}".encode())
    return count / seconds
