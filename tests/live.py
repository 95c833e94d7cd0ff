"""The whole product as its users meet it: the real web server, worker and scheduler, on a database of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from types import TracebackType
from urllib.parse import urlsplit

import psycopg

from config.local import assets, commands, places
from config.local.postgres import Postgres

DATABASE = "oneask_live"
START_SECONDS = 60.0


class Live:
    """Starts everything on a free port, waits until it answers, and stops everything at the end.

    `url` is the address of the web server, `database_url` that of its database, `processes` the three programs by
    name, `log` the file with their output.
    """

    def __init__(
        self, *, server: Postgres | None, workers: int = 2, database: str = DATABASE
    ) -> None:
        self.server = server
        self.database = database
        self.admin_url = (
            server.url("postgres") if server is not None else os.environ["DATABASE_URL"]
        )
        self.database_url = (
            server.url(database) if server is not None else _sibling(self.admin_url, database)
        )
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = places.state_dir() / f"live-{os.getpid()}.log"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = {
            **os.environ,
            "DATABASE_URL": self.database_url,
            "CELERY_BROKER_URL": "pgmq://",
            "DJANGO_SETTINGS_MODULE": "config.settings.prod",
            "SECRET_KEY": "live tests: a key that protects nothing at all",
            "API_KEY_PEPPER": "live tests: a pepper that protects nothing at all",
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "HTTPS": "false",
            "RATE_LIMIT_MANAGE": "0",  # programs of the tests call as fast as they can
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "WEB_WORKERS": str(workers),
            "WEBHOOK_HOSTS": "127.0.0.1",
            "BEAT_SCHEDULE_FILE": str(places.state_dir() / f"live-{os.getpid()}-beat"),
            "PYTHONUNBUFFERED": "1",
        }

    def __enter__(self) -> Live:
        """Create the database, migrate it, start the programs and wait for an answer."""
        self._recreate_database()
        self.manage("migrate", "--verbosity", "0")
        self.run_module("config.local.broker")
        assets.collect_static()
        try:
            for name in commands.COMMANDS:
                self.start(name)
            self.wait_until_healthy()
        except BaseException:
            self.stop_all()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the programs and drop the database."""
        self.stop_all()
        self.log.unlink(missing_ok=True)
        for left in self.log.parent.glob(f"live-{os.getpid()}-beat*"):
            left.unlink()
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)'.encode())

    def manage(self, *arguments: str) -> str:
        """Run one management command against the live database and return what it prints."""
        return self._run([sys.executable, str(places.ROOT / "manage.py"), *arguments])

    def run_module(self, module: str, *arguments: str) -> str:
        """Run one module against the live database and return what it prints."""
        return self._run([sys.executable, "-m", module, *arguments])

    def start(self, name: str) -> None:
        """Start one of the programs: `web`, `worker` or `beat`."""
        with self.log.open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "config.local.commands", name],
                cwd=places.ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        """End one program and its children as `kill -9` would."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop_all(self) -> None:
        """Ask every program to stop, and insist after some seconds."""
        for process in self.processes.values():
            process.terminate()
        deadline = time.monotonic() + 10
        for process in self.processes.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.processes.clear()

    def wait_until_healthy(self, seconds: float = START_SECONDS) -> None:
        """Return as soon as the web server answers and reaches its database."""
        deadline = time.monotonic() + seconds
        while not self.healthy():
            if time.monotonic() > deadline or self.processes["web"].poll() is not None:
                raise RuntimeError(f"the product did not start:\n{self.output()[-4000:]}")
            time.sleep(0.05)

    def healthy(self) -> bool:
        """Tell whether the health check succeeds now."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as response:
                return bool(response.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def output(self) -> str:
        """Return what the programs have written so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def _run(self, line: list[str]) -> str:
        done = subprocess.run(
            line,
            cwd=places.ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(line[1:])} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def _recreate_database(self) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)'.encode())
            connection.execute(f'CREATE DATABASE "{self.database}"'.encode())


def free_port() -> int:
    """Return a port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _sibling(url: str, database: str) -> str:
    """Return the address of another database of the same server."""
    return urlsplit(url)._replace(path=f"/{database}").geturl()
