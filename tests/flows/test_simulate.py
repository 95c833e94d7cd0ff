"""Hundreds of devices through the real server: the dashboard tells the truth to the unit."""

from __future__ import annotations

import json
import re
from pathlib import Path

import psycopg
import pytest

from tests.live import Live

DEVICES = 400


@pytest.fixture(scope="module")
def said(live: Live, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, Path]:
    """What a simulation with lost networks and doubled batches printed, and the files it wrote."""
    folder = tmp_path_factory.mktemp("simulate")
    acknowledged, truth = folder / "acknowledged", folder / "truth.json"
    printed = live.manage(
        *("simulate", "--host", live.url, "--devices", str(DEVICES), "--seed", "11"),
        *("--duplicates", "0.1", "--late", "0.2", "--workers", "2", "--check"),
        *("--acknowledged", str(acknowledged), "--truth", str(truth)),
    )
    return printed, acknowledged, truth


def test_simulate__late_and_doubled_batches__agrees_to_the_unit(
    said: tuple[str, Path, Path],
) -> None:
    printed, _, truth = said
    assert re.search(r"all \d+ numbers agree with the truth to the unit", printed), printed
    book = {
        (name, where, detail): n
        for name, where, detail, n in json.loads(truth.read_text())["truth"]
    }
    total = sum(n for (name, _, _), n in book.items() if name == "device rows")
    assert total == DEVICES
    for needed in ("granted", "denial", "soft_ask_accepted", "lost", "campaign_shown"):
        assert any(name == needed for name, _, _ in book), needed


def test_simulate__acknowledged_events__are_all_stored(
    live: Live, said: tuple[str, Path, Path]
) -> None:
    _, acknowledged, truth = said
    app = json.loads(truth.read_text())["app"]
    ids = set(acknowledged.read_text().split())
    assert len(ids) > DEVICES
    with psycopg.connect(live.database_url) as connection:
        rows = connection.execute(
            "SELECT id::text FROM permissions_app_event WHERE app_id = %s", (app,)
        )
        stored = {found for (found,) in rows}
    assert stored <= ids  # what no moment wants is acknowledged, counted, and not stored
    assert len(stored) > DEVICES


def test_rebuild__after_a_simulation__changes_nothing(
    live: Live, said: tuple[str, Path, Path]
) -> None:
    app = json.loads(said[2].read_text())["app"]
    printed = live.manage("rebuild_rollups", "--app", str(app))
    assert f"{DEVICES} devices; facts put right: 0; cells put right: 0" in " ".join(printed.split())
