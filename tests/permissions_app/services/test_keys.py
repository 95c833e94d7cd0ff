"""Making and revoking keys."""

from __future__ import annotations

import pytest
from django.db import IntegrityError

from permissions_app.domain.edits import Invalid
from permissions_app.models import ApiKey, AuditEntry
from permissions_app.services.keys import MOST_KEYS, create_key, revoke_key
from tests.factories import Cast, make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.mark.parametrize(
    ("kind", "name", "field"),
    [
        ("x", "CI", "kind"),
        ("", "CI", "kind"),
        ("sk", "  ", "name"),
        ("sk", "x" * 61, "name"),
        ("sk", "a\x00b", "name"),
        ("sk", "a\u202eb", "name"),
    ],
)
def test_create__wrong__told_by_field_and_nothing_made(
    cast: Cast, kind: str, name: str, field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        create_key(app=cast.app, kind=kind, name=name, actor=cast.alice)
    assert list(caught.value.errors) == [field]
    assert not ApiKey.objects.exists()


def test_create__as_many_as_fit__no_more_until_one_is_revoked(cast: Cast) -> None:
    made = [
        create_key(app=cast.app, kind="pk", name=f"k{n}", actor=cast.alice)[0]
        for n in range(MOST_KEYS)
    ]
    with pytest.raises(Invalid, match="Revoke one first"):
        create_key(app=cast.app, kind="pk", name="more", actor=cast.alice)
    create_key(app=cast.mallorys_app, kind="pk", name="elsewhere", actor=cast.mallory)
    revoke_key(key=made[0], actor=cast.alice)
    create_key(app=cast.app, kind="pk", name="more", actor=cast.alice)


def test_create__power_over_keys__from_a_person_to_a_secret_key_only(cast: Cast) -> None:
    with pytest.raises(Invalid, match="Only an owner"):
        create_key(app=cast.app, kind="pk", name="x", actor=cast.alice, manages_keys=True)
    manager, _ = create_key(app=cast.app, kind="sk", name="x", actor=cast.alice, manages_keys=True)
    with pytest.raises(Invalid, match="Only an owner"):
        create_key(app=cast.app, kind="sk", name="y", actor=manager, manages_keys=True)
    made, _ = create_key(app=cast.app, kind="sk", name="y", actor=manager)
    assert (made.manages_keys, made.created_by) == (False, cast.alice)


def test_table__publishable_key_that_makes_keys__refused(cast: Cast) -> None:
    key, _ = create_key(app=cast.app, kind="pk", name="x", actor=None)
    with pytest.raises(IntegrityError):
        ApiKey.objects.filter(pk=key.pk).update(manages_keys=True)


def test_revoke__itself__refused_another_one__in_the_trail(cast: Cast) -> None:
    key, _ = create_key(app=cast.app, kind="sk", name="x", actor=cast.alice, manages_keys=True)
    other, _ = create_key(app=cast.app, kind="sk", name="old", actor=cast.alice)
    with pytest.raises(Invalid, match="you call with"):
        revoke_key(key=key, actor=key)
    revoke_key(key=other, actor=key)
    revoke_key(key=other, actor=key)
    entry = AuditEntry.objects.get(action="key.revoked")
    assert (entry.app, entry.actor_label) == (cast.app, f"key {key.prefix}")
