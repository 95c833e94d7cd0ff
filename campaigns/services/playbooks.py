"""Putting moments of a playbook into an app, as drafts.

Each chosen moment brings a value moment, a soft ask in two wordings and a redirect. What the app has
already is kept as it is: a moment of the same key or on the same events is used instead of a new one,
and words that are there are not written twice. Choosing again adds nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction

from campaigns.domain.playbooks import Playbook, PlaybookMoment
from campaigns.models import Campaign, CampaignStatus
from campaigns.selectors.playbooks import same_campaign, same_moment
from campaigns.services.campaigns import create_campaign
from permissions_app.domain.edits import Invalid
from permissions_app.models import App, User, ValueMoment
from permissions_app.services.moments import MomentDraft, create_moment


@dataclass(frozen=True, slots=True)
class Inserted:
    """What was made for one moment; None for what was there, or what its moment may not carry."""

    moment: ValueMoment
    new_moment: bool
    soft_ask: Campaign | None
    redirect: Campaign | None


@transaction.atomic
def insert_playbook(
    *, app: App, book: Playbook, keys: Collection[str], actor: User | None
) -> tuple[Inserted, ...]:
    """Insert the moments with these keys, all or none. Raises Invalid when none is chosen."""
    chosen = [moment for moment in book.moments if moment.key in keys]
    if not chosen:
        raise Invalid({"moments": "Choose at least one moment."})
    moments = list(app.moments.select_for_update().order_by("pk"))  # in the order of all services
    App.objects.select_for_update(no_key=True).get(pk=app.pk)
    campaigns = list(app.campaigns.exclude(status=CampaignStatus.ARCHIVED))
    return tuple(_insert(app, moment, moments, campaigns, actor) for moment in chosen)


def _insert(
    app: App,
    wanted: PlaybookMoment,
    moments: list[ValueMoment],
    campaigns: list[Campaign],
    actor: User | None,
) -> Inserted:
    here = same_moment(moments, wanted)
    moment = here or _new_moment(app, wanted, actor)
    soft_ask = redirect = None
    if same_campaign(campaigns, "soft_ask", moment, wanted.name) is None:
        draft = wanted.soft_ask_draft(moment=moment.key)
        soft_ask = create_campaign(app=app, draft=draft, actor=actor)
    if (
        not moment.opening
        and same_campaign(campaigns, "redirect", moment, wanted.redirect_name) is None
    ):
        line = wanted.redirect_draft(moment=moment.key)
        redirect = create_campaign(app=app, draft=line, actor=actor)
    return Inserted(moment, here is None, soft_ask, redirect)


def _new_moment(app: App, wanted: PlaybookMoment, actor: User | None) -> ValueMoment:
    draft = MomentDraft(
        name=wanted.name,
        event_name=wanted.event_name,
        conditions=[condition.as_json() for condition in wanted.conditions],
    )
    return create_moment(app=app, draft=draft, actor=actor, key=wanted.key)
