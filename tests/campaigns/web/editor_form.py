"""What a browser sends for a campaign as it stands."""

from __future__ import annotations

from campaigns.domain.drafts import SoftAskDraft, locales_of, variants_of
from campaigns.models import Campaign
from campaigns.selectors.campaigns import working_copy
from campaigns.web.draft_form import values_of


def editor_form(campaign: Campaign, **changes: str) -> dict[str, str | list[str]]:
    """The whole form, untouched but for `changes`; a dash in a name is written `__`."""
    campaign.refresh_from_db()
    draft = working_copy(campaign)
    values = values_of(draft)
    sent: dict[str, str | list[str]] = {"version": str(campaign.version), **values.single}
    if isinstance(draft, SoftAskDraft) and not draft.allow_first_session:
        sent.pop("allow_first_session", None)
    sent |= {name: list(ticked) for name, ticked in values.several.items()}
    for index, variant in enumerate(values.variants):
        sent |= {
            f"v-{index}-{name}": getattr(variant, name) for name in ("key", "surface", "weight")
        }
        sent[f"v-{index}-illustration"] = variant.illustration
        for locale in locales_of(draft):
            for name, text in variant.texts[locale].items():
                sent[f"v-{index}-t-{locale}-{name}"] = text
    assert len(values.variants) == len(variants_of(draft))
    return {**sent, **{name.replace("__", "-"): value for name, value in changes.items()}}
