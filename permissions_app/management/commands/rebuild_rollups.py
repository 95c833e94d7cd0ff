"""`manage.py rebuild_rollups`: recompute facts and rollups from the stored events, with progress."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from permissions_app.domain.measures import VERSION
from permissions_app.models import App
from permissions_app.services.rebuild import device_count, rebuild


class Command(BaseCommand):
    """Recompute one app or all of them; safe to run while the product is in use."""

    help = (
        "Recompute facts and rollups of one app (--app ID) or of all apps from the stored events."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which apps."""
        parser.add_argument("--app", type=int, help="the id of one app; all apps when left out")
        parser.add_argument(
            "--outdated",
            action="store_true",
            help="only apps that an older version counted; says nothing where there are none",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuild with a progress bar; says what differed."""
        apps = App.objects.order_by("pk")
        if options["app"] is not None:
            apps = apps.filter(pk=options["app"])
            if not apps:
                raise CommandError(f"there is no app {options['app']}")
        if options["outdated"]:
            apps = apps.filter(counted_version__lt=VERSION)
            if not apps:
                return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns) as progress:
            for app in apps:
                bar = progress.add_task(escape(app.name), total=device_count(app_id=app.pk))
                for state in rebuild(app_id=app.pk):
                    progress.update(bar, completed=state.devices)
                progress.console.print(
                    f"{escape(app.name)}: {state.devices} devices; facts put right: {state.facts_changed}; "
                    f"cells put right: {state.cells_changed}"
                )
