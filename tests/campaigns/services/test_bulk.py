"""One step for many campaigns."""

from __future__ import annotations

import pytest

from campaigns.models import Campaign
from campaigns.services.bulk import MOST_AT_ONCE, take_steps
from permissions_app.domain.edits import Invalid
from permissions_app.models import AuditEntry, Role, ValueMoment
from tests.factories import Cast, make_moment, make_redirect_rule, make_soft_ask


def many(cast: Cast, action: str, *campaigns: Campaign, role: Role = Role.EDITOR, more=()):
    ids = [campaign.pk for campaign in campaigns] + list(more)
    return take_steps(
        app=cast.app, kind="soft_ask", ids=ids, action=action, actor=cast.bob, role=role
    )


def test_take_steps__all_can__all_do_and_each_leaves_its_trail(
    cast: Cast, moment: ValueMoment
) -> None:
    first = make_soft_ask(cast.app, moment, name="A", status="live")
    second = make_soft_ask(cast.app, moment, name="B", status="live")
    outcome = many(cast, "pause", second, first)
    assert (outcome.done, outcome.refused, outcome.unknown) == (("A", "B"), {}, 0)
    assert set(Campaign.objects.values_list("status", flat=True)) == {"paused"}
    assert AuditEntry.objects.filter(action="soft_ask.pause", actor=cast.bob).count() == 2


def test_take_steps__one_cannot__others_do_and_it_is_told_with_the_reason(
    cast: Cast, moment: ValueMoment
) -> None:
    live = make_soft_ask(cast.app, moment, name="Live", status="live")
    drafts = [make_soft_ask(cast.app, moment, name=name) for name in ("One", "Two")]
    outcome = many(cast, "pause", *drafts, live)
    assert outcome.done == ("Live",)
    assert outcome.refused == {"“Pause” is not possible while it is draft.": ("One", "Two")}
    live.refresh_from_db()
    assert live.status == "paused"


def test_take_steps__redirect_on_a_moment_that_became_an_opening__refused_alone(
    cast: Cast, moment: ValueMoment
) -> None:
    other = make_moment(cast.app, key="other", name="Other", event_name="Other")
    stays = make_redirect_rule(cast.app, moment, name="Stays", status="paused")
    goes = make_redirect_rule(cast.app, other, name="Goes", status="paused")
    ValueMoment.objects.filter(pk=moment.pk).update(opening=True)
    outcome = take_steps(
        app=cast.app,
        kind="redirect",
        ids=[stays.pk, goes.pk],
        action="resume",
        actor=cast.bob,
        role=Role.EDITOR,
    )
    assert outcome.done == ("Goes",)
    assert list(outcome.refused.values()) == [("Stays",)]
    stays.refresh_from_db()
    assert stays.status == "paused"


def test_take_steps__weak_role__nothing_changes(cast: Cast, moment: ValueMoment) -> None:
    live = make_soft_ask(cast.app, moment, status="live")
    outcome = many(cast, "archive", live, role=Role.REVIEWER)
    assert outcome.done == ()
    assert outcome.refused == {"This needs the role editor.": ("Shipping news",)}
    live.refresh_from_db()
    assert live.status == "live"


def test_take_steps__of_another_app_or_kind__counted_and_untouched(
    cast: Cast, moment: ValueMoment
) -> None:
    theirs = make_soft_ask(cast.mallorys_app, make_moment(cast.mallorys_app), status="live")
    rule = make_redirect_rule(cast.app, moment, status="live")
    outcome = many(cast, "pause", theirs, rule, more=[10**12])
    assert (outcome.done, outcome.unknown) == ((), 3)
    assert set(Campaign.objects.values_list("status", flat=True)) == {"live"}


@pytest.mark.parametrize("action", ["publish", "approve", "restore", "", "delete"])
def test_take_steps__not_for_many__invalid(cast: Cast, moment: ValueMoment, action: str) -> None:
    with pytest.raises(Invalid, match="Choose what to do"):
        many(cast, action, make_soft_ask(cast.app, moment))


def test_take_steps__none_or_too_many__invalid(cast: Cast) -> None:
    with pytest.raises(Invalid, match="Tick at least one"):
        many(cast, "pause")
    with pytest.raises(Invalid, match="101 were ticked"):
        many(cast, "pause", more=range(1, MOST_AT_ONCE + 2))
    assert many(cast, "pause", more=range(1, MOST_AT_ONCE + 1)).unknown == MOST_AT_ONCE
