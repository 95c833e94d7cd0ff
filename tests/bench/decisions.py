"""Decisions a second, against a bare view of the same framework under the same server and load."""

from __future__ import annotations

import random
import time
from statistics import median

from tests.bench import population
from tests.bench.load import Round, run
from tests.bench.stage import Stage
from tests.bench.table import Row

CONNECTIONS = 16
UNLEASH_TIMES_TWO = 2_140
RESET = """
UPDATE permissions_app_device SET standing = '{}' WHERE app_id = %s AND standing <> '{}'
"""


def measure(stage: Stage, *, quick: bool) -> tuple[list[Row], list[str]]:
    """Both mixes, in short rounds that alternate with the reference."""
    count, rounds = (4_000, 3) if quick else (20_000, 5)
    stage.without_background()
    people = population.devices(count)
    settle_population(stage, people)
    stage.settle()
    key = stage.scene.publishable
    all_of_them = [population.decision_request(device, key) for device in people]
    quiet = [
        population.decision_request(device, key)
        for device in people
        if device.kind in ("authorized", "on_by_default")
    ]
    due = sum(device.kind in population.SHOWN for device in people)
    quiet = (quiet * 2)[:count]
    with stage.reference_server() as reference:
        run(reference, all_of_them[:2_000], connections=CONNECTIONS)
        run(stage.live.url, quiet[:2_000], connections=CONNECTIONS)
        mixed = _alternate(stage, reference, all_of_them, rounds, shown=due)
        silent = _alternate(stage, reference, quiet, rounds, shown=0)
    rows = [
        *_rows(f"decisions, {due / count:.0%} shown and written", mixed, 0.3),
        *_rows("decisions that write nothing (already_authorized)", silent, 0.4),
    ]
    share = median([r.generator_share for pair in (*mixed, *silent) for r in pair])
    notes = [
        f"Decisions: {CONNECTIONS} kept-alive connections, {count} devices each asked once a round, {rounds} rounds "
        f"alternating with the reference, medians; worker and scheduler stopped. The load generator took {share:.0%} "
        "of one core, in both."
    ]
    return rows, notes


def settle_population(stage: Stage, people: list[population.Device]) -> None:
    """Send the past of every device through the API."""
    draw, now = random.Random(11), int(time.time() * 1000)
    events = [
        event for device in people for event in population.past(device, stage.scene, now, draw)
    ]
    messages = population.event_requests(events, stage.scene.publishable)
    sent = run(stage.live.url, messages, connections=4)
    if set(sent.statuses) != {b"200"}:
        raise RuntimeError(f"the devices could not be made: {sent.statuses}")


Pairs = list[tuple[Round, Round]]


def _alternate(
    stage: Stage, reference: str, messages: list[bytes], rounds: int, *, shown: int
) -> Pairs:
    draw, pairs = random.Random(3), []
    for _ in range(rounds):
        messages = draw.sample(messages, len(messages))
        with stage.connect() as connection:
            connection.execute(RESET, (stage.scene.app,))
            connection.execute("VACUUM permissions_app_device")
        subject = run(stage.live.url, messages, connections=CONNECTIONS, mark=b'"action":"none"')
        if set(subject.statuses) != {b"200"} or len(messages) - subject.marked != shown:
            raise RuntimeError(f"{subject.statuses}, {len(messages) - subject.marked} shown")
        pairs.append((subject, run(reference, messages, connections=CONNECTIONS)))
    return pairs


def _rows(what: str, pairs: Pairs, target: float) -> list[Row]:
    ours, bare = (median(pair[which].rate for pair in pairs) for which in (0, 1))
    ratio = median(subject.rate / reference.rate for subject, reference in pairs)
    p50, p99, b50, b99 = (
        1000 * median(pair[which].quantile(share) for pair in pairs)
        for which in (0, 1)
        for share in (0.5, 0.99)
    )
    return [
        Row(
            what,
            f"{ours:,.0f} req/s; p50 {p50:.1f} ms, p99 {p99:.1f} ms",
            f"bare view {bare:,.0f} req/s; p50 {b50:.1f} ms, p99 {b99:.1f} ms",
            f"{ratio:.2f}",
            f"at least {target}",
            ratio >= target,
        ),
        Row(
            f"{what}: absolute",
            f"{ours:,.0f} req/s",
            "",
            "",
            f"at least {UNLEASH_TIMES_TWO:,} req/s",
            ours >= UNLEASH_TIMES_TWO,
        ),
    ]
