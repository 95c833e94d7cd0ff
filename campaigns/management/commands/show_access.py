"""Says how to sign in to the demo."""

import os
from typing import Any

from django.core.management.base import BaseCommand

from campaigns.simulator.access import read_access

FIELDS = (
    ("login", "login"),
    ("password", "password"),
    ("publishable key", "publishable_key"),
    ("secret key", "secret_key"),
)


class Command(BaseCommand):
    """`manage.py show_access`"""

    help = "Print the address, login, password and keys of the demo."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what `seed_demo` kept."""
        access = read_access()
        if not access:
            self.stdout.write("There is no demo here; `manage.py seed_demo` makes one.")
            return
        host = os.environ.get("HOST", "").strip()
        shown = "localhost" if host in ("", "0.0.0.0", "::", "127.0.0.1") else host  # noqa: S104
        port = os.environ.get("PORT", "").strip() or "8000"
        self.stdout.write(f"{'address:':<17}http://{shown}:{port}")
        for label, name in FIELDS:
            self.stdout.write(f"{label + ':':<17}{access.get(name, '')}")
