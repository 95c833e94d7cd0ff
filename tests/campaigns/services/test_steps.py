"""The life of a campaign: review, verdict, publication, pause, archive, and who may take which step."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import close_old_connections, connections

from campaigns.domain.ruleset import check
from campaigns.domain.workflow import STATUSES, STEPS, may
from campaigns.models import Campaign, Revision
from campaigns.selectors.campaigns import pending, working_copy
from campaigns.selectors.rulesets import compile_ruleset, rulesets
from campaigns.services.campaigns import create_campaign, update_campaign
from campaigns.services.steps import NotAllowed, take_step
from permissions_app.domain.edits import Conflict, Invalid
from permissions_app.models import (
    Actor,
    App,
    AuditEntry,
    Membership,
    Role,
    User,
    ValueMoment,
    Workspace,
)
from permissions_app.services.keys import create_key
from tests.campaigns.drafts import a_moment, redirect_draft, soft_ask_draft, words
from tests.factories import Cast

GOOD = words(
    title="Know when order {{order_id}} leaves the warehouse",
    body="We write once when it leaves and once when it is at your door.",
)
BAD = words(accept_label="")
GENERIC = words(title="Stay informed and enable notifications!!!", decline_label="Continue")


@pytest.fixture
def ask(cast: Cast, moment: ValueMoment) -> Campaign:
    """A soft ask that Bob wrote."""
    draft = soft_ask_draft(moment, variants=(GOOD,))
    return create_campaign(app=cast.app, draft=draft, actor=cast.bob)


def role_of(user: User, workspace: Workspace) -> Role:
    return Role(Membership.objects.get(user=user, workspace=workspace).role)


def take(campaign: Campaign, action: str, actor: User, **said: Any) -> Campaign:
    """A step of a person, with the role they have now."""
    app = campaign.app
    role = role_of(actor, app.workspace)
    return take_step(
        campaign_id=campaign.pk, app=app, action=action, actor=actor, role=role, **said
    )


def edit(campaign: Campaign, actor: Actor, **changes: Any) -> Campaign:
    now = Campaign.objects.get(pk=campaign.pk)
    return update_campaign(
        campaign_id=now.pk,
        app=now.app,
        draft=replace(working_copy(now), **changes),
        expected_version=now.version,
        actor=actor,
    )


def state(campaign: Campaign) -> tuple[str, str, int | None]:
    """Status, what the working copy waits for, and the number of what is live or was."""
    now = Campaign.objects.select_related("published", "submitted").get(pk=campaign.pk)
    return now.status, pending(now), now.published.number if now.published else None


def test_life__from_draft_to_archive_and_back__every_step_in_the_trail(
    cast: Cast, ask: Campaign
) -> None:
    assert state(ask) == ("draft", "draft", None)
    take(ask, "submit", cast.bob, note="Shorter than before")
    assert state(ask) == ("in_review", "in_review", None)
    take(ask, "approve", cast.rita, note="Reads well")
    assert state(ask) == ("in_review", "approved", None)
    take(ask, "publish", cast.bob)
    assert state(ask) == ("live", "nothing", 1)
    edit(ask, cast.bob, holdout=0.2)
    assert state(ask) == ("live", "draft", 1)
    take(ask, "submit", cast.bob)
    assert state(ask) == ("live", "in_review", 1)
    take(ask, "send_back", cast.rita, note="Why a larger holdout?")
    assert state(ask) == ("live", "draft", 1)
    take(ask, "pause", cast.bob)
    assert state(ask) == ("paused", "draft", 1)
    take(ask, "submit", cast.bob)
    take(ask, "approve", cast.alice)
    take(ask, "publish", cast.bob)
    assert state(ask) == ("live", "nothing", 3)
    take(ask, "archive", cast.bob)
    assert state(ask) == ("archived", "nothing", 3)
    take(ask, "restore", cast.bob)
    assert state(ask) == ("paused", "nothing", 3)
    take(ask, "resume", cast.bob)
    assert state(ask) == ("live", "nothing", 3)

    told = AuditEntry.objects.filter(changes__id=ask.key).order_by("pk")
    assert [entry.action.removeprefix("soft_ask.") for entry in told] == [
        "created",
        "submit",
        "approve",
        "publish",
        "updated",
        "submit",
        "send_back",
        "pause",
        "submit",
        "approve",
        "publish",
        "archive",
        "restore",
        "resume",
    ]
    published = told[10]
    assert (published.actor, published.changes["revision"]) == (cast.bob, 3)
    assert published.changes["status"] == ["paused", "live"]
    first = Revision.objects.get(campaign=ask, number=1)
    assert (first.note, first.verdict_note) == ("Shorter than before", "Reads well")
    assert (first.author, first.reviewer) == (cast.bob, cast.rita)
    assert first.publisher_label == "bob@example.com"
    assert first.published_at is not None
    assert Revision.objects.get(campaign=ask, number=2).verdict == "sent_back"


def test_life__never_live__restored_as_a_draft(cast: Cast, ask: Campaign) -> None:
    take(ask, "submit", cast.bob)
    take(ask, "archive", cast.bob)
    assert state(ask) == ("archived", "draft", None)
    assert Revision.objects.get().verdict == "withdrawn"
    entry = AuditEntry.objects.get(action="soft_ask.archive")
    assert entry.changes["status"] == ["in_review", "archived"]
    take(ask, "restore", cast.bob)
    assert state(ask) == ("draft", "draft", None)


def bring_to(ask: Campaign, cast: Cast, status: str, waits: str) -> None:
    """Walk a campaign to a state of the table."""
    ways: dict[tuple[str, str], tuple[str, ...]] = {
        ("draft", "draft"): (),
        ("in_review", "in_review"): ("submit",),
        ("in_review", "approved"): ("submit", "approve"),
        ("live", "nothing"): ("submit", "approve", "publish"),
        ("paused", "nothing"): ("submit", "approve", "publish", "pause"),
        ("archived", "draft"): ("archive",),
        ("archived", "nothing"): ("submit", "approve", "publish", "archive"),
    }
    for action in ways[status, waits]:
        take(ask, action, cast.rita if action == "approve" else cast.bob)


STATES = (
    ("draft", "draft"),
    ("in_review", "in_review"),
    ("in_review", "approved"),
    ("live", "nothing"),
    ("paused", "nothing"),
    ("archived", "draft"),
    ("archived", "nothing"),
)


@pytest.mark.parametrize(("status", "waits"), STATES)
def test_steps__not_in_the_table__refused_in_words_and_nothing_changes(
    cast: Cast, ask: Campaign, status: str, waits: str
) -> None:
    bring_to(ask, cast, status, waits)
    before = Campaign.objects.values().get(pk=ask.pk)
    told = AuditEntry.objects.count()
    same = {"pause": "paused", "resume": "live", "archive": "archived"}
    for action in (*STEPS, "explode"):
        if may(status=status, pending=waits, action=action) or same.get(action) == status:
            continue
        with pytest.raises(Invalid) as caught:
            take(ask, action, cast.alice, note="n")
        assert str(caught.value).endswith(".")
    assert Campaign.objects.values().get(pk=ask.pk) == before
    assert AuditEntry.objects.count() == told
    assert {state for state, _ in STATES} == set(STATUSES)


@pytest.mark.parametrize(
    ("action", "there"), [("pause", "paused"), ("resume", "live"), ("archive", "archived")]
)
def test_steps__already_there__nothing_written(
    cast: Cast, ask: Campaign, action: str, there: str
) -> None:
    bring_to(ask, cast, there, "nothing")
    told = AuditEntry.objects.count()
    take(ask, action, cast.bob)
    assert AuditEntry.objects.count() == told


@pytest.mark.parametrize("action", sorted(STEPS))
def test_steps__weaker_role__not_allowed(cast: Cast, ask: Campaign, action: str) -> None:
    ways = {
        "submit": ("draft", "draft"),
        "approve": ("in_review", "in_review"),
        "send_back": ("in_review", "in_review"),
        "withdraw": ("in_review", "in_review"),
        "publish": ("in_review", "approved"),
        "pause": ("live", "nothing"),
        "archive": ("live", "nothing"),
        "resume": ("paused", "nothing"),
        "restore": ("archived", "nothing"),
    }
    bring_to(ask, cast, *ways[action])
    before = state(ask)
    weak = cast.rita if STEPS[action].needs == "editor" else cast.carol
    with pytest.raises(NotAllowed):
        take(ask, action, weak, note="n")
    assert state(ask) == before


def test_submit__unfinished__each_gap_named(cast: Cast, moment: ValueMoment) -> None:
    ask = create_campaign(
        app=cast.app, draft=soft_ask_draft(moment, variants=(BAD,)), actor=cast.bob
    )
    with pytest.raises(Invalid) as caught:
        take(ask, "submit", cast.bob)
    assert caught.value.errors == {"variants.0.accept_label": "The yes button is needed."}
    for variants in ((), (words(weight=0),)):
        edit(ask, cast.bob, variants=variants)
        with pytest.raises(Invalid) as caught:
            take(ask, "submit", cast.bob)
        assert "variants" in caught.value.errors
    assert not Revision.objects.exists()


def test_approve__writers__cannot_even_as_owner(cast: Cast, ask: Campaign) -> None:
    edit(ask, cast.alice, priority=50)
    take(ask, "submit", cast.bob)
    for writer in (cast.bob, cast.alice):
        with pytest.raises(NotAllowed, match="wrote a part"):
            take(ask, "approve", writer)
    assert Revision.objects.get().writers == sorted([cast.bob.pk, cast.alice.pk])
    take(ask, "approve", cast.rita)


def test_approve__sent_in_by_somebody_else__still_not_by_the_writer(
    cast: Cast, ask: Campaign
) -> None:
    take(ask, "submit", cast.alice)
    with pytest.raises(NotAllowed):
        take(ask, "approve", cast.bob)


def test_approve__wrote_what_is_live_already__may_review_what_changed_since(
    cast: Cast, ask: Campaign
) -> None:
    bring_to(ask, cast, "live", "nothing")
    edit(ask, cast.alice, holdout=0.3)
    take(ask, "submit", cast.alice)
    assert Revision.objects.get(number=2).writers == [cast.alice.pk]
    take(ask, "approve", cast.bob)


def test_approve__undo_to_words_that_were_never_published__their_writer_cannot(
    cast: Cast, ask: Campaign
) -> None:
    bring_to(ask, cast, "in_review", "in_review")
    edit(ask, cast.alice, holdout=0.3)
    take(ask, "submit", cast.alice)
    take(ask, "approve", cast.rita)
    take(ask, "publish", cast.alice)
    from campaigns.services.campaigns import step_through_versions

    now = Campaign.objects.get(pk=ask.pk)
    step_through_versions(
        campaign_id=ask.pk,
        app=cast.app,
        back=True,
        expected_version=now.version,
        actor=cast.alice,
    )
    take(ask, "submit", cast.alice)
    with pytest.raises(NotAllowed):
        take(ask, "approve", cast.bob)


@pytest.mark.parametrize("role", [Role.EDITOR, Role.OWNER])
@pytest.mark.parametrize("own_review", [False, True])
def test_key__whatever_its_role_and_the_workspace_allow__never_approves(
    cast: Cast, ask: Campaign, own_review: bool, role: Role
) -> None:
    key, _ = create_key(app=cast.app, kind="sk", name="Pipeline", actor=cast.alice)
    Workspace.objects.filter(pk=cast.workspace.pk).update(self_approval=own_review)
    app = App.objects.select_related("workspace").get(pk=cast.app.pk)

    def by_key(action: str) -> Campaign:
        return take_step(campaign_id=ask.pk, app=app, action=action, actor=key, role=role)

    with pytest.raises(Invalid, match="not reviewed yet"):
        by_key("publish")
    by_key("submit")
    with pytest.raises(NotAllowed, match="or a key"):
        by_key("approve")
    with pytest.raises(Invalid, match="waits for a review"):
        by_key("publish")
    take(ask, "approve", cast.rita)
    assert by_key("publish").status == "live"
    trail = AuditEntry.objects.filter(app=app, action="soft_ask.publish").get()
    assert (trail.actor, trail.actor_label) == (None, f"key {key.prefix}")


def test_key__words_it_wrote__are_not_approved_by_whoever_made_it(
    cast: Cast, ask: Campaign
) -> None:
    bring_to(ask, cast, "live", "nothing")
    Membership.objects.filter(user=cast.carol).update(role=Role.OWNER)
    key, _ = create_key(app=cast.app, kind="sk", name="Pipeline", actor=cast.carol)
    made_by_it, _ = create_key(app=cast.app, kind="sk", name="More", actor=key)
    for writer in (key, made_by_it):
        edit(ask, writer, priority=7 if writer is key else 8)
        take(ask, "submit", cast.bob)
        with pytest.raises(NotAllowed, match="wrote a part"):
            take(ask, "approve", cast.carol)
        assert Revision.objects.latest("number").writers == sorted([cast.bob.pk, cast.carol.pk])
    take(ask, "approve", cast.rita)


def test_key__sends_in_what_somebody_wrote__its_maker_cannot_approve_it(
    cast: Cast, ask: Campaign
) -> None:
    key, _ = create_key(app=cast.app, kind="sk", name="Pipeline", actor=cast.alice)
    take_step(campaign_id=ask.pk, app=cast.app, action="submit", actor=key, role=Role.EDITOR)
    with pytest.raises(NotAllowed, match="wrote a part"):
        take(ask, "approve", cast.alice)
    assert Revision.objects.get().author_label == f"key {key.prefix}"


def test_own_review__workspace_allows_it__one_person_publishes_and_the_trail_says_each_step(
    cast: Cast, ask: Campaign
) -> None:
    with pytest.raises(Invalid, match="not reviewed yet"):
        take(ask, "publish", cast.bob)
    Workspace.objects.filter(pk=cast.workspace.pk).update(self_approval=True)
    ask.app.workspace.refresh_from_db()
    take(ask, "publish", cast.bob)
    assert state(ask) == ("live", "nothing", 1)
    revision = Revision.objects.get()
    assert (revision.author, revision.reviewer) == (cast.bob, cast.bob)
    told = AuditEntry.objects.filter(changes__id=ask.key).order_by("pk")
    assert [entry.action for entry in told][1:] == [
        "soft_ask.submit",
        "soft_ask.approve",
        "soft_ask.publish",
    ]
    with pytest.raises(NotAllowed):
        take(edit(ask, cast.bob, priority=1), "publish", cast.rita)


def test_approval__copy_changed__void(cast: Cast, ask: Campaign) -> None:
    bring_to(ask, cast, "in_review", "approved")
    edit(ask, cast.bob, variants=(replace(GOOD, title="Know when order {{order_id}} is packed"),))
    assert state(ask) == ("draft", "draft", None)
    with pytest.raises(Invalid, match="not reviewed yet"):
        take(ask, "publish", cast.bob)
    assert Revision.objects.get().content["variants"][0]["title"] == GOOD.title


def test_approval__only_the_name_changed__stands(cast: Cast, ask: Campaign) -> None:
    bring_to(ask, cast, "in_review", "approved")
    edit(ask, cast.bob, name="Another name")
    assert state(ask) == ("in_review", "approved", None)


def test_waiting_for_a_review__copy_changed__revision_taken_back(cast: Cast, ask: Campaign) -> None:
    bring_to(ask, cast, "in_review", "in_review")
    edit(ask, cast.alice, holdout=0.2)
    assert Revision.objects.get().verdict == "withdrawn"
    assert state(ask) == ("draft", "draft", None)
    with pytest.raises(Invalid):
        take(ask, "approve", cast.rita)


def test_approve__page_of_an_older_version__conflict(cast: Cast, ask: Campaign) -> None:
    seen = take(ask, "submit", cast.bob).version
    edit(ask, cast.bob, holdout=0.2)
    take(ask, "submit", cast.bob)
    with pytest.raises(Conflict):
        take(ask, "approve", cast.rita, expected_version=seen)
    assert Revision.objects.get(number=2).verdict == ""


def test_send_back__without_a_word__refused(cast: Cast, ask: Campaign) -> None:
    take(ask, "submit", cast.bob)
    with pytest.raises(Invalid) as caught:
        take(ask, "send_back", cast.rita, note="   ")
    assert caught.value.errors == {"note": "Say what should change."}
    take(ask, "send_back", cast.rita, note="Name the parcel")
    assert Revision.objects.get().verdict_note == "Name the parcel"
    with pytest.raises(Invalid, match="not possible while it is draft"):
        take(ask, "send_back", cast.rita, note="Again")


def test_send_back__writer__may_refuse_their_own_words(cast: Cast, ask: Campaign) -> None:
    take(ask, "submit", cast.bob)
    take(ask, "send_back", cast.bob, note="I saw a mistake")
    assert state(ask) == ("draft", "draft", None)


@pytest.mark.parametrize("how", ["removed", "viewer now", "account deleted"])
def test_publish__reviewer_gone_meanwhile__approval_does_not_count(
    cast: Cast, ask: Campaign, how: str
) -> None:
    bring_to(ask, cast, "in_review", "approved")
    rita = Membership.objects.filter(user=cast.rita)
    if how == "removed":
        rita.delete()
    elif how == "viewer now":
        rita.update(role=Role.VIEWER)
    else:
        cast.rita.delete()
    with pytest.raises(Invalid, match=r"(no longer review|is gone)"):
        take(ask, "publish", cast.bob)
    assert state(ask) == ("in_review", "approved", None)
    take(ask, "withdraw", cast.bob)
    take(ask, "submit", cast.bob)
    take(ask, "approve", cast.alice)
    assert take(ask, "publish", cast.bob).status == "live"


def generic(cast: Cast, moment: ValueMoment) -> Campaign:
    """A redirect with words that the linter blocks, approved."""
    from tests.campaigns.drafts import line

    draft = redirect_draft(
        moment, variants=(line(line="Alerts are needed to say when your order is ready."),)
    )
    rule = create_campaign(app=cast.app, draft=draft, actor=cast.bob)
    take(rule, "submit", cast.bob)
    return take(rule, "approve", cast.rita)


def test_publish__blocking_findings__stopped_until_an_owner_gives_a_reason(
    cast: Cast, moment: ValueMoment
) -> None:
    rule = generic(cast, moment)
    for person in (cast.bob, cast.alice):
        with pytest.raises(Invalid) as caught:
            take(rule, "publish", person)
        assert caught.value.errors["override"].startswith("Variant a: ")
    with pytest.raises(NotAllowed, match="Only an owner"):
        take(rule, "publish", cast.bob, override="I am sure")
    with pytest.raises(Invalid):
        take(rule, "publish", cast.alice, override="  ")
    assert state(rule) == ("in_review", "approved", None)
    take(rule, "publish", cast.alice, override="The legal team wants these words")
    assert state(rule) == ("live", "nothing", 1)
    assert Revision.objects.get().override_reason == "The legal team wants these words"
    entry = AuditEntry.objects.get(action="redirect.publish")
    assert entry.actor == cast.alice
    assert entry.changes["override"] == "The legal team wants these words"


def test_publish__nothing_blocks__a_reason_is_not_kept(cast: Cast, ask: Campaign) -> None:
    bring_to(ask, cast, "in_review", "approved")
    take(ask, "publish", cast.alice, override="just in case")
    assert Revision.objects.get().override_reason == ""


def test_publish__moment_became_an_opening_one__refused_and_so_is_coming_back(
    cast: Cast, moment: ValueMoment
) -> None:
    draft = redirect_draft(moment)
    rule = create_campaign(app=cast.app, draft=draft, actor=cast.bob)
    bring_to(rule, cast, "in_review", "approved")
    ValueMoment.objects.update(opening=True)
    with pytest.raises(Invalid, match="opening"):
        take(rule, "publish", cast.bob)
    ValueMoment.objects.update(opening=False)
    take(rule, "publish", cast.bob, override="")
    take(rule, "archive", cast.bob)
    ValueMoment.objects.update(opening=True)
    with pytest.raises(Invalid, match="opening"):
        take(rule, "restore", cast.bob)
    ValueMoment.objects.update(opening=False)
    take(rule, "restore", cast.bob)
    ValueMoment.objects.update(opening=True)
    with pytest.raises(Invalid, match="opening"):
        take(rule, "resume", cast.bob)


def test_publish__compiled_ruleset__sound_and_unmoved_by_later_edits(
    cast: Cast, moment: ValueMoment
) -> None:
    before = App.objects.get(pk=cast.app.pk).ruleset_version
    draft = soft_ask_draft(
        moment,
        variants=(words("a"), words("b", weight=3)),
        min_sessions=0,
        max_declines=10,
    )
    ask = create_campaign(app=cast.app, draft=draft, actor=None)
    take_step(campaign_id=ask.pk, app=cast.app, action="publish", actor=None)
    ruleset = compile_ruleset(cast.app.pk)
    check(ruleset=ruleset)
    assert ruleset.version > before
    (live,) = ruleset.soft_asks[moment.key]
    assert [arm.key for arm in live.arms] == ["a", "b"]
    assert live.revision == 1
    edit(ask, cast.bob, variants=(words("c", title="Hear when it ships"),), holdout=0.5)
    (still,) = compile_ruleset(cast.app.pk).soft_asks[moment.key]
    assert still == live


def test_publish__edit_of_something_live__new_revision_with_the_new_words(
    cast: Cast, ask: Campaign
) -> None:
    bring_to(ask, cast, "live", "nothing")
    edit(ask, cast.bob, variants=(replace(GOOD, title="Know when order {{order_id}} is packed"),))
    bring_to(ask, cast, "live", "nothing")
    (live,) = compile_ruleset(cast.app.pk).soft_asks["order_placed"]
    assert live.revision == 2
    assert live.arms[0].copy["title"] == "Know when order {{order_id}} is packed"


def test_publish__moment_moved_with_the_revision__decisions_follow(
    cast: Cast, ask: Campaign
) -> None:
    other = a_moment(cast.app, "Goal set")
    bring_to(ask, cast, "live", "nothing")
    edit(ask, cast.bob, moment=other.key)
    assert "order_placed" in compile_ruleset(cast.app.pk).soft_asks
    bring_to(ask, cast, "live", "nothing")
    assert list(compile_ruleset(cast.app.pk).soft_asks) == [other.key]


def at_once(*jobs: Callable[[], object]) -> list[object]:
    """What each job came to (its answer or its refusal), all begun in the same moment."""
    gate = threading.Barrier(len(jobs))
    answers: list[object] = [None] * len(jobs)

    def run(place: int, job: Callable[[], object]) -> None:
        try:
            gate.wait(10)
            answers[place] = job()
        except (Invalid, Conflict) as refused:
            answers[place] = refused
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=entry) for entry in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    close_old_connections()
    return answers


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("own_review", [False, True])
def test_publish__four_at_once__exactly_one_wins_and_nothing_is_half_done(
    transactional_db: None, own_review: bool
) -> None:
    from tests.factories import make_cast

    cast = make_cast()
    draft = soft_ask_draft(a_moment(cast.app), variants=(GOOD,))
    ask = create_campaign(app=cast.app, draft=draft, actor=cast.bob)
    bring_to(ask, cast, "in_review", "approved")
    Workspace.objects.update(self_approval=own_review)
    app = App.objects.select_related("workspace").get(pk=cast.app.pk)

    def publish() -> object:
        return take_step(
            campaign_id=ask.pk, app=app, action="publish", actor=cast.bob, role=Role.EDITOR
        )

    answers = at_once(publish, publish, publish, publish)
    refused = [answer for answer in answers if isinstance(answer, Invalid)]
    assert len(refused) == 3, answers
    assert all("nothing to publish" in str(answer) for answer in refused)
    assert state(ask) == ("live", "nothing", 1)
    assert Revision.objects.count() == 1
    assert AuditEntry.objects.filter(action="soft_ask.publish").count() == 1
    now = Campaign.objects.get()
    assert now.versions.count() == now.version


@pytest.mark.django_db(transaction=True)
def test_publish__while_the_copy_is_changed__one_of_both_and_never_unreviewed_words(
    transactional_db: None,
) -> None:
    from tests.factories import make_cast

    cast = make_cast()
    draft = soft_ask_draft(a_moment(cast.app), variants=(GOOD,))
    ask = create_campaign(app=cast.app, draft=draft, actor=cast.bob)
    bring_to(ask, cast, "in_review", "approved")
    version = Campaign.objects.get().version

    def publish() -> object:
        return take_step(
            campaign_id=ask.pk, app=cast.app, action="publish", actor=cast.bob, role=Role.EDITOR
        )

    def change() -> object:
        return update_campaign(
            campaign_id=ask.pk,
            app=cast.app,
            draft=replace(working_copy(ask), holdout=0.5),
            expected_version=version,
            actor=cast.alice,
        )

    published, changed = at_once(publish, change)
    assert isinstance(published, Campaign) != isinstance(changed, Campaign), (published, changed)
    now = Campaign.objects.get()
    if isinstance(published, Campaign):
        assert isinstance(changed, Conflict)
        assert (now.status, now.content["holdout"]) == ("live", 0.1)
    else:
        assert (now.status, now.submitted, now.published) == ("draft", None, None)


def test_ruleset__another_process_that_looked_before__sees_publish_and_pause(
    cast: Cast, ask: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process keeps what it compiled for a second at most, then looks at the version again."""
    clock = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    rulesets.forget()
    assert not rulesets.get(cast.app.pk).soft_asks
    bring_to(ask, cast, "live", "nothing")
    clock[0] += 1.9
    assert rulesets.get(cast.app.pk).soft_asks["order_placed"][0].revision == 1
    take(ask, "pause", cast.bob)
    clock[0] += 1.9
    assert not rulesets.get(cast.app.pk).soft_asks
    rulesets.forget()
