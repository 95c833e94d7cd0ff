"""The settings of a workspace: people, roles, and who may approve."""

from __future__ import annotations

import threading

import pytest
from django.db import connections

from permissions_app.domain.edits import Invalid
from permissions_app.models import AuditEntry, Membership, Role, User
from permissions_app.services.accounts import change_member
from tests.factories import Cast, client_of, make_cast, make_person

WHERE = "/workspaces/acme/"


@pytest.fixture
def cast(db: None) -> Cast:
    """Everybody."""
    return make_cast()


def membership(user: User) -> Membership:
    return Membership.objects.get(user=user)


def test_settings__members_look_outsiders_404_anonymous_to_sign_in(cast: Cast) -> None:
    for person in (cast.alice, cast.bob, cast.rita, cast.carol):
        told = client_of(person).get(WHERE)
        assert told.status_code == 200
        assert ('name="self_approval"' in told.content.decode()) == (person == cast.alice)
    assert client_of(cast.mallory).get(WHERE).status_code == 404
    assert client_of(None).get(WHERE).status_code == 302
    assert client_of(cast.alice).get("/workspaces/nothing/").status_code == 404


def test_changes__weaker_than_owner_403_outsider_404_wrong_method_405(cast: Cast) -> None:
    member = f"{WHERE}members/{membership(cast.rita).pk}/"
    for person in (cast.bob, cast.rita, cast.carol):
        assert client_of(person).post(WHERE, {"self_approval": "on"}).status_code == 403
        assert client_of(person).post(member, {"role": "owner"}).status_code == 403
    assert client_of(cast.mallory).post(member, {"role": "owner"}).status_code == 404
    assert client_of(cast.alice).get(member).status_code == 405
    assert client_of(cast.alice).delete(WHERE).status_code == 405
    assert membership(cast.rita).role == Role.REVIEWER
    assert not AuditEntry.objects.exists()


def test_member__of_another_workspace__404(cast: Cast) -> None:
    where = f"{WHERE}members/{membership(cast.mallory).pk}/"
    assert client_of(cast.alice).post(where, {"role": "viewer"}).status_code == 404
    assert membership(cast.mallory).role == Role.OWNER


def test_self_approval__switched_twice_the_same__one_entry(cast: Cast) -> None:
    alice = client_of(cast.alice)
    for _ in range(2):
        alice.post(WHERE, {"self_approval": "on"})
    entry = AuditEntry.objects.get(action="workspace.self_approval")
    assert (entry.actor, entry.changes) == (cast.alice, {"allowed": [False, True]})


def test_member__changed_and_removed__in_the_trail_and_out_of_the_apps(cast: Cast) -> None:
    alice, rita = client_of(cast.alice), client_of(cast.rita)
    where = f"{WHERE}members/{membership(cast.rita).pk}/"
    alice.post(where, {"role": "viewer"})
    assert membership(cast.rita).role == Role.VIEWER
    alice.post(where, {"role": ""})
    assert rita.get("/w/acme/shop/").status_code == 404
    told = list(AuditEntry.objects.order_by("pk").values_list("action", "subject", "changes"))
    assert told == [
        ("member.changed", "rita@example.com", {"role": ["reviewer", "viewer"]}),
        ("member.removed", "rita@example.com", {"role": ["viewer", None]}),
    ]


def test_last_owner__cannot_leave_or_step_down(cast: Cast) -> None:
    where = f"{WHERE}members/{membership(cast.alice).pk}/"
    for role in ("", "editor"):
        told = client_of(cast.alice).post(where, {"role": role}, follow=True).content.decode()
        assert "A workspace needs an owner" in told
    assert membership(cast.alice).role == Role.OWNER


@pytest.mark.django_db(transaction=True)
def test_last_owner__two_owners_step_down_at_once__one_stays(transactional_db: None) -> None:
    cast = make_cast()
    zoe = make_person("zoe", workspace=cast.workspace, role=Role.OWNER)
    gate, refused = threading.Barrier(2), []

    def leave(pk: int) -> None:
        try:
            gate.wait(10)
            change_member(workspace=cast.workspace, membership_id=pk, role=None, actor=None)
        except Invalid as invalid:
            refused.append(str(invalid))
        finally:
            connections.close_all()

    pks = [membership(person).pk for person in (cast.alice, zoe)]
    threads = [threading.Thread(target=leave, args=(pk,)) for pk in pks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(refused) == 1
    owners = Membership.objects.filter(workspace=cast.workspace, role=Role.OWNER)
    assert owners.count() == 1
