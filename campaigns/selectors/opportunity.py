"""The journey of an app from moment to moment, and where nobody speaks to people who reach it."""

from dataclasses import dataclass
from datetime import date

from campaigns.models import CampaignStatus
from permissions_app.models import App
from permissions_app.selectors.moments_map import ASKABLE, MomentFigures, moments_map


@dataclass(frozen=True, slots=True)
class Stop:
    """One moment on the journey, in devices that first reached it in the range.

    `askable`, `authorized`, `denied`: where they stood when they came. `unasked`: askable ones, where
    no soft ask is live; `unredirected`: denied ones, where no redirect is live; 0 where one is.
    """

    key: str
    name: str
    opening: bool
    figures: MomentFigures
    askable: int
    authorized: int
    denied: int
    unasked: int
    unredirected: int

    def share(self, count: int) -> float | None:
        """Part of the devices, None without any."""
        return count / self.figures.devices if self.figures.devices else None

    @property
    def shares(self) -> tuple[tuple[str, float | None], ...]:
        """Where they stand, in the order in which it is told."""
        return (
            ("Can be asked", self.share(self.askable)),
            ("Authorised", self.share(self.authorized)),
            ("Denied", self.share(self.denied)),
        )


def journey(*, app: App, start: date, end: date, platform: str | None) -> tuple[Stop, ...]:
    """All moments of the app by when people first come to them. Three queries."""
    found = moments_map(app_id=app.pk, start=start, end=end, platform=platform)
    live = set(
        app.campaigns.filter(status=CampaignStatus.LIVE).values_list(
            "kind", "published__content__moment"
        )
    )
    stops = []
    for moment in app.moments.order_by("name"):
        figures = found.of(moment.key)
        places = figures.places
        askable = sum(places[place] for place in ASKABLE)
        asked = ("soft_ask", moment.key) in live
        helped = ("redirect", moment.key) in live or moment.opening
        stops.append(
            Stop(
                key=moment.key,
                name=moment.name,
                opening=moment.opening,
                figures=figures,
                askable=askable,
                authorized=places["authorized"],
                denied=places["denied"],
                unasked=0 if asked else askable,
                unredirected=0 if helped else places["denied"],
            )
        )
    return tuple(sorted(stops, key=lambda stop: stop.figures.order))
