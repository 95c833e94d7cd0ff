"""The management API as programs meet it: tried against its own description, and called by clients made from it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from config.local.places import ROOT
from tests.clients.node import NODE
from tests.live import Live

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
UNMADE = r"Unsupported content.type application/yaml"
"""The set-up file is YAML. The maker of Python clients knows no such body, and leaves out what takes or tells one."""
MYPY = """\
[mypy]
strict = true
[mypy-management_client.client]
# The frame that the maker puts around every client is not typed in full itself.
ignore_errors = true
"""
METHODS = {"get", "post", "put", "patch", "delete"}


def described(live: Live) -> dict[str, Any]:
    """The description as the product tells it."""
    with urllib.request.urlopen(f"{live.url}/api/v1/openapi.json") as told:
        return json.load(told)  # type: ignore[no-any-return]


def secret_of(live: Live, name: str) -> str:
    """A secret key of an app of its own, with something of each kind in it."""
    told = json.loads(live.run_module("tests.clients.api_scene", name).splitlines()[-1])
    return str(told["secret"])


def test_every_operation__whatever_is_sent__answers_as_described(
    live: Live, tmp_path: Path
) -> None:
    """Server errors, statuses, content types, schemas, headers, authentication, methods, wrong and right data."""
    paths = described(live)["paths"].values()
    operations = sum(len(METHODS & set(path)) for path in paths)
    done = subprocess.run(
        [
            SCHEMATHESIS,
            f"--config-file={ROOT / 'tests/clients/schemathesis.toml'}",
            "run",
            f"{live.url}/api/v1/openapi.json",
            f"--header=Authorization: Bearer {secret_of(live, 'tried')}",
            "--checks=all",
            "--phases=examples,coverage,fuzzing,stateful",
            "--max-examples=3",
            "--seed=20261130",
            "--continue-on-failure",
            "--no-shrink",
            "--no-color",
            "--warnings=off",
        ],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "SCHEMATHESIS_HOOKS": "tests.clients.schemathesis_hooks",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    assert re.search(rf"Tested: {operations}\b", done.stdout), done.stdout[-2_000:]


def ran(line: list[Any], *, at: Path, **told: str) -> subprocess.CompletedProcess[str]:
    """Run a program that must succeed."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [str(part) for part in line],
        cwd=at,
        env={**os.environ, "PATH": path, **told},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-6_000:]
    return done


def test_python_client__made_from_the_description__typed_and_at_work(
    live: Live, tmp_path: Path
) -> None:
    (tmp_path / "openapi.json").write_text(json.dumps(described(live)))
    bin_ = Path(sys.executable).parent
    generate = ["generate", "--path=openapi.json", "--meta=none", "--output-path=management_client"]
    said = ran([bin_ / "openapi-python-client", *generate], at=tmp_path).stderr
    assert said.count("WARNING") == len(re.findall(UNMADE, said)) == 3, said
    shutil.copy(ROOT / "tests/clients/management_client_user.py", tmp_path / "use.py")
    (tmp_path / "mypy.ini").write_text(MYPY)
    ran([bin_ / "mypy", "use.py"], at=tmp_path)
    told = ran(
        [sys.executable, "use.py"],
        at=tmp_path,
        URL=live.url,
        SECRET=secret_of(live, "python-client"),
        IDEMPOTENCY_KEY="made-once",
    )
    assert json.loads(told.stdout) == {
        "made": 201,
        "replayed": "true",
        "names": ["Order placed", "Goal set"],
        "changed": "Goal reached",
        "late": [412, "version_conflict"],
    }


def test_typescript__types_made_from_the_description__compile_and_hold(
    live: Live, tmp_path: Path
) -> None:
    (tmp_path / "openapi.json").write_text(json.dumps(described(live)))
    (tmp_path / "package.json").write_text('{"type": "module"}')
    modules = ROOT / "node_modules"
    maker = modules / "openapi-typescript/bin/cli.js"
    ran([NODE, maker, "openapi.json", "--output", "api.d.ts"], at=tmp_path)
    shutil.copy(ROOT / "tests/clients/management_user.ts", tmp_path / "use.ts")
    meant = ["--strict", "--target", "es2022", "--module", "esnext", "--lib", "es2022,dom"]
    compiler = modules / "typescript/bin/tsc"
    ran([NODE, compiler, *meant, "--moduleResolution", "bundler", "use.ts"], at=tmp_path)
    told = ran(
        [NODE, "use.js"],
        at=tmp_path,
        URL=live.url,
        SECRET=secret_of(live, "typescript"),
        IDEMPOTENCY_KEY="made-once",
    )
    assert json.loads(told.stdout) == {
        "made": 201,
        "replayed": "true",
        "names": ["Order placed", "Timer started"],
        "changed": "Timer set",
        "late": [412, "version_conflict"],
    }


def test_sent_again__many_at_once__done_once(live: Live) -> None:
    """Answers are that of the first request, or that it is still at work; there is one moment."""
    url = f"{live.url}/api/v1/manage/moments"
    headers = {
        "Authorization": f"Bearer {secret_of(live, 'at-once')}",
        "Content-Type": "application/json",
        "Idempotency-Key": "all-the-same",
    }
    body = json.dumps({"name": "Goal set", "event_name": "Goal Set"}).encode()

    def send(_: int) -> int:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as told:
                return int(told.status)
        except urllib.error.HTTPError as refused:
            return refused.code

    with ThreadPoolExecutor(12) as people:
        statuses = set(people.map(send, range(24)))
    assert 201 in statuses
    assert statuses <= {201, 409}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as told:
        assert [row["key"] for row in json.load(told)["results"]] == ["order_placed", "goal_set"]
