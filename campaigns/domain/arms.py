"""The arm of one device in one campaign, which stays.

The first time an eligible device meets a campaign, chance decides whether it is held out and, if
not, which words it sees. From then on the answer is remembered. Changing the weights moves nobody.
Setting the holdout to zero releases nobody either: a device that was held out stays so until the
team takes its assignment away, because releasing it silently would turn the comparison into
nonsense. A device whose arm was deleted draws again among the arms that are left, but is never
moved into the holdout: it has already been treated.
"""

from dataclasses import dataclass

from campaigns.domain.answer import NO_COPY, Decision, Refusal
from campaigns.domain.assignment import choose_arm, in_holdout
from campaigns.domain.audience import words_for
from campaigns.domain.ruleset import Arm, Campaign, SoftAsk
from permissions_app.domain.platforms import Budget
from permissions_app.domain.settings_paths import SettingsPath
from permissions_app.domain.standing import HOLDOUT, Assignment, Standing


@dataclass(frozen=True, slots=True)
class Draw:
    """What a device got. `arm` None: held out. `propensity` and `assignment`: as in `Decision`."""

    arm: Arm | None
    propensity: float | None
    assignment: tuple[str, Assignment] | None


def draw(*, campaign: Campaign, standing: Standing, device_key: str, now: int) -> Draw:
    """The sticky arm if there is one, else the drawn one. The campaign must be `drawable`. `now` in
    ms.
    """
    held_share = min(campaign.holdout, 1.0) if campaign.holdout > 0 else 0.0
    known = standing.assigned.get(campaign.key)
    if known is not None:
        if known.arm == HOLDOUT:
            return Draw(None, held_share or None, None)
        index = campaign.arm_index.get(known.arm)
        if index is not None:
            return Draw(campaign.arms[index], _propensity(campaign, index, held_share), None)
    elif in_holdout(seed=campaign.seed, value=device_key, holdout=held_share):
        assignment = (campaign.key, Assignment(HOLDOUT, now, campaign.revision))
        return Draw(None, held_share, assignment)
    index = choose_arm(
        seed=campaign.seed,
        value=device_key,
        shares=campaign.shares,
        ranges=campaign.ranges,
    )
    arm = campaign.arms[index]
    assignment = (campaign.key, Assignment(arm.key, now, campaign.revision))
    return Draw(arm, _propensity(campaign, index, held_share), assignment)


def _propensity(campaign: Campaign, index: int, held_share: float) -> float | None:
    return (1 - held_share) * campaign.shares[index] or None


def decision_of(
    *,
    campaign: Campaign,
    drawn: Draw,
    budget: Budget,
    refusals: list[tuple[str, Refusal]],
    settings: SettingsPath | None = None,
    locale: str | None = None,
) -> Decision:
    """The decision that a draw comes to. `refusals`: the campaigns before this one. `settings`: for
    a redirect. `locale`: the language the words are wanted in.
    """
    soft = isinstance(campaign, SoftAsk)
    arm = drawn.arm
    considered = tuple((key, refusal[0]) for key, refusal in refusals) if refusals else ()
    if arm is None:
        return Decision(
            action="none",
            reason="holdout",
            moment=campaign.moment,
            campaign=campaign.key,
            campaign_id=campaign.id,
            revision=campaign.revision,
            arm=HOLDOUT,
            propensity=drawn.propensity,
            copy=NO_COPY,
            budget=budget,
            assignment=drawn.assignment,
            considered=considered,
        )
    return Decision(
        action="soft_ask" if soft else "settings_redirect",
        reason="ask_softly" if soft else "offer_settings",
        moment=campaign.moment,
        campaign=campaign.key,
        campaign_id=campaign.id,
        revision=campaign.revision,
        arm=arm.key,
        variant=arm.key,
        propensity=drawn.propensity,
        copy=words_for(arm=arm, locale=locale),
        settings=settings,
        budget=budget,
        assignment=drawn.assignment,
        reserves="soft_ask" if soft else "redirect",
        considered=considered,
    )
