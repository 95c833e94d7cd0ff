"""Fills the demo workspace with people who do not exist, so that every page has something to show.

A seed that was cut short goes on where it stopped when it is run again.
"""

import secrets
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections, transaction

from campaigns.simulator.access import keep_access, read_access
from campaigns.simulator.check import wait_until_counted
from campaigns.simulator.crowd import Plan, play
from campaigns.simulator.progress import progress
from campaigns.simulator.stage import set_stage, show_first_visit
from permissions_app.models import App, Role, User
from permissions_app.selectors.apps import DEMO_SHOP, DEMO_WORKSPACE
from permissions_app.services.accounts import add_member, create_workspace
from permissions_app.services.apps import create_app, set_fatigue
from permissions_app.services.keys import create_key

OWNER = "demo@oneask.example"
PEOPLE = (
    ("editor@oneask.example", Role.EDITOR, "Edda"),
    ("reviewer@oneask.example", Role.REVIEWER, "Ravi"),
    ("viewer@oneask.example", Role.VIEWER, "Vera"),
)
SEED = 2


class Command(BaseCommand):
    """`manage.py seed_demo`"""

    help = "Create the demo workspace with simulated devices; does nothing when it exists."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The size of the demo."""
        parser.add_argument("--devices", type=int, default=20_000)
        parser.add_argument("--days", type=int, default=90)
        parser.add_argument("--workers", type=int, default=2, help="processes; 0: this one alone")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create people, apps, campaigns and keys, then the devices, then the numbers."""
        started = time.monotonic()
        access = read_access()
        unfinished = access.get("unfinished_until")
        app = App.objects.filter(workspace__slug=DEMO_WORKSPACE, simulated=True).first()
        resume = app is not None and unfinished is not None
        if app is not None and unfinished is None:
            self.stdout.write("The demo workspace exists already; nothing was changed.")
            return
        if app is None:
            app, access = self._create()
        if options["workers"]:
            connections.close_all()
        plan = Plan(
            app_id=app.pk,
            key=access["publishable_key"],
            host="",
            devices=options["devices"],
            days=options["days"],
            seed=SEED,
            until=int(access["unfinished_until"]),
            resume=resume,
            late=0.03,
            duplicates=0.02,
        )
        with progress("demo", total=plan.devices) as report:
            play(plan=plan, processes=options["workers"], report=report)
        wait_until_counted(app_id=app.pk, seconds=120.0, fold=True)
        del access["unfinished_until"]
        keep_access(access)
        self.stdout.write(
            f"The demo has {plan.devices:,} simulated devices; this took {time.monotonic() - started:.0f} s."
        )

    @transaction.atomic
    def _create(self) -> tuple[App, dict[str, str]]:
        password = secrets.token_urlsafe(9)
        owner = User.objects.create_user(OWNER, password, first_name="Demo")
        workspace = create_workspace(name="Harbour Coffee (demo)", slug=DEMO_WORKSPACE, owner=owner)
        for email, role, name in PEOPLE:
            # One password for all, hashed once: each hash takes long on purpose.
            person = User.objects.create(email=email, password=owner.password, first_name=name)
            add_member(workspace=workspace, user=person, role=role, actor=owner)
        app = create_app(
            workspace=workspace, name="Harbour Coffee", slug="app", actor=owner, simulated=True
        )
        set_stage(app=app, actor=owner)
        _, publishable = create_key(app=app, kind="pk", name="Simulator", actor=owner)
        _, secret = create_key(app=app, kind="sk", name="Demo", actor=owner)
        shop = create_app(
            workspace=workspace, name="Harbour Coffee shop", slug=DEMO_SHOP, actor=owner
        )
        set_fatigue(app=shop, per_day=5, per_30_days=10, actor=owner)
        show_first_visit(app=shop, actor=owner)
        create_key(app=shop, kind="pk", name="Demo shop", actor=owner)
        access = {
            "login": OWNER,
            "password": password,
            "publishable_key": publishable,
            "secret_key": secret,
            "unfinished_until": str(time.time_ns() // 1_000_000 - 60_000),
        }
        # Before the commit: access to nothing is found out and made again, no access would stay so.
        keep_access(access)
        return app, access
