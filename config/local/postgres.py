"""The embedded PostgreSQL: create, start, stop, kill and start again.

It listens on a unix socket only, inside its own data directory (mode 700), so no port can clash and no other user
can connect. The server is a process group of its own: Ctrl-C in a terminal does not reach it, its supervisor stops
it after everything that uses it.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import psycopg

from config.local import places

SUPERUSER = "oneask"
SYSTEM_USER = "oneask-pg"
SOCKET_PATH_LIMIT = 107
START_SECONDS = 60.0

CONF = """\
# Written at every start; edit config/local/postgres.py instead.
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = {buffers}MB
effective_cache_size = {cache}MB
work_mem = 16MB
maintenance_work_mem = 128MB
max_wal_size = 4GB
checkpoint_timeout = 15min
wal_compression = on
random_page_cost = 1.1
jit = off
synchronous_commit = on
fsync = {durable}
full_page_writes = {durable}
timezone = 'UTC'
log_timezone = 'UTC'
log_min_messages = warning
log_line_prefix = '%m [%p] '
"""


class PostgresError(SystemExit):
    """The embedded PostgreSQL cannot do what was asked; the message is one clear line."""


class Postgres:
    """One embedded server, known by its data directory. Safe to use from several processes at once."""

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self.data_dir = data_dir
        self.log = data_dir.parent / f"{data_dir.name}.log"
        self._durable = durable
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def sockets(self) -> Path:
        """Directory of the unix socket: the data directory, or a short one where that path is too long."""
        if len(str(self.data_dir / ".s.PGSQL.5432.lock")) < SOCKET_PATH_LIMIT:
            return self.data_dir
        return Path("/tmp") / f"oneask-{os.geteuid()}-{places.checkout_key(self.data_dir)}"

    def url(self, dbname: str = "oneask") -> str:
        """Return the address of one database of this server."""
        return f"postgresql://{SUPERUSER}@/{dbname}?host={quote(str(self.sockets), safe='')}"

    @property
    def pid(self) -> int | None:
        """Return the process id of this server, or None when it does not run."""
        if self._child is not None:
            self._child.poll()  # reaps a server that this process started and that has died
        try:
            number = int((self.data_dir / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        return number if _is_server(number, self.data_dir) else None

    def start(self) -> bool:
        """Start the server, or find it running. Return True when this call started it.

        A running server is believed only after a real connection: a left-over postmaster.pid may carry the number
        of another process, and after a kill the old server's children hold its memory for a moment.
        """
        self._prepare()
        with self._lock():
            deadline = time.monotonic() + START_SECONDS
            started = False
            while not self._answers():
                if time.monotonic() > deadline:
                    raise PostgresError(f"oneask: PostgreSQL did not start; see {self.log}")
                # A server that was just started has not written its pid file yet: it is given time, not a twin.
                if self.pid is None and (self._child is None or self._child.poll() is not None):
                    (self.data_dir / "postmaster.pid").unlink(missing_ok=True)
                    self._spawn()
                    started = True
                time.sleep(0.05)
            self._create_database("oneask")
            return started

    def stop(self, *, gentle: bool = False) -> None:
        """Stop the server and wait until it is gone. `gentle` lets sessions that are open finish first."""
        self._signal(signal.SIGTERM if gentle else signal.SIGINT)
        if self._wait_gone(5.0 if gentle else 30.0) or gentle:
            return
        self._signal(signal.SIGQUIT)
        if not self._wait_gone(10.0):
            self.kill()

    def kill(self) -> None:
        """End the server as `kill -9` would, for tests of failure."""
        self._signal(signal.SIGKILL)
        self._wait_gone(10.0)

    def _signal(self, number: signal.Signals) -> None:
        pid = self.pid
        if pid is not None:
            os.kill(pid, number)
        elif self._child is not None and self._child.poll() is None:
            self._child.send_signal(number)  # started a moment ago, and no pid file yet

    def _wait_gone(self, seconds: float) -> bool:
        """Wait for the server, and for the process that this handle started to be reaped as well."""
        deadline = time.monotonic() + seconds
        while self.pid is not None or (self._child is not None and self._child.poll() is None):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _create_database(self, name: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            found = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [name]
            ).fetchone()
            if found is None:
                connection.execute(f'CREATE DATABASE "{name}"'.encode())

    def _spawn(self) -> None:
        (self.data_dir / "postgresql.conf").write_text(
            CONF.format(
                sockets=str(self.sockets).replace("'", "''"),
                durable="on" if self._durable else "off",
                buffers=_part_of_memory(8, least=128, most=4096),
                cache=_part_of_memory(2, least=512, most=65536),
            )
        )
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                [_binary("postgres"), "-D", str(self.data_dir)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
                **_as(_owner(self.data_dir)),
            )

    def _prepare(self) -> None:
        """Create the data directory on first use, owned by the user the server runs as."""
        base = self.data_dir.parent
        base.mkdir(mode=0o755, parents=True, exist_ok=True)
        owner = _owner(self.data_dir)
        if self.sockets != self.data_dir:
            self._prepare_sockets(owner)
        with self._lock():
            if (self.data_dir / "PG_VERSION").exists():
                return
            shutil.rmtree(self.data_dir, ignore_errors=True)  # what an interrupted initdb left
            self.data_dir.mkdir(mode=0o700)
            if owner is not None:
                os.chown(self.data_dir, owner.pw_uid, owner.pw_gid)
            made = subprocess.run(
                [
                    _binary("initdb"),
                    *(
                        "-D",
                        str(self.data_dir),
                        "-U",
                        SUPERUSER,
                        "--auth=trust",
                        "--encoding=UTF8",
                    ),
                    *(
                        "--locale-provider=builtin",
                        "--builtin-locale=C.UTF-8",
                        "--locale=C",
                    ),
                    *(() if self._durable else ("--no-sync",)),
                ],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                cwd="/",
                **_as(owner),
            )
            if made.returncode != 0:
                shutil.rmtree(self.data_dir, ignore_errors=True)
                reason = (made.stderr.strip().splitlines() or ["no message"])[-1]
                raise PostgresError(
                    f"oneask: PostgreSQL could not create its data directory: {reason}"
                )

    def _prepare_sockets(self, owner: pwd.struct_passwd | None) -> None:
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        wanted = os.geteuid() if owner is None else owner.pw_uid
        if owner is not None and self.sockets.lstat().st_uid == 0:
            os.chown(self.sockets, owner.pw_uid, owner.pw_gid, follow_symlinks=False)
        if self.sockets.is_symlink() or self.sockets.lstat().st_uid != wanted:
            raise PostgresError(
                f"oneask: {self.sockets} belongs to somebody else; remove it and run again"
            )

    def _open_lock(self) -> IO[str]:
        path = self.data_dir.parent / f"{self.data_dir.name}.lock"
        try:
            return path.open("w")
        except PermissionError:
            raise PostgresError(
                f"oneask: {path.parent} belongs to another user, root perhaps; run as that user"
            ) from None

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with self._open_lock() as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def _is_server(pid: int, data_dir: Path) -> bool:
    """Tell whether `pid` is a live postmaster of `data_dir`; a zombie or another program is not."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return str(data_dir).encode() in command and command[0].endswith(b"postgres")


def _owner(data_dir: Path) -> pwd.struct_passwd | None:
    """Return the user the server runs as when we are root; None for an ordinary user, who runs it himself.

    Data that an ordinary user made stays that user's; otherwise the user is created on first use.
    """
    if os.geteuid() != 0:
        return None
    try:
        found = data_dir.stat().st_uid
        if found != 0:
            return pwd.getpwuid(found)
    except (OSError, KeyError):
        pass
    for name in (SYSTEM_USER, "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            if name == SYSTEM_USER and shutil.which("useradd"):
                subprocess.run(
                    [
                        "useradd",
                        "--system",
                        "--no-create-home",
                        "--shell",
                        "/usr/sbin/nologin",
                        name,
                    ],
                    capture_output=True,
                )
                try:
                    return pwd.getpwnam(name)
                except KeyError:
                    continue
    raise PostgresError(
        "oneask: as root, PostgreSQL needs a user of its own; run as an ordinary user"
    )


def _as(owner: pwd.struct_passwd | None) -> dict[str, Any]:
    if owner is None:
        return {}
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def _binary(name: str) -> str:
    """Return the path of one PostgreSQL program that the server's user can execute."""
    shipped = places.shipped_postgres()
    if shipped is None or sys.platform != "linux":
        raise PostgresError(
            "oneask: no embedded PostgreSQL for this system; set DATABASE_URL to a PostgreSQL 15 or later"
        )
    base = places.postgres_base()
    if base == places.STATE:
        return str(shipped / "bin" / name)
    copy = base / "program" / shipped.parent.name / "pginstall"
    if not copy.exists():
        _copy_program(shipped, copy)
    return str(copy / "bin" / name)


def _copy_program(shipped: Path, copy: Path) -> None:
    """Copy the server to a place its user can reach, keeping the library directory beside it."""
    partial = copy.parent.parent.with_name("program.partial")
    shutil.rmtree(partial, ignore_errors=True)
    libraries = shipped.parent.with_name(f"{shipped.parent.name}.libs")
    shutil.copytree(shipped, partial / shipped.parent.name / "pginstall")
    shutil.copytree(libraries, partial / libraries.name)
    for path in (partial, *partial.rglob("*")):
        path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    partial.rename(copy.parent.parent)


def _part_of_memory(part: int, *, least: int, most: int) -> int:
    """One `part` of this machine's memory in MB, within bounds. Indexes that fit in it keep the cost of an
    event flat; memory that is not used costs nothing.
    """
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // (1 << 20)
    return max(least, min(most, total // part))
