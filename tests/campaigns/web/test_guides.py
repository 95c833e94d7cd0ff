"""The guides: everybody who may see the app, with its own host, key and moment in the code."""

from __future__ import annotations

import html

import pytest

from permissions_app.domain.guides import GUIDES
from permissions_app.services.keys import create_key
from permissions_app.web.snippets import KEY_STAND_IN
from tests.campaigns.web.conftest import Shop
from tests.factories import client_of, make_moment


@pytest.mark.parametrize("guide", GUIDES)
def test_guide__viewer__every_step_and_the_apps_own_values(shop: Shop, guide: str) -> None:
    _, key = create_key(app=shop.app, kind="pk", name="App", actor=None)
    answer = client_of(shop.cast.carol).get(f"{shop.at}integrate/{guide}/")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    page = html.unescape(answer.content.decode())
    assert key in page
    assert KEY_STAND_IN not in page
    assert "http://testserver" in page
    assert shop.moment.event_name in page
    for step in GUIDES[guide].steps:
        assert f'id="{step.key}"' in page
        assert step.title in page


def test_guide__unknown__404(shop: Shop) -> None:
    client = client_of(shop.cast.alice)
    for guide in ("windows-phone", "arrivals-x", "WEB"):
        assert client.get(f"{shop.at}integrate/{guide}/").status_code == 404


def test_guide__outsider__404(shop: Shop) -> None:
    assert client_of(shop.cast.mallory).get(f"{shop.at}integrate/web/").status_code == 404


def test_guide__post__405(shop: Shop) -> None:
    assert client_of(shop.cast.alice).post(f"{shop.at}integrate/web/").status_code == 405


def test_guide__no_key__says_that_it_shows_a_stand_in(shop: Shop) -> None:
    page = client_of(shop.cast.carol).get(f"{shop.at}integrate/curl/").content.decode()
    assert KEY_STAND_IN in page
    assert "no publishable key yet" in page


def test_guide__secret_or_revoked_key__never_in_the_code(shop: Shop) -> None:
    _, secret = create_key(app=shop.app, kind="sk", name="Export", actor=None)
    key, text = create_key(app=shop.app, kind="pk", name="Old", actor=None)
    shop.app.keys.filter(pk=key.pk).update(revoked_at=key.created_at)
    page = client_of(shop.cast.alice).get(f"{shop.at}integrate/curl/").content.decode()
    assert secret not in page
    assert text not in page


def test_guide__hostile_moment__is_not_put_into_code(shop: Shop) -> None:
    shop.app.moments.update(event_name="'; rm -rf ~ #\"</script>", opening=False)
    page = html.unescape(
        client_of(shop.cast.carol).get(f"{shop.at}integrate/curl/").content.decode()
    )
    assert "rm -rf" not in page
    assert "Order Placed" in page


def test_guide__moment_with_conditions__properties_that_reach_it(shop: Shop) -> None:
    shop.app.moments.update(opening=True)
    make_moment(
        shop.app,
        key="timer",
        name="Timer",
        event_name="Timer Started",
        conditions=[
            {"property": "minutes", "op": "gte", "value": 5},
            {"property": "loud", "op": "eq", "value": True},
        ],
    )
    client = client_of(shop.cast.carol)
    told = {
        guide: html.unescape(client.get(f"{shop.at}integrate/{guide}/").content.decode())
        for guide in ("curl", "python", "ios", "android")
    }
    assert """PROPERTIES='{"minutes": 9, "loud": true}'""" in told["curl"]
    assert 'properties = {"minutes": 9, "loud": True}' in told["python"]
    assert '["minutes": 9, "loud": true]' in told["ios"]
    assert 'mapOf<String, Any>("minutes" to 9, "loud" to true)' in told["android"]


def test_start__every_guide_has_a_card(shop: Shop) -> None:
    page = client_of(shop.cast.carol).get(f"{shop.at}integrate/").content.decode()
    for guide in GUIDES.values():
        assert f'href="{shop.at}integrate/{guide.key}/">{guide.label}</a>' in page
