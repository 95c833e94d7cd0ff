"""`make bench`: measure the product on this machine and print one table.

python -m tests.bench [--quick] [--only decisions,events,...] [--write]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from config.local.steps import step
from tests.bench import (
    decisions,
    events,
    faults,
    folding,
    forecast,
    overview,
    protocols,
    segments,
    table,
)
from tests.bench.stage import Stage, open_stage

Section = Callable[..., tuple[list[table.Row], list[str]]]
SECTIONS: dict[str, Section] = {
    "decisions": decisions.measure,
    "events": events.measure,
    "overview": overview.measure,
    "fold": folding.measure,
    "protocols": protocols.measure,
    "forecast": forecast.measure,
    "segments": segments.measure,
    "faults": faults.measure,
}


def main() -> int:
    """Measure, print, and write where asked. Returns 1 when a target was missed."""
    asked = _arguments()
    rows: list[table.Row] = []
    notes: list[str] = []
    started = time.monotonic()
    for name in asked.only:
        with step(f"measure {name}"), open_stage() as stage:
            found, said = _measure(stage, name, quick=asked.quick)
        table.show(found, [])
        rows += found
        notes += said
    notes.append(f"The whole run took {(time.monotonic() - started) / 60:.0f} minutes.")
    table.show(rows, notes)
    if asked.write:
        table.write(rows, notes, quick=asked.quick)
    return int(any(row.met is False for row in rows))


def _measure(stage: Stage, name: str, *, quick: bool) -> tuple[list[table.Row], list[str]]:
    try:
        return SECTIONS[name](stage, quick=quick)
    except AssertionError as failure:  # one section that fails does not cost the others' numbers
        return [table.Row(name, str(failure), "", "", "no failure", False)], []


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes; stops at 10^6 events")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--only", default=",".join(SECTIONS), help="sections, comma-separated")
    asked = parser.parse_args()
    asked.only = [name.strip() for name in asked.only.split(",") if name.strip()]
    unknown = set(asked.only) - set(SECTIONS)
    if unknown:
        parser.error(
            f"no such section: {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}"
        )
    return asked


if __name__ == "__main__":
    raise SystemExit(main())
