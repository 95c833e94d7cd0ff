"""Keep one program running: start it again when it dies, give up when it dies again and again.

The program and its children are one process group, so nothing of it outlives it: neither workers whose parent was
killed, nor the program itself when `make run` is gone.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import deque
from types import FrameType

from config.local import commands, places

DEATHS, WITHIN = 5, 60.0
GRACE = 4.0


class Keeper:
    """Runs one program of `config.local.commands`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked_to_stop = False
        self.supervisor = int(os.environ.get("ONEASK_SUPERVISOR", "0"))

    def run(self) -> int:
        """Run until asked to stop (0) or until the program has died too often (its own code)."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)
        deaths: deque[float] = deque(maxlen=DEATHS)
        while True:
            code = self._once()
            if self.asked_to_stop:
                return 0
            deaths.append(time.monotonic())
            if len(deaths) == DEATHS and deaths[-1] - deaths[0] < WITHIN:
                print(
                    f"{self.name} died {DEATHS} times within {WITHIN:.0f} s (code {code}); giving up",
                    flush=True,
                )
                return code if code > 0 else 1
            print(f"{self.name} died (code {code}); starting it again", flush=True)
            time.sleep(0.5)

    def _once(self) -> int:
        process = subprocess.Popen(
            commands.argv(self.name),
            cwd=places.ROOT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            while process.poll() is None and not self._should_stop():
                time.sleep(0.1)
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(GRACE)
                except subprocess.TimeoutExpired:
                    pass
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        return process.wait()

    def _should_stop(self) -> bool:
        if self.supervisor and not os.path.exists(f"/proc/{self.supervisor}"):
            self.asked_to_stop = True
        return self.asked_to_stop

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked_to_stop = True


if __name__ == "__main__":
    raise SystemExit(Keeper(sys.argv[1]).run())
