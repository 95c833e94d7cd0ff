"""`make clean`: remove everything that was installed or made in this checkout, the database included.

Standard library only: the environment it removes may be broken.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import time
from pathlib import Path

from config.local import places

MADE = (".venv", "node_modules", ".oneask", "static/vendor", "staticfiles")
CACHES = (".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache")


def main() -> None:
    """Stop a left embedded PostgreSQL, then remove."""
    _refuse_while_running()
    outside = Path("/var/lib/oneask") / places.checkout_key()
    for base in (places.STATE, outside):
        for folder in (base / "pg", *base.glob("test-pg-*")):
            _stop(folder)
    for path in (*(places.ROOT / name for name in (*MADE, *CACHES)), outside):
        shutil.rmtree(path, ignore_errors=True)


def _refuse_while_running() -> None:
    try:
        with (places.STATE / "run.lock").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return
    except OSError:
        raise SystemExit("oneask: this checkout is running; stop that run first") from None


def _stop(data_dir: Path) -> None:
    """End the server of one data directory; what it holds is removed next, so no care is needed."""
    try:
        pid = int((data_dir / "postmaster.pid").read_text().split("\n", 1)[0])
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return
    if str(data_dir).encode() in words and words[0].endswith(b"postgres"):
        os.kill(pid, signal.SIGQUIT)
        for _ in range(100):
            if not Path(f"/proc/{pid}").exists():
                return
            time.sleep(0.05)


if __name__ == "__main__":
    main()
