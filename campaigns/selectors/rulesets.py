"""The compiled rules of an app, as decisions use them."""

from campaigns.domain.ruleset import (
    Arm,
    Fatigue,
    Gates,
    Moment,
    RedirectRule,
    Ruleset,
    SoftAsk,
)
from campaigns.models import CampaignStatus
from campaigns.models import RedirectRule as RedirectRow
from campaigns.models import SoftAsk as SoftAskRow
from permissions_app.models import App, ValueMoment
from permissions_app.selectors.versioned import Versioned


def compile_ruleset(app_id: int) -> Ruleset:
    """Read everything of an app that is live; a soft ask without any wording is left out."""
    app = App.objects.get(pk=app_id)
    moments = {
        row.key: Moment(
            key=row.key,
            paused=row.status == ValueMoment.Status.PAUSED,
            opening=row.opening,
        )
        for row in ValueMoment.objects.filter(app_id=app_id)
    }
    soft_asks: dict[str, tuple[SoftAsk, ...]] = {}
    asks = SoftAskRow.objects.filter(app_id=app_id, status=CampaignStatus.LIVE)
    for ask in (
        asks.select_related("moment").prefetch_related("variants").order_by("priority", "id")
    ):
        compiled = compile_soft_ask(ask)
        if compiled.arms:
            soft_asks[compiled.moment] = (*soft_asks.get(compiled.moment, ()), compiled)
    redirects: dict[str, tuple[RedirectRule, ...]] = {}
    rules = RedirectRow.objects.filter(app_id=app_id, status=CampaignStatus.LIVE)
    for rule in rules.select_related("moment").order_by("priority", "id"):
        redirects[rule.moment.key] = (
            *redirects.get(rule.moment.key, ()),
            compile_redirect(rule),
        )
    return Ruleset(
        app_id=app_id,
        version=app.ruleset_version,
        moments=moments,
        soft_asks=soft_asks,
        redirects=redirects,
        fatigue=Fatigue(per_day=app.fatigue_per_day, per_30_days=app.fatigue_per_30_days),
    )


def compile_soft_ask(row: SoftAskRow) -> SoftAsk:
    """One soft ask with its variants, in the order of their keys."""
    arms = tuple(
        Arm(
            key=variant.key,
            weight=variant.weight,
            copy={
                "title": variant.title,
                "body": variant.body,
                "accept_label": variant.accept_label,
                "decline_label": variant.decline_label,
                "surface": variant.surface,
            },
        )
        for variant in sorted(row.variants.all(), key=lambda variant: variant.key)
    )
    return SoftAsk(
        id=row.pk,
        revision=row.revision,
        moment=row.moment.key,
        arms=arms,
        seed=row.seed,
        holdout=row.holdout,
        gates=Gates(
            min_sessions=row.min_sessions,
            allow_first_session=row.allow_first_session,
            min_times_reached=row.min_times_reached,
            min_screens=row.min_screens,
        ),
        backoff_days=tuple(row.backoff_days),
        max_declines=row.max_declines,
        platforms=frozenset(row.platforms),
    )


def compile_redirect(row: RedirectRow) -> RedirectRule:
    """One redirect rule; its one wording is the arm `a`."""
    words = {"line": row.line, "action_label": row.action_label, "surface": row.surface}
    return RedirectRule(
        id=row.pk,
        revision=row.revision,
        moment=row.moment.key,
        arms=(Arm(key="a", weight=1.0, copy=words),),
        seed=row.seed,
        holdout=row.holdout,
        causes=frozenset(row.causes),
        min_days_since_denial=row.min_days_since_denial,
        cooldown_days=row.cooldown_days,
        cap=row.cap,
        platforms=frozenset(row.platforms),
    )


rulesets: Versioned[Ruleset] = Versioned(compile_ruleset)
