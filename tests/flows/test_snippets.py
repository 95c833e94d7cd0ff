"""The snippets of the Integrate page, run as they stand there against the real server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.template.loader import render_to_string

from config.local.places import ROOT
from permissions_app.web.integrate import PAGE
from tests.bench.scene import Scene, make_scene
from tests.clients.node import NODE
from tests.live import Live

EVENTS = """
SELECT e.type FROM permissions_app_event e JOIN permissions_app_device d ON d.id = e.device_id
WHERE d.app_id = %s AND d.key = 'test-device-1'
"""


@pytest.fixture
def scene(live: Live) -> Scene:
    """An app of its own: every snippet speaks of the same device."""
    return make_scene(live)


@pytest.fixture
def database(live: Live) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(live.database_url, autocommit=True) as connection:
        yield connection


def run(name: str, live: Live, scene: Scene, folder: Path) -> str:
    """What a snippet prints."""
    values = {
        "host": live.url,
        "key": scene.publishable,
        "event": "Order Placed",
        "moment": "order_placed",
    }
    text = render_to_string(f"{PAGE}snippets/{name}.txt", values)
    if name == "curl":
        line: list[str | Path] = ["bash", "-euc", text]
    elif name.endswith("python"):
        line = [sys.executable, "-c", text]
    else:
        script = folder / f"{name}.mjs"
        script.write_text(text)
        # Packages are looked for beside the script.
        (folder / "node_modules").symlink_to(ROOT / "node_modules")
        line = [NODE, script]
    done = subprocess.run(
        line, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, cwd=folder
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", ["curl", "segment-python", "segment-node"])
def test_snippet__events__a_moment_is_stored(
    live: Live, scene: Scene, database: psycopg.Connection[Any], tmp_path: Path, name: str
) -> None:
    run(name, live, scene, tmp_path)
    stored = {kind for (kind,) in database.execute(EVENTS, (scene.app,))}
    assert "moment_reached" in stored
    if name != "curl":
        assert "permission_status" in stored


@pytest.mark.parametrize("name", ["curl", "openfeature-python", "openfeature-node"])
def test_snippet__decision__the_soft_ask_of_the_moment(
    live: Live, scene: Scene, tmp_path: Path, name: str
) -> None:
    assert "soft_ask" in run(name, live, scene, tmp_path)
