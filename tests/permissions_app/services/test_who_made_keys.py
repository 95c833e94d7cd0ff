"""What the migration tells of the keys and the trail from before."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.db import connection

from permissions_app.models import ApiKey, App, AuditEntry
from permissions_app.services.apps import AppDraft, update_app
from permissions_app.services.keys import create_key
from tests.factories import make_cast

pytestmark = pytest.mark.django_db


def test_migration__keys_know_their_maker_and_entries_the_only_app_there_was() -> None:
    cast = make_cast()
    create_key(app=cast.app, kind="sk", name="Hers", actor=cast.alice)
    create_key(app=cast.mallorys_app, kind="sk", name="Nobody's", actor=None)
    App.objects.create(workspace=cast.mallorys_app.workspace, name="Second", slug="second")
    draft = AppDraft("Shop 2", "", 1, 3)
    update_app(app_id=cast.app.pk, draft=draft, expected_version=1, actor=cast.bob)
    ApiKey.objects.update(created_by=None)
    AuditEntry.objects.update(app=None)
    told = import_module("permissions_app.migrations.0011_who_made_keys")
    with connection.cursor() as cursor:
        cursor.execute(told.MAKERS)
        cursor.execute(told.ALONE)
    makers = dict(ApiKey.objects.values_list("name", "created_by"))
    assert makers == {"Hers": cast.alice.pk, "Nobody's": None}
    entries = AuditEntry.objects.values_list("action", "workspace__slug", "app__slug")
    assert set(entries) == {
        ("key.created", "acme", "shop"),
        ("app.updated", "acme", "shop"),
        ("key.created", "evil", None),
    }
