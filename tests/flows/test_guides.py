"""The code of the guides, run as it stands there against the real server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from config.local.places import ROOT
from permissions_app.domain.events import parse_decision_id
from permissions_app.domain.examples import STAND_IN, Example, as_json
from permissions_app.domain.guides import GUIDES, Program
from permissions_app.web.snippets import Values, whole
from tests.bench.scene import Scene, make_scene
from tests.clients.door import Door
from tests.clients.node import NODE
from tests.live import Live

DAY_MS = 86_400_000
PHONE = ROOT / "tests" / "clients" / "react_native"
PROGRAMS = {
    program.key: program
    for guide in GUIDES.values()
    for program in guide.programs
    if guide.proof == "run" and program.key != "web"  # in Chromium: tests/browser/test_guide_web.py
}
NEVER = {
    "curl": "never_again",
    "python": "never_again(device)",
    "node": "await neverAgain(device);",
    "segment-python": "never_again()\nclient.join()",
    "segment-node": "await neverAgain();\nawait analytics.closeAndFlush();",
    "openfeature-python": "never_again()",
    "openfeature-node": "await neverAgain();\nawait OpenFeature.close();",
}
"""What the person's "never again" calls at last, and how the client is put away."""

ACCEPTED = {
    "session_started",
    "permission_status",
    "moment_reached",
    "soft_ask_shown",
    "soft_ask_accepted",
    "native_prompt_shown",
    "native_prompt_answered",
    "never_ask",
}
WENT_TO_SETTINGS = {
    "session_started",
    "permission_status",
    "moment_reached",
    "redirect_shown",
    "redirect_tapped",
    "settings_opened",
    "never_ask",
}
STORED = """
SELECT e.type, e.body FROM permissions_app_event e JOIN permissions_app_device d ON d.id = e.device_id
WHERE d.app_id = %s AND d.key = %s ORDER BY e.occurred_at
"""
FACTS = "SELECT facts FROM permissions_app_device WHERE app_id = %s AND key = %s"


@dataclass(frozen=True)
class Stage:
    """An app on the running product, and what its database holds."""

    live: Live
    scene: Scene
    database: psycopg.Connection[Any]

    def values(self, program: str, example: Example, permission: int) -> Values:
        """What is written into the code: a device of its own for every program."""
        device = f"{program}-{example.moment}"
        return Values(self.live.url, self.scene.publishable, example, device, permission)

    def stored(self, device: str) -> list[tuple[str, dict[str, Any]]]:
        return self.database.execute(STORED, (self.scene.app, device)).fetchall()

    def facts(self, device: str) -> dict[str, Any]:
        row = self.database.execute(FACTS, (self.scene.app, device)).fetchone()
        assert row is not None
        told: dict[str, Any] = row[0]
        return told

    def refuse_days_ago(self, device: str, days: int) -> None:
        """Let a device say no on an iPhone some days ago."""
        at = int(time.time() * 1000) - days * DAY_MS
        event = {
            "id": str(uuid.uuid4()),
            "device_id": device,
            "type": "native_prompt_answered",
            "occurred_at": at,
            "outcome": "denied",
            "platform": "ios",
            "session_index": 1,
            "permission": {"library": "ios", "value": 1},
        }
        request = urllib.request.Request(
            f"{self.live.url}/api/v1/events",
            json.dumps({"events": [event]}).encode(),
            {"Authorization": f"Bearer {self.scene.publishable}"},
        )
        with urllib.request.urlopen(request) as answer:
            assert json.load(answer)["accepted"] == 1


@pytest.fixture(scope="module")
def scene(live: Live) -> Scene:
    return make_scene(live)


@pytest.fixture
def stage(live: Live, scene: Scene) -> Iterator[Stage]:
    with psycopg.connect(live.database_url, autocommit=True) as connection:
        yield Stage(live, scene, connection)


def run(program: Program, values: Values, folder: Path) -> str:
    """What a program of a guide prints when it runs as it stands, with "never again" at its end."""
    text = whole(program, values) + NEVER.get(program.key, "") + "\n"
    environment = dict(os.environ)
    line: list[str | Path]
    if program.language == "bash":
        line = ["bash", "-euc", text]
    elif program.language == "python":
        line = [sys.executable, "-W", "error", "-c", text]
    elif program.key == "react-native":
        line = phone(text, folder)
        environment |= {
            "SAYS": "denied" if values.permission == 0 else "blocked",
            "KEPT": json.dumps({"oneask.device": values.device, "oneask.session": "2"}),
            "EVENT": values.example.event,
            "PROPERTIES": as_json(values.example.properties),
        }
    else:
        (folder / program.file).write_text(text)
        # Packages are looked for beside the file.
        (folder / "node_modules").symlink_to(ROOT / "node_modules")
        line = [NODE, folder / program.file]
    done = subprocess.run(
        line,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=folder,
        env=environment,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def phone(text: str, folder: Path) -> list[str | Path]:
    """The guide's TypeScript in Node, on a phone that is played."""
    (folder / "oneask.ts").write_text(text)
    (folder / "phone.mjs").write_text((PHONE / "phone.mjs").read_text())
    (folder / "walk.mjs").write_text((PHONE / "walk.mjs").read_text())
    packages = {
        "react-native": "export { Alert, AppState, Linking, Platform }",
        "react-native-permissions": "export { checkNotifications, openSettings, requestNotifications }",
        "react-native-uuid": "export { uuid as default }",
        "@react-native-async-storage/async-storage": "export { AsyncStorage as default }",
    }
    for name, exported in packages.items():
        package = folder / "node_modules" / name
        package.mkdir(parents=True)
        (package / "package.json").write_text(json.dumps({"name": name, "exports": "./index.mjs"}))
        (package / "index.mjs").write_text(
            f'{exported} from {json.dumps(str(folder))[:-1]}/phone.mjs";'
        )
    return [NODE, folder / "walk.mjs"]


@pytest.mark.parametrize("name", PROGRAMS)
def test_program__never_asked__soft_ask_then_the_dialog_then_never(
    stage: Stage, tmp_path: Path, name: str
) -> None:
    values = stage.values(name, STAND_IN, 0)
    assert "soft_ask" in run(PROGRAMS[name], values, tmp_path)
    stored = stage.stored(values.device)
    assert {kind for kind, _ in stored} == ACCEPTED
    for kind, body in stored:
        if kind.startswith(("soft_ask", "native_prompt")):
            ref = parse_decision_id(body.get("decision_id"))
            assert ref is not None
            assert (ref.kind, ref.campaign) == ("soft_ask", stage.scene.soft_ask)
    facts = stage.facts(values.device)
    assert (facts["status"], facts["platform"]) == ("authorized", "ios")
    assert facts["sessions"] >= 3
    assert facts["never_ask_at"]


@pytest.mark.parametrize("name", PROGRAMS)
def test_program__refused_days_ago__way_through_settings_and_recovered(
    stage: Stage, tmp_path: Path, name: str
) -> None:
    values = stage.values(name, Example("Run Finished", "run_finished", {"km": 5}), 1)
    stage.refuse_days_ago(values.device, 4)
    assert "settings_redirect" in run(PROGRAMS[name], values, tmp_path)
    assert {kind for kind, _ in stage.stored(values.device)} >= WENT_TO_SETTINGS
    facts = stage.facts(values.device)
    assert facts["status"] == "authorized"
    assert facts["recovery"] == "tapped"
    assert facts["recovery_campaign"] == f"r{stage.scene.redirect}"


@pytest.mark.parametrize("name", ["python", "node", "react-native", "curl"])
def test_program__server_away_for_a_moment__everything_is_stored_once(
    stage: Stage, tmp_path: Path, name: str
) -> None:
    """The first calls are refused as a proxy refuses them; what was kept is sent again, with its ids."""
    away: tuple[tuple[int, dict[str, str]], ...] = (503, {}), (429, {"Retry-After": "1"})
    with Door(stage.live.url, *away[: 1 if name == "curl" else 2]) as door:
        values = replace(
            stage.values(name, STAND_IN, 0), host=door.url, device=f"{name}-through-a-door"
        )
        run(PROGRAMS[name], values, tmp_path)
        refused = [status for _, _, status in door.seen if status >= 400]
    assert refused == [status for status, _ in away[: len(refused)]]
    assert refused
    kinds = [kind for kind, _ in stage.stored(values.device)]
    assert set(kinds) >= {"session_started", "permission_status", "moment_reached", "never_ask"}
    # One of each: what was sent twice counts once.
    assert [kind for kind in kinds if kinds.count(kind) > 1] == []
