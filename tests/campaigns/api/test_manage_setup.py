"""`/api/v1/manage/setup`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from campaigns.models import Campaign
from campaigns.services.steps import take_step
from permissions_app.models import App, AuditEntry, ValueMoment
from permissions_app.services.keys import create_key
from tests.factories import Cast, make_moment, make_redirect_rule, make_soft_ask

PATH = "/api/v1/manage/setup"
Send = Callable[..., Any]


@pytest.fixture
def full(cast: Cast) -> App:
    """An app with a moment, a live soft ask and a redirect."""
    moment = make_moment(cast.app)
    make_soft_ask(cast.app, moment, status="live")
    make_redirect_rule(cast.app, moment)
    return cast.app


@pytest.fixture
def send(cast: Cast) -> Send:
    """Call the API with a file: `send("put", PATH, text, if_match='"…"')`."""
    _, secret = create_key(app=cast.app, kind="sk", name="tests", actor=cast.alice)

    def call(
        method: str,
        path: str,
        body: str | bytes = "",
        *,
        key: str = secret,
        kind: str = "application/yaml",
        **headers: str,
    ) -> HttpResponse:
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {} if method in ("get", "head") else {"data": body, "content_type": kind}
        told["Authorization"] = f"Bearer {key}"
        return getattr(Client(), method)(path, headers=told, **sent)  # type: ignore[no-any-return]

    return call


def test_read__the_file_with_its_etag__leaves_an_entry_that_names_the_key(
    send: Send, full: App
) -> None:
    read = send("get", PATH)
    assert read.status_code == 200
    assert read["Content-Type"] == "application/yaml; charset=utf-8"
    assert "shipping_news:" in read.content.decode()
    assert send("get", PATH)["ETag"] == read["ETag"]
    entry = AuditEntry.objects.filter(action="setup.exported").first()
    assert entry is not None
    assert entry.actor_label.startswith("key sk_")
    ValueMoment.objects.update(name="Ordered")
    assert send("get", PATH)["ETag"] != read["ETag"]


def test_plan__own_file__changes_nothing_and_the_etag_is_that_of_the_file(
    send: Send, full: App
) -> None:
    read = send("get", PATH)
    told = send("post", f"{PATH}/plan", read.content)
    assert told.status_code == 200, told.content
    assert told.json()["changes"] is False
    assert told.json()["counts"] == {"created": 0, "changed": 0, "unchanged": 4, "alone": 0}
    assert told["ETag"] == read["ETag"]


def test_plan__an_edited_file__is_told_in_the_words_of_the_page_and_writes_nothing(
    send: Send, full: App
) -> None:
    text = send("get", PATH).content.decode().replace("per_day: 1", "per_day: 2")
    text = text.replace("Tell me", "Yes, tell me")
    told = send("post", f"{PATH}/plan", text).json()
    moved = {item["section"]: item for item in told["items"] if item["verdict"] == "changed"}
    assert moved["fatigue"]["changes"] == [
        {"label": "interruptions per day", "old": "1", "new": "2"}
    ]
    assert moved["soft_asks"]["changes"] == [
        {"label": "variant a · yes button", "old": "Tell me", "new": "Yes, tell me"}
    ]
    assert moved["soft_asks"]["notes"] == [
        "What is published stays as it is until this draft is reviewed and published."
    ]
    full.refresh_from_db()
    assert full.fatigue_per_day == 1
    assert not AuditEntry.objects.filter(action="setup.imported").exists()


def test_apply__with_the_etag__does_it_as_drafts_and_tells_the_next_etag(
    send: Send, full: App
) -> None:
    read = send("get", PATH)
    text = read.content.decode().replace("Tell me", "Yes, tell me")
    done = send("put", PATH, text, if_match=read["ETag"])
    assert done.status_code == 200, done.content
    assert done.json()["counts"]["changed"] == 1
    assert send("get", PATH)["ETag"] == done["ETag"] != read["ETag"]
    ask = Campaign.objects.get(kind="soft_ask")
    assert ask.content["variants"][0]["accept_label"] == "Yes, tell me"
    assert ask.published is not None
    assert ask.published.content["variants"][0]["accept_label"] == "Tell me"
    entry = AuditEntry.objects.get(action="setup.imported")
    assert entry.changes == {"created": [], "changed": ["soft_asks.shipping_news"]}
    assert entry.actor_label.startswith("key sk_")


def test_apply__changed_since__412_with_the_etag_of_now_and_nothing_written(
    send: Send, full: App
) -> None:
    read = send("get", PATH)
    take_step(
        campaign_id=Campaign.objects.get(kind="soft_ask").pk, app=full, action="pause", actor=None
    )
    text = read.content.decode().replace("per_day: 1", "per_day: 2")
    refused = send("put", PATH, text, if_match=read["ETag"])
    assert refused.status_code == 412
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["code"] == "version_conflict"
    assert refused["ETag"] == send("get", PATH)["ETag"]
    full.refresh_from_db()
    assert full.fatigue_per_day == 1
    assert send("put", PATH, text, if_match=refused["ETag"]).status_code == 200


@pytest.mark.parametrize(
    ("etag", "status"), [(None, 428), ("*", 412), ('"v1"', 412), ("\u00e4", 412), ("W/", 412)]
)
def test_apply__without_a_right_etag__refused(
    send: Send, full: App, etag: str | None, status: int
) -> None:
    sent = {} if etag is None else {"if_match": etag}
    assert send("put", PATH, "oneask: 1\n", **sent).status_code == status


def test_faults__all_at_once__each_with_its_line_and_place(send: Send, full: App) -> None:
    text = "oneask: 1\nfatigue:\n  per_day: 99\nmoments:\n  x:\n    nonsense: 1\n"
    etag = send("get", PATH)["ETag"]
    for method, path in (("post", f"{PATH}/plan"), ("put", PATH)):
        told = send(method, path, text, if_match=etag)
        assert told.status_code == 422
        assert told["Content-Type"] == "application/problem+json"
        body = told.json()
        assert body["detail"] == f"{len(body['errors'])} things keep this file from being imported."
        assert {(one["line"], one["field"]) for one in body["errors"]} >= {
            (3, "fatigue.per_day"),
            (6, "moments.x.nonsense"),
        }


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"\xff\xfe", 422),
        (b"\x00", 422),
        (b"- a\n- b\n", 422),
        (b"oneask: 1\nfatigue: {per_day: 1e308}\n", 422),
        (b"oneask: &a [*a]\n", 422),
        (b"[" * 100_000, 422),
        (b'oneask: 1\nmoments: {"\\ud800": {}}\n', 422),
        (b"oneask: 1\n# " + b"x" * 1_000_000, 413),
    ],
)
def test_hostile_files__refused_in_words(send: Send, full: App, body: bytes, status: int) -> None:
    etag = send("get", PATH)["ETag"]
    for method, path in (("post", f"{PATH}/plan"), ("put", PATH)):
        told = send(method, path, body, if_match=etag)
        assert told.status_code == status, told.content
        assert told.json()["detail"]


def test_chunked__is_not_taken_for_an_empty_file__411(send: Send, full: App) -> None:
    told = send("post", f"{PATH}/plan", "oneask: 1\n", transfer_encoding="chunked")
    assert (told.status_code, told.json()["code"]) == (411, "length_required")


def test_no_yaml__415(send: Send, full: App) -> None:
    assert send("post", f"{PATH}/plan", "{}", kind="application/json").status_code == 415


def test_doors__no_key_publishable_key_wrong_method_and_another_app(
    send: Send, full: App, cast: Cast
) -> None:
    _, public = create_key(app=full, kind="pk", name="web", actor=None)
    _, elsewhere = create_key(app=cast.mallorys_app, kind="sk", name="x", actor=None)
    assert send("get", PATH, key="sk_nobody_x").status_code == 401
    assert send("get", PATH, key=public).status_code == 403
    assert send("delete", PATH).status_code == 405
    assert send("get", f"{PATH}/plan").status_code == 405
    assert "shipping_news" not in send("get", PATH, key=elsewhere).content.decode()
