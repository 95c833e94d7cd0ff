"""What can be found by its name in an app: moments, soft asks, Settings redirects, segments, and devices.

Names are read newest change first and ranked in memory: people type letters that no index answers.
An app has dozens of campaigns, not thousands; beyond `MOST_NAMES` only the newest are looked through.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import CharField, F, Value
from django.db.models.functions import Cast

from campaigns.domain.ranking import PREFIX, Score, best
from campaigns.domain.segment_builtin import built_in
from campaigns.models import Campaign, Segment
from permissions_app.models import App, Device, ValueMoment
from permissions_app.selectors.devices import find_devices

MOST_NAMES = 2000
MOST_OF_A_KIND = 6
MOST_DEVICES = 5
SHORTEST_KEY = 2
"""Letters of a device key that are needed: one letter says nothing."""


@dataclass(frozen=True, slots=True)
class Thing:
    """Something with a page of its own. `kind`: moment, soft_ask, redirect, segment or device. `key`: what
    its address is made of. `also`: what else it is found by. `status`: as stored, '' for what has none.
    """

    kind: str
    key: str
    name: str
    also: str
    status: str


@dataclass(frozen=True, slots=True)
class Found:
    """A thing, and how well it answers."""

    score: Score
    thing: Thing


def find_things(*, app: App, text: str) -> tuple[Found, ...]:
    """The best answers of each kind, best first. Two queries."""
    things = (*_things(app), *_standing())
    found: list[Found] = []
    for kind in ("moment", "soft_ask", "redirect", "segment"):
        ranked = best(
            text=text,
            among=[thing for thing in things if thing.kind == kind],
            names=lambda thing: (thing.name, thing.also),
            most=MOST_OF_A_KIND,
        )
        found += [Found(how, thing) for how, thing in ranked]
    if len(text) >= SHORTEST_KEY:
        rows = find_devices(app_id=app.pk, text=text, limit=MOST_DEVICES)
        found += [Found((PREFIX, 0, len(row.key)), _device(row.key)) for row in rows]
    return tuple(sorted(found, key=lambda one: one.score))


def recent_things(*, app: App, wanted: Collection[tuple[str, str]], most: int) -> tuple[Thing, ...]:
    """The wanted things by kind and key in that order, those that still exist; without any, what
    was changed last. Two queries at most.
    """
    things = _things(app)
    known = {(thing.kind, thing.key): thing for thing in (*things, *_standing())}
    keys = [key for kind, key in wanted if kind == "device"]
    if keys:
        there = Device.objects.filter(app=app, key__in=keys).values_list("key", flat=True)
        known |= {("device", key): _device(key) for key in there}
    recent = tuple(known[one] for one in wanted if one in known)
    return (recent or things)[:most]


def _device(key: str) -> Thing:
    return Thing("device", key, key, "", "")


def _standing() -> tuple[Thing, ...]:
    """The segments that every app has: nobody made them, so they are never what was changed last."""
    return tuple(Thing("segment", it.key, it.name, "built-in", "") for it in built_in().values())


def _things(app: App) -> tuple[Thing, ...]:
    """Moments, campaigns and the app's own segments, newest change first. One query."""
    columns = ("what", "ref", "name", "also", "status", "updated_at")
    moments = (
        ValueMoment.objects.filter(app=app)
        .annotate(
            what=Value("moment", output_field=CharField()), ref=F("key"), also=F("event_name")
        )
        .values_list(*columns)
    )
    campaigns = (
        Campaign.objects.filter(app=app)
        .annotate(what=F("kind"), ref=Cast("pk", CharField()), also=F("moment__name"))
        .values_list(*columns)
    )
    nothing = Value("", output_field=CharField())
    segments = (
        Segment.objects.filter(app=app)
        .annotate(
            what=Value("segment", output_field=CharField()),
            ref=F("key"),
            also=nothing,
            status=nothing,
        )
        .values_list(*columns)
    )
    rows = moments.union(campaigns, segments, all=True).order_by("-updated_at", "ref")[:MOST_NAMES]
    return tuple(Thing(*row[:5]) for row in rows)
