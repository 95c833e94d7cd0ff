"""The stop switch: who may turn it, what it asks before, and what it leaves behind."""

from __future__ import annotations

from typing import Any

import pytest

from permissions_app.models import App, AuditEntry
from tests.factories import Cast, client_of, make_cast

AT = "/w/acme/shop/stop/"
MEANT = {"wish": "stop", "sure": "on"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def stopped(cast: Cast) -> bool:
    return App.objects.get(pk=cast.app.pk).stopped_at is not None


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_stop__owner_or_editor_who_means_it__stopped_and_in_the_trail(cast: Cast, who: str) -> None:
    person = getattr(cast, who)
    before = cast.app.ruleset_version
    told = client_of(person).post(AT, {**MEANT, "reason": "  wrong   words "}, follow=True)
    assert told.redirect_chain == [(AT, 302)]
    assert "Stopped: nobody is interrupted." in told.content.decode()
    app = App.objects.get(pk=cast.app.pk)
    assert app.stopped_at is not None
    assert app.ruleset_version > before
    entry = AuditEntry.objects.get(action="app.stopped")
    assert (entry.actor, entry.app, entry.changes) == (person, app, {"reason": "wrong words"})


def test_stop__then_go_on__as_before_and_in_the_trail(cast: Cast) -> None:
    client = client_of(cast.bob)
    client.post(AT, MEANT)
    client.post(AT, MEANT)
    assert client.post(AT, {"wish": "go_on"}).status_code == 422
    assert stopped(cast)
    client.post(AT, {"wish": "go_on", "sure": "on"})
    assert not stopped(cast)
    trail = AuditEntry.objects.filter(action__startswith="app.").order_by("pk")
    assert list(trail.values_list("action", flat=True)) == ["app.stopped", "app.resumed"]


def test_stop__every_page_of_the_app_says_so(cast: Cast) -> None:
    client = client_of(cast.carol)
    pages = ("/w/acme/shop/", "/w/acme/shop/moments/", "/w/acme/shop/integrate/", AT)
    assert not any("This app is stopped" in client.get(page).content.decode() for page in pages)
    client_of(cast.alice).post(AT, MEANT)
    assert all("This app is stopped" in client.get(page).content.decode() for page in pages)
    other = client_of(cast.mallory).get("/w/evil/lair/").content.decode()
    assert "This app is stopped" not in other


def test_stop__palette__leads_there(cast: Cast) -> None:
    found = client_of(cast.bob).get("/w/acme/shop/find/", {"q": "emergency"})
    assert AT in found.content.decode()


@pytest.mark.parametrize(
    "sent",
    [
        {"wish": "stop"},
        {"sure": "on"},
        {"wish": "explode", "sure": "on"},
        {**MEANT, "reason": "x" * 201},
        {**MEANT, "reason": "a\0b"},
        {**MEANT, "reason": "a\u202eb"},
    ],
)
def test_stop__not_meant_or_not_understood__422_and_nothing_changed(
    cast: Cast, sent: dict[str, Any]
) -> None:
    told = client_of(cast.alice).post(AT, sent)
    assert told.status_code == 422
    assert 'role="alert"' in told.content.decode()
    assert not stopped(cast)
    assert not AuditEntry.objects.filter(action="app.stopped").exists()


def test_stop__viewer_or_reviewer__looks_and_turns_nothing(cast: Cast) -> None:
    for person in (cast.carol, cast.rita):
        page = client_of(person).get(AT)
        assert page.status_code == 200
        assert "Stop everything" not in page.content.decode()
        assert client_of(person).post(AT, MEANT).status_code == 403
    assert not stopped(cast)


def test_stop__outsider__404(cast: Cast) -> None:
    assert client_of(cast.mallory).get(AT).status_code == 404
    assert client_of(cast.mallory).post(AT, MEANT).status_code == 404
    assert not stopped(cast)


def test_stop__put__405(cast: Cast) -> None:
    assert client_of(cast.alice).put(AT).status_code == 405
