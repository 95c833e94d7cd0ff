"""Audit and rebuild one app, and print what was wrong: `python -m tests.faults.recompute APP`."""

from __future__ import annotations

import json
import sys

import django


def main(app: int) -> None:
    """Audit first, for the rebuild puts right what the audit would find."""
    from permissions_app.services import rebuild

    findings = rebuild.audit(app_id=app, start=0)
    total = list(rebuild.rebuild(app_id=app))[-1]
    print(
        json.dumps(
            {
                "findings": findings,
                "devices": total.devices,
                "facts_changed": total.facts_changed,
                "cells_changed": total.cells_changed,
            }
        )
    )


if __name__ == "__main__":
    django.setup()
    main(int(sys.argv[1]))
