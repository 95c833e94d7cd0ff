"""One line for each long step of setting up: what it does and how many seconds it took."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from config.local import places

SPOKEN_EVERY = 10.0


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what starts and how long it took. A step under half a second is not worth a line."""
    started = time.monotonic()
    if sys.stdout.isatty():
        print(f"  {what} ...", end="\r", flush=True)
    yield
    seconds = time.monotonic() - started
    if seconds >= 0.5:
        print(f"  {what}: {seconds:.1f} s", flush=True)


def run_step(what: str, line: list[str], environment: dict[str, str] | None = None) -> None:
    """Run one program, saying every few seconds that it goes on; end with its last lines if it fails."""
    log = places.state_dir() / "setup.log"
    started = spoken = time.monotonic()
    print(f"  {what} ...", flush=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            line,
            cwd=places.ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )
        try:
            while process.poll() is None:
                time.sleep(0.05)
                if time.monotonic() - spoken >= SPOKEN_EVERY:
                    spoken = time.monotonic()
                    print(f"  {what}: {spoken - started:.0f} s so far", flush=True)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    if process.returncode != 0:
        last = "\n".join(log.read_text(errors="replace").splitlines()[-12:])
        raise SystemExit(f"{last}\noneask: {what} failed; the whole output is in {log}")
    print(f"  {what}: {time.monotonic() - started:.1f} s", flush=True)


def caches() -> dict[str, str]:
    """Return where package clients may keep downloads when the home directory cannot be written."""
    kept = str(places.STATE / "cache")
    found = {"npm_config_cache": os.environ.get("npm_config_cache", f"{kept}/npm")}
    if "PIP_CACHE_DIR" not in os.environ and not os.access(os.path.expanduser("~"), os.W_OK):
        found["PIP_CACHE_DIR"] = f"{kept}/pip"
    return found


def offline() -> bool:
    """Tell whether OFFLINE forbids fetching packages."""
    return os.environ.get("OFFLINE", "").strip().lower() in ("1", "true", "yes", "on")
