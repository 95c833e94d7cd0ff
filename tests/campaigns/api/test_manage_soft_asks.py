"""`/api/v1/manage/soft-asks` and `/redirect-rules`."""

from __future__ import annotations

from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext

from campaigns.models import Campaign
from campaigns.services.steps import NotAllowed, take_step
from permissions_app.models import App, Role, ValueMoment, Workspace
from permissions_app.services.keys import create_key
from tests.campaigns.api.conftest import Call
from tests.factories import Cast, make_moment, make_soft_ask, republish

ASKS = "/api/v1/manage/soft-asks"
RULES = "/api/v1/manage/redirect-rules"


def soft_ask(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Shipping news",
        "moment": "order_placed",
        "variants": [
            {
                "key": "a",
                "title": "Know when it ships",
                "body": "One message.",
                "accept_label": "Tell me",
                "decline_label": "Not now",
            }
        ],
        **changes,
    }


def redirect(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Missed",
        "moment": "order_placed",
        "variants": [
            {
                "key": "a",
                "line": "Your order shipped and we could not tell you.",
                "action_label": "Open Settings",
            }
        ],
        **changes,
    }


def test_create_update_submit_publish__soft_ask(
    call: Call, cast: Cast, moment: ValueMoment
) -> None:
    created = call("post", ASKS, soft_ask())
    assert created.status_code == 201
    assert created["ETag"] == '"v1"'
    assert (created.json()["status"], created.json()["pending"]) == ("draft", "draft")
    pk = created.json()["id"]
    path = f"{ASKS}/{pk}"
    changed = call("patch", path, {"min_sessions": 4}, if_match='"v1"')
    assert changed.status_code == 200, changed.content
    sent = call("post", f"{path}/steps", {"action": "submit", "note": "for the sale"}).json()
    assert (sent["status"], sent["pending"], sent["revision"]) == ("in_review", "in_review", None)
    early = call("post", f"{path}/steps", {"action": "publish"})
    assert early.status_code == 422
    assert "waits for a review" in early.json()["detail"]
    take_step(campaign_id=pk, app=cast.app, action="approve", actor=cast.rita, role=Role.REVIEWER)
    assert call("post", f"{path}/steps", {"action": "publish"}).json()["status"] == "live"
    told = call("get", path).json()
    assert (told["min_sessions"], told["revision"], told["pending"]) == (4, 1, "nothing")
    assert told["variants"][0]["title"] == "Know when it ships"


def test_steps__key__may_not_approve(call: Call, moment: ValueMoment) -> None:
    path = f"{ASKS}/{call('post', ASKS, soft_ask()).json()['id']}/steps"
    call("post", path, {"action": "submit"})
    refused = call("post", path, {"action": "approve"})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_for_you")
    assert "somebody else has to" in refused.json()["detail"]


def test_steps__words_of_a_key__not_approved_by_whoever_made_it(
    call: Call, cast: Cast, moment: ValueMoment
) -> None:
    _, bobs = create_key(app=cast.app, kind="sk", name="Bob's", actor=cast.bob)
    path = f"{ASKS}/{call('post', ASKS, soft_ask(), key=bobs).json()['id']}"
    call("post", f"{path}/steps", {"action": "submit"}, key=bobs)
    campaign = Campaign.objects.get()
    taken: dict[str, Any] = {"campaign_id": campaign.pk, "app": cast.app, "action": "approve"}
    with pytest.raises(NotAllowed, match="wrote a part"):
        take_step(actor=cast.bob, role=Role.EDITOR, **taken)
    take_step(actor=cast.rita, role=Role.REVIEWER, **taken)
    assert call("post", f"{path}/steps", {"action": "publish"}, key=bobs).json()["status"] == "live"


def test_steps__ask_for_changes__a_word_is_needed(call: Call, moment: ValueMoment) -> None:
    path = f"{ASKS}/{call('post', ASKS, soft_ask()).json()['id']}/steps"
    call("post", path, {"action": "submit"})
    refused = call("post", path, {"action": "send_back"})
    assert refused.status_code == 422
    assert refused.json()["errors"] == [{"field": "note", "detail": "Say what should change."}]
    told = call("post", path, {"action": "send_back", "note": "Too long."}).json()
    assert (told["status"], told["submitted"]) == ("draft", None)


def test_steps__with_a_version__taken_on_that_version_only(call: Call, moment: ValueMoment) -> None:
    created = call("post", ASKS, soft_ask())
    path = f"{ASKS}/{created.json()['id']}"
    call("patch", path, {"min_sessions": 4}, if_match=created["ETag"])
    stale = call("post", f"{path}/steps", {"action": "submit"}, if_match=created["ETag"])
    assert (stale.status_code, stale["ETag"]) == (412, '"v2"')
    assert call("post", f"{path}/steps", {"action": "submit"}, if_match='"v2"').status_code == 200


def test_steps__told_with_the_object__are_those_that_work(
    call: Call, cast: Cast, moment: ValueMoment
) -> None:
    path = f"{ASKS}/{call('post', ASKS, soft_ask()).json()['id']}"
    met = []
    for _ in range(4):
        told = call("get", path).json()
        met.append((told["pending"], told["steps"]))
        if told["pending"] == "in_review":
            pk = told["id"]
            take_step(campaign_id=pk, app=cast.app, action="approve", actor=cast.rita)
        else:
            taken = call("post", f"{path}/steps", {"action": told["steps"][0]})
            assert taken.status_code == 200, taken.content
    assert met == [
        ("draft", ["submit", "archive"]),
        ("in_review", ["approve", "send_back", "withdraw", "archive"]),
        ("approved", ["publish", "send_back", "withdraw", "archive"]),
        ("nothing", ["pause", "archive"]),
    ]


def test_copies__new_draft_with_the_same_words(call: Call, moment: ValueMoment) -> None:
    created = call("post", ASKS, soft_ask()).json()
    copied = call("post", f"{ASKS}/{created['id']}/copies")
    assert copied.status_code == 201
    assert copied.json()["name"] == "Shipping news (copy)"
    assert copied.json()["variants"] == created["variants"]
    assert copied.json()["key"] != created["key"]


def test_steps__workspace_that_reviews_itself__a_key_still_may_not(
    call: Call, cast: Cast, moment: ValueMoment
) -> None:
    Workspace.objects.filter(pk=cast.workspace.pk).update(self_approval=True)
    path = f"{ASKS}/{call('post', ASKS, soft_ask()).json()['id']}"
    assert call("post", f"{path}/steps", {"action": "publish"}).status_code == 422
    assert call("get", path).json()["status"] == "draft"


def test_steps__unfinished__422_names_the_texts(call: Call, moment: ValueMoment) -> None:
    created = call("post", ASKS, soft_ask(variants=[{"key": "a", "title": "Know when it ships"}]))
    refused = call("post", f"{ASKS}/{created.json()['id']}/steps", {"action": "submit"})
    assert refused.status_code == 422
    fields = {error["field"] for error in refused.json()["errors"]}
    assert fields == {"variants.0.body", "variants.0.accept_label", "variants.0.decline_label"}


def test_create__redirect__and_list_filtered(call: Call, moment: ValueMoment) -> None:
    assert call("post", RULES, redirect()).status_code == 201
    assert len(call("get", f"{RULES}?status=draft").json()["results"]) == 1
    assert call("get", f"{RULES}?status=live").json()["results"] == []
    assert call("get", f"{RULES}?moment=order_placed").json()["next"] is None


def test_list__narrowed_as_on_the_page__but_archived_ones_stay(
    call: Call, app: App, moment: ValueMoment
) -> None:
    live = make_soft_ask(app, moment, name="Live one", status="live")
    republish(live, platforms=("ios",))
    make_soft_ask(app, moment, name="Old one", status="archived")
    draft = make_soft_ask(app, moment, name="Draft one")
    call("post", f"{ASKS}/{draft.pk}/steps", {"action": "submit"})
    call(
        "patch",
        f"{ASKS}/{live.pk}",
        {"priority": 5},
        if_match=call("get", f"{ASKS}/{live.pk}")["ETag"],
    )

    def names(query: str) -> list[str]:
        return [row["name"] for row in call("get", f"{ASKS}?{query}").json()["results"]]

    assert names("") == ["Live one", "Old one", "Draft one"]
    assert names("status=archived") == ["Old one"]
    assert names("platform=web") == ["Old one", "Draft one"]
    assert names("waiting=in_review") == ["Draft one"]
    assert names("waiting=changed") == ["Live one"]
    assert names("q=DRAFT") == ["Draft one"]
    for wrong in ("status=asleep", "platform=symbian", "waiting=long"):
        assert call("get", f"{ASKS}?{wrong}").status_code == 422, wrong


def test_update__stale_or_missing_version__412_428(call: Call, moment: ValueMoment) -> None:
    path = f"{ASKS}/{call('post', ASKS, soft_ask()).json()['id']}"
    assert call("put", path, soft_ask()).status_code == 428
    stale = call("put", path, soft_ask(name="x"), if_match='"v9"')
    assert (stale.status_code, stale["ETag"]) == (412, '"v1"')
    assert stale["Content-Type"] == "application/problem+json"
    assert stale.json()["code"] == "version_conflict"
    assert call("put", path, soft_ask(), if_match="nonsense").status_code == 412
    assert Campaign.objects.get().name == "Shipping news"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ([], ""),
        (soft_ask(moment="unknown"), "moment"),
        (soft_ask(holdout="much"), "holdout"),
        (soft_ask(variants=[soft_ask()["variants"][0]] * 5), "variants"),
        (soft_ask(starts_at="soon"), "starts_at"),
        (soft_ask(timezone="Mars/Olympus"), "timezone"),
        (soft_ask(countries=["Germany"]), "countries"),
        (soft_ask(variants=[{}]), "variants.0.key"),
        (
            soft_ask(variants=[{**soft_ask()["variants"][0], "title": "x" * 121}]),
            "variants.0.title",
        ),
        (soft_ask(variants={"a": 1}), "variants"),
    ],
)
def test_create__malformed__problem_names_the_field(
    call: Call, moment: ValueMoment, body: Any, field: str
) -> None:
    response = call("post", ASKS, body)
    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"
    assert field in [error["field"] for error in response.json()["errors"]]
    assert not Campaign.objects.exists()


def test_submit__redirect_on_an_opening_moment__422(call: Call, app: App) -> None:
    make_moment(app, key="opened", opening=True)
    created = call("post", RULES, redirect(moment="opened"))
    response = call("post", f"{RULES}/{created.json()['id']}/steps", {"action": "submit"})
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "moment"


def test_steps__not_in_the_workflow__422(call: Call, moment: ValueMoment) -> None:
    path = f"{ASKS}/{call('post', ASKS, soft_ask()).json()['id']}/steps"
    assert call("post", path, {"action": "pause"}).status_code == 422
    assert call("post", path, {"action": "vanish"}).status_code == 422


def test_everything__key_of_another_app__sees_nothing(
    call: Call, cast: Cast, moment: ValueMoment
) -> None:
    ask = make_soft_ask(cast.app, moment)
    _, foreign = create_key(app=cast.mallorys_app, kind="sk", name="x", actor=None)
    path = f"{ASKS}/{ask.pk}"
    assert call("get", path, key=foreign).status_code == 404
    assert call("put", path, soft_ask(), key=foreign, if_match='"v1"').status_code == 404
    assert call("post", f"{path}/steps", {"action": "archive"}, key=foreign).status_code == 404
    assert call("get", ASKS, key=foreign).json()["results"] == []
    assert call("post", ASKS, soft_ask(), key=foreign).status_code == 422


def test_everything__wrong_credentials(call: Call, app: App, moment: ValueMoment) -> None:
    assert call("get", ASKS, key="").status_code == 401
    nobody = call("get", ASKS, key="sk_aaaaaaaa_bbbb")
    assert (nobody.status_code, nobody["WWW-Authenticate"]) == (401, "Bearer")
    assert nobody.json()["code"] == "key_unknown"
    _, publishable = create_key(app=app, kind="pk", name="x", actor=None)
    assert call("get", ASKS, key=publishable).json()["code"] == "secret_key_needed"
    browser = call("get", ASKS, origin="https://shop.example")
    assert (browser.status_code, browser.json()["code"]) == (403, "secret_key_in_browser")


def test_everything__wrong_method_body_too_large_or_not_json(
    call: Call, moment: ValueMoment
) -> None:
    assert call("delete", ASKS).status_code == 405
    assert call("post", ASKS, '{"a": "' + "x" * 300_000 + '"}').status_code == 413
    assert call("post", ASKS, "{nope").status_code == 400
    assert call("get", f"{ASKS}/").status_code == 404


def test_list__many__same_number_of_queries(
    call: Call, app: App, moment: ValueMoment, django_assert_max_num_queries: Any
) -> None:
    call("get", ASKS)
    for _ in range(12):
        make_soft_ask(app, moment)
    with django_assert_max_num_queries(6) as captured:
        told = call("get", f"{ASKS}?limit=10").json()
    assert isinstance(captured, CaptureQueriesContext)
    assert len(told["results"]) == 10
    following = told["next"].removeprefix("http://testserver")
    assert len(call("get", following).json()["results"]) == 2
