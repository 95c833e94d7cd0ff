"""Kills parts of the running product while a client sends, and checks afterwards that nothing was lost or doubled.

The client is what a careful client is: it gives every event an id, and sends the same batch again until it is
acknowledged. The restarter starts again what was killed, as the supervisor of `make run` does.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg

from config.local import parts, places
from config.local.postgres import Postgres
from tests.bench.client import Wire, request
from tests.bench.scene import Scene
from tests.live import Live
from tests.waiting import PATIENCE_SECONDS, wait_until

SUFFIX = "-faults"
IPHONE = {"platform": "ios", "os_version": "18.1"}
DAY_MS = 86_400_000


class OwnLive(Live):
    """The product on a database server of its own: the other tests keep theirs when this one is killed.

    The server waits for the disk, as in production.
    """

    def __init__(self) -> None:
        _remove_left_servers()
        name = f"{os.getpid()}{SUFFIX}"
        self.own = Postgres(places.postgres_base() / f"test-pg-{name}")
        super().__init__(server=self.own, database="oneask_faults")
        self.log = places.state_dir() / f"live-{name}.log"
        self.notes = places.state_dir() / f"schedule-{name}"
        self.environment["BEAT_SCHEDULE_FILE"] = str(self.notes)

    def __enter__(self) -> OwnLive:
        try:
            self.own.start()
            super().__enter__()
        except BaseException:
            parts.remove(self.own)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop_all()
        kill_server(self.own)
        parts.remove(self.own)
        for left in (self.log, *self.notes.parent.glob(f"{self.notes.name}*")):
            left.unlink(missing_ok=True)


def kill_server(server: Postgres) -> None:
    """`kill -9`, and wait for the end of the process where it is a child of ours."""
    server.kill()
    if server._child is not None:
        server._child.wait(10)


def _remove_left_servers() -> None:
    for folder in places.postgres_base().glob(f"test-pg-*{SUFFIX}"):
        number = folder.name.removeprefix("test-pg-").removesuffix(SUFFIX)
        if folder.is_dir() and not Path(f"/proc/{number}").exists():
            parts.remove(Postgres(folder))


@dataclass
class Client:
    """Sends batches of new events without end; `acknowledged` holds the ids the server has answered for."""

    url: str
    scene: Scene
    number: int
    acknowledged: set[str] = field(default_factory=set)
    retries: int = 0
    doubled: int = 0
    stop: threading.Event = field(default_factory=threading.Event)
    problem: str = ""

    def run(self) -> None:
        """Send until stopped; a batch that was begun is sent until it is acknowledged."""
        draw = random.Random(self.number)
        wire = Wire(self.url)
        while not self.stop.is_set() and not self.problem:
            events = [self._event(draw) for _ in range(40)]
            body = json.dumps({"events": events}).encode()
            message = request("/api/v1/events", body, key=self.scene.publishable)
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not self._send(wire, message, events):
                self.retries += 1
                if self.problem or time.monotonic() > deadline:
                    self.problem = self.problem or "a batch was not acknowledged within a minute"
                    break
                self.stop.wait(0.05)
        wire.close()

    def _send(self, wire: Wire, message: bytes, events: list[dict[str, Any]]) -> bool:
        try:
            reply = wire.send(message)
        except OSError:
            wire.close()
            return False
        if reply.status == 503:
            return False
        if reply.status != 200:
            self.problem = f"{reply.status}: {reply.body[:300]!r}"
            return False
        receipt = reply.json()
        if receipt["rejected"] or receipt["accepted"] + receipt["duplicates"] != len(events):
            self.problem = str(receipt)[:300]
            return False
        self.doubled += receipt["duplicates"]
        self.acknowledged.update(event["id"] for event in events)
        return True

    def _event(self, draw: random.Random) -> dict[str, Any]:
        """Any happening on one of a few hundred devices, often late, so that folding has work to do."""
        kind = draw.choice(
            ("session_started", "moment_reached", "permission_status", "native_prompt_answered")
        )
        stories: dict[str, dict[str, Any]] = {
            "moment_reached": {"name": "Run Finished"},
            "permission_status": {
                "permission": {"library": "ios", "value": draw.choice((0, 1, 2))}
            },
            "native_prompt_answered": {"outcome": draw.choice(("granted", "denied"))},
        }
        more = stories.get(kind, {})
        return {
            "id": str(uuid.uuid4()),
            "device_id": f"faulty-{draw.randrange(300)}",
            "type": kind,
            "occurred_at": int(time.time() * 1000) - draw.randrange(40 * DAY_MS),
            **IPHONE,
            **more,
        }


@contextmanager
def clients(live: Live, scene: Scene, count: int = 3) -> Iterator[list[Client]]:
    """Clients that send in the background; at the end they finish the batch they are at."""
    team = [Client(live.url, scene, number) for number in range(count)]
    threads = [threading.Thread(target=client.run, daemon=True) for client in team]
    for thread in threads:
        thread.start()
    try:
        yield team
    finally:
        for client in team:
            client.stop.set()
        for thread in threads:
            thread.join(PATIENCE_SECONDS + 10)


class Faults:
    """The kills, each followed by what the supervisor would do."""

    def __init__(self, live: Live) -> None:
        self.live = live

    def web(self) -> None:
        """The whole web server."""
        self.live.kill("web")
        self.live.start("web")

    def web_child(self) -> None:
        """One process of the web server, which must replace it by itself."""
        self._kill_child("web")

    def worker(self) -> None:
        """The whole worker, in the middle of whatever it does."""
        self.live.kill("worker")
        self.live.start("worker")

    def database(self) -> None:
        """PostgreSQL, which is the broker too; worker and scheduler must find it again by themselves."""
        server = self.live.server
        assert server is not None, "only the embedded server can be killed"
        kill_server(server)
        try:
            server.start()
        except SystemExit as error:
            raise AssertionError(f"{error}\n{server.log.read_text()[-3000:]}") from None

    def scheduler(self) -> None:
        """The scheduler, which puts the work on the queue."""
        self.live.kill("beat")
        self.live.start("beat")

    def broker_connections(self) -> None:
        """Every connection of worker and scheduler to the broker, as a broker that restarts would cut them."""
        with psycopg.connect(self.live.admin_url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = %s AND pid <> pg_backend_pid()",
                (self.live.database,),
            )

    def revive(self) -> None:
        """Start again what has ended by itself, as the keeper of `make run` does."""
        for name, process in list(self.live.processes.items()):
            if process.poll() is not None:
                self.live.processes.pop(name)
                self.live.start(name)

    def _kill_child(self, name: str) -> None:
        parent = self.live.processes[name].pid
        wait_until(lambda: bool(children(parent)), f"the {name} has children")
        os.kill(random.choice(children(parent)), signal.SIGKILL)


def children(parent: int) -> list[int]:
    """The living child processes of a process."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[1]) == parent and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def expect_progress(live: Live, team: list[Client], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until every client has got new acknowledgements."""
    faults = Faults(live)
    before = [len(client.acknowledged) for client in team]

    def went_on() -> bool:
        faults.revive()
        problems = [client.problem for client in team if client.problem]
        assert not problems, problems
        return all(len(c.acknowledged) > n + 80 for c, n in zip(team, before, strict=True))

    wait_until(went_on, "every client went on", seconds)


def expect_folded(live: Live, app: int) -> None:
    """Wait until the worker has counted every device that waits."""

    def empty() -> bool:
        with psycopg.connect(live.database_url) as connection:
            row = connection.execute(
                "SELECT count(*) FROM permissions_app_foldqueue WHERE app_id = %s", (app,)
            ).fetchone()
        assert row is not None
        return int(row[0]) == 0

    wait_until(empty, "the worker folded everything")


def expect_nothing_lost(live: Live, scene: Scene, team: list[Client]) -> int:
    """Every acknowledged event is stored exactly once, and every number is what the events say."""
    acknowledged = set().union(*(client.acknowledged for client in team))
    with psycopg.connect(live.database_url) as connection:
        stored = [
            str(event)
            for (event,) in connection.execute(
                "SELECT id FROM permissions_app_event WHERE app_id = %s", (scene.app,)
            )
        ]
        keys = {
            str(event)
            for (event,) in connection.execute(
                "SELECT id FROM permissions_app_eventkey WHERE app_id = %s", (scene.app,)
            )
        }
    assert len(stored) == len(set(stored)), "events are stored twice"
    assert acknowledged <= set(stored), f"{len(acknowledged - set(stored))} events were lost"
    assert keys == set(stored), "ids and events differ"
    truth = recompute(live, scene.app)
    assert truth["findings"] == [], truth
    assert truth["facts_changed"] == 0, truth
    assert truth["cells_changed"] == 0, truth
    assert truth["devices"] > 0
    return len(acknowledged)


def recompute(live: Live, app: int) -> dict[str, Any]:
    """Audit and rebuild one app with the product's own services, in a process with its settings."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.recompute", str(app)],
        cwd=places.ROOT,
        env=live.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
