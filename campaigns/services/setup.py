"""Importing a set-up file: trying it out, and doing it.

Both do exactly the same work in one transaction; trying it out throws the work away at the end. So
whatever a service would refuse is told before anybody applies a file. Working copies are all that
changes of soft asks and redirects: what is published stays as it is. Moments, segments and the fatigue
budget have no draft and change at once.

Everything that a file may touch is locked first, in the order in which every other service locks:
campaigns, segments, moments, app.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction

from campaigns.domain.setup_fates import CampaignWanted, MomentWanted, Plan, SegmentWanted
from campaigns.domain.setup_file import Setup, SetupFile, fingerprint, read_setup, write_setup
from campaigns.domain.setup_plan import plan_setup
from campaigns.domain.setup_yaml import Problem, Unreadable
from campaigns.models import Campaign, Segment
from campaigns.selectors.setup import read_app
from campaigns.services.campaigns import create_campaign, update_campaign
from campaigns.services.segments import SegmentDraft, create_segment, update_segment
from permissions_app.domain.edits import Conflict, Invalid
from permissions_app.models import Actor, App, ValueMoment
from permissions_app.services import audit
from permissions_app.services.apps import set_fatigue
from permissions_app.services.moments import (
    MomentDraft,
    create_moment,
    set_moment_status,
    update_moment,
)

FILE_NAMES = {"event_name": "event", "slug": ""}
"""How a file calls what a service calls otherwise."""


class SetupMoved(Conflict):
    """The set-up is another one than the caller read. `digest`: of its file now."""

    def __init__(self, *, current: int, digest: str) -> None:
        super().__init__(current=current)
        self.digest = digest


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file would do, and the state of the app in which it would: `fingerprint` with this file, `digest` of the
    set-up alone.
    """

    plan: Plan
    fingerprint: str
    digest: str


def digest_of(text: str) -> str:
    """What tells one set-up from another: the digest of its file."""
    return hashlib.sha256(text.encode()).hexdigest()


def normal(text: str) -> str:
    """The text with the line ends of a file, however a browser sent it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"


@transaction.atomic
def export_setup(*, app: App, actor: Actor) -> str:
    """The file of the set-up as it stands, for somebody who takes it away: so the trail says who did."""
    setup = read_app(app=app)
    text = write_setup(setup)
    kept = [campaign for campaign in setup.campaigns if campaign.status != "archived"]
    audit.record(
        workspace=app.workspace,
        app=app,
        actor=actor,
        action="setup.exported",
        subject=app.name,
        changes={
            "app": app.slug,
            "moments": len(setup.moments),
            "segments": len(setup.segments),
            "soft_asks": sum(1 for campaign in kept if campaign.kind == "soft_ask"),
            "redirects": sum(1 for campaign in kept if campaign.kind == "redirect"),
            "sha256": digest_of(text),
        },
    )
    return text


def try_setup(*, app: App, text: str, actor: Actor) -> Checked:
    """Do everything a file says, tell what it was, and undo it. Raises Unreadable."""
    text = normal(text)
    file = read_setup(text)
    with transaction.atomic():
        app, setup = _locked(app)
        plan = plan_setup(file=file, setup=setup)
        _apply(app, file, plan, actor)
        transaction.set_rollback(True)
    return Checked(plan, fingerprint(setup=setup, text=text), digest_of(write_setup(setup)))


@transaction.atomic
def apply_setup(*, app: App, text: str, checked: str, actor: Actor) -> Plan:
    """Do everything a file says, or nothing.

    `checked`: the fingerprint of what the person saw. Raises Conflict when the file or the app is
    another one since, Unreadable.
    """
    text = normal(text)
    file = read_setup(text)
    app, setup = _locked(app)
    if fingerprint(setup=setup, text=text) != checked:
        raise Conflict(current=app.ruleset_version)
    return _import(app, file, setup, actor)


@transaction.atomic
def put_setup(*, app: App, text: str, digest: str, actor: Actor) -> tuple[Plan, str]:
    """Do everything a file says to the set-up whose file has this digest, or nothing; tells the digest of the new one.

    Raises SetupMoved when the set-up is another one by now, Unreadable.
    """
    text = normal(text)
    file = read_setup(text)
    app, setup = _locked(app)
    current = digest_of(write_setup(setup))
    if current != digest:
        raise SetupMoved(current=app.ruleset_version, digest=current)
    plan = _import(app, file, setup, actor)
    return plan, digest_of(write_setup(read_app(app=App.objects.get(pk=app.pk))))


def _import(app: App, file: SetupFile, setup: Setup, actor: Actor) -> Plan:
    """The caller holds the locks."""
    plan = plan_setup(file=file, setup=setup)
    _apply(app, file, plan, actor)
    if plan.changes_something:
        audit.record(
            workspace=app.workspace,
            app=app,
            actor=actor,
            action="setup.imported",
            subject=app.name,
            changes={
                verdict: [
                    f"{item.section}.{item.key}".rstrip(".")
                    for item in plan.items
                    if item.verdict == verdict
                ]
                for verdict in ("created", "changed")
            },
        )
    return plan


def _locked(app: App) -> tuple[App, Setup]:
    """The app and its set-up, which nobody else changes until the transaction ends."""
    for rows in (
        Campaign.objects.filter(app=app),
        Segment.objects.filter(app=app),
        ValueMoment.objects.filter(app=app),
    ):
        list(rows.select_for_update().order_by("pk").values_list("pk"))
    app = (
        App.objects.select_for_update(of=("self",), no_key=True)
        .select_related("workspace")
        .get(pk=app.pk)
    )
    return app, read_app(app=app)


def _apply(app: App, file: SetupFile, plan: Plan, actor: Actor) -> None:
    """New moments, then segments, then campaigns that name both, then changed moments: so a moment may
    become an opening one in the same file that moves its redirects away.
    """
    problems: list[Problem] = []
    if plan.fatigue is not None:
        set_fatigue(app=app, per_day=plan.fatigue[0], per_30_days=plan.fatigue[1], actor=actor)
    new = [moment for moment in plan.moments if moment.stored is None]
    changed = [moment for moment in plan.moments if moment.stored is not None]
    for moment in new:
        with _collecting(problems, file, moment.path):
            _write_moment(app, moment, actor)
    for segment in plan.segments:
        with _collecting(problems, file, segment.path):
            _write_segment(app, segment, actor)
    for campaign in plan.campaigns:
        with _collecting(problems, file, campaign.path):
            _write_campaign(app, campaign, actor)
    for moment in changed:
        with _collecting(problems, file, moment.path):
            _write_moment(app, moment, actor)
    if problems:
        raise Unreadable(sorted(problems, key=lambda problem: problem.line))


@contextmanager
def _collecting(problems: list[Problem], file: SetupFile, path: str) -> Iterator[None]:
    """Keep what a service refuses, undo what it began, and go on with the next thing."""
    try:
        with transaction.atomic():
            yield
    except Invalid as invalid:
        for name, sentence in invalid.errors.items():
            where = f"{path}.{FILE_NAMES.get(name, name)}".rstrip(".")
            problems.append(Problem(where, file.line_of(where), sentence))


def _write_moment(app: App, moment: MomentWanted, actor: Actor) -> None:
    wanted, stored = moment.wanted, moment.stored
    draft = MomentDraft(
        name=wanted.name,
        event_name=wanted.event,
        conditions=wanted.conditions,
        opening=wanted.opening,
    )
    if stored is None:
        pk = create_moment(app=app, draft=draft, actor=actor, key=wanted.key).pk
    else:
        pk = stored.id
        update_moment(
            moment_id=pk, app=app, draft=draft, expected_version=stored.version, actor=actor
        )
    set_moment_status(moment_id=pk, app=app, status=wanted.status, actor=actor)


def _write_segment(app: App, segment: SegmentWanted, actor: Actor) -> None:
    wanted, stored = segment.wanted, segment.stored
    draft = SegmentDraft(wanted.name, wanted.document)
    if stored is None:
        create_segment(app=app, draft=draft, actor=actor, key=wanted.key)
        return
    update_segment(
        app=app, key=stored.key, draft=draft, expected_version=stored.version, actor=actor
    )


def _write_campaign(app: App, campaign: CampaignWanted, actor: Actor) -> None:
    if campaign.stored is None:
        create_campaign(app=app, draft=campaign.draft, actor=actor, slug=campaign.key)
        return
    if campaign.stored.key != campaign.key:
        Campaign.objects.filter(pk=campaign.stored.id).update(slug=campaign.key)
    update_campaign(
        campaign_id=campaign.stored.id,
        app=app,
        draft=campaign.draft,
        expected_version=campaign.stored.version,
        actor=actor,
    )
