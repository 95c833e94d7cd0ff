"""The door: who comes in, and where each person arrives."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import timezone
from django.views.defaults import permission_denied

from permissions_app.models import (
    App,
    FoldQueue,
    Membership,
    QuarantinedDevice,
    Role,
    RollupAlarm,
    Workspace,
)
from permissions_app.selectors.access import app_health, at_least, visible_apps
from permissions_app.web.access import load_app
from tests.factories import client_of, make_cast, make_person

pytestmark = pytest.mark.django_db


def request_of(user):
    """A request of this person with an empty session."""
    request = RequestFactory().get("/")
    request.user = user
    request.session = {}
    return request


def test_load_app__member__app_with_the_role_of_the_person():
    cast = make_cast()
    access = load_app(request_of(cast.bob), "acme", "shop")
    assert (access.workspace, access.app, access.role) == (cast.workspace, cast.app, Role.EDITOR)
    assert access.can_edit
    assert access.can_review
    assert not access.is_owner


@pytest.mark.parametrize(
    ("name", "can_edit", "can_review"),
    [("alice", True, True), ("bob", True, True), ("rita", False, True), ("carol", False, False)],
)
def test_access__role__allows_what_it_should(name, can_edit, can_review):
    cast = make_cast()
    access = load_app(request_of(getattr(cast, name)), "acme", "shop")
    assert (access.can_edit, access.can_review) == (can_edit, can_review)


@pytest.mark.parametrize(("workspace", "app"), [("acme", "shop"), ("acme", "no"), ("no", "shop")])
def test_load_app__outsider_or_unknown__not_found(workspace, app):
    cast = make_cast()
    with pytest.raises(Http404):
        load_app(request_of(cast.mallory), workspace, app)


def test_load_app__app_slug_of_another_workspace__not_found():
    cast = make_cast()
    with pytest.raises(Http404):
        load_app(request_of(cast.alice), "acme", "lair")


def test_load_app__weak_role__refused():
    cast = make_cast()
    with pytest.raises(PermissionDenied):
        load_app(request_of(cast.carol), "acme", "shop", needs=Role.EDITOR)
    assert load_app(request_of(cast.bob), "acme", "shop", needs=Role.EDITOR).can_edit


def test_at_least__every_pair__follows_the_order():
    order = [Role.OWNER, Role.EDITOR, Role.REVIEWER, Role.VIEWER]
    for strong, role in enumerate(order):
        for weak, needed in enumerate(order):
            assert at_least(role=role, needed=needed) is (strong <= weak)


def test_visible_apps__several_workspaces__own_role_in_each():
    cast = make_cast()
    Membership.objects.create(
        workspace=cast.mallorys_app.workspace, user=cast.carol, role=Role.EDITOR
    )
    found = {(v.app.slug, v.role) for v in visible_apps(user_id=cast.carol.pk)}
    assert found == {("shop", Role.VIEWER), ("lair", Role.EDITOR)}


def test_app_health__alarm_quarantine_and_queue__all_told():
    cast = make_cast()
    now = timezone.now()
    assert app_health(app_id=cast.app.pk, now=now) == app_health(
        app_id=cast.mallorys_app.pk, now=now
    )
    RollupAlarm.objects.create(app=cast.app, what="eligible differs")
    RollupAlarm.objects.create(app=cast.app, what="old", resolved_at=now)
    QuarantinedDevice.objects.create(app=cast.app, device_id=1, error="boom")
    FoldQueue.objects.create(
        app_id=cast.app.pk, device_id=1, queued_at=now - timezone.timedelta(seconds=90)
    )
    health = app_health(app_id=cast.app.pk, now=now)
    assert (health.alarms, health.quarantined, health.behind_seconds) == (
        ("eligible differs",),
        1,
        90,
    )


def test_home__anonymous__sent_to_sign_in():
    response = client_of(None).get("/")
    assert (response.status_code, response.headers["Location"]) == (
        302,
        "/accounts/login/?next=/",
    )


def test_home__one_app__straight_there():
    cast = make_cast()
    assert client_of(cast.carol).get("/").headers["Location"] == "/w/acme/shop/"


def test_home__several_apps__the_last_one_or_a_choice():
    cast = make_cast()
    App.objects.create(workspace=cast.workspace, name="Blog", slug="blog")
    client = client_of(cast.alice)
    assert client.get("/").headers["Location"] == "/apps/"
    assert client.get("/w/acme/blog/").status_code == 200
    assert client.get("/").headers["Location"] == "/w/acme/blog/"


def test_home__last_app_no_longer_visible__a_choice():
    cast = make_cast()
    App.objects.create(workspace=cast.workspace, name="Blog", slug="blog")
    client = client_of(cast.carol)
    client.get("/w/acme/blog/")
    Membership.objects.filter(user=cast.carol).delete()
    assert client.get("/").headers["Location"] == "/apps/"
    assert client.get("/w/acme/blog/").status_code == 404


def test_app_list__own_apps_only():
    cast = make_cast()
    page = client_of(cast.carol).get("/apps/").content.decode()
    assert "/w/acme/shop/" in page
    assert "/w/evil/lair/" not in page


def test_app_list__nobody_invited__says_whom_to_ask():
    page = client_of(make_person("newcomer")).get("/apps/").content.decode()
    assert "nobody has invited you" in page


def test_app_list__workspace_without_app__says_so():
    workspace = Workspace.objects.create(name="Empty Ltd", slug="empty")
    page = client_of(make_person("olga", workspace=workspace)).get("/apps/").content.decode()
    assert "Empty Ltd has no app yet" in page


@pytest.mark.parametrize("path", ["/", "/apps/"])
def test_pages__wrong_method__refused(path):
    cast = make_cast()
    assert client_of(cast.alice).post(path).status_code == 405


@pytest.mark.parametrize(
    "path",
    ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"],
)
def test_door__anonymous__own_look(path):
    response = client_of(None).get(path)
    assert response.status_code == 200
    assert 'class="door"' in response.content.decode()


def test_sign_in__right_password__arrives_where_they_wanted():
    make_cast()
    client = client_of(None)
    response = client.post(
        "/accounts/login/?next=/w/acme/shop/",
        {"login": "carol@example.com", "password": "a password of the cast"},
    )
    assert (response.status_code, response.headers["Location"]) == (302, "/w/acme/shop/")


@pytest.mark.parametrize("path", ["email/", "confirm-email/", "password/set/", "reauthenticate/"])
def test_account__page_we_did_not_make__not_found(path):
    client = client_of(make_cast().carol)
    assert client.get(f"/accounts/{path}").status_code == 404


@pytest.mark.parametrize("path", ["/accounts/password/change/", "/accounts/logout/"])
def test_account__member__pages_work(path):
    cast = make_cast()
    assert client_of(cast.carol).get(path).status_code == 200


def test_not_found__page_without_secrets():
    cast = make_cast()
    response = client_of(cast.mallory).get("/w/acme/shop/")
    assert response.status_code == 404
    assert "Shop" not in response.content.decode()


def test_error_pages__no_request_at_all__still_render():
    for name in ("403.html", "403_csrf.html", "404.html", "500.html"):
        assert "OneAsk" in render_to_string(name)


def test_forms__without_their_token__own_page():
    client = Client(enforce_csrf_checks=True)
    response = client.post("/accounts/login/", {"login": "a@example.com", "password": "x"})
    assert response.status_code == 403
    assert "This form had expired" in response.content.decode()


def test_forbidden__weak_role__page_says_why():
    cast = make_cast()
    response = permission_denied(request_of(cast.carol), PermissionDenied())
    assert response.status_code == 403
    assert "An owner of the workspace" in response.content.decode()
