"""One table for everything that was measured, on the screen and in docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from config.local import places

PAGE = places.ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
COLUMNS = ("what", "measured", "reference in the same run", "ratio", "target", "met")


@dataclass(frozen=True)
class Row:
    """One measurement. `met` None: there is no target."""

    what: str
    measured: str
    reference: str = ""
    ratio: str = ""
    target: str = ""
    met: bool | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as texts, in the order of COLUMNS."""
        met = "" if self.met is None else ("yes" if self.met else "NO")
        return (self.what, self.measured, self.reference, self.ratio, self.target, met)


def show(rows: list[Row], notes: list[str]) -> None:
    """Print the table."""
    console = Console()
    table = Table(*COLUMNS, title="OneAsk, measured now", show_lines=True)
    for row in rows:
        table.add_row(*row.cells, style="red" if row.met is False else "")
    console.print(machine())
    console.print(table)
    for note in notes:
        console.print(f"- {note}")


def write(rows: list[Row], notes: list[str], *, quick: bool) -> None:
    """Put the table into the page, between its markers."""
    lines = [
        BEGIN,
        "",
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with `make bench`{' (--quick)' if quick else ''}. {machine()}",
        "",
        "| " + " | ".join(COLUMNS) + " |",
        "|" + "---|" * len(COLUMNS),
        *("| " + " | ".join(cell.replace("|", "\\|") for cell in row.cells) + " |" for row in rows),
        "",
        *(f"- {note}" for note in notes),
        "",
        END,
    ]
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(before + "\n".join(lines) + after, encoding="utf-8")


def machine() -> str:
    """What this was measured on: nothing that names the machine itself."""
    from django import get_version as django_version
    from granian import __version__ as granian_version
    from psycopg import __version__ as psycopg_version

    return (
        f"{_cpu()}, {os.cpu_count()} cores, {_memory()}, Linux {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}, Django {django_version()}, granian {granian_version}, "
        f"PostgreSQL 18 (embedded, fsync on, synchronous_commit on), psycopg {psycopg_version}."
    )


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return " ".join(line.split(":", 1)[1].split())
    return platform.machine()


def _memory() -> str:
    kilobytes = int(Path("/proc/meminfo").read_text().split()[1])
    return f"{kilobytes / 1024**2:.0f} GB"
