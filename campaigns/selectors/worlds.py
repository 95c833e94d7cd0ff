"""The two sets of rules that a forecast compares: what is live, and that with a proposal in it.

Today's rules are replayed over the last 30 days as if they had been live all the time. The same goes
for schedules: a campaign that begins next week and ends five days later is replayed over the last
five days, and one that is over shows nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from campaigns.domain.ruleset import Campaign, RedirectRule, Ruleset, SoftAsk
from campaigns.models import Campaign as CampaignRow
from campaigns.models import CampaignStatus
from campaigns.selectors.rulesets import compile_campaign, compile_ruleset
from campaigns.selectors.segments import chosen_of


@dataclass(frozen=True, slots=True)
class Worlds:
    """`live`: the rules now. `proposed`: the rules with the proposal, at the place its priority
    gives it, instead of its own live revision if it has one.
    """

    live: Ruleset
    proposed: Ruleset


def worlds(
    *, campaign: CampaignRow, content: Mapping[str, Any], start: int, end: int
) -> Worlds | None:
    """The rules to compare over the window from `start` to `end` (ms). None while the document has
    no variant. Raises Invalid for a document that is none.
    """
    proposal = compile_campaign(
        kind=campaign.kind,
        content=content,
        campaign_id=campaign.pk,
        revision=0,
        seed=campaign.seed,
        segments=chosen_of(app=campaign.app),
    )
    if not proposal.drawable:
        return None
    live = compile_ruleset(campaign.app_id)
    priorities = _priorities(campaign.app_id)
    priorities[proposal.key] = (content.get("priority", 100), campaign.pk)

    def scheduled(found: Campaign) -> Campaign:
        return in_window(campaign=found, start=start, end=end)

    everybody = [found for kind in _kinds(live) for here in kind.values() for found in here]
    now = [scheduled(found) for found in everybody]
    then = [found for found in now if found.key != proposal.key] + [scheduled(proposal)]
    return Worlds(_ruleset(live, now, priorities), _ruleset(live, then, priorities))


def in_window(*, campaign: Campaign, start: int, end: int) -> Campaign:
    """The campaign with what is left of its schedule moved to the end of the window (ms)."""
    if campaign.ends_at is None:
        return replace(campaign, starts_at=None)
    left = campaign.ends_at - max(campaign.starts_at or end, end)
    if left <= 0:
        return replace(campaign, starts_at=None, ends_at=start)
    return replace(campaign, starts_at=end - left if end - left > start else None, ends_at=None)


def _kinds(ruleset: Ruleset) -> tuple[Mapping[str, tuple[Campaign, ...]], ...]:
    return (ruleset.soft_asks, ruleset.redirects)


def _priorities(app_id: int) -> dict[str, tuple[int, int]]:
    rows = CampaignRow.objects.filter(app_id=app_id, status=CampaignStatus.LIVE)
    return {
        row.key: (row.published.content.get("priority", 100), row.pk)
        for row in rows.select_related("published")
        if row.published is not None
    }


def _ruleset(
    live: Ruleset, campaigns: list[Campaign], priorities: Mapping[str, tuple[int, int]]
) -> Ruleset:
    soft_asks: dict[str, tuple[SoftAsk, ...]] = {}
    redirects: dict[str, tuple[RedirectRule, ...]] = {}
    for campaign in sorted(campaigns, key=lambda found: priorities[found.key]):
        here = campaign.moment
        if isinstance(campaign, SoftAsk):
            soft_asks[here] = (*soft_asks.get(here, ()), campaign)
        else:
            redirects[here] = (*redirects.get(here, ()), campaign)
    # A stopped app is asked about as it would be: a forecast of nothing helps nobody.
    return replace(live, soft_asks=soft_asks, redirects=redirects, stopped=False)
