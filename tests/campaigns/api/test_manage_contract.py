"""What the management API answers is what its description promises, down to the last field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema
import pytest
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from campaigns.models import Campaign
from campaigns.services.forecasts import request_forecast, run_next
from permissions_app.models import App, Role
from permissions_app.services.keys import create_key
from tests.campaigns.api.conftest import Call
from tests.campaigns.api.test_manage_metrics import days_ago, make_funnel
from tests.campaigns.web.learn.test_recovery import make_arms, make_denials
from tests.campaigns.web.learn.test_results import with_devices
from tests.campaigns.web.learn.test_timing import make_asks
from tests.factories import Cast, make_person, make_rollups, republish

TAGS = {
    "App",
    "Audit",
    "Keys",
    "Metrics",
    "Moments",
    "Overview",
    "Redirect rules",
    "Soft asks",
    "Workspace",
}
ASKS, RULES = "/api/v1/manage/soft-asks", "/api/v1/manage/redirect-rules"


@cache
def description() -> dict[str, Any]:
    told = SchemaGenerator().get_schema(request=None, public=True)
    return json.loads(json.dumps(told, default=str))  # type: ignore[no-any-return]


def addresses() -> Iterator[str]:
    """Every address of these headings that can be read."""
    for path, item in description()["paths"].items():
        if "get" in item and set(item["get"]["tags"]) & TAGS:
            yield path


def check(path: str, method: str, answer: Any) -> None:
    """Hold an answer against what the operation promises for its status."""
    promised = description()["paths"][path][method]["responses"][str(answer.status_code)]
    schema = promised["content"]["application/json"]["schema"]
    whole = {**schema, "components": description()["components"]}
    checker = jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker())
    wrong = [f"{list(it.absolute_path)}: {it.message}" for it in checker.iter_errors(answer.json())]
    assert not wrong, f"{method} {path}: {wrong[:3]}"


@pytest.fixture
def ids(cast: Cast, app: App) -> dict[str, dict[str, object]]:
    """An app in which everything has happened: what stands in the addresses, by the resource they begin with."""
    rule = Campaign.objects.get(pk=int(make_arms(app, holdout=True)[1:]))
    republish(rule, cap=4)
    ask = with_devices(cast)
    make_rollups(app, [("revision_shown", days_ago(3), "ios", ask.key, "2.a", 0, 9)])
    make_denials(app)
    make_asks(app)
    make_funnel(app)
    for campaign in (ask, rule):
        request_forecast(campaign_id=campaign.pk, app=app, actor=cast.bob, now=timezone.now())
        assert run_next()
    key, _ = create_key(app=app, kind="sk", name="CI", actor=cast.alice)
    make_person("new", workspace=cast.workspace, role=Role.VIEWER)
    return {
        "soft-asks": {"id": ask.pk, "variant": "b", "number": 2},
        "redirect-rules": {"id": rule.pk, "variant": "a", "number": 1},
        "keys": {"key": key.prefix},
        "moments": {"key": app.moments.order_by("pk")[0].key},
        "metrics": {"campaign": ask.key},
    }


def test_every_address__what_is_read__is_what_the_description_promises(
    call: Call, ids: dict[str, dict[str, object]]
) -> None:
    met = 0
    for path in addresses():
        filled = path.format(**ids.get(path.split("/")[4], {}))
        answer = call("get", filled)
        assert answer.status_code == 200, f"{filled}: {answer.content!r}"
        check(path, "get", answer)
        met += 1
    assert met >= 27


@pytest.mark.parametrize(
    "query",
    [
        "funnel?by=os&compare=true&days=7",
        "funnel?by=variant&cohort=ask",
        "recovery?by=platform",
        "recovery?by=variant",
        "timing?kind=minutes",
        "variants/{campaign}?revision=all",
        "variants/{campaign}?outcome=accepted",
    ],
)
def test_metrics__every_question__fits_as_well(
    call: Call, ids: dict[str, dict[str, object]], query: str
) -> None:
    path = f"/api/v1/manage/metrics/{query.partition('?')[0]}"
    answer = call("get", f"/api/v1/manage/metrics/{query.format(**ids['metrics'])}")
    assert answer.status_code == 200, answer.content
    check(path, "get", answer)


@pytest.mark.parametrize("resource", ["soft-asks", "redirect-rules"])
def test_changes__what_is_answered__fits_as_well(
    call: Call, ids: dict[str, dict[str, object]], resource: str
) -> None:
    every = f"/api/v1/manage/{resource}"
    one, here = f"{every}/{{id}}", f"{every}/{ids[resource]['id']}"
    copied = call("post", f"{here}/copies")
    check(f"{one}/copies", "post", copied)
    mine = f"{every}/{copied.json()['id']}"
    sent = {"key": "z"}
    added = call("post", f"{mine}/variants", sent, if_match=copied["ETag"])
    check(f"{one}/variants", "post", added)
    changed = call("patch", f"{mine}/variants/z", {"weight": 3}, if_match=added["ETag"])
    check(f"{one}/variants/{{variant}}", "patch", changed)
    call("delete", f"{mine}/variants/z", if_match=changed["ETag"])
    etag = call("get", mine)["ETag"]
    patched = call("patch", mine, {"priority": 7, "languages": ["pt-BR"]}, if_match=etag)
    check(one, "patch", patched)
    check(f"{one}/steps", "post", call("post", f"{mine}/steps", {"action": "submit"}))
    check(f"{one}/forecast", "post", call("post", f"{mine}/forecast"))
    reverted = call("post", f"{here}/revisions/1/revert", if_match=call("get", here)["ETag"])
    check(f"{one}/revisions/{{number}}/revert", "post", reverted)
    body = {**call("get", mine).json(), "name": "Sent back as it was read"}
    replaced = call("put", mine, body, if_match=call("get", mine)["ETag"])
    check(one, "put", replaced)
    check(every, "post", call("post", every, {**body, "name": "And once more"}))


def test_limits__of_the_description__are_those_of_the_rules(call: Call, cast: Cast) -> None:
    """What the description allows at its edges is stored; what lies beyond is refused by its field."""
    moment = with_devices(cast).moment.key
    base: dict[str, Any] = {"name": "Edges", "moment": moment}
    fields = description()["components"]["schemas"]["SoftAskInput"]["properties"]
    fields |= description()["components"]["schemas"]["RedirectInput"]["properties"]
    tried = 0
    for name, told in fields.items():
        edges = [
            (told[edge], step) for edge, step in (("minimum", -1), ("maximum", 1)) if edge in told
        ]
        for value, step in edges:
            of = RULES if name in ("min_days_since_denial", "cooldown_days", "cap") else ASKS
            beyond = value + (step if told["type"] == "integer" else step * 1e-6)
            assert call("post", of, {**base, name: value}).status_code == 201, (name, value)
            refused = call("post", of, {**base, name: beyond})
            assert [it["field"] for it in refused.json()["errors"]] == [name]
            tried += 1
    assert tried == 22
