"""The editor of a soft ask or a Settings redirect: looking at it, saving it.

One page for both kinds. The whole form is posted by every button, so that it works without scripts;
with them, the same buttons answer without leaving the page and drafts save themselves (`drafting`).
"""

from dataclasses import dataclass, replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.domain.drafts import Draft, Kind
from campaigns.domain.workflow import STEPS
from campaigns.models import Campaign
from campaigns.selectors.campaigns import kind_in, pending, working_copy
from campaigns.selectors.images import UPLOADED, check_images
from campaigns.selectors.versions import draft_at
from campaigns.services.campaigns import update_campaign
from campaigns.services.steps import take_step
from campaigns.web import editing
from campaigns.web.draft_form import Values, draft_from, filled, values_in, values_of
from campaigns.web.editor_context import Shown, page_context
from campaigns.web.form_edits import choose_picture, edit
from campaigns.web.images import uploaded
from campaigns.web.loading import ADDRESS, load_campaign
from campaigns.web.merging import Merging, keep_mine, merged, take_theirs
from permissions_app.domain.edits import Conflict, Invalid
from permissions_app.models import Role
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in

PAGE = "campaigns/editor/"
WORDS = "ed-words"
"""The id of the part that the buttons for variants and languages change."""
STEPS_TAKEN_ON = frozenset({"campaign_review"})
"""Other pages that offer steps, by the name of their address: people come back to them."""
ARCHIVED = "What is archived cannot be changed. Restore it first."


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def campaign_page(
    request: PersonRequest, workspace: str, app: str, kind: Kind, pk: int
) -> HttpResponse:
    """Look at a campaign; with the right role, change it."""
    needs = Role.EDITOR if request.method == "POST" else Role.VIEWER
    access = load_app(request, workspace, app, needs=needs)
    campaign = load_campaign(access, pk, kind=kind)
    if request.method != "POST":
        tab = request.GET.get("tab", "")
        return _show(request, access, campaign, Shown(values_of(working_copy(campaign)), tab=tab))
    return _save(request, access, campaign)


@dataclass(frozen=True, slots=True)
class Posted:
    """What the form said. `base`: the draft it was opened with; `before`: the one it was first
    opened with, where two people's changes were put together since; `do`: the button, or what Enter
    in the field of a language means.
    """

    values: Values
    base: Draft
    version: int
    before: Draft | None
    opened: int
    kept: tuple[str, ...]
    do: str
    new_locale: str
    tab: str


def posted(request: PersonRequest, campaign: Campaign) -> Posted:
    """The form of a request."""
    version = editing.version_in(request)
    opened = editing.version_in(request, "opened")
    new_locale = request.POST.get("new_locale", "").strip()[:40]
    base = draft_at(campaign=campaign, version=version) or working_copy(campaign)
    return Posted(
        values=filled(values_in(request.POST), base),
        base=base,
        version=version,
        before=draft_at(campaign=campaign, version=opened) if opened else None,
        opened=opened,
        kept=tuple(path[:120] for path in request.POST.getlist("kept")[:60]),
        do=request.POST.get("do", "")[:200] or ("add-locale" if new_locale else ""),
        new_locale=new_locale,
        tab=request.POST.get("tab", "")[:40],
    )


def _save(request: PersonRequest, access: AppAccess, campaign: Campaign) -> HttpResponse:
    form = posted(request, campaign)
    shown = Shown(form.values, tab=form.tab, version=form.version)
    action, _, about = form.do.partition(":")
    kind = kind_in(campaign)
    try:
        if campaign.status == "archived":
            raise Invalid({"": ARCHIVED})
        if action in ("take", "keep"):
            return _choose(request, access, campaign, form)
        if action == "upload":
            values = _with_picture(request, access, form.values, about)
            form, shown = replace(form, values=values), replace(shown, values=values)
        edited = edit(values=form.values, do=form.do, new_locale=form.new_locale)
        if edited is not None:
            form = replace(form, values=edited.values, tab=edited.tab or form.tab)
            shown = replace(shown, values=edited.values, tab=form.tab, focus=edited.focus)
        draft = draft_from(kind, form.values, form.base)
        store(request, access, campaign, draft, version=form.version)
    except Invalid as invalid:
        return _show(request, access, campaign, replace(shown, errors=invalid.errors), 422)
    except Conflict:
        return conflict_page(request, access, load_campaign(access, campaign.pk), form)
    return _saved(request, access, campaign, form, focus=shown.focus, quiet=edited is not None)


def _saved(
    request: PersonRequest,
    access: AppAccess,
    campaign: Campaign,
    form: Posted,
    *,
    focus: str = "",
    quiet: bool = False,
) -> HttpResponse:
    """Go on writing: on the page anew, or for a button among the words with the words alone."""
    if _in_place(request):
        stored = load_campaign(access, campaign.pk)
        values = values_of(working_copy(stored))
        return _show(request, access, stored, Shown(values, tab=form.tab, focus=focus))
    if not quiet:
        messages.success(request, "Saved.")
    return redirect(_address(access, campaign, tab=form.tab, focus=focus))


def _in_place(request: PersonRequest) -> bool:
    """Whether only the words are wanted."""
    return bool(request.htmx and request.htmx.target == WORDS)


def _with_picture(request: PersonRequest, access: AppAccess, values: Values, place: str) -> Values:
    """The form with the picture sent for one variant. Raises Invalid, to be told beside its choice."""
    try:
        image = uploaded(request, access, f"v-{place}-file")
    except Invalid as invalid:
        raise Invalid({f"variants.{place}.illustration": str(invalid)}) from None
    return choose_picture(values, f"{UPLOADED}{image.digest}", place)


def store(
    request: PersonRequest, access: AppAccess, campaign: Campaign, draft: Draft, *, version: int
) -> Campaign:
    """Save the working copy. Raises Invalid, Conflict."""
    check_images(app_id=access.app.pk, draft=draft)
    return update_campaign(
        campaign_id=campaign.pk,
        app=access.app,
        draft=draft,
        expected_version=version,
        actor=request.user,
    )


def merging(
    access: AppAccess, campaign: Campaign, form: Posted, base: Draft | None = None
) -> Merging:
    """What was typed and what is stored now, put together."""
    return merged(
        kind=kind_in(campaign),
        base=base or form.base,
        theirs=working_copy(campaign),
        typed=form.values,
        moments=dict(access.app.moments.values_list("key", "name")),
        kept=form.kept,
    )


def conflict_page(
    request: PersonRequest, access: AppAccess, campaign: Campaign, form: Posted
) -> HttpResponse:
    """Somebody saved meanwhile: both changes in one form, and what both changed side by side.

    Where nothing but a step was taken in between, or what is stored says the same, there is nothing
    to ask: the words are saved.
    """
    both = merging(access, campaign, form)
    waits = pending(campaign)
    if both.same:
        return _saved(request, access, campaign, form)
    untouched = not both.differences and not both.taken
    if untouched and waits in ("draft", "nothing") and campaign.status != "archived":
        try:
            draft = draft_from(kind_in(campaign), form.values, form.base)
            store(request, access, campaign, draft, version=campaign.version)
        except Invalid as invalid:
            shown = Shown(form.values, tab=form.tab, errors=invalid.errors)
            return _show(request, access, campaign, shown, 422)
        except Conflict:
            return conflict_page(request, access, load_campaign(access, campaign.pk), form)
        return _saved(request, access, campaign, form)
    shown = Shown(both.values, tab=form.tab, merging=both, opened=form.version)
    return _show(request, access, campaign, shown, editing.CONFLICT_STATUS)


def _choose(
    request: PersonRequest, access: AppAccess, campaign: Campaign, form: Posted
) -> HttpResponse:
    """One of the buttons beside a difference: take theirs, or keep mine. Nothing is saved yet."""
    action, _, path = form.do.partition(":")
    if form.before is None or form.version != campaign.version:
        return conflict_page(request, access, campaign, form)
    values = form.values
    if action == "take":
        theirs = working_copy(campaign)
        values = take_theirs(kind=kind_in(campaign), typed=values, theirs=theirs, path=path)
    else:
        values = keep_mine(typed=values, theirs=working_copy(campaign), path=path)
    kept = (*form.kept, path)
    form = replace(form, values=values, kept=kept)
    both = merging(access, campaign, form, form.before)
    shown = Shown(values, tab=form.tab, merging=both, opened=form.opened, kept=kept)
    return _show(request, access, campaign, shown)


@require_POST
@signed_in
def campaign_step(request: PersonRequest, workspace: str, app: str, pk: int) -> HttpResponse:
    """Take a step of the workflow; the version says what the person was looking at."""
    access = load_app(request, workspace, app, needs=Role.REVIEWER)
    campaign = load_campaign(access, pk)
    action = request.POST.get("action", "")
    said = {name: request.POST.get(name, "")[:500] for name in ("note", "override")}
    try:
        take_step(
            campaign_id=pk,
            app=access.app,
            action=action,
            actor=request.user,
            role=access.role,
            expected_version=editing.version_in(request) or None,
            **said,
        )
        messages.success(request, f"“{campaign.name}” {STEPS[action].done}.")
    except Invalid as invalid:
        messages.error(request, str(invalid))
    except Conflict:
        messages.error(request, editing.CHANGED_MEANWHILE)
    else:
        said = {}
    if any(said.values()):
        request.session[editing.SAID] = {"pk": pk, **said}
    back_to = request.POST.get("next", "")
    page = back_to if back_to in STEPS_TAKEN_ON else ADDRESS[campaign.kind]
    return redirect(page, workspace, app, pk)


def _show(
    request: PersonRequest, access: AppAccess, campaign: Campaign, shown: Shown, status: int = 200
) -> HttpResponse:
    context = page_context(request, access, campaign, shown)
    if not _in_place(request):
        return render(request, f"{PAGE}page.html", context, status=status)
    stored = status == 200 and request.method == "POST"
    context |= {"status": status, "now": timezone.now() if stored else None}
    return render(request, f"{PAGE}_edited.html", context, status=status)


def _address(access: AppAccess, campaign: Campaign, *, tab: str = "", focus: str = "") -> str:
    here = reverse(
        ADDRESS[campaign.kind], args=(access.workspace.slug, access.app.slug, campaign.pk)
    )
    default = campaign.content["locale"]
    query = f"?{urlencode({'tab': tab})}" if tab and tab != default else ""
    return f"{here}{query}#{focus}" if focus else f"{here}{query}"
