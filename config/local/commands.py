"""The long-running programs of the product, each as one command line.

`make run`, the containers and the tests all start them through `python -m config.local.commands NAME`, so there is
one place that says how.
"""

from __future__ import annotations

import os
import sys

from config import env
from config.local import places


def web() -> list[str]:
    """Serve pages and endpoints over http. Each thread has a connection of its own; a slow page holds up only one."""
    return [
        *("granian", "config.wsgi:application", "--interface", "wsgi"),
        *("--host", env.text("HOST", "127.0.0.1"), "--port", str(env.port())),
        *("--workers", str(env.web_workers())),
        *("--blocking-threads", str(env.integer("WEB_THREADS", 4, low=1, high=64))),
        *(
            "--backlog",
            "1024",
            "--backpressure",
            "256",
            "--http",
            "1",
            "--no-ws",
            "--no-access-log",
        ),
        *(
            "--respawn-failed-workers",
            "--respawn-interval",
            "0.5",
            "--workers-kill-timeout",
            "4",
        ),
        *("--log-level", "warning"),
    ]


def worker() -> list[str]:
    """Work on the queue. Workers do not talk to each other: nothing here needs it.

    Over PostgreSQL the pool is made of threads. A pool of processes shares one lock for taking tasks there, and a
    process that is killed while it waits takes that lock with it: the others then wait for ever
    (docs/decisions/0002-broker.md). Other brokers hand tasks to each process by itself.
    """
    pool = "threads" if env.broker_url().startswith("pgmq:") else "prefork"
    return [
        *(
            "celery",
            "--app",
            "config.celery",
            "--quiet",
            "worker",
            "--loglevel",
            "warning",
        ),
        *("--pool", pool, "--concurrency", str(env.integer("WORKER_POOL", 2, low=1, high=64))),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]


def beat() -> list[str]:
    """Put scheduled work on the queue. Its notes of what ran when are a cache: the schedule is in the code."""
    notes = env.text("BEAT_SCHEDULE_FILE", str(places.STATE / "beat-schedule"))
    return [
        *(
            "celery",
            "--app",
            "config.celery",
            "--quiet",
            "beat",
            "--loglevel",
            "warning",
        ),
        *("--schedule", notes, "--pidfile", ""),
    ]


COMMANDS = {"web": web, "worker": worker, "beat": beat}


def argv(name: str) -> list[str]:
    """Return the full command line of one program, run by this interpreter."""
    module, *arguments = COMMANDS[name]()
    return [sys.executable, "-m", module, *arguments]


def main(arguments: list[str]) -> None:
    """Become one of the programs."""
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        raise SystemExit(f"usage: python -m config.local.commands {'|'.join(COMMANDS)}")
    line = argv(arguments[0])
    os.chdir(places.ROOT)
    os.execv(line[0], line)


if __name__ == "__main__":
    main(sys.argv[1:])
