"""Plays invented devices against the public API and checks the dashboard's numbers against the truth."""

import json
import os
import time
import urllib.request
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections, transaction
from rich.console import Console
from rich.table import Table

from campaigns.simulator import check, scenario
from campaigns.simulator.client import RefusedError
from campaigns.simulator.crowd import CrowdError, Plan, play
from campaigns.simulator.oracle import Truth
from campaigns.simulator.progress import progress
from campaigns.simulator.scenario import Effects
from campaigns.simulator.stage import set_stage
from permissions_app.models import App, Workspace
from permissions_app.selectors.keys import authenticate
from permissions_app.services.apps import create_app
from permissions_app.services.keys import create_key

WORKSPACE = "simulation"
HERE = f"http://127.0.0.1:{os.environ.get('PORT') or 8000}"


class Command(BaseCommand):
    """`manage.py simulate`"""

    help = (
        "Simulate devices through the HTTP API; with --check, compare the dashboard with the truth."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to simulate, where, and what to do with the truth."""
        add = parser.add_argument
        add("--devices", type=int, default=1_000)
        add("--days", type=int, default=90, help="how far back the first installs lie (1 to 390)")
        add("--seed", type=int, default=1, help="the same seed gives the same people")
        add("--workers", type=int, default=2, help="processes; 0: this one alone")
        add("--host", default=HERE, help=f"default: {HERE}; '' calls the services without HTTP")
        add("--key", default="", help="pk_ key of a simulated app; default: a new app")
        add("--app", type=int, default=0, help="id of a simulated app; default: that of the key")
        add("--duplicates", type=float, default=0.05, help="share of batches sent again")
        add("--late", type=float, default=0.1, help="share of batches sent late and shuffled")
        add(
            "--without",
            nargs="*",
            default=[],
            choices=scenario.NAMES,
            help="planted effects that are not true this time; see docs/simulator.md",
        )
        add("--check", action="store_true", help="exit with 1 unless all numbers agree")
        add("--fold", action="store_true", help="count here, where no worker is running")
        add("--wait", type=float, default=120.0, help="seconds to wait for the counting")
        add("--crash-safe", action="store_true", help="send again until acknowledged")
        add("--acknowledged", default="", metavar="FILE", help="write acknowledged event ids here")
        add("--truth", default="", metavar="FILE", help="keep the true counts as JSON")
        add("--table", action="store_true", help="print every number, not only differences")

    def handle(self, *args: Any, **options: Any) -> None:
        """Simulate, wait, compare."""
        if options["host"]:
            refuse_silent(options["host"])
        app_id, key = self._target(options["app"], options["key"])
        plan = self._plan(app_id, key, options)
        if options["workers"]:
            connections.close_all()
        try:
            with progress(f"seed {plan.seed}", total=plan.devices) as report:
                truth = play(plan=plan, processes=options["workers"], report=report)
        except (CrowdError, RefusedError) as error:
            raise CommandError(str(error)) from None
        if options["truth"]:
            told = [[*fact, n] for fact, n in sorted(truth.items())]
            Path(options["truth"]).write_text(json.dumps({"app": app_id, "truth": told}))
        if options["check"]:
            self._check(app_id, truth, options)

    def _target(self, app_id: int, key: str) -> tuple[int, str]:
        if not key:
            if app_id:
                raise CommandError("give --key with --app")
            app, key = new_app()
            self.stdout.write(f"  app {app.pk}, key {key}")
            return app.pk, key
        context = authenticate(key)
        if context is None or (app_id and context.app_id != app_id):
            raise CommandError("this key is not known here, or belongs to another app")
        if not context.simulated:
            raise CommandError("this app is not a simulated one; its numbers would be spoilt")
        return context.app_id, key

    def _plan(self, app_id: int, key: str, options: dict[str, Any]) -> Plan:
        if not 1 <= options["days"] <= 390:
            raise CommandError("--days takes 1 to 390")
        return Plan(
            app_id=app_id,
            key=key,
            host=options["host"].rstrip("/"),
            devices=options["devices"],
            days=options["days"],
            seed=options["seed"],
            until=time.time_ns() // 1_000_000 - 60_000,
            duplicates=options["duplicates"],
            late=options["late"],
            patient=options["crash_safe"],
            acknowledged=options["acknowledged"],
            effects=Effects(**dict.fromkeys(options["without"], False)),
        )

    def _check(self, app_id: int, truth: Truth, options: dict[str, Any]) -> None:
        try:
            seconds = check.wait_until_counted(
                app_id=app_id, seconds=options["wait"], fold=options["fold"]
            )
        except check.NotFoldedError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"  everything was counted {seconds:.2f} s after the last event")
        leave_out = check.NOT_SURE_AFTER_RETRIES if options["crash_safe"] else frozenset()
        rows = check.compare(
            truth=truth,
            shown=check.shown_counts(app_id=app_id, now=datetime.now(UTC)),
            leave_out=leave_out,
        )
        wrong = [row for row in rows if row.difference]
        if wrong or options["table"]:
            show(rows if options["table"] else wrong)
        quarantined = check.quarantined(app_id=app_id)
        if wrong or quarantined:
            raise CommandError(
                f"{len(wrong)} of {len(rows)} numbers differ, {quarantined} devices in quarantine"
            )
        self.stdout.write(f"  all {len(rows)} numbers agree with the truth to the unit")


def refuse_silent(host: str) -> None:
    """End with one line when nothing answers at this address, before anything is made."""
    try:
        urllib.request.urlopen(f"{host.rstrip('/')}/healthz", timeout=10).close()  # noqa: S310  the operator's own address
    except (OSError, ValueError) as error:
        raise CommandError(
            f"{host} does not answer ({error}); start it with `make run`, or name it with --host"
        ) from None


@transaction.atomic
def new_app() -> tuple[App, str]:
    """A fresh simulated app on the coffee shop's stage, with its publishable key."""
    workspace, _ = Workspace.objects.get_or_create(slug=WORKSPACE, defaults={"name": "Simulation"})
    number = App.objects.filter(workspace=workspace).count() + 1
    app = create_app(
        workspace=workspace,
        name=f"Simulation {number}",
        slug=f"simulation-{number}",
        actor=None,
        simulated=True,
    )
    set_stage(app=app, actor=None)
    _, key = create_key(app=app, kind="pk", name="Simulator", actor=None)
    return app, key


def show(rows: list[check.Row]) -> None:
    """Print numbers as a table."""
    table = Table("measure", "detail", "platform")
    for column in ("truth", "dashboard", "difference"):
        table.add_column(column, justify="right")
    for row in rows:
        numbers = (row.truth, row.shown, row.difference)
        table.add_row(row.measure, row.detail, row.platform, *(f"{n:,}" for n in numbers))
    Console().print(table)
