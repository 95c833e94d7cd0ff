"""`kill -9` of every part, one after another, while clients send: nothing is lost, nothing counts twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bench.scene import make_scene
from tests.faults.harness import (
    Faults,
    OwnLive,
    clients,
    expect_folded,
    expect_nothing_lost,
    expect_progress,
)
from tests.live import Live


@pytest.fixture(scope="module")
def own() -> Iterator[Live]:
    with OwnLive() as running:
        yield running


def test_kill__every_part_while_clients_send__every_acknowledged_event_counts_once(own: Live):
    live = own
    scene = make_scene(live)
    faults = Faults(live)
    with clients(live, scene) as team:
        expect_progress(live, team)
        for kill in (
            faults.web_child,
            faults.broker_connections,
            faults.worker,
            faults.database,
            faults.scheduler,
            faults.web,
        ):
            kill()
            expect_progress(live, team)
    live.wait_until_healthy()
    expect_folded(live, scene.app)
    assert expect_nothing_lost(live, scene, team) > 1_000
    assert sum(client.retries for client in team) > 0, "no kill was noticed"
