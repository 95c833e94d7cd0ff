"""Everything the editor's page shows: the form, where the campaign stands, the preview, the talk."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from campaigns.domain.drafts import Kind, SoftAskDraft
from campaigns.domain.gate_words import trial_words
from campaigns.models import Campaign
from campaigns.selectors.campaigns import check_draft, kind_in, moment_words, working_copy
from campaigns.selectors.images import newest_images
from campaigns.selectors.segments import segments_of
from campaigns.selectors.versions import ways
from campaigns.web import editing, forecast, review
from campaigns.web.draft_form import Values, typed_draft
from campaigns.web.editor_fields import TIMEZONES, panels_of
from campaigns.web.editor_page import form_of
from campaigns.web.loading import NAV
from campaigns.web.merging import Merging
from campaigns.web.preview import Options, side
from campaigns.web.step_bar import bar_of
from permissions_app.models import ValueMoment
from permissions_app.web.access import AppAccess, PersonRequest


@dataclass(frozen=True, slots=True)
class Shown:
    """What the form holds. `version`: the one it goes on from, 0 for the stored one; `opened` and
    `kept`: see `editor.Posted`; `merging`: two people's changes side by side.
    """

    values: Values
    errors: Mapping[str, str] = field(default_factory=dict)
    tab: str = ""
    version: int = 0
    focus: str = ""
    merging: Merging | None = None
    opened: int = 0
    kept: tuple[str, ...] = ()


def page_context(
    request: PersonRequest, access: AppAccess, campaign: Campaign, shown: Shown
) -> dict[str, Any]:
    """The context of `campaigns/editor/page.html`."""
    kind = kind_in(campaign)
    stored = working_copy(campaign)
    draft = typed_draft(kind, shown.values, stored)
    moments = tuple(access.app.moments.order_by("opening", "name"))
    moment = next((one for one in moments if one.key == draft.moment), None)
    form = form_of(
        kind=kind,
        values=shown.values,
        errors=shown.errors,
        tab=shown.tab,
        uploads=newest_images(app_id=access.app.pk),
    )
    checked = check_draft(draft=stored, moment=campaign.moment)
    bar = bar_of(access=access, campaign=campaign, checked=checked, person=request.user.pk)
    return {
        "access": access,
        "nav": NAV[kind],
        "kind": kind,
        "campaign": campaign,
        "form": form,
        "values": shown.values.single,
        "panels": panels_of(
            kind=kind,
            values=shown.values,
            errors=form.errors,
            segments=tuple((it.key, it.name) for it in segments_of(app=access.app)),
            trial=trial_words(draft.gate_trial) if isinstance(draft, SoftAskDraft) else "",
        ),
        "timezones": TIMEZONES,
        "moments": _offered(kind, moments, draft.moment),
        "placeholders": moment_words(moment).properties or (),
        "version": campaign.version if shown.merging else shown.version or campaign.version,
        "focus": shown.focus,
        "new_locale": request.POST.get("new_locale", "")[:40] if shown.errors else "",
        "opened": shown.opened,
        "kept": shown.kept,
        "merging": shown.merging,
        "bar": bar,
        "writable": bar.writable,
        "ways": ways(campaign),
        "said": editing.words_of_refused_step(request, campaign),
        **side(
            draft=draft,
            moment=moment,
            options=Options.from_data(request.POST or request.GET),
            writable=bar.writable,
            checked=checked if draft == stored and moment == campaign.moment else None,
        ),
        **forecast.panel(access, campaign),
        **review.panel(access, campaign),
    }


def _offered(kind: Kind, moments: tuple[ValueMoment, ...], chosen: str) -> tuple[ValueMoment, ...]:
    """The moments to choose from: an opening one carries no redirect."""
    return tuple(
        one for one in moments if kind == "soft_ask" or not one.opening or one.key == chosen
    )
