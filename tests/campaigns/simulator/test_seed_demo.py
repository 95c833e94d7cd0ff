"""The demo workspace: made once, its access kept, its numbers counted."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from campaigns.models import Campaign
from campaigns.simulator.access import access_file, keep_access, read_access
from permissions_app.models import App, Device, FoldQueue, User, Workspace
from permissions_app.selectors.apps import demo_publishable_key
from permissions_app.selectors.keys import authenticate

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def checkout(settings: Any, tmp_path: Path) -> Path:
    """A checkout of its own, so that nobody's demo.json is touched."""
    settings.BASE_DIR = tmp_path
    return tmp_path


def run(name: str, **options: Any) -> str:
    out = StringIO()
    call_command(name, stdout=out, **options)
    return out.getvalue()


def seed(devices: int = 40) -> str:
    return run("seed_demo", devices=devices, workers=0)


def test_seed__first_time__makes_people_apps_keys_and_numbers() -> None:
    seed()
    app = App.objects.get(simulated=True)
    assert Device.objects.filter(app=app).count() == 40
    assert not FoldQueue.objects.filter(app_id=app.pk).exists()
    assert Campaign.objects.filter(kind="soft_ask", app=app, status="live").count() == 3
    assert Campaign.objects.filter(kind="redirect", app=app, status="live").count() == 3
    access = read_access()
    owner = User.objects.get(email=access["login"])
    assert owner.check_password(access["password"])
    for name, kind in (("publishable_key", "pk"), ("secret_key", "sk")):
        context = authenticate(access[name])
        assert context is not None
        assert (context.app_id, context.kind, context.simulated) == (app.pk, kind, True)


def test_seed__second_time__changes_nothing() -> None:
    seed()
    before = read_access()
    assert "exists already" in seed()
    assert read_access() == before
    assert Workspace.objects.count() == 1
    assert Device.objects.count() == 40


def test_seed__cut_short__goes_on_where_it_stopped() -> None:
    seed(devices=20)
    keep_access({**read_access(), "unfinished_until": "1790000000000"})
    known = set(Device.objects.values_list("key", flat=True))
    seed(devices=50)
    keys = set(Device.objects.values_list("key", flat=True))
    assert known < keys
    assert len(keys) == 50
    assert "unfinished_until" not in read_access()


def test_access__is_readable_by_the_owner_only() -> None:
    seed(devices=1)
    assert access_file().stat().st_mode & 0o777 == 0o600
    assert json.loads(access_file().read_text())["login"] == "demo@oneask.example"


def test_show_access__without_a_demo__says_so() -> None:
    assert "There is no demo here" in run("show_access")


def test_show_access__prints_address_login_and_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "8017")
    monkeypatch.setenv("HOST", "0.0.0.0")
    seed(devices=1)
    printed, access = run("show_access"), read_access()
    assert "http://localhost:8017" in printed
    for name in ("login", "password", "publishable_key", "secret_key"):
        assert access[name] in printed


def test_demo_shop__its_key_belongs_to_an_app_of_real_clicks() -> None:
    assert demo_publishable_key() is None
    seed(devices=1)
    key = demo_publishable_key()
    assert key is not None
    context = authenticate(key)
    assert context is not None
    assert not context.simulated
    shop = App.objects.get(pk=context.app_id)
    assert (shop.fatigue_per_day, shop.fatigue_per_30_days) == (5, 10)
    live = Campaign.objects.get(app=shop, kind="soft_ask").published
    assert live is not None
    asked = (live.content[name] for name in ("allow_first_session", "min_sessions", "holdout"))
    assert tuple(asked) == (True, 1, 0)
