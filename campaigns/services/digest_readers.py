"""Who reads the weekly e-mail about an app: everybody decides for themselves."""

from datetime import datetime

from campaigns.models import DigestReader
from permissions_app.models import App, User


def set_reading(*, app: App, user: User, reads: bool, address: str, now: datetime) -> None:
    """Begin or end it; beginning again changes nothing but the address."""
    if not reads:
        DigestReader.objects.filter(app=app, user=user).delete()
        return
    DigestReader.objects.update_or_create(
        app=app,
        user=user,
        defaults={"address": address},
        create_defaults={"address": address, "since": now},
    )
