"""The alerts page, its settings, the test button and the count in the rail."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from campaigns.domain.alert_rules import RULES
from campaigns.models import Alert, AlertMessage, AlertSettings, DigestReader
from permissions_app.models import AuditEntry
from tests.factories import Cast, client_of, make_cast
from tests.webhooks import HOST, URL, make_endpoint

pytestmark = pytest.mark.django_db
PATH = "/w/acme/shop/alerts/"
POSTS = ("settings/", "test/", "weekly/")


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def make_alert(cast: Cast, *, over: bool = False, **changes: Any) -> Alert:
    now = timezone.now()
    told = {
        "app": cast.app,
        "kind": "grant_drop",
        "subject": "ios",
        "evidence": {
            "days": [["2026-11-19", 100, 60], ["2026-11-20", 100, 40]],
            "recent": [300, 120],
            "before": [2800, 1680],
            "recent_days": 2,
        },
        "opened_at": now - timedelta(hours=3),
        "last_seen_at": now,
        "resolved_at": now if over else None,
        **changes,
    }
    return Alert.objects.create(**told)


def form(**changes: Any) -> dict[str, Any]:
    """What the form sends when nobody touches it."""
    told: dict[str, Any] = {f"{rule.kind}_on": "on" for rule in RULES}
    told |= {rule.kind: str(rule.usual) for rule in RULES if rule.unit}
    return {**told, **changes}


def text_of(response) -> str:
    page = re.sub(r"<script.*?</script>", "", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def rows_of(response) -> list[list[str]]:
    return list(csv.reader(b"".join(response.streaming_content).decode().splitlines()))


def test_page__open_alert__sentence_chart_table_and_where_to_look(cast: Cast) -> None:
    alert = make_alert(cast)
    response = client_of(cast.carol).get(PATH)
    text = text_of(response)
    assert "Fewer yeses to the OS dialog on iOS" in text
    assert "40.0 % of 300 answers in the last 2 days were a yes, after 60.0 %" in text
    page = response.content.decode()
    assert f'id="alert-{alert.pk}"' in page
    assert '<script type="application/json">{"data"' in page
    assert 'href="/w/acme/shop/funnel/?platform=ios&amp;by=week"' in page


def test_page__past_alert__kept_with_its_chart(cast: Cast) -> None:
    make_alert(cast, over=True)
    AlertSettings.objects.create(app=cast.app, checked_at=timezone.now())
    response = client_of(cast.carol).get(PATH)
    assert "Nothing is wrong." in text_of(response)
    assert '<details class="past-alert"' in response.content.decode()
    assert '<script type="application/json">{"data"' in response.content.decode()


def test_page__nothing_yet__says_when_it_is_looked_at(cast: Cast) -> None:
    text = text_of(client_of(cast.carol).get(PATH))
    assert "Nothing is known yet. The first look comes within a few minutes" in text
    assert "Nothing is wrong" not in text


def test_page__alert_of_another_app__not_here(cast: Cast) -> None:
    make_alert(cast, app=cast.mallorys_app)
    assert "300 answers" not in text_of(client_of(cast.carol).get(PATH))


def test_page__hostile_version__is_text(cast: Cast) -> None:
    evil = "<img src=x onerror=alert(1)>"
    evidence = {
        "versions": [[evil, 200, 140, True], ["4.1", 900, 360, False]],
        "platform": "ios",
        "version": evil,
    }
    make_alert(cast, kind="denial_spike", subject=f"ios {evil}", evidence=evidence)
    page = client_of(cast.carol).get(PATH).content.decode()
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


@pytest.mark.parametrize("over", [False, True])
def test_file__of_an_alert__its_numbers(cast: Cast, over: bool) -> None:
    alert = make_alert(cast, over=over)
    rows = rows_of(client_of(cast.carol).get(f"{PATH}?csv=alert-{alert.pk}"))
    assert rows[0] == ["day", "answers", "granted", "grant_rate"]
    assert rows[1] == ["2026-11-20", "100", "40", "0.4"]


def test_file__unknown_or_of_another_app__404(cast: Cast) -> None:
    other = make_alert(cast, app=cast.mallorys_app)
    for key in ("nonsense", "alert-0", f"alert-{other.pk}"):
        assert client_of(cast.carol).get(f"{PATH}?csv={key}").status_code == 404


def test_rail__open_alerts__counted_on_every_page_of_the_app(cast: Cast) -> None:
    make_alert(cast)
    make_alert(cast, kind="lag", subject="", evidence={"seconds": 900, "threshold": 600})
    make_alert(cast, over=True)
    page = client_of(cast.carol).get("/w/acme/shop/funnel/").content.decode()
    assert re.search(r'nav-count-alert">2<span', page)
    Alert.objects.all().delete()
    page = client_of(cast.carol).get("/w/acme/shop/funnel/").content.decode()
    assert "nav-count-alert" not in page


def test_settings__editor__saved_with_the_address_of_the_page(cast: Cast) -> None:
    sent = form(grant_drop="9", recipients=[cast.carol.pk])
    del sent["lag_on"]
    assert client_of(cast.bob).post(f"{PATH}settings/", sent).status_code == 302
    mine = AlertSettings.objects.get(app=cast.app)
    assert mine.rules["grant_drop"] == {"on": True, "threshold": 9}
    assert mine.rules["lag"]["on"] is False
    assert mine.address == f"http://testserver{PATH}"
    assert [person.email for person in mine.recipients.all()] == ["carol@example.com"]
    assert AuditEntry.objects.get(action="alerts.changed").actor == cast.bob


def test_settings__refused__shown_again_as_typed_with_the_reasons(cast: Cast) -> None:
    sent = form(grant_drop="many", recipients=[cast.carol.pk])
    response = client_of(cast.bob).post(f"{PATH}settings/", sent)
    assert response.status_code == 422
    page = response.content.decode()
    assert "A whole number from 1 to 50." in page
    assert 'value="many"' in page
    assert re.search(rf'value="{cast.carol.pk}" checked', page)
    assert not AlertSettings.objects.exists()


def test_settings__webhooks_that_are_told__counted_with_the_way_to_them(
    cast: Cast, settings: Settings
) -> None:
    assert "No webhook is told." in text_of(client_of(cast.carol).get(PATH))
    settings.WEBHOOK_HOSTS = [HOST]
    make_endpoint(cast.app, URL, "alert.opened")
    make_endpoint(cast.app, URL, "campaign.paused")
    response = client_of(cast.carol).get(PATH)
    assert "1 webhook is told as well." in text_of(response)
    assert 'href="/w/acme/shop/webhooks/"' in response.content.decode()


def test_test_button__channels__messages_wait_and_the_page_says_so(cast: Cast) -> None:
    client = client_of(cast.bob)
    client.post(f"{PATH}settings/", form(recipients=[cast.carol.pk]))
    response = client.post(f"{PATH}test/", follow=True)
    assert AlertMessage.objects.get().to == cast.carol
    text = text_of(response)
    assert "A test is on its way" in text
    assert re.search(r"Carol A test .* On its way", text)


def test_test_button__no_channel__says_so(cast: Cast) -> None:
    response = client_of(cast.bob).post(f"{PATH}test/", follow=True)
    assert "No e-mail is sent yet" in text_of(response)
    assert not AlertMessage.objects.exists()


def test_sent__failed_and_given_up__says_why(cast: Cast) -> None:
    AlertMessage.objects.create(
        app=cast.app, event="test", to=cast.bob, due_at=None, error="The mail server is away."
    )
    AlertMessage.objects.create(
        app=cast.app, event="test", to=cast.bob, due_at=timezone.now(), error="It said no."
    )
    text = text_of(client_of(cast.carol).get(PATH))
    assert "Given up. The mail server is away." in text
    assert "Is tried again. It said no." in text


def test_weekly__viewer__begins_and_ends_for_oneself(cast: Cast) -> None:
    client = client_of(cast.carol)
    assert "You do not get it." in text_of(client.get(PATH))
    client.post(f"{PATH}weekly/", {"reads": "1"})
    client.post(f"{PATH}weekly/", {"reads": "1"})
    reader = DigestReader.objects.get()
    assert (reader.user, reader.address) == (cast.carol, f"http://testserver{PATH}")
    assert "You get it, at carol@example.com." in text_of(client.get(PATH))
    client.post(f"{PATH}weekly/", {"reads": "0"})
    assert not DigestReader.objects.exists()


@pytest.mark.parametrize("where", ["settings/", "test/"])
def test_post__viewer_reviewer_and_no_token__403_and_nothing_changed(
    cast: Cast, where: str
) -> None:
    for person in (cast.carol, cast.rita):
        assert client_of(person).post(f"{PATH}{where}", form()).status_code == 403
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.alice)
    assert strict.post(f"{PATH}{where}", form()).status_code == 403
    assert not AlertSettings.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("where", POSTS)
def test_post__outsider_404__nobody_to_the_door__get_405(cast: Cast, where: str) -> None:
    assert client_of(cast.mallory).post(f"{PATH}{where}", form()).status_code == 404
    assert client_of(None).post(f"{PATH}{where}", form()).status_code == 302
    assert client_of(cast.alice).get(f"{PATH}{where}").status_code == 405


def test_page__outsider_404__nobody_to_the_door__post_405(cast: Cast) -> None:
    assert client_of(cast.mallory).get(PATH).status_code == 404
    assert client_of(None).get(PATH).status_code == 302
    assert client_of(cast.alice).post(PATH).status_code == 405
