"""`make check` and `make test`: every check there is, in the order in which they are cheap."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from config.local import places

BIN = Path(sys.executable).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHECKS = {
    "formatting": ["ruff", "format", "--check", "--quiet", "."],
    "lint": ["ruff", "check", "--quiet", "."],
    "layers": ["lint-imports", "--no-logo"],
    "templates": ["djlint", "templates", "--lint", "--quiet"],
    "template style": ["djade", "--check", "--target-version", "5.2"],
    "migrations": ["python", "-m", "config.local.verify", "migrations"],
    "types": ["mypy"],
}


def check() -> int:
    """Run all checks, not only up to the first that fails, and say which failed."""
    failed = []
    for name, (program, *arguments) in CHECKS.items():
        print(f"check {name}", flush=True)
        files = templates() if program == "djade" else []
        line = [str(BIN / program), *arguments, *files]
        if subprocess.run(line, cwd=places.ROOT, stdin=subprocess.DEVNULL).returncode != 0:
            failed.append(name)
    if failed:
        print(f"oneask: failed: {', '.join(failed)}", file=sys.stderr, flush=True)
    return 1 if failed else 0


def templates() -> list[str]:
    """Return every template; the formatter takes files, not folders."""
    return sorted(str(path) for path in (places.ROOT / "templates").rglob("*.html"))


def migrations() -> int:
    """Tell whether the models and their migrations agree. Needs no database."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
    import warnings

    import django
    from django.core.management import call_command

    django.setup()
    with warnings.catch_warnings():
        # The history of applied migrations cannot be compared without a database, and need not be.
        warnings.simplefilter("ignore", RuntimeWarning)
        call_command("makemigrations", check=True, dry_run=True, verbosity=1)
    return 0


def test() -> int:
    """Check, then test, in that order; the tests run even when a check failed, so that one run shows everything."""
    browser = find_browser()
    checked = check()
    tested = subprocess.run(
        [sys.executable, "-m", "pytest"],
        cwd=places.ROOT,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "CHROMIUM": browser},
    ).returncode
    return tested or checked


def find_browser() -> str:
    """Return the path of a Chromium, installed from Debian's packages when we may."""
    given = os.environ.get("CHROMIUM", "").strip()
    if given:
        found = shutil.which(given)
        if found is None:
            raise SystemExit(f"oneask: CHROMIUM is {given!r}; no program is there")
        return found
    found = _known_browser()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        print("install Chromium for the browser tests", flush=True)
        for arguments in (
            ["update", "-qq"],
            ["install", "-y", "-qq", "--no-install-recommends", "chromium"],
        ):
            subprocess.run(
                ["apt-get", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            )
        found = _known_browser()
    if found is None:
        raise SystemExit(
            "oneask: the browser tests need Chromium: `apt-get install chromium` as root, "
            "or CHROMIUM=/path/to/chrome make test"
        )
    return found


def _known_browser() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def main(arguments: list[str]) -> int:
    """Run what the one argument names."""
    known = {"check": check, "migrations": migrations, "test": test}
    if len(arguments) != 1 or arguments[0] not in known:
        raise SystemExit(f"usage: python -m config.local.verify {'|'.join(known)}")
    return known[arguments[0]]()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
