"""Keeping the plan of a trial: in the working copy, so that it is reviewed and published with the words."""

from dataclasses import replace

from django.db import transaction

from campaigns.models import Campaign
from campaigns.selectors.campaigns import working_copy
from campaigns.services.campaigns import update_campaign
from permissions_app.models import User


@transaction.atomic
def keep_plan(
    *,
    campaign: Campaign,
    planned_devices: int,
    smallest_difference: float,
    expected_version: int,
    actor: User,
) -> Campaign:
    """Write the plan into the draft. What is live keeps its own. Raises Invalid, Conflict."""
    draft = replace(
        working_copy(campaign),
        planned_devices=planned_devices,
        smallest_difference=smallest_difference,
    )
    return update_campaign(
        campaign_id=campaign.pk,
        app=campaign.app,
        draft=draft,
        expected_version=expected_version,
        actor=actor,
    )
