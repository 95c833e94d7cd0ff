"""How far a team has come."""

from __future__ import annotations

from typing import Any

from campaigns.selectors.onboarding import progress
from campaigns.services.steps import take_step
from permissions_app.models import App, SeenEvent
from tests.campaigns.drafts import a_moment
from tests.factories import Cast, make_device, make_redirect_rule, make_soft_ask


def test_progress__empty_app_of_one_person__nothing_done(cast: Cast) -> None:
    come = progress(app=cast.mallorys_app)
    assert come.done == (False,) * 6
    assert not come.complete
    assert (come.next_ask, come.next_ask_status) == (None, "")


def test_progress__step_by_step__ticked_in_one_query(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    app = cast.app
    done = [progress(app=app).done]
    SeenEvent.objects.create(app=app, name="Order Placed", day="2026-11-24", count=1)
    done.append(progress(app=app).done)
    moment = a_moment(app)
    done.append(progress(app=app).done)
    ask = make_soft_ask(app, moment)
    done.append(progress(app=app).done)
    take_step(campaign_id=ask.pk, app=app, action="publish", actor=None)
    done.append(progress(app=app).done)
    make_redirect_rule(app, moment)
    with django_assert_num_queries(1):
        come = progress(app=app)
    done.append(come.done)
    assert [sum(steps) for steps in done] == [1, 2, 3, 4, 5, 6]
    assert come.complete


def test_progress__opening_moment_and_archived_words__do_not_count(cast: Cast) -> None:
    app = cast.app
    opening = a_moment(app, name="App opened", opening=True)
    make_soft_ask(app, opening, status="archived")
    make_device(app)
    assert progress(app=app).done == (True, False, False, False, False, True)


def test_progress__other_apps__do_not_count(cast: Cast) -> None:
    other = App.objects.create(workspace=cast.workspace, name="Other", slug="other")
    make_soft_ask(other, a_moment(other), status="live")
    make_device(other)
    assert progress(app=cast.app).done == (False, False, False, False, False, True)


def test_progress__several_unpublished__the_one_in_review_is_next(cast: Cast) -> None:
    moment = a_moment(cast.app)
    make_soft_ask(cast.app, moment, status="live")
    make_soft_ask(cast.app, moment)
    waiting = make_soft_ask(cast.app, moment)
    take_step(campaign_id=waiting.pk, app=cast.app, action="submit", actor=cast.bob)
    come = progress(app=cast.app)
    assert (come.next_ask, come.next_ask_status) == (waiting.pk, "in_review")
    assert come.published
