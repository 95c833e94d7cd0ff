"""How to sign in to the demo, kept beside the other local state of this checkout."""

import json
import os
from pathlib import Path

from django.conf import settings


def access_file() -> Path:
    """Where it is kept: in `.oneask/`, readable by the owner of the checkout only."""
    folder = Path(settings.BASE_DIR) / ".oneask"
    folder.mkdir(mode=0o755, exist_ok=True)
    return folder / "demo.json"


def read_access() -> dict[str, str]:
    """What `keep_access` wrote; empty when there is nothing to read."""
    try:
        found = json.loads(access_file().read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def keep_access(access: dict[str, str]) -> None:
    """Write it, whole or not at all."""
    path = access_file()
    fresh = path.with_name(f"demo.json.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        json.dump(access, handle, indent=2)
    fresh.replace(path)
