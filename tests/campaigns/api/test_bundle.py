"""The bundle over HTTP: signed, the same bytes for the same rules, and of one app alone."""

from __future__ import annotations

import base64
import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client

from campaigns.selectors.rulesets import compile_ruleset
from campaigns.services.bundle import bundles
from permissions_app.models import App, AuditEntry, SigningKey
from permissions_app.selectors import keys
from permissions_app.services import limits
from permissions_app.services.apps import bump_ruleset
from permissions_app.services.keys import create_key, revoke_key
from permissions_app.services.signing import BundleKey, bundle_key
from tests.factories import Cast, make_moment, make_soft_ask

PATH = "/api/v1/bundle"


@pytest.fixture(autouse=True)
def fresh_process() -> Iterator[None]:
    """Nothing is remembered of the test before."""
    for kept in (bundles, limits):
        kept.forget()
    keys._remembered.clear()
    yield
    limits.forget()


@pytest.fixture
def key(app: App) -> str:
    """A publishable key of the app, which has a live soft ask."""
    make_soft_ask(app, make_moment(app), status="live")
    return create_key(app=app, kind="pk", name="shipped", actor=None)[1]


def fetch(key: str, *, method: str = "get", **headers: str) -> HttpResponse:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    found: HttpResponse = getattr(Client(), method)(
        PATH, headers={"Authorization": f"Bearer {key}", **sent}
    )
    return found


def checked(content: bytes, public: BundleKey) -> dict[str, Any]:
    """The payload, after its signature. Raises InvalidSignature."""
    told = json.loads(content)
    assert set(told) == {"payload", "key_id", "signature"}
    assert told["key_id"] == public.key_id
    Ed25519PublicKey.from_public_bytes(base64.b64decode(public.public)).verify(
        base64.b64decode(told["signature"]), told["payload"].encode()
    )
    payload: dict[str, Any] = json.loads(told["payload"])
    return payload


def test_bundle__publishable_key__signed_rules_of_its_app(app: App, key: str) -> None:
    told = fetch(key)
    assert told.status_code == 200
    assert told["Content-Type"] == "application/json"
    payload = checked(told.content, bundle_key(app=app))
    assert (payload["format"], payload["app"]) == (1, app.pk)
    assert payload["version"] == compile_ruleset(app.pk).version
    assert payload["stopped"] is False
    [ask] = payload["ruleset"]["soft_asks"]["order_placed"]
    assert ask["arms"][0]["copy"]["accept_label"] == "Tell me"
    assert payload["matching"]["Order Placed"][0][0] == "order_placed"


def test_bundle__one_letter_changed__the_signature_tells(app: App, key: str) -> None:
    content = fetch(key).content.replace(b"Tell me", b"Tell us")
    with pytest.raises(InvalidSignature):
        checked(content, bundle_key(app=app))


def test_bundle__nothing_published_since__304_with_the_same_tag(app: App, key: str) -> None:
    first = fetch(key)
    bundles.forget()  # another process
    again = fetch(key, If_None_Match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert not first["ETag"].startswith("W/")
    assert fetch(key).content == first.content
    assert fetch(key, If_None_Match='"other", W/' + first["ETag"]).status_code == 304
    assert fetch(key, If_None_Match='"other"').status_code == 200
    assert fetch(key, If_None_Match="*").status_code == 304


def test_bundle__something_published__other_bytes_under_another_tag(app: App, key: str) -> None:
    before = fetch(key)
    make_moment(app, key="shipped", event_name="Order Shipped")
    bump_ruleset(app_id=app.pk)
    bundles.forget()
    after = fetch(key, If_None_Match=before["ETag"])
    assert after.status_code == 200
    assert "Order Shipped" in checked(after.content, bundle_key(app=app))["matching"]


def test_bundle__gzip_accepted__the_same_text_smaller_under_its_own_tag(key: str) -> None:
    plain, packed = fetch(key), fetch(key, Accept_Encoding="br;q=1.0, gzip;q=0.5")
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert len(packed.content) < len(plain.content)
    assert packed["ETag"] != plain["ETag"]
    assert "Content-Encoding" not in fetch(key, Accept_Encoding="gzip;q=0, br").headers


def test_bundle__head__headers_without_a_body(key: str) -> None:
    full, head = fetch(key), fetch(key, method="head")
    assert (head.status_code, head.content) == (200, b"")
    assert head["ETag"] == full["ETag"]
    assert head["Content-Length"] == str(len(full.content))


def test_bundle__caches__may_keep_it_ask_each_time_and_keep_apps_apart(key: str) -> None:
    for told in (fetch(key), fetch(key, If_None_Match="*")):
        assert told["Cache-Control"] == "public, no-cache"
        assert told["Vary"] == "Authorization, Accept-Encoding"


def test_bundle__two_apps__never_the_same_tag(cast: Cast, key: str) -> None:
    _, other = create_key(app=cast.mallorys_app, kind="pk", name="hers", actor=None)
    told = fetch(other, If_None_Match=fetch(key)["ETag"])
    assert told.status_code == 200
    assert checked(told.content, bundle_key(app=cast.mallorys_app))["app"] == cast.mallorys_app.pk
    assert bundle_key(app=cast.mallorys_app) != bundle_key(app=cast.app)


def test_bundle__page_of_another_origin__may_read_it_and_its_tag(key: str) -> None:
    asked = Client().options(PATH, headers={"Origin": "https://shop.example"})
    assert asked.status_code == 204
    assert asked["Access-Control-Allow-Methods"] == "GET, HEAD"
    allowed = asked["Access-Control-Allow-Headers"]
    assert "authorization" in allowed
    assert "if-none-match" in allowed
    told = fetch(key, Origin="https://shop.example")
    assert told["Access-Control-Allow-Origin"] == "*"
    assert "ETag" in told["Access-Control-Expose-Headers"]


def test_bundle__no_key_or_a_revoked_one__401(app: App) -> None:
    made, text = create_key(app=app, kind="pk", name="old", actor=None)
    revoke_key(key=made, actor=None)
    for key in ("", "pk_nobody_knows", text, "\u00e9"):
        assert fetch(key).status_code == 401


def test_bundle__secret_key_in_a_browser__403(app: App) -> None:
    _, secret = create_key(app=app, kind="sk", name="server", actor=None)
    assert fetch(secret, Origin="https://shop.example").status_code == 403
    assert fetch(secret).status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_bundle__wrong_method__405(key: str, method: str) -> None:
    told = fetch(key, method=method)
    assert (told.status_code, told["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_bundle__asked_too_often__429_with_a_time(key: str, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "bundle": 2 * settings.WEB_WORKERS}
    assert [fetch(key).status_code for _ in range(3)] == [200, 200, 429]
    assert 0 < int(fetch(key)["Retry-After"]) <= 30


def test_bundle__secret_of_the_installation_changed__503_and_nothing_signed_by_another_key(
    app: App, key: str, settings: Any
) -> None:
    fetch(key)
    before = bundle_key(app=app)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another key that protects nothing either"
    bundles.forget()
    told = fetch(key)
    assert (told.status_code, json.loads(told.content)["code"]) == (503, "not_signed")
    assert bundle_key(app=app) == before
    settings.SECRET_KEY_FALLBACKS = [old]
    assert checked(fetch(key).content, before)["app"] == app.pk


def test_signing_key__made_once__audited_and_not_readable_in_the_table(app: App) -> None:
    first = bundle_key(app=app)
    assert bundle_key(app=app) == first
    assert len(base64.b64decode(first.public)) == 32
    row = SigningKey.objects.get()
    assert row.sealed.startswith("gAAAA")
    entry = AuditEntry.objects.get(action="signing_key.created")
    assert entry.changes == {"id": first.key_id}


def test_replace_bundle_key__a_new_key_signs_and_the_trail_says_so(app: App, key: str) -> None:
    before, old = fetch(key), bundle_key(app=app)
    call_command("replace_bundle_key", "acme", "shop", stdout=io.StringIO())
    bundles.forget()  # the second for which a process trusts its last look is over
    after = fetch(key, If_None_Match=before["ETag"])
    assert after.status_code == 200
    assert bundle_key(app=app).key_id != old.key_id
    checked(after.content, bundle_key(app=app))
    with pytest.raises(InvalidSignature):
        checked(after.content, replace(old, key_id=bundle_key(app=app).key_id))
    assert AuditEntry.objects.filter(action="signing_key.removed").count() == 1


@pytest.mark.django_db
def test_replace_bundle_key__no_such_app__says_so() -> None:
    with pytest.raises(CommandError, match="no app lair in acme"):
        call_command("replace_bundle_key", "acme", "lair")
