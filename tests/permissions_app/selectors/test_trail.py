"""Who changed what last."""

from __future__ import annotations

import pytest
from django.db import connection

from permissions_app.models import AuditEntry
from permissions_app.selectors.trail import last_changes
from permissions_app.services.audit import record
from permissions_app.services.keys import create_key
from tests.factories import make_cast

pytestmark = pytest.mark.django_db


def test_last_changes__several_things__the_latest_of_each_in_one_query(
    django_assert_num_queries,
):
    cast = make_cast()
    acme, evil = cast.workspace, cast.mallorys_app.workspace
    for actor, action, id_ in (
        (cast.alice, "soft_ask.created", "s1"),
        (cast.bob, "soft_ask.updated", "s1"),
        (None, "redirect.created", "r1"),
        (cast.carol, "moment.updated", "m1"),
    ):
        record(workspace=acme, actor=actor, action=action, subject="x", changes={"id": id_})
    record(workspace=acme, actor=cast.alice, action="workspace.renamed", subject="x")
    record(
        workspace=evil,
        actor=cast.mallory,
        action="soft_ask.updated",
        subject="x",
        changes={"id": "s1"},
    )
    with django_assert_num_queries(1):
        found = last_changes(workspace_id=acme.pk, ids={"s1", "r1", "s99"})
    assert {id_: (change.who, change.action) for id_, change in found.items()} == {
        "s1": ("Bob", "soft_ask.updated"),
        "r1": ("OneAsk", "redirect.created"),
    }
    assert last_changes(workspace_id=acme.pk, ids=()) == {}


def test_last_changes__buried_under_thousands_of_saves__still_found_through_the_index():
    cast = make_cast()
    record(
        workspace=cast.workspace, actor=cast.alice, action="a", subject="x", changes={"id": "s1"}
    )
    AuditEntry.objects.bulk_create(
        AuditEntry(
            workspace=cast.workspace,
            actor=cast.bob,
            actor_label="bob@example.com",
            action="soft_ask.updated",
            subject="x",
            changes={"id": f"s{2 + number % 5}"},
        )
        for number in range(6000)
    )
    found = last_changes(workspace_id=cast.workspace.pk, ids={"s1", "s2"})
    assert (found["s1"].who, found["s2"].who) == ("Alice", "Bob")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE permissions_app_auditentry")
        cursor.execute(
            "EXPLAIN SELECT at FROM permissions_app_auditentry "
            "WHERE workspace_id = %s AND changes ->> 'id' = 's1' ORDER BY at DESC LIMIT 1",
            [cast.workspace.pk],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "audit_of_one" in plan


def test_last_changes__by_a_key__named_by_its_public_part():
    cast = make_cast()
    key, _ = create_key(app=cast.app, kind="sk", name="CI", actor=cast.alice)
    record(
        workspace=cast.workspace,
        app=cast.app,
        actor=key,
        action="soft_ask.updated",
        subject="x",
        changes={"id": "s1"},
    )
    found = last_changes(workspace_id=cast.workspace.pk, ids={"s1"})
    assert found["s1"].who == f"key {key.prefix}"
