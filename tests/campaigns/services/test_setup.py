"""Importing a set-up file into a real app."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.domain.setup_fates import Plan
from campaigns.domain.setup_file import write_setup
from campaigns.domain.setup_yaml import Unreadable
from campaigns.models import Campaign, Image
from campaigns.selectors.campaigns import pending
from campaigns.selectors.rulesets import compile_ruleset
from campaigns.selectors.setup import read_app
from campaigns.services.campaigns import update_campaign
from campaigns.services.segments import delete_segment
from campaigns.services.setup import apply_setup, export_setup, try_setup
from campaigns.services.steps import take_step
from permissions_app.domain.edits import Conflict, Invalid
from permissions_app.models import App, AuditEntry, ValueMoment
from permissions_app.services.moments import set_moment_status
from tests.campaigns.drafts import a_moment, redirect_draft, soft_ask_draft
from tests.factories import Cast, make_redirect_rule, make_segment, make_soft_ask, republish
from tests.properties.segment_documents import documents

KEPT = {
    "all": [
        {"fact": "cause", "in": ["refused", "turned_off"]},
        {"any": [{"moment": "order_placed", "at_least": 2, "in_last_days": 14}]},
        {"not": {"fact": "app_version", "below": "4.2"}},
        {"fact": "denied", "from": "2026-08-01", "to": "2026-09-01"},
        {"fact": "country", "in": ["NO", "SE"]},
    ]
}


@pytest.fixture
def full(cast: Cast) -> App:
    """An app with two moments, a segment, a live soft ask, another one and a redirect, which speaks to the segment."""
    order = a_moment(cast.app, conditions=[{"property": "total", "op": "gte", "value": 20}])
    a_moment(cast.app, name="Message sent")
    make_soft_ask(cast.app, order, status="live")
    make_soft_ask(cast.app, order)
    segment = make_segment(cast.app, document=KEPT)
    make_redirect_rule(cast.app, order, segment=segment.key)
    return cast.app


@pytest.fixture
def empty(cast: Cast) -> App:
    """Another app of the same workspace and name."""
    return App.objects.create(workspace=cast.workspace, name="Shop", slug="staging")


def file_of(app: App) -> str:
    return write_setup(read_app(app=App.objects.get(pk=app.pk)))


def imported(app: App, text: str, cast: Cast) -> Plan:
    """Check a file and apply it, as Bob."""
    checked = try_setup(app=app, text=text, actor=cast.bob)
    return apply_setup(app=app, text=text, checked=checked.fingerprint, actor=cast.bob)


def everything(app: App) -> list[Any]:
    """All that an import may change, with versions."""
    app.refresh_from_db()
    return [
        list(app.campaigns.order_by("pk").values()),
        list(app.moments.order_by("pk").values()),
        list(app.segments.order_by("pk").values()),
        (app.name, app.fatigue_per_day, app.fatigue_per_30_days, app.ruleset_version),
        AuditEntry.objects.count(),
    ]


def test_export__imported_again__nothing_happens(cast: Cast, full: App) -> None:
    before = everything(full)
    plan = imported(full, file_of(full), cast)
    assert not plan.changes_something
    assert {item.verdict for item in plan.items} == {"unchanged"}
    assert everything(full) == before


def test_export__into_an_empty_app__exports_the_same_again(
    cast: Cast, full: App, empty: App
) -> None:
    text = file_of(full).replace("per_day: 1", "per_day: 2")
    plan = imported(empty, text, cast)
    assert plan.count("created") == 6
    assert file_of(empty) == text.replace("status: live", "status: draft")
    assert not empty.campaigns.exclude(status="draft").exists()
    assert imported(empty, text, cast).count("unchanged") == 7
    seeds = set(full.campaigns.values_list("seed")) | set(empty.campaigns.values_list("seed"))
    assert len(seeds) == 6


def test_read_app__any_size__same_number_of_queries(
    full: App, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(4):
        read_app(app=full)
    for number in range(6):
        make_soft_ask(full, full.moments.get(key="order_placed"), name=f"Ask {number}")
    with django_assert_num_queries(4):
        assert len(read_app(app=full).campaigns) == 9


def test_import__words_of_a_live_soft_ask__draft_changes_and_live_stays(
    cast: Cast, full: App
) -> None:
    live = full.campaigns.get(status="live")
    shown = compile_ruleset(full.pk).soft_asks["order_placed"][0].arms
    text = file_of(full).replace("Know when your package", "Hear when your parcel")
    plan = imported(full, text, cast)
    assert plan.count("changed") == 2
    live.refresh_from_db()
    assert live.status == "live"
    assert pending(live) == "draft"
    assert live.content["variants"][0]["title"].startswith("Hear")
    assert live.published is not None
    assert live.published.content["variants"][0]["title"].startswith("Know")
    assert compile_ruleset(full.pk).soft_asks["order_placed"][0].arms == shown
    assert not imported(full, text, cast).changes_something


def test_import__what_waits_for_review__loses_it(cast: Cast, full: App) -> None:
    draft = full.campaigns.get(kind="soft_ask", status="draft")
    take_step(campaign_id=draft.pk, app=full, action="submit", actor=cast.bob)
    text = file_of(full).replace("decline_label: Not now", "decline_label: Later")
    imported(full, text, cast)
    draft.refresh_from_db()
    assert (draft.status, draft.submitted) == ("draft", None)


def test_import__moments__change_at_once_with_their_status(cast: Cast, full: App) -> None:
    version = full.ruleset_version
    text = """
oneask: 1
fatigue: {per_30_days: 5}
moments:
  order_placed: {event: Order Completed, status: paused}
  table_booked: {name: Table booked, event: Table Booked, status: paused}
"""
    imported(full, text, cast)
    full.refresh_from_db()
    order = full.moments.get(key="order_placed")
    assert (order.event_name, order.status, order.name) == (
        "Order Completed",
        "paused",
        "Order placed",
    )
    assert full.moments.get(key="table_booked").status == "paused"
    assert (full.fatigue_per_day, full.fatigue_per_30_days) == (1, 5)
    assert full.ruleset_version > version


def test_import__renamed__same_campaign_and_its_key_stays(cast: Cast, full: App) -> None:
    rule = full.campaigns.get(kind="redirect")
    text = file_of(full).replace("name: Missed shipping", "name: Missed parcels")
    imported(full, text, cast)
    rule.refresh_from_db()
    assert (rule.name, rule.slug) == ("Missed parcels", "missed_shipping")
    assert not imported(full, text, cast).changes_something
    imported(full, text.replace("  missed_shipping:", "  missed_parcels:"), cast)
    rule.refresh_from_db()
    assert rule.slug == "missed_parcels"
    assert full.campaigns.filter(kind="redirect").count() == 1


def test_import__audited_by_thing_and_as_a_whole(cast: Cast, full: App, empty: App) -> None:
    imported(empty, file_of(full), cast)
    entries = AuditEntry.objects.filter(actor=cast.bob)
    assert set(entries.values_list("action", flat=True)) == {
        "moment.created",
        "segment.created",
        "soft_ask.created",
        "redirect.created",
        "setup.imported",
    }
    whole = entries.get(action="setup.imported").changes
    assert whole["created"][:2] == ["moments.message_sent", "moments.order_placed"]
    assert whole["changed"] == []


def test_try__whatever_it_says__nothing_is_written(cast: Cast, full: App, empty: App) -> None:
    before = everything(empty)
    checked = try_setup(app=empty, text=file_of(full), actor=cast.bob)
    assert checked.plan.count("created") == 6
    assert everything(empty) == before


def test_try__moments_that_cannot_be_so__told_by_line(cast: Cast, full: App) -> None:
    text = """\
oneask: 1
moments:
  order_placed:
    opening: true
  bad key!:
    name: x
    event: ''
  message_sent:
    name: ''
"""
    with pytest.raises(Unreadable) as caught:
        try_setup(app=full, text=text, actor=cast.bob)
    found = [(one.where, one.line) for one in caught.value.problems]
    assert found == [
        ("moments.order_placed.opening", 4),
        ("moments.bad key!", 5),
        ("moments.bad key!.event", 7),
        ("moments.message_sent.name", 9),
    ]
    assert "Missed shipping" in caught.value.problems[0].sentence


def test_try__live_redirect_stays_behind_until_it_is_published__its_moment_cannot_open(
    cast: Cast, full: App
) -> None:
    rule = full.campaigns.get(kind="redirect")
    take_step(campaign_id=rule.pk, app=full, action="publish", actor=None)
    text = """\
oneask: 1
moments:
  order_placed: {opening: true}
redirects:
  missed_shipping: {moment: message_sent}
"""
    with pytest.raises(Unreadable) as caught:
        try_setup(app=full, text=text, actor=cast.bob)
    [problem] = caught.value.problems
    assert (problem.where, problem.line) == ("moments.order_placed.opening", 3)
    assert "Missed shipping" in problem.sentence


def test_export__taken_away__in_the_trail_with_what_was_taken(cast: Cast, full: App) -> None:
    text = export_setup(app=full, actor=cast.carol)
    assert text == file_of(full)
    entry = AuditEntry.objects.get(action="setup.exported")
    assert (entry.actor, entry.subject, entry.workspace) == (cast.carol, "Shop", cast.workspace)
    told = dict(entry.changes)
    assert told.pop("sha256") == hashlib.sha256(text.encode()).hexdigest()
    assert told == {"app": "shop", "moments": 2, "segments": 1, "soft_asks": 2, "redirects": 1}


def test_import__redirect_moves_away_and_its_moment_becomes_opening__both(
    cast: Cast, full: App
) -> None:
    text = """\
oneask: 1
moments:
  order_placed: {opening: true}
redirects:
  missed_shipping: {moment: message_sent}
"""
    imported(full, text, cast)
    assert full.moments.get(key="order_placed").opening
    assert full.campaigns.get(kind="redirect").moment.key == "message_sent"


@pytest.mark.parametrize("what", ["moment", "campaign", "segment", "fatigue", "new", "text"])
def test_apply__something_changed_since_the_check__conflict_and_nothing_written(
    cast: Cast, full: App, what: str
) -> None:
    text = file_of(full).replace("per_day: 1", "per_day: 3")
    checked = try_setup(app=full, text=text, actor=cast.bob)
    order = full.moments.get(key="order_placed")
    if what == "moment":
        set_moment_status(moment_id=order.pk, app=full, status="paused", actor=cast.alice)
    elif what == "campaign":
        rule = full.campaigns.get(kind="redirect")
        update_campaign(
            campaign_id=rule.pk,
            app=full,
            draft=redirect_draft(order),
            expected_version=rule.version,
            actor=cast.alice,
        )
    elif what == "segment":
        make_segment(full, name="Another")
    elif what == "fatigue":
        App.objects.filter(pk=full.pk).update(fatigue_per_30_days=4)
    elif what == "new":
        make_soft_ask(full, order, name="Another")
    else:
        text += "# changed\n"
    before = everything(full)
    with pytest.raises(Conflict):
        apply_setup(app=full, text=text, checked=checked.fingerprint, actor=cast.bob)
    assert everything(full) == before


def test_apply__line_ends_of_a_browser__still_what_was_checked(cast: Cast, full: App) -> None:
    text = file_of(full).replace("per_day: 1", "per_day: 3")
    checked = try_setup(app=full, text=text, actor=cast.bob)
    sent = text.replace("\n", "\r\n").rstrip()
    apply_setup(app=full, text=sent, checked=checked.fingerprint, actor=cast.bob)
    full.refresh_from_db()
    assert full.fatigue_per_day == 3


def test_import__picture_of_another_app__refused_until_it_is_here(
    cast: Cast, full: App, empty: App
) -> None:
    digest = "ab" * 32
    picture = {"digest": digest, "width": 1, "height": 1, "data": b"x"}
    Image.objects.create(app=full, **picture)
    ask = full.campaigns.filter(kind="soft_ask").earliest("pk")
    words = {**ask.content["variants"][0], "illustration": f"image:{digest}"}
    Campaign.objects.filter(pk=ask.pk).update(content={**ask.content, "variants": [words]})
    assert not imported(full, file_of(full), cast).changes_something
    with pytest.raises(Unreadable, match="Variant “a” shows a picture that this app does not have"):
        try_setup(app=empty, text=file_of(full), actor=cast.bob)
    Image.objects.create(app=empty, **picture)
    assert imported(empty, file_of(full), cast).count("created") == 6


def test_import__archived_key_taken__told_and_nothing_written(cast: Cast, full: App) -> None:
    text = file_of(full)
    rule = full.campaigns.get(kind="redirect")
    take_step(campaign_id=rule.pk, app=full, action="archive", actor=cast.bob)
    assert "missed_shipping" not in file_of(full)
    changed = text.replace("action_label: Turn on", "action_label: Switch on")
    with pytest.raises(Unreadable, match="is archived here"):
        try_setup(app=full, text=changed, actor=cast.bob)


def test_create__same_name_twice__two_slugs_and_a_copy_has_its_own(cast: Cast) -> None:
    moment = a_moment(cast.app)
    names = [make_soft_ask(cast.app, moment).slug for _ in range(3)]
    assert names == ["shipping_news", "shipping_news_2", "shipping_news_3"]
    assert make_redirect_rule(cast.app, moment, name="Shipping news").slug == "shipping_news"
    assert soft_ask_draft(moment).name == "Shipping news"
    assert ValueMoment.objects.count() == 1


def test_import__segment_of_a_live_soft_ask__follows_at_once_and_is_told(
    cast: Cast, full: App
) -> None:
    live = full.campaigns.get(status="live")
    republish(live, segment="kept")
    before = App.objects.get(pk=full.pk).ruleset_version
    text = """\
oneask: 1
segments:
  kept: {conditions: {fact: country, in: [SE]}}
"""
    plan = imported(full, text, cast)
    [item] = [item for item in plan.items if item.key == "kept"]
    assert item.verdict == "changed"
    assert item.notes == ("It takes effect at once: 1 live campaign speaks to it.",)
    [segment] = full.segments.all()
    assert (segment.name, segment.version) == ("Kept", 2)
    assert segment.document == {"fact": "country", "in": ["SE"]}
    full.refresh_from_db()
    assert full.ruleset_version > before
    [compiled] = compile_ruleset(full.pk).soft_asks["order_placed"]
    assert compiled.segment is not None
    assert compiled.segment.document == segment.document
    assert not imported(full, text, cast).changes_something


def test_import__audience_is_new_in_the_same_file__made_before_it_is_named(
    cast: Cast, full: App
) -> None:
    text = """\
oneask: 1
redirects:
  missed_shipping: {segment: after_the_order}
segments:
  after_the_order: {name: After the order, conditions: {moment: table_booked, since_no: true}}
moments:
  table_booked: {name: Table booked, event: Table Booked}
"""
    plan = imported(full, text, cast)
    assert plan.count("created") == 2
    assert full.campaigns.get(kind="redirect").content["segment"] == "after_the_order"
    actions = AuditEntry.objects.filter(actor=cast.bob).order_by("pk")
    assert list(actions.values_list("action", flat=True)) == [
        "moment.created",
        "segment.created",
        "redirect.updated",
        "setup.imported",
    ]
    assert actions[3].changes["created"] == ["moments.table_booked", "segments.after_the_order"]


def test_import__audience_left_out_of_the_file__told_by_line_until_it_is_here(
    cast: Cast, full: App, empty: App
) -> None:
    text = file_of(full)
    start, end = text.index("\nsegments:"), text.index("\nsoft_asks:")
    without = text[:start] + text[end:]
    with pytest.raises(Unreadable) as caught:
        try_setup(app=empty, text=without, actor=cast.bob)
    [problem] = caught.value.problems
    assert problem.where == "redirects.missed_shipping.segment"
    assert without.splitlines()[problem.line - 1].strip() == "segment: kept"
    assert "“kept”, neither in this app nor in the file" in problem.sentence
    make_segment(empty)
    assert imported(empty, without, cast).count("created") == 5


def test_import__more_segments_than_an_app_has__told_and_nothing_written(
    cast: Cast, empty: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("campaigns.services.segments.MOST_SEGMENTS", 1)
    one = "{name: X, conditions: {fact: country, in: [SE]}}"
    text = f"oneask: 1\nsegments:\n  a: {one}\n  b: {one}\n"
    before = everything(empty)
    with pytest.raises(Unreadable) as caught:
        try_setup(app=empty, text=text, actor=cast.bob)
    [problem] = caught.value.problems
    assert (problem.where, problem.line) == ("segments.b", 4)
    assert everything(empty) == before


def test_delete_segment__after_the_import_gave_it_to_a_redirect__refused_with_its_name(
    cast: Cast, full: App, empty: App
) -> None:
    imported(empty, file_of(full), cast)
    with pytest.raises(Invalid, match="It is the audience of “Missed shipping”"):
        delete_segment(app=empty, key="kept", actor=cast.bob)
    imported(empty, "oneask: 1\nredirects:\n  missed_shipping: {segment: ''}\n", cast)
    delete_segment(app=empty, key="kept", actor=cast.bob)
    assert not empty.segments.exists()


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(told=st.lists(documents, min_size=1, max_size=4))
def test_round_trip__any_segments_through_two_apps__the_same_text(
    cast: Cast, empty: App, told: list[Any]
) -> None:
    with transaction.atomic():
        order = a_moment(cast.app)
        for number, document in enumerate(told):
            key = make_segment(cast.app, name=f"Segment {number}", document=document).key
            make_soft_ask(cast.app, order, segment=key)
        text = file_of(cast.app)
        imported(empty, text, cast)
        assert file_of(empty) == text
        assert not imported(empty, text, cast).changes_something
        transaction.set_rollback(True)
