"""What people call the moments and campaigns that rollups know by their keys."""

from collections.abc import Mapping
from dataclasses import dataclass

from campaigns.models import Campaign
from permissions_app.models import App, ValueMoment


@dataclass(frozen=True, slots=True)
class Names:
    """`moments`: key -> name. `campaigns`: key ("s12") -> (name, kind, pk)."""

    moments: Mapping[str, str]
    campaigns: Mapping[str, tuple[str, str, int]]

    def moment(self, key: str) -> str:
        """The name of a moment; its key where it is gone."""
        return self.moments.get(key, key)

    def campaign(self, key: str) -> str:
        """The name of a campaign; its key where it is gone."""
        return self.campaigns[key][0] if key in self.campaigns else key

    def words(self, group: str) -> str:
        """A variant of a revision, "s12.3.a": "A · Order ready, revision 3"."""
        key, _, rest = group.partition(".")
        revision, _, arm = rest.partition(".")
        return f"{arm.upper()} · {self.campaign(key)}, revision {revision}"


def names_in(*, app: App) -> Names:
    """All names of an app. Two queries."""
    rows = Campaign.objects.filter(app=app).only("pk", "kind", "name")
    return Names(
        moments=dict(ValueMoment.objects.filter(app=app).values_list("key", "name")),
        campaigns={row.key: (row.name, row.kind, row.pk) for row in rows},
    )
