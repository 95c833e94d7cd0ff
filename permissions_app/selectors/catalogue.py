"""The value moments of an app, compiled for matching events as they arrive."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from permissions_app.domain.moments import Condition, matches, parse_conditions
from permissions_app.models import ValueMoment
from permissions_app.selectors.versioned import Versioned


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Event name -> the moments defined on it, each with its conditions. Paused moments still count
    what reaches them.
    """

    by_event: Mapping[str, tuple[tuple[str, tuple[Condition, ...]], ...]]

    def matching(self, name: str, properties: Mapping[str, Any] | None) -> tuple[str, ...]:
        """Keys of the moments that an event reaches, in the order of their keys."""
        known = self.by_event.get(name)
        if known is None:
            return ()
        return tuple(
            key
            for key, conditions in known
            if not conditions or matches(conditions, properties or {})
        )


def compile_catalogue(app_id: int) -> Catalogue:
    """Read the moments of an app, as they are now."""
    by_event: dict[str, list[tuple[str, tuple[Condition, ...]]]] = {}
    for moment in ValueMoment.objects.filter(app_id=app_id).order_by("key"):
        by_event.setdefault(moment.event_name, []).append(
            (moment.key, parse_conditions(moment.conditions))
        )
    return Catalogue({name: tuple(moments) for name, moments in by_event.items()})


catalogues: Versioned[Catalogue] = Versioned(compile_catalogue)
