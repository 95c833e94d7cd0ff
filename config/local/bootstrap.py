"""From a checkout and a bare Python to an environment that can run the product.

This runs before anything is installed, with the standard library only, and on an older Python as far as the line
that says so. `python3 -m config.local.bootstrap` installs what running needs, `--dev` what the tests need as well.
Nothing is installed again while the lock file is unchanged.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys

from config.local import places, steps

OLDEST = (3, 11)
VENV = places.ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
LOCKS = {"run": "requirements.lock", "dev": "requirements-dev.lock"}


def main(arguments: list[str]) -> None:
    """Bring the environment up to date."""
    if sys.version_info < OLDEST:
        found = ".".join(str(part) for part in sys.version_info[:2])
        raise SystemExit(
            f"oneask: Python 3.11 or later is needed, this is {found}; PYTHON=python3.12 make run picks another"
        )
    kind = "dev" if "--dev" in arguments else "run"
    wanted = lock_hashes()
    if installed().get(kind) == wanted[kind] and PYTHON.exists():
        return
    if steps.offline():
        raise SystemExit(
            "oneask: OFFLINE is set and the packages of the lock file are not installed; run once without it"
        )
    if not works():
        make_environment()
    steps.run_step(
        "install Python packages",
        [
            *(
                str(PYTHON),
                "-m",
                "pip",
                "install",
                "--no-input",
                "--disable-pip-version-check",
                "--progress-bar",
                "off",
            ),
            *("--require-hashes", "--no-deps", "-r", str(places.ROOT / LOCKS[kind])),
        ],
        steps.caches(),
    )
    # The development lock holds everything of the other one.
    STAMP.write_text(json.dumps(wanted if kind == "dev" else {"run": wanted["run"]}))


def lock_hashes() -> dict[str, str]:
    """Return what identifies each installation: its lock file and the Python it is for."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}".encode()
    return {
        kind: hashlib.sha256(python + (places.ROOT / name).read_bytes()).hexdigest()
        for kind, name in LOCKS.items()
    }


def installed() -> dict[str, str]:
    """Return what the environment was last brought up to."""
    try:
        found = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def works() -> bool:
    """Tell whether the environment has a Python of our version with a pip, for it may be half made or moved."""
    wanted = tuple(sys.version_info[:2])
    question = f"import sys, pip; print(sys.version_info[:2] == {wanted}, sys.prefix)"
    try:
        answer = subprocess.run([str(PYTHON), "-c", question], capture_output=True, text=True)
    except OSError:
        return False
    return answer.returncode == 0 and answer.stdout.strip() == f"True {VENV}"


def make_environment() -> None:
    """Create `.venv` anew."""
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        raise SystemExit(
            "oneask: this Python cannot make environments; on Debian and Ubuntu: apt-get install python3-venv"
        ) from None
    with steps.step("create .venv"):
        shutil.rmtree(VENV, ignore_errors=True)
        try:
            venv.create(VENV, with_pip=True, symlinks=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise SystemExit(f"oneask: .venv could not be made: {error}") from None


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except PermissionError as denied:
        raise SystemExit(
            f"oneask: {denied.filename} belongs to another user, root perhaps; run as that user"
        ) from None
