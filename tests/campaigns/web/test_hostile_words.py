"""Words that nobody should send, in every field of every address: refused or shown as words, never a failure."""

from __future__ import annotations

import csv
import io
import json
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.models import Campaign
from campaigns.services.talk import add_comment, create_link
from permissions_app.models import App
from permissions_app.services.keys import create_key
from tests.addresses import Address, addresses, path_of
from tests.campaigns.web.conftest import Shop
from tests.campaigns.web.editor_form import editor_form
from tests.factories import client_of
from tests.webhooks import make_log

ADDRESSES = addresses()
SCRIPT = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("http://evil.example","x")'
HOSTILE = {
    "nul": "a\x00b",
    "surrogate": "\ud800",
    "script": f"\"'>{SCRIPT}",
    "formula": FORMULA,
    "percent": "%s %(x)s %",
    "braces": "{{{}}{unknown}{{unknown}}{% now %}",
    "negative": "-1",
    "huge number": "9" * 400,
    "odd digits": "٣²",
    "long": "x" * 30_000,
    "breaks": "a\r\nSet-Cookie: x=1\r\n\u2028\u202e",
}
FORM = "application/x-www-form-urlencoded"
FIELDS = (
    *("action", "against", "back", "before", "body", "checked", "days", "do", "email", "event"),
    *("expected", "field", "kept", "key", "kind", "moment", "name", "new_locale", "next", "note"),
    *(
        "opened",
        "override",
        "p-device",
        "p-locale",
        "p-step",
        "p-variant",
        "page",
        "part",
        "product",
    ),
    *("q", "recent", "resolved", "revision", "role", "self_approval", "sort", "status", "tab"),
    *("table", "take", "text", "variant", "version", "view", "platform", "days", "start", "end"),
    *("event_name", "opening", "c-0-property", "c-0-op", "c-0-value", "conditions", "locale"),
    *("v-0-key", "v-0-weight", "v-0-surface", "v-0-illustration", "v-0-t-en-title", "v-x-key"),
    *("v-0-t-en-body", "v--t--", "holdout", "priority", "timezone", "starts_at", "ends_at"),
    *("platforms", "languages", "countries", "app_version_from", "min_sessions", "backoff_days"),
    *("do", "part", "r:joint", "r:new", "like", "group", "took", "place", "after", "csv"),
    *("max_declines", "min_times_reached", "min_screens", "allow_first_session", "choose", "ids"),
    *("url", "events", "type", "state", "on"),
)
"""Every field that some page reads, and a few that none does."""


@pytest.fixture
def places(shop: Shop) -> dict[str, object]:
    """A value for each argument of an address."""
    comment = add_comment(campaign=shop.ask, author=shop.cast.rita, body="Hm", address="/").comment
    link = create_link(
        campaign=shop.ask, revision=None, days=7, actor=shop.cast.bob, now=timezone.now()
    )
    create_key(app=shop.app, kind="pk", name="Web", actor=shop.cast.alice)
    delivery = make_log(shop.app, now=timezone.now())
    return {
        "workspace": "acme",
        "app": "shop",
        "pk": shop.ask.pk,
        "redirect_rule.pk": shop.rule.pk,
        "key": "order_placed",
        "device.key": "device-1",
        "device_erase.key": "device-1",
        "number": 1,
        "book": "delivery",
        "guide": "web",
        "slug": "kept",
        "sender": "braze",
        "comment": comment.pk,
        "link": link.pk,
        "hook": delivery.endpoint_id,
        "delivery": delivery.pk,
    }


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address.name)
def test_every_address__hostile_words_in_every_field__no_failure_and_no_markup(
    shop: Shop, places: dict[str, object], address: Address
) -> None:
    where = path_of(address, places)
    for name, words in HOSTILE.items():
        raw = words.encode("utf-8", "surrogatepass")
        version = str(Campaign.objects.get(pk=shop.ask.pk).version)
        sent = dict.fromkeys(FIELDS, raw)
        now = {**sent, "version": version.encode()}
        client = Client(raise_request_exception=False)
        client.force_login(shop.cast.alice)
        answers = [
            client.get(where, QUERY_STRING=urlencode(dict.fromkeys(FIELDS, raw[:300]))),
            client.post(where, urlencode(sent), content_type=FORM),
            client.post(where, urlencode(now), content_type=FORM, headers={"HX-Request": "true"}),
        ]
        for answer in answers:
            assert answer.status_code < 500, name
            assert SCRIPT.encode() not in answer.getvalue(), name
            assert "Set-Cookie: x" not in str(answer.headers), name


PLACEHOLDERS = {
    "Know when {{order_id}} ships": 302,
    "Know when {order_id} ships": 422,
    "Know { when": 422,
    "Know {} when": 422,
    "Know {{ when": 422,
    "Know }} when": 422,
    "Know {{}} when": 422,
    "Know {{order id}} when": 422,
    "Know {{a{{b}}c}} when": 422,
    "Know {{{order_id}}} when": 422,
    "Know {{order_id|upper}} when": 422,
    "Know {% now %} when": 422,
}


@pytest.mark.parametrize(("title", "status"), PLACEHOLDERS.items())
def test_editor__placeholders_that_are_none__refused_in_words_and_kept(
    shop: Shop, title: str, status: int
) -> None:
    client = client_of(shop.cast.bob)
    where = f"{shop.at}soft-asks/{shop.ask.pk}/"
    answer = client.post(where, {**editor_form(shop.ask), "v-0-t-en-title": title})
    assert answer.status_code == status
    page = answer if status == 422 else client.get(where)
    told = page.content.decode()
    assert title.replace('"', "&quot;") in told
    shop.ask.refresh_from_db()
    assert (shop.ask.content["variants"][0]["title"] == title) == (status == 302)


def test_management_api__hostile_words__refused_with_the_field(shop: Shop) -> None:
    _, secret = create_key(app=shop.app, kind="sk", name="Server", actor=shop.cast.alice)
    client = Client(headers={"Authorization": f"Bearer {secret}"}, raise_request_exception=False)
    for words in ("\ud800", "a\x00b", "x" * 5000, "{{", "{{a{{b}}}}"):
        variant = {
            "key": "a",
            "title": words,
            "body": "b",
            "accept_label": "Yes",
            "decline_label": "No",
        }
        body = {"name": "Ask", "moment": "order_placed", "variants": [variant]}
        answer = client.post(
            "/api/v1/manage/soft-asks", json.dumps(body), content_type="application/json"
        )
        assert answer.status_code in (400, 422), (words[:20], answer.status_code, answer.content)
        answer = client.post(
            "/api/v1/manage/soft-asks",
            json.dumps({**body, "name": words, "variants": []}),
            content_type="application/json",
        )
        assert answer.status_code < 500, (words[:20], answer.content)


@pytest.mark.parametrize("table", ["funnel", "recovery", "trend"])
def test_csv__everything_is_called_like_a_formula__no_cell_is_one(shop: Shop, table: str) -> None:
    App.objects.filter(pk=shop.app.pk).update(name=FORMULA)
    shop.app.moments.update(name=FORMULA, event_name=FORMULA)
    shop.app.campaigns.update(name=FORMULA)
    answer = client_of(shop.cast.carol).get(f"{shop.at}overview.csv", {"table": table})
    assert answer.status_code == 200
    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    assert len(rows) > 1 or table == "recovery"
    assert [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@", "\t")] == []
