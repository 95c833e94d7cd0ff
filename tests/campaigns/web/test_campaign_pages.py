"""The pages of soft asks and Settings redirects."""

from __future__ import annotations

from typing import Any

import pytest

from campaigns.models import RedirectRule, SoftAsk
from permissions_app.models import AuditEntry
from tests.campaigns.web.conftest import Shop, redirect_form, soft_ask_form
from tests.factories import client_of, make_redirect_rule, make_soft_ask


def test_new_soft_ask__draft_with_two_variants(shop: Shop) -> None:
    second = {
        "variants-2-key": "b",
        "variants-2-title": "Hear from the courier",
        "variants-2-body": "At the door.",
        "variants-2-accept_label": "Yes",
        "variants-2-decline_label": "No",
        "variants-2-surface": "dialog",
        "variants-2-weight": "3",
    }
    typed = soft_ask_form(shop.moment, name="New one", **second)
    answer = client_of(shop.cast.bob).post(f"{shop.at}soft-asks/new/", typed)
    assert answer.status_code == 302, answer.content.decode()
    ask = SoftAsk.objects.get(name="New one")
    assert (ask.status, ask.holdout) == ("draft", 0.1)
    assert list(ask.variants.order_by("key").values_list("key", "weight")) == [("a", 1), ("b", 3)]
    assert AuditEntry.objects.get(action="soft_ask.created").actor == shop.cast.bob


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"variants-0-title": "x" * 121}, "has 121 characters; at most 120"),
        ({"variants-0-body": "{{order id}}"}, "A placeholder is written"),
        ({"variants-0-decline_label": ""}, "The way out is needed"),
        ({"variants-0-weight": "0"}, "needs a weight above 0"),
        ({"variants-0-weight": "nan"}, "Enter a number"),
        ({"variants-0-surface": "hologram"}, "Select a valid choice"),
        ({"moment": ""}, "This field is required"),
        ({"moment": "999999"}, "Select a valid choice"),
        ({"backoff_days": "soon"}, "whole numbers of days"),
        ({"holdout_percent": "95"}, "from 0 to 90 %"),
        ({"allow_first_session": "on"}, "set the minimum sessions to 1"),
        ({"name": ""}, "This field is required"),
        ({"min_sessions": "9" * 30}, "whole number from"),
    ],
)
def test_soft_ask__wrong__422_keeps_what_was_typed(
    shop: Shop, changes: dict[str, str], says: str
) -> None:
    typed = {**soft_ask_form(shop.moment, name="Kept name"), **changes}
    for path in ("new/", f"{shop.ask.pk}/"):
        answer = client_of(shop.cast.bob).post(f"{shop.at}soft-asks/{path}", typed)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert says in page
        assert "Not now" in page or "decline" in str(changes)
    assert SoftAsk.objects.get().name == "Shipping news"


def test_soft_ask__two_at_once__conflict_shown_and_nothing_lost(shop: Shop) -> None:
    where = f"{shop.at}soft-asks/{shop.ask.pk}/"
    first = soft_ask_form(shop.moment, **{"variants-0-title": "Theirs"})
    second = soft_ask_form(shop.opening, **{"variants-0-title": "Mine", "min_sessions": "4"})
    assert client_of(shop.cast.alice).post(where, first).status_code == 302
    answer = client_of(shop.cast.bob).post(where, second)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Variant a: Title" in page
    assert "<td>App opened (opening)</td>" in page
    assert "Theirs" in page
    assert 'value="Mine"' in page
    assert SoftAsk.objects.get().variants.get().title == "Theirs"
    again = {**second, "version": "2"}
    assert client_of(shop.cast.bob).post(where, again).status_code == 302
    assert SoftAsk.objects.get().min_sessions == 4


def test_soft_ask__live_edit__tells_the_revision(shop: Shop) -> None:
    client = client_of(shop.cast.bob)
    where = f"{shop.at}soft-asks/{shop.ask.pk}/"
    client.post(f"{where}status/", {"status": "live"})
    typed = soft_ask_form(shop.moment, version="2", **{"variants-0-title": "Other words"})
    page = client.post(where, typed, follow=True).content.decode()
    assert "This is revision 2." in page


def test_status__wrong_step__told_and_unchanged(shop: Shop) -> None:
    client = client_of(shop.cast.bob)
    for kind, pk in (("soft-asks", shop.ask.pk), ("redirects", shop.rule.pk)):
        where = f"{shop.at}{kind}/{pk}/status/"
        page = client.post(where, {"status": "paused"}, follow=True).content.decode()
        assert "cannot become paused" in page
        assert client.post(where, {"status": "x"}, follow=True).status_code == 200


def test_preview__escapes_and_warns(shop: Shop) -> None:
    typed = soft_ask_form(
        shop.opening, **{"variants-0-title": "<b>{{order_id}}</b>", "allow_first_session": "on"}
    )
    answer = client_of(shop.cast.bob).post(f"{shop.at}soft-asks/preview/", typed)
    page = answer.content.decode()
    assert "&lt;b&gt;" in page
    assert '<span class="slot">order_id</span>' in page
    assert "is an opening moment" in page
    assert "first session people cannot know" in page
    assert "iOS shows its dialog once" in page
    only_web = {**typed, "platforms": "web"}
    page = client_of(shop.cast.bob).post(f"{shop.at}soft-asks/preview/", only_web).content.decode()
    assert "iOS shows its dialog once" not in page
    assert "Chromium takes one answer" in page


def test_redirect__created_and_refused_on_an_opening_moment(shop: Shop) -> None:
    client = client_of(shop.cast.bob)
    typed = redirect_form(shop.moment, name="Second", causes="refused")
    assert client.post(f"{shop.at}redirects/new/", typed).status_code == 302
    assert RedirectRule.objects.get(name="Second").causes == ["refused"]
    answer = client.post(f"{shop.at}redirects/new/", redirect_form(shop.opening, name="Third"))
    assert answer.status_code == 422
    assert "carries no redirect" in answer.content.decode()
    assert not RedirectRule.objects.filter(name="Third").exists()


def test_redirect__two_at_once__conflict(shop: Shop) -> None:
    where = f"{shop.at}redirects/{shop.rule.pk}/"
    typed = redirect_form(shop.moment, line="Theirs")
    assert client_of(shop.cast.alice).post(where, typed).status_code == 302
    answer = client_of(shop.cast.bob).post(where, {**typed, "line": "Mine"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Theirs" in page
    assert 'value="Mine"' in page


def test_redirect_preview__real_paths_per_platform(shop: Shop) -> None:
    client = client_of(shop.cast.bob)
    typed = redirect_form(shop.moment, platforms="ios")
    page = client.post(f"{shop.at}redirects/preview/", typed).content.decode()
    assert "openNotificationSettingsURLString" in page
    assert "android.settings" not in page


@pytest.mark.parametrize("kind", ["soft-asks", "redirects"])
def test_list__many__same_number_of_queries(
    shop: Shop, kind: str, django_assert_max_num_queries: Any
) -> None:
    client = client_of(shop.cast.carol)
    client.get(f"{shop.at}{kind}/")
    for number in range(15):
        make_soft_ask(shop.app, shop.moment, name=f"Ask {number}")
        make_redirect_rule(shop.app, shop.moment, name=f"Rule {number}")
    with django_assert_max_num_queries(8):
        client.get(f"{shop.at}{kind}/")


def test_list__archived__only_when_asked_for(shop: Shop) -> None:
    make_soft_ask(shop.app, shop.moment, name="Old one", status="archived")
    client = client_of(shop.cast.carol)
    assert b"Old one" not in client.get(f"{shop.at}soft-asks/").content
    assert b"Old one" in client.get(f"{shop.at}soft-asks/?status=archived").content


def test_pages__viewer__read_only(shop: Shop) -> None:
    client = client_of(shop.cast.carol)
    for path in (f"soft-asks/{shop.ask.pk}/", f"redirects/{shop.rule.pk}/"):
        page = client.get(shop.at + path).content.decode()
        assert "Save changes" not in page
        assert "Publish" not in page
        assert "disabled" in page
