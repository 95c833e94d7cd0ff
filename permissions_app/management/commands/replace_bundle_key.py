"""`manage.py replace_bundle_key WORKSPACE APP`: a new signing key, for when the old one is known to others."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from permissions_app.models import App
from permissions_app.services.signing import replace_key


class Command(BaseCommand):
    """Replace the key that an app's bundles are signed with."""

    help = (
        "Sign an app's bundles with a new key. Clients shipped with the old one refuse bundles from now on and ask "
        "the server at each moment instead."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which app, as addresses name it: /w/WORKSPACE/APP/."""
        parser.add_argument("workspace")
        parser.add_argument("app")

    def handle(self, *args: Any, **options: Any) -> None:
        """Replace it, and print the new public key."""
        where = {"workspace__slug": options["workspace"], "slug": options["app"]}
        app = App.objects.select_related("workspace").filter(**where).first()
        if app is None:
            raise CommandError(f"there is no app {options['app']} in {options['workspace']}")
        key = replace_key(app=app, actor=None)
        self.stdout.write(f"key {key.key_id}, public (base64): {key.public}")
