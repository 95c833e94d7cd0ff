"""The compiled rules of an app, as decisions use them: what its live campaigns published."""

from collections.abc import Mapping
from typing import Any

from campaigns.domain.drafts import (
    Draft,
    GateVariant,
    RedirectDraft,
    SoftAskDraft,
    Variant,
    draft_of,
    texts_of,
    utc_ms,
    variants_of,
)
from campaigns.domain.gates import GateArm, Gates
from campaigns.domain.ruleset import (
    Arm,
    Campaign,
    Fatigue,
    Moment,
    RedirectRule,
    Ruleset,
    SoftAsk,
)
from campaigns.domain.segments import Chosen
from campaigns.models import Campaign as CampaignRow
from campaigns.models import CampaignStatus
from campaigns.selectors.segments import chosen_of
from permissions_app.models import App, ValueMoment
from permissions_app.selectors.versioned import Versioned


def compile_ruleset(app_id: int) -> Ruleset:
    """Read everything of an app that is live; what has no wording is left out."""
    app = App.objects.get(pk=app_id)
    moments = {
        row.key: Moment(
            key=row.key,
            paused=row.status == ValueMoment.Status.PAUSED,
            opening=row.opening,
        )
        for row in ValueMoment.objects.filter(app_id=app_id)
    }
    rows = CampaignRow.objects.filter(app_id=app_id, status=CampaignStatus.LIVE)
    segments = chosen_of(app=app)
    ranked: list[tuple[int, int, Campaign]] = []
    for row in rows.select_related("published"):
        assert row.published is not None  # a constraint says so
        content = row.published.content
        compiled = compile_campaign(
            kind=row.kind,
            content=content,
            campaign_id=row.pk,
            revision=row.published.number,
            seed=row.seed,
            segments=segments,
        )
        if compiled.arms:
            ranked.append((content.get("priority", 100), row.pk, compiled))
    soft_asks: dict[str, tuple[SoftAsk, ...]] = {}
    redirects: dict[str, tuple[RedirectRule, ...]] = {}
    for _, _, compiled in sorted(ranked, key=lambda entry: entry[:2]):
        here = compiled.moment
        if isinstance(compiled, SoftAsk):
            soft_asks[here] = (*soft_asks.get(here, ()), compiled)
        else:
            redirects[here] = (*redirects.get(here, ()), compiled)
    return Ruleset(
        app_id=app_id,
        version=app.ruleset_version,
        moments=moments,
        soft_asks=soft_asks,
        redirects=redirects,
        fatigue=Fatigue(per_day=app.fatigue_per_day, per_30_days=app.fatigue_per_30_days),
        stopped=app.stopped_at is not None,
    )


def compile_campaign(
    *,
    kind: str,
    content: Mapping[str, Any],
    campaign_id: int,
    revision: int,
    seed: str,
    segments: Mapping[str, Chosen],
) -> Campaign:
    """One document as decisions use it, its arms in the order of their keys. Raises Invalid.

    `segments`: by key. A segment that is not there holds nobody.
    """
    draft = draft_of(kind=kind, name="compiled", content=content)  # type: ignore[arg-type]
    shared: dict[str, Any] = {
        "id": campaign_id,
        "revision": revision,
        "moment": draft.moment,
        "arms": _arms(draft),
        "seed": seed,
        "holdout": draft.holdout,
        "platforms": frozenset(draft.platforms),
        "languages": frozenset(draft.languages),
        "countries": frozenset(draft.countries),
        "app_version_from": draft.app_version_from,
        "segment": segments.get(draft.segment, Chosen()) if draft.segment else None,
        "starts_at": utc_ms(local=draft.starts_at, timezone=draft.timezone),
        "ends_at": utc_ms(local=draft.ends_at, timezone=draft.timezone),
    }
    if isinstance(draft, SoftAskDraft):
        return SoftAsk(**shared, **_soft_ask(draft))
    return RedirectRule(**shared, **_redirect(draft))


def _soft_ask(draft: SoftAskDraft) -> dict[str, Any]:
    return {
        "gates": _gates(draft),
        "gate_arms": tuple(
            GateArm(arm.key, arm.weight, _gates(arm))
            for arm in sorted(draft.gate_trial, key=lambda arm: arm.key)
        ),
        "backoff_days": draft.backoff_days,
        "max_declines": draft.max_declines,
    }


def _gates(written: SoftAskDraft | GateVariant) -> Gates:
    return Gates(
        min_sessions=written.min_sessions,
        allow_first_session=written.allow_first_session,
        min_times_reached=written.min_times_reached,
        min_screens=written.min_screens,
    )


def _redirect(draft: RedirectDraft) -> dict[str, Any]:
    return {
        "causes": frozenset(draft.causes),
        "min_days_since_denial": draft.min_days_since_denial,
        "cooldown_days": draft.cooldown_days,
        "cap": draft.cap,
    }


def _arms(draft: Draft) -> tuple[Arm, ...]:
    return tuple(
        Arm(
            key=variant.key,
            weight=variant.weight,
            copy={**texts_of(variant), **_looks(variant), "locale": draft.locale},
            translations={
                locale: {**texts, "locale": locale}
                for locale, texts in variant.translations.items()
                if any(texts.values())
            },
        )
        for variant in sorted(variants_of(draft), key=lambda variant: variant.key)
    )


def _looks(variant: Variant) -> dict[str, str]:
    """How it is shown, beside what it says. `image`: where its picture is, below the host."""
    looks = {"surface": variant.surface}
    picture = getattr(variant, "illustration", "")
    if picture:
        name = picture.removeprefix("image:")
        looks["image"] = f"/i/{name}.{'webp' if name != picture else 'svg'}"
    return looks


rulesets: Versioned[Ruleset] = Versioned(compile_ruleset)
