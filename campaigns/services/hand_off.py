"""Handing a segment over to a product that sends: the file, and the entry in the trail that it left."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from campaigns.domain.hand_off import Sender, header_of, in_files, person_rows
from campaigns.domain.segments import Node
from campaigns.selectors import hand_off as reading
from campaigns.selectors.segments import Described
from permissions_app.models import Actor, App
from permissions_app.selectors.days import day_number, today
from permissions_app.services import audit


@dataclass(frozen=True, slots=True)
class Parcel:
    """A hand-over: `files` are (number from 0, next bytes), read from the database while they are taken."""

    name: str
    several: bool
    files: Iterator[tuple[int, bytes]]


def hand_over(
    *, app: App, segment: Described, node: Node, sender: Sender, actor: Actor, now: datetime
) -> Parcel:
    """The members of a segment as one product imports them, at `now`. Personal data leaves: the trail says who took it,
    for which product, and how many lines it had.
    """
    day = today(now)
    reach = reading.reach(app_id=app.pk, node=node, today=day_number(day))
    audit.record(
        workspace=app.workspace,
        app=app,
        actor=actor,
        action="segment.handed_over",
        subject=segment.name,
        changes={"key": segment.key, "for": sender.name, "lines": reach.lines(sender)},
    )
    if sender.what == "device":
        rows: Iterator[tuple[str, ...]] = reading.token_rows(
            app_id=app.pk, sender=sender, node=node, today=day_number(day)
        )
    else:
        people = reading.people(app_id=app.pk, node=node, today=day_number(day))
        rows = person_rows(sender=sender, people=people, day=day.isoformat())
    header = header_of(sender=sender, segment=segment.key)
    files = in_files(sender=sender, header=header, rows=rows)
    return Parcel(f"{app.slug}-{segment.key}-{sender.key}", reach.several(sender), files)
