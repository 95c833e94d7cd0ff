"""Finding anything and going there, in an app or outside: the page, and the list of the palette."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from campaigns.domain.campaign_words import standing_in_words
from campaigns.domain.ranking import Score, best
from campaigns.selectors.finder import MOST_OF_A_KIND, Thing, find_things, recent_things
from permissions_app.selectors.access import VisibleApp, visible_apps
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in

MOST_RECENT = 6
LONGEST_TEXT = 80
LABELS = {
    "moment": "Value moments",
    "soft_ask": "Soft asks",
    "redirect": "Settings redirects",
    "segment": "Segments",
    "device": "Devices",
}
PLACES = {
    "moment": "moment",
    "soft_ask": "soft_ask",
    "redirect": "redirect_rule",
    "segment": "segment",
    "device": "device",
}
"""The name of a kind's page."""
KINDS = {name: kind for kind, name in PLACES.items()}
ICONS = {kind: f"{kind}s" for kind in PLACES}
WORDS = {
    "moment": "Moment",
    "soft_ask": "Soft ask",
    "redirect": "Redirect",
    "segment": "Segment",
    "device": "Device",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A page or an action. `also`: other words people look for it by. `of`: how much of "workspace"
    and "app" its address takes. `edits`: whether it needs the role of an editor.
    """

    name: str
    label: str
    also: str
    icon: str
    of: int = 2
    edits: bool = False


PAGES = (
    Offer("overview", "Overview", "opt-in funnel recovery numbers", "overview"),
    Offer("funnel", "Opt-in funnel", "numbers cohorts breakdown", "funnel"),
    Offer("results", "Results", "variants verdict winner holdout trial", "results"),
    Offer("recovery", "Recovery", "settings curve numbers at risk", "recovery"),
    Offer("timing", "Timing", "gates sessions screens", "timing"),
    Offer("league", "Moment league", "compare moments gain interruptions", "league"),
    Offer("fatigue", "Fatigue", "cap never interruptions exposure", "fatigue"),
    Offer("alerts", "Alerts", "weekly e-mail digest thresholds", "alerts"),
    Offer("report", "Report", "print pdf", "report"),
    Offer("moments", "Value moments", "journey events", "moments"),
    Offer("soft_asks", "Soft asks", "campaigns copy", "soft_asks"),
    Offer("redirects", "Settings redirects", "rules campaigns denied", "redirects"),
    Offer("segments", "Segments", "people conditions audience", "segments"),
    Offer("devices", "Devices", "people keys", "devices"),
    Offer("integrate", "Integrate", "keys guides snippets events", "integrate"),
    Offer("self_check", "Self-check", "integration test events arrive", "integrate"),
    Offer("permission_values", "Permission values", "library status denied", "integrate"),
    Offer("webhooks", "Webhooks", "deliveries log endpoints http events out", "webhooks"),
    Offer(
        "stop_switch", "Stop switch", "kill emergency pause everything halt go on resume", "alert"
    ),
    Offer("playbooks", "Playbooks", "delivery shopping media health finance travel", "playbooks"),
    Offer("setup_file", "Set-up file", "yaml import export", "setup_file"),
    Offer("onboarding", "First steps", "checklist onboarding", "check"),
    Offer("workspace_settings", "People and review", "settings members roles", "person", of=1),
    Offer("apps", "All apps", "switch workspace", "apps", of=0),
    Offer("mentions", "Mentions", "comments talk asked", "mentions", of=0),
    Offer("account_change_password", "Change password", "account", "person", of=0),
)
ACTIONS = (
    Offer("new_moment", "New value moment", "make create event", "moments", edits=True),
    Offer("new_soft_ask", "New soft ask", "write create campaign", "soft_asks", edits=True),
    Offer("new_redirect", "Write a redirect", "new create settings rule", "redirects", edits=True),
    Offer("new_segment", "New segment", "make build create people", "segments", edits=True),
    Offer("new_webhook", "New webhook", "add create endpoint", "webhooks", edits=True),
    Offer(
        "playbooks",
        "Start from a playbook",
        "ready made delivery shopping",
        "playbooks",
        edits=True,
    ),
    Offer("setup_file", "Import set-up", "yaml export file", "setup_file", edits=True),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list. `note`: what is said beside it. `number`: its place among all."""

    label: str
    note: str
    address: str
    icon: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Lines under one heading."""

    label: str
    entries: tuple[Entry, ...]


Ranked = tuple[Score, str, list[Entry]]
"""A group with the score of its best answer."""


@require_safe
@signed_in
def find(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """What answers `?q=`; without it what was looked at (`?recent=` addresses) or changed lately."""
    access = load_app(request, workspace, app)
    text = _text(request)
    recent = request.GET.getlist("recent")[:MOST_RECENT]
    groups = _answers(access, text) if text else _beginning(access, recent)
    return _page(request, text, groups, access=access)


@require_safe
@signed_in
def find_anywhere(request: PersonRequest) -> HttpResponse:
    """Outside of an app: the person's apps, their workspaces, and the pages about themselves."""
    text = _text(request)
    apps = visible_apps(user_id=request.user.pk)
    among = (
        ("Apps", _apps(apps)),
        ("Workspaces", _workspaces(apps)),
        ("Pages", _offers([], PAGES, can_edit=False)),
    )
    if text:
        return _page(request, text, _numbered(_ranked(text, among)))
    groups = _numbered((label, [entry for entry, _ in offered]) for label, offered in among)
    return _page(request, text, groups)


def _text(request: PersonRequest) -> str:
    return request.GET.get("q", "").strip()[:LONGEST_TEXT]


def _page(
    request: PersonRequest,
    text: str,
    groups: tuple[Group, ...],
    *,
    access: AppAccess | None = None,
) -> HttpResponse:
    context = {
        "access": access,
        "nav": "find",
        "q": text,
        "groups": groups,
        "total": sum(len(group.entries) for group in groups),
    }
    page = "campaigns/finder/_found.html" if request.htmx else "campaigns/finder/page.html"
    response = render(request, page, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _answers(access: AppAccess, text: str) -> tuple[Group, ...]:
    """Groups in the order of their best answer."""
    ranked: list[Ranked] = []
    found = find_things(app=access.app, text=text)
    for kind, label in LABELS.items():
        of_kind = [one for one in found if one.thing.kind == kind]
        if of_kind:
            entries = [_entry(access, one.thing) for one in of_kind]
            ranked.append((of_kind[0].score, label, entries))
    here = [access.workspace.slug, access.app.slug]
    among = (
        ("Actions", _offers(here, ACTIONS, can_edit=access.can_edit)),
        ("Pages", _offers(here, PAGES, can_edit=access.can_edit)),
        ("Apps", _apps(access.others)),
    )
    return _numbered(_ranked(text, among, ranked))


def _ranked(
    text: str,
    among: Iterable[tuple[str, list[tuple[Entry, str]]]],
    before: Iterable[Ranked] = (),
) -> list[tuple[str, list[Entry]]]:
    """What answers, the group with the best answer first. `before`: groups that are ranked."""
    ranked = list(before)
    for label, offered in among:
        good = best(
            text=text, among=offered, names=lambda e: (e[0].label, e[1]), most=MOST_OF_A_KIND
        )
        if good:
            ranked.append((good[0][0], label, [entry for _, (entry, _) in good]))
    ranked.sort(key=lambda one: one[0][0])
    return [(label, entries) for _, label, entries in ranked]


def _beginning(access: AppAccess, addresses: list[str]) -> tuple[Group, ...]:
    """What the list offers before anything is typed."""
    wanted = [thing for address in addresses if (thing := _thing_at(access, address))]
    recent = recent_things(app=access.app, wanted=wanted, most=MOST_RECENT)
    entries = [_entry(access, thing, tell_kind=True) for thing in recent]
    here = [access.workspace.slug, access.app.slug]
    return _numbered(
        (
            ("Recent" if wanted else "Changed lately", entries),
            ("Actions", [entry for entry, _ in _offers(here, ACTIONS, can_edit=access.can_edit)]),
            ("Pages", [entry for entry, _ in _offers(here, PAGES, can_edit=access.can_edit)]),
        )
    )


def _thing_at(access: AppAccess, address: str) -> tuple[str, str] | None:
    """Kind and key of what an address of this app shows; None for any other address."""
    try:
        match = resolve(address[:400])
    except Resolver404:
        return None
    here = (match.kwargs.get("workspace"), match.kwargs.get("app"))
    kind = KINDS.get(match.url_name or "")
    if kind is None or here != (access.workspace.slug, access.app.slug):
        return None
    told = match.kwargs
    return kind, str(told.get("pk") or told.get("key") or told.get("slug"))


def _entry(access: AppAccess, thing: Thing, *, tell_kind: bool = False) -> Entry:
    key = int(thing.key) if thing.kind in ("soft_ask", "redirect") else thing.key
    address = reverse(PLACES[thing.kind], args=[access.workspace.slug, access.app.slug, key])
    notes = [WORDS[thing.kind]] if tell_kind else []
    if thing.kind == "moment":
        notes.append("Paused" if thing.status == "paused" else thing.also)
    elif thing.kind == "segment":
        notes.append(thing.also)
    elif thing.kind != "device":
        notes += [thing.also, standing_in_words(status=thing.status, pending="")]
    return Entry(thing.name, " · ".join(filter(None, notes)), address, ICONS[thing.kind])


def _offers(here: list[str], offers: Iterable[Offer], *, can_edit: bool) -> list[tuple[Entry, str]]:
    """The offers that exist here and are open to this person, with their other words. `here`:
    workspace and app, as far as there are.
    """
    found = []
    for offer in offers:
        if (offer.edits and not can_edit) or offer.of > len(here):
            continue
        try:
            address = reverse(offer.name, args=here[: offer.of])
        except NoReverseMatch:
            continue
        found.append((Entry(offer.label, "", address, offer.icon), offer.also))
    return found


def _apps(apps: Iterable[VisibleApp]) -> list[tuple[Entry, str]]:
    return [
        (
            Entry(
                one.app.name,
                one.workspace.name,
                reverse("overview", args=[one.workspace.slug, one.app.slug]),
                "apps",
            ),
            one.workspace.name,
        )
        for one in apps
    ]


def _workspaces(apps: Iterable[VisibleApp]) -> list[tuple[Entry, str]]:
    """The page about its people for each workspace."""
    known = {one.workspace.slug: one.workspace.name for one in apps}
    return [
        (
            Entry("People and review", name, reverse("workspace_settings", args=[slug]), "person"),
            f"{name} settings members roles",
        )
        for slug, name in known.items()
    ]


def _numbered(groups: Iterable[tuple[str, list[Entry]]]) -> tuple[Group, ...]:
    """The groups that hold something, with their lines counted through."""
    number = 0
    told = []
    for label, entries in groups:
        if entries:
            told.append(
                Group(
                    label,
                    tuple(replace(entry, number=number + i) for i, entry in enumerate(entries)),
                )
            )
            number += len(entries)
    return tuple(told)
