"""Handing a segment over to the product that sends: how far it would reach, and the files."""

from dataclasses import dataclass

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.domain.hand_off import SENDERS, Sender, header_of, tag_of
from campaigns.selectors.hand_off import Reach, reach
from campaigns.services.hand_off import hand_over
from campaigns.web.segments.pages import PAGE, load_segment
from permissions_app.models import Role
from permissions_app.selectors.days import day_number, today
from permissions_app.web.access import PersonRequest, load_app, signed_in
from permissions_app.web.parcels import parcel_response


@dataclass(frozen=True, slots=True)
class Offer:
    """A file as it is offered. `lines`: of it; `unreached`: devices that told nothing to address them by; `unwritable`:
    people whose id cannot stand in it; `columns`: its first line, '' for none.
    """

    sender: Sender
    lines: int
    unreached: int
    unwritable: int
    several: bool
    columns: str


@require_safe
@signed_in
def segment_hand_off(request: PersonRequest, workspace: str, app: str, slug: str) -> HttpResponse:
    """Whom each product could reach, said before anything is downloaded."""
    access = load_app(request, workspace, app)
    segment = load_segment(access, slug)
    if segment.node is None:
        raise Http404("its conditions cannot be read")
    found = reach(app_id=access.app.pk, node=segment.node, today=day_number(today(timezone.now())))
    page = {
        "access": access,
        "nav": "segments",
        "segment": segment,
        "reach": found,
        "tag": tag_of(segment.key),
        "offers": [_offer(sender, found, segment.key) for sender in SENDERS.values()],
    }
    return render(request, f"{PAGE}hand_off.html", page)


@require_safe
@signed_in
def segment_hand_off_file(
    request: PersonRequest, workspace: str, app: str, slug: str, sender: str
) -> HttpResponseBase:
    """The file for one product, sent while it is read; editors only, since it names people."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    segment = load_segment(access, slug)
    if segment.node is None or sender not in SENDERS:
        raise Http404("no such file")
    parcel = hand_over(
        app=access.app,
        segment=segment,
        node=segment.node,
        sender=SENDERS[sender],
        actor=request.user,
        now=timezone.now(),
    )
    return parcel_response(name=parcel.name, files=parcel.files, several=parcel.several)


def _offer(sender: Sender, found: Reach, segment: str) -> Offer:
    return Offer(
        sender=sender,
        lines=found.lines(sender),
        unreached=found.unreached(sender),
        unwritable=found.unwritable(sender),
        several=found.several(sender),
        columns=", ".join(header_of(sender=sender, segment=segment)),
    )
