"""One step for many soft asks or redirects at once.

Each takes it in a transaction of its own, exactly as if it had been asked for alone: one that cannot
does not hold back the others, and is told by name with the reason.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from campaigns.domain.drafts import Kind
from campaigns.models import Campaign
from campaigns.services.steps import take_step
from permissions_app.domain.edits import Conflict, Invalid
from permissions_app.models import Actor, App, Role

MOST_AT_ONCE = 100
BULK: Mapping[str, str] = MappingProxyType(
    {"pause": "paused", "resume": "made live again", "archive": "archived"}
)
"""The steps that make sense for many at once, and how they are told afterwards."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. `done`: names. `refused`: reason -> the names of those it holds for.

    `unknown`: how many were not there, or not in this app.
    """

    done: tuple[str, ...]
    refused: Mapping[str, tuple[str, ...]]
    unknown: int


def take_steps(
    *,
    app: App,
    kind: Kind,
    ids: Collection[int],
    action: str,
    actor: Actor,
    role: Role,
) -> Outcome:
    """Take one step for each. Raises Invalid when it is not one for many, or for too many."""
    if action not in BULK:
        raise Invalid({"action": "Choose what to do: pause, make live again or archive."})
    wanted = set(ids)
    if not wanted:
        raise Invalid({"ids": "Tick at least one first."})
    if len(wanted) > MOST_AT_ONCE:
        raise Invalid({"ids": f"At most {MOST_AT_ONCE} at once; {len(wanted)} were ticked."})
    names = dict(
        Campaign.objects.filter(app=app, kind=kind, pk__in=wanted)
        .order_by("name", "pk")
        .values_list("pk", "name")
    )
    done: list[str] = []
    refused: dict[str, tuple[str, ...]] = {}
    for pk, name in names.items():
        reason = _refusal(app, pk, action, actor, role)
        if reason:
            refused[reason] = (*refused.get(reason, ()), name)
        else:
            done.append(name)
    return Outcome(tuple(done), refused, len(wanted) - len(names))


def _refusal(app: App, pk: int, action: str, actor: Actor, role: Role) -> str:
    """Why it could not take the step; empty when it did."""
    try:
        take_step(campaign_id=pk, app=app, action=action, actor=actor, role=role)
    except (Invalid, Conflict) as refused:
        return str(refused)
    except Campaign.DoesNotExist:
        return "Somebody deleted it meanwhile."
    return ""
