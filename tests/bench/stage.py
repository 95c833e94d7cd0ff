"""Where the measuring happens: a fresh PostgreSQL that waits for the disk, and the product as `make run` starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from config import env
from config.local import commands, parts, places
from config.local.postgres import Postgres
from tests.bench.client import Wire, request
from tests.bench.scene import Scene, make_scene
from tests.live import Live, free_port

WORKERS = 2


class Stage:
    """The product, an app on it, and the reference server beside it."""

    def __init__(self, live: Live, server: Postgres) -> None:
        self.live, self.server = live, server
        self.scene: Scene = make_scene(live)

    @property
    def database_url(self) -> str:
        """Address of the database."""
        return self.live.database_url

    def connect(self) -> psycopg.Connection[Any]:
        """A connection of our own, in autocommit."""
        return psycopg.connect(self.database_url, autocommit=True)

    def without_background(self) -> None:
        """Stop worker and scheduler, so that only the web server works."""
        for name in ("beat", "worker"):
            process = self.live.processes.pop(name, None)
            if process is not None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def with_background(self) -> None:
        """Start worker and scheduler where they do not run."""
        for name in ("worker", "beat"):
            if name not in self.live.processes:
                self.live.start(name)

    def settle(self) -> None:
        """Write out what is dirty and clean up, so that one round does not pay for another."""
        with self.connect() as connection:
            for table in ("device", "foldqueue", "counteddevice"):
                connection.execute(f"VACUUM permissions_app_{table}".encode())
            connection.execute("ANALYZE permissions_app_device")
            connection.execute("CHECKPOINT")

    @contextmanager
    def reference_server(self) -> Iterator[str]:
        """A bare view under the same server with the same number of workers; yields its address."""
        port = free_port()
        line = [
            word.replace("config.wsgi:application", "tests.bench.reference_app:application")
            for word in _web_line(self.live, port)
        ]
        process = subprocess.Popen(
            line,
            cwd=places.ROOT,
            env=self.live.environment | {"PORT": str(port)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        url = f"http://127.0.0.1:{port}"
        try:
            _wait_for(url)
            yield url
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def open_stage() -> Iterator[Stage]:
    """Start everything, and remove all of it at the end."""
    parts.remove_left_tests()
    server = Postgres(places.postgres_base() / f"test-pg-{os.getpid()}")  # durable, unlike a test's
    server.start()
    try:
        measured = Live(server=server, workers=WORKERS, database="oneask_bench")
        measured.environment |= {f"RATE_LIMIT_{kind.upper()}": "0" for kind in env.RATE_LIMITS}
        with measured as live:
            yield Stage(live, server)
    finally:
        parts.remove(server)


def _web_line(live: Live, port: int) -> list[str]:
    before = dict(os.environ)
    try:
        os.environ.update(live.environment | {"PORT": str(port)})
        return [sys.executable, "-m", *commands.web()]
    finally:
        os.environ.clear()
        os.environ.update(before)


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with Wire(url) as wire:
                if wire.send(request("/api/v1/decisions", b"{}")).status == 200:
                    return
        except OSError:
            pass
        if time.monotonic() > deadline:
            raise RuntimeError("the reference server did not start")
        time.sleep(0.05)
