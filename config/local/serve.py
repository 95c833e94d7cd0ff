"""`make run`: everything the product needs on one machine, started, watched and stopped together.

PostgreSQL is watched here and started again when it dies; the programs of the Procfile run under honcho, each with
a keeper that starts it again. A program that cannot be kept alive ends the whole run, with a line that says so.
"""

from __future__ import annotations

import fcntl
import io
import os
import signal
import socket
import sys
import threading
import time
import urllib.request
from types import FrameType
from typing import IO

from honcho.environ import parse_procfile
from honcho.manager import Manager

from config import env
from config.local import assets, broker, parts, places
from config.local.postgres import Postgres
from config.local.steps import step


def main() -> int:
    """Run the product until Ctrl-C or SIGTERM and return the exit code."""
    started = time.monotonic()
    signal.signal(signal.SIGTERM, _leave)
    host, port = env.text("HOST", "127.0.0.1"), env.port()
    run_lock = hold_run_lock()
    settle_environment()
    refuse_taken_port(host, port)
    server = None if os.environ.get("DATABASE_URL") else parts.development_server()
    try:
        access = prepare(server)
        return serve(
            server,
            f"http://{'localhost' if host in ('127.0.0.1', '0.0.0.0', '::') else host}:{port}",
            access,
            started,
        )
    finally:
        if server is not None:
            server.stop()
        run_lock.close()


def settle_environment() -> None:
    """Fill in what production demands and a single machine can decide for itself; check the rest early."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")
    os.environ.setdefault("HTTPS", "false")
    for name in ("SECRET_KEY", "API_KEY_PEPPER"):
        os.environ[name] = env.secret(name, generate=True)
    os.environ["PATH"] = (
        f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ.get('PATH', '')}"
    )
    os.environ["PYTHONUNBUFFERED"] = "1"
    os.environ["ONEASK_SUPERVISOR"] = str(os.getpid())
    env.flag("DEBUG", False)
    env.flag("HTTPS", False)
    env.broker_url()
    env.database()
    if os.environ.get("DATABASE_URL"):
        env.check_database(env.database_url())


def hold_run_lock() -> IO[str]:
    """Make sure that this checkout runs once."""
    try:
        handle = (places.state_dir() / "run.lock").open("a")
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except PermissionError:
        raise SystemExit(
            f"oneask: {places.STATE} belongs to another user, root perhaps; run as that user"
        ) from None
    except OSError:
        raise SystemExit("oneask: this checkout is already running; stop that run first") from None
    return handle


def refuse_taken_port(host: str, port: int) -> None:
    """End with one line when the port cannot be listened on."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror:
        raise env.WrongValue("HOST", f"is {host!r}; no address has that name") from None
    except PermissionError:
        raise SystemExit(
            f"oneask: port {port} needs more rights; try: PORT=8001 make run"
        ) from None
    except OSError as error:
        if error.errno == 99:
            raise env.WrongValue("HOST", f"is {host!r}; it is no address of this machine") from None
        other = port + 1 if port < 65535 else 8001
        raise SystemExit(f"oneask: port {port} is taken; try: PORT={other} make run") from None


def prepare(server: Postgres | None) -> str:
    """Bring files, database and broker up to date, and return how to sign in."""
    assets.install()
    if server is not None:
        with step("start PostgreSQL"):
            server.start()
    import django
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    with step("migrate the database"):
        call_command("migrate", interactive=False, verbosity=0)
        broker.prepare_broker()
    assets.collect_static()
    call_command("rebuild_rollups", outdated=True)  # an update may count more than the one before
    from permissions_app.models import Workspace

    if not Workspace.objects.exists():
        call_command("seed_demo")
    said = io.StringIO()
    call_command("show_access", stdout=said)
    connections.close_all()
    return said.getvalue()


def serve(server: Postgres | None, address: str, access: str, started: float) -> int:
    """Start the programs, tell where they are, and stay until they have stopped."""
    manager = Manager()
    for name, command in parse_procfile((places.ROOT / "Procfile").read_text()).processes.items():
        manager.add_process(name, command, cwd=str(places.ROOT), env=dict(os.environ))
    ending = threading.Event()
    threads = [
        threading.Thread(target=announce, args=(ending, address, access, started), daemon=True)
    ]
    if server is not None:
        threads.append(threading.Thread(target=watch, args=(ending, server), daemon=True))
    threading.Timer(0.5, start_all, [threads]).start()  # honcho forks its programs first
    manager.loop()
    ending.set()
    for thread in threads:
        if thread.is_alive():
            thread.join()
    asked = manager.returncode in (130, 143)
    if not asked:
        print(
            "oneask: a program ended and could not be kept alive; everything was stopped",
            file=sys.stderr,
        )
    return 0 if asked else int(manager.returncode or 1)


def start_all(threads: list[threading.Thread]) -> None:
    """Start the threads that speak and watch."""
    for thread in threads:
        thread.start()


def announce(ending: threading.Event, address: str, access: str, started: float) -> None:
    """Say where the product is and how to sign in, as soon as it answers."""
    while not ending.wait(0.1):
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=5):
                break
        except OSError:
            continue
    else:
        return
    seconds = time.monotonic() - started
    print(
        f"\nOneAsk is ready after {seconds:.1f} s: {address}\n\n{access.rstrip()}\n\nCtrl-C stops everything.\n",
        flush=True,
    )


def watch(ending: threading.Event, server: Postgres) -> None:
    """Start PostgreSQL again whenever it is gone."""
    while not ending.wait(0.3):
        if server.pid is None:
            print("oneask: PostgreSQL is gone; starting it again", flush=True)
            try:
                server.start()
            except SystemExit as error:
                print(error, flush=True)


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
