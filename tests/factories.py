"""The fixed cast, and short ways to make what tests need.

Alice owns the workspace, Bob edits, Rita reviews, Carol looks; Mallory is nobody here, but owns a
workspace of her own. Things with rules are made through the services, so that tests start from
states that can exist.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.test import Client

from campaigns.domain.drafts import Draft, Line, RedirectDraft, SoftAskDraft, Words
from campaigns.models import Campaign, Segment
from campaigns.selectors.campaigns import working_copy
from campaigns.services.campaigns import create_campaign, update_campaign
from campaigns.services.segments import SegmentDraft, create_segment
from campaigns.services.steps import take_step
from permissions_app.models import (
    App,
    Device,
    Membership,
    Role,
    Rollup,
    User,
    ValueMoment,
    Workspace,
)

PASSWORD = "a password of the cast"
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody, the workspace "acme" with its app "shop", and Mallory's own app elsewhere."""

    workspace: Workspace
    app: App
    alice: User
    bob: User
    rita: User
    carol: User
    mallory: User
    mallorys_app: App


def make_cast() -> Cast:
    """Five people, two workspaces, two apps."""
    workspace = Workspace.objects.create(name="Acme", slug="acme")
    elsewhere = Workspace.objects.create(name="Evil Inc", slug="evil")
    return Cast(
        workspace=workspace,
        app=App.objects.create(workspace=workspace, name="Shop", slug="shop"),
        alice=make_person("alice", workspace=workspace, role=Role.OWNER),
        bob=make_person("bob", workspace=workspace, role=Role.EDITOR),
        rita=make_person("rita", workspace=workspace, role=Role.REVIEWER),
        carol=make_person("carol", workspace=workspace, role=Role.VIEWER),
        mallory=make_person("mallory", workspace=elsewhere, role=Role.OWNER),
        mallorys_app=App.objects.create(workspace=elsewhere, name="Lair", slug="lair"),
    )


def make_person(name: str, *, workspace: Workspace | None = None, role: Role = Role.VIEWER) -> User:
    """A person with the address `name`@example.com and PASSWORD, with a role where one is meant."""
    user = User.objects.create_user(f"{name}@example.com", PASSWORD, first_name=name.capitalize())
    if workspace is not None:
        Membership.objects.create(workspace=workspace, user=user, role=role)
    return user


def client_of(user: User | None) -> Client:
    """A test client that this person is signed in with; None: somebody anonymous."""
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def make_moment(
    app: App,
    *,
    key: str = "order_placed",
    name: str = "Order placed",
    event_name: str = "Order Placed",
    opening: bool = False,
    conditions: list[dict[str, object]] | None = None,
) -> ValueMoment:
    """An active value moment."""
    return ValueMoment.objects.create(
        app=app,
        key=key,
        name=name,
        event_name=event_name,
        opening=opening,
        conditions=conditions or [],
    )


def make_soft_ask(
    app: App,
    moment: ValueMoment,
    *,
    name: str = "Shipping news",
    status: str = "draft",
    segment: str = "",
) -> Campaign:
    """A soft ask with one variant, a draft, live or paused. `segment`: the key of its audience."""
    words = Words(
        key="a",
        title="Know when your package leaves the warehouse?",
        body="We send one message when it ships and one when it is at your door.",
        accept_label="Tell me",
        decline_label="Not now",
    )
    draft = SoftAskDraft(name=name, moment=moment.key, variants=(words,), segment=segment)
    return _make(app, draft, status)


def make_redirect_rule(
    app: App,
    moment: ValueMoment,
    *,
    name: str = "Missed shipping",
    status: str = "draft",
    segment: str = "",
) -> Campaign:
    """A Settings redirect, a draft, live or paused. `segment`: the key of its audience."""
    line = Line(
        key="a",
        line="Your package left the warehouse and we could not tell you.",
        action_label="Turn on in Settings",
    )
    draft = RedirectDraft(name=name, moment=moment.key, variants=(line,), segment=segment)
    return _make(app, draft, status)


def make_segment(app: App, *, name: str = "Kept", document: Any = None) -> Segment:
    """A saved segment: those who are denied, or what `document` says."""
    told = document or {"all": [{"fact": "status", "in": ["denied"]}]}
    return create_segment(app=app, draft=SegmentDraft(name, told), actor=None)


def republish(campaign: Campaign, **changes: Any) -> Campaign:
    """The same campaign with these parts of its document changed and live again."""
    campaign.refresh_from_db()
    draft = replace(working_copy(campaign), **changes)
    changed = update_campaign(
        campaign_id=campaign.pk,
        app=campaign.app,
        draft=draft,
        expected_version=campaign.version,
        actor=None,
    )
    return take_step(campaign_id=changed.pk, app=campaign.app, action="publish", actor=None)


def _make(app: App, draft: Draft, status: str) -> Campaign:
    campaign = create_campaign(app=app, draft=draft, actor=None)
    way = {"live": ("publish",), "paused": ("publish", "pause"), "archived": ("archive",)}
    for action in way.get(status, ()):
        campaign = take_step(campaign_id=campaign.pk, app=app, action=action, actor=None)
    return campaign


def make_device(app: App, key: str = "device-1", **facts: object) -> Device:
    """A device with these facts (see permissions_app.domain.device); it is not in the rollups."""
    return Device.objects.create(app=app, key=key, facts=facts, version=1)


def day_number(day: date) -> int:
    """Days since 1970-01-01, as the rollups count them."""
    return (day - EPOCH).days


def make_rollups(
    app: App, cells: Iterable[tuple[str, date, str, str, str, int, int]]
) -> list[Rollup]:
    """Rollup rows from (measure, day, platform, key, arm, age, n)."""
    return Rollup.objects.bulk_create(
        Rollup(
            app=app,
            measure=measure,
            day=day_number(day),
            platform=platform,
            key=key,
            arm=arm,
            age=age,
            n=n,
        )
        for measure, day, platform, key, arm, age, n in cells
    )
