"""What a cap on interruptions saves and costs.

A cap of 2 would have kept back every interruption after the second one that a device met in 30 days: those are saved.
It would also have kept back the yeses that came at such a late interruption: those are the price. The price is an
upper bound. A device's interruptions are numbered over its whole life, so a yes at the fourth one counts as lost
under a cap of 3, even if the fourth one came in another 30 days; and a person who was not asked today may say yes to
a later ask.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CAPS = (1, 2, 3, 4, 5, 6)


@dataclass(frozen=True, slots=True)
class CapEffect:
    """A cap per 30 days. `saved` of `interruptions`; `lost` of `acceptances` at most. The shares are None where there
    is nothing to share.
    """

    cap: int
    saved: int
    interruptions: int
    lost: int
    acceptances: int

    @property
    def saved_share(self) -> float | None:
        """Of all interruptions."""
        return self.saved / self.interruptions if self.interruptions else None

    @property
    def lost_share(self) -> float | None:
        """Of all acceptances, at most."""
        return self.lost / self.acceptances if self.acceptances else None


def cap_effects(
    *,
    interrupted: Mapping[int, int],
    accepted: Mapping[int, int],
    caps: Sequence[int] = CAPS,
) -> tuple[CapEffect, ...]:
    """One entry for each cap. `interrupted`: interruptions in 30 days -> how many devices had so many. `accepted`:
    number of an interruption in a device's life -> acceptances at it.
    """
    interruptions = sum(n * devices for n, devices in interrupted.items())
    acceptances = sum(accepted.values())
    return tuple(
        CapEffect(
            cap=cap,
            saved=sum((n - cap) * devices for n, devices in interrupted.items() if n > cap),
            interruptions=interruptions,
            lost=sum(yes for n, yes in accepted.items() if n > cap),
            acceptances=acceptances,
        )
        for cap in caps
    )
