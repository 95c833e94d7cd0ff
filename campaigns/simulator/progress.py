"""What a simulation says while it runs: a bar on a terminal, a line every few seconds elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from campaigns.simulator.crowd import Done

SECONDS_BETWEEN_LINES = 5.0


@contextmanager
def progress(what: str, *, total: int) -> Iterator[Callable[[Done], None]]:
    """Yields what to call with each report."""
    sum_of, started = Done(), time.monotonic()
    console = Console()
    last = started

    def add(done: Done) -> float:
        for field in fields(Done):
            setattr(sum_of, field.name, getattr(sum_of, field.name) + getattr(done, field.name))
        return max(time.monotonic() - started, 0.001)

    if console.is_terminal:
        columns = (
            TextColumn(what),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("devices, {task.fields[rate]}"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=console) as bar:
            task = bar.add_task(what, total=total, rate="")

            def draw(done: Done) -> None:
                seconds = add(done)
                rate = f"{sum_of.events / seconds:,.0f} events/s"
                bar.update(task, completed=sum_of.devices, rate=rate)

            yield draw
    else:

        def say(done: Done) -> None:
            nonlocal last
            seconds = add(done)
            if time.monotonic() - last >= SECONDS_BETWEEN_LINES:
                last = time.monotonic()
                left = seconds / max(sum_of.devices, 1) * (total - sum_of.devices)
                print(
                    f"  {what}: {sum_of.devices:,} of {total:,} devices, "
                    f"{sum_of.events / seconds:,.0f} events/s, {left:.0f} s left",
                    flush=True,
                )

        yield say
    seconds = time.monotonic() - started
    print(
        f"  {what}: {sum_of.devices:,} devices, {sum_of.events:,} events, "
        f"{sum_of.decisions:,} decisions in {seconds:.1f} s",
        flush=True,
    )
