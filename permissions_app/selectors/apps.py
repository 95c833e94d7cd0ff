"""Finding particular apps."""

from permissions_app.models import ApiKey

DEMO_WORKSPACE = "harbour-coffee-demo"
DEMO_SHOP = "shop"
"""The demo's second app, which real clicks go to: they never mix with simulated numbers."""


def demo_publishable_key() -> str | None:
    """The publishable key of the demo shop; None where there is no demo."""
    return (
        ApiKey.objects.filter(
            app__workspace__slug=DEMO_WORKSPACE,
            app__slug=DEMO_SHOP,
            kind=ApiKey.Kind.PUBLISHABLE,
            revoked_at=None,
        )
        .order_by("pk")
        .values_list("readable", flat=True)
        .first()
    )
