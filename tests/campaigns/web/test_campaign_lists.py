"""The lists of soft asks and Settings redirects."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import Campaign
from campaigns.selectors.campaign_list import ROWS_ON_A_PAGE, WAITING
from campaigns.selectors.campaigns import pending, working_copy
from campaigns.services.campaigns import update_campaign
from campaigns.services.steps import take_step
from permissions_app.models import User
from tests.campaigns.web.conftest import Shop
from tests.factories import client_of, make_moment, make_redirect_rule, make_soft_ask

KINDS = ("soft-asks", "redirects")


def names(
    shop: Shop, query: str = "", kind: str = "soft-asks", user: User | None = None
) -> list[str]:
    """The names in the list, in their order."""
    page = client_of(user or shop.cast.carol).get(f"{shop.at}{kind}/{query}")
    assert page.status_code == 200
    return re.findall(r'class="row-name"[^>]*>([^<]+)</a>', page.content.decode())


def step(shop: Shop, campaign: Campaign, action: str, actor: User, **options: Any) -> Campaign:
    return take_step(campaign_id=campaign.pk, app=shop.app, action=action, actor=actor, **options)


def write(shop: Shop, campaign: Campaign, **changes: Any) -> Campaign:
    """Change the working copy as Bob."""
    campaign.refresh_from_db()
    return update_campaign(
        campaign_id=campaign.pk,
        app=shop.app,
        draft=replace(working_copy(campaign), **changes),
        expected_version=campaign.version,
        actor=shop.cast.bob,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_list__200_rows__as_many_queries_as_for_two(shop: Shop, kind: str) -> None:
    client = client_of(shop.cast.bob)
    make = make_soft_ask if kind == "soft-asks" else make_redirect_rule
    make(shop.app, shop.moment, name="Second", status="live")
    counts = []
    client.get(f"{shop.at}{kind}/")
    for more in (0, 198):
        for number in range(more):
            make(shop.app, shop.moment, name=f"Campaign {number}")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = client.get(f"{shop.at}{kind}/?q=&sort=changed").content.decode()
        counts.append(len(queries))
        assert page.count('name="ids"') == more + 2
    assert counts[0] == counts[1]
    assert counts[0] <= 11


def test_list__more_than_a_page__walked_to_the_end_without_a_gap(shop: Shop) -> None:
    first = Campaign.objects.get(pk=shop.ask.pk)
    Campaign.objects.bulk_create(
        Campaign(
            app=shop.app,
            kind="soft_ask",
            moment=shop.moment,
            name=f"Ask {number:03}",
            slug=f"ask-{number:03}",
            seed="x",
            content=first.content,
        )
        for number in range(ROWS_ON_A_PAGE + 4)
    )
    client = client_of(shop.cast.carol)
    where, seen = f"{shop.at}soft-asks/?q=ask&sort=-name", []
    while where:
        page = client.get(where).content.decode()
        seen += re.findall(r'class="row-name"[^>]*>([^<]+)</a>', page)
        after = re.search(r'rel="next" href="([^"]+)"', page)
        where = after[1].replace("&amp;", "&") if after else ""
    assert seen == [f"Ask {number:03}" for number in reversed(range(ROWS_ON_A_PAGE + 4))]
    assert names(shop, "?q=ask&page=99") == [f"Ask {number}" for number in range(200, 204)]
    assert len(names(shop, "?page=-1")) == ROWS_ON_A_PAGE


def test_list__archived__only_when_asked_for(shop: Shop) -> None:
    make_soft_ask(shop.app, shop.moment, name="Old one", status="archived")
    assert names(shop) == ["Shipping news"]
    assert names(shop, "?status=archived") == ["Old one"]


def test_list__narrowed__by_text_status_moment_and_platform(shop: Shop) -> None:
    ask = make_soft_ask(shop.app, shop.opening, name="Hello", status="live")
    write(shop, ask, platforms=("ios",))
    assert names(shop, "?q=SHIP") == ["Shipping news"]
    assert names(shop, "?q=app+opened") == ["Hello"]
    assert names(shop, "?status=live") == ["Hello"]
    assert names(shop, "?moment=opened") == ["Hello"]
    assert names(shop, "?platform=ios") == ["Hello", "Shipping news"]
    assert names(shop, "?platform=web") == ["Shipping news"]
    assert names(shop, "?q=%25") == []
    for nonsense in ("?status=x", "?platform=windows", "?waiting=x", "?sort=x", "?page=x"):
        assert names(shop, nonsense) == ["Hello", "Shipping news"]


def test_list__waiting__agrees_with_what_each_row_says(shop: Shop) -> None:
    states: dict[str, Campaign] = {"draft": shop.ask}
    for name in ("nothing", "changed", "in_review", "approved", "first_review"):
        status = "draft" if name == "first_review" else "live"
        states[name] = make_soft_ask(shop.app, shop.moment, name=name, status=status)
    for name in ("changed", "in_review", "approved"):
        write(shop, states[name], holdout=0.3)
    for name in ("in_review", "approved", "first_review"):
        step(shop, states[name], "submit", shop.cast.bob)
    step(shop, states["approved"], "approve", shop.cast.rita)
    assert names(shop, "?waiting=in_review") == ["in_review", "first_review"]
    assert names(shop, "?waiting=approved") == ["approved"]
    assert names(shop, "?waiting=changed") == ["changed"]
    for row in Campaign.objects.filter(kind="soft_ask").select_related("published", "submitted"):
        asked = {key for key, q in WAITING.items() if Campaign.objects.filter(q, pk=row.pk)}
        said = pending(row)
        if said == "draft":
            assert asked == ({"changed"} if row.published else set())
        else:
            assert asked == ({said} & set(WAITING))
    page = client_of(shop.cast.carol).get(f"{shop.at}soft-asks/").content.decode()
    for words in (
        "Live · changes wait for review",
        "Live · changes approved",
        "Live · changed since",
        "Waits for review",
        ">Live<",
        ">Draft<",
    ):
        assert words in page


@pytest.mark.parametrize(
    ("sort", "wanted"),
    [
        ("", ["beta", "gamma", "Alpha"]),
        ("name", ["Alpha", "beta", "gamma"]),
        ("-name", ["gamma", "beta", "Alpha"]),
        ("status", ["beta", "gamma", "Alpha"]),
        ("moment", ["beta", "Alpha", "gamma"]),
        ("-holdout", ["Alpha", "gamma", "beta"]),
        ("holdout", ["beta", "gamma", "Alpha"]),
        ("-changed", ["beta", "Alpha", "gamma"]),
        ("changed", ["gamma", "Alpha", "beta"]),
    ],
)
def test_list__sorted__in_that_order(shop: Shop, sort: str, wanted: list[str]) -> None:
    make_soft_ask(shop.app, shop.moment, name="gamma", status="paused")
    write(shop, Campaign.objects.get(name="gamma"), holdout=0.2)
    write(shop, shop.ask, name="Alpha", holdout=0.5)
    make_soft_ask(shop.app, shop.opening, name="beta", status="live")
    assert names(shop, f"?sort={sort}") == wanted


def test_list__sorted__heading_says_so_and_turns_around(shop: Shop) -> None:
    client = client_of(shop.cast.carol)
    page = client.get(f"{shop.at}soft-asks/?q=ship&sort=name").content.decode()
    heading = re.search(r'<th scope="col" class="column-name"[^>]*>', page)
    assert heading
    assert 'aria-sort="ascending"' in heading[0]
    assert f'href="{shop.at}soft-asks/?q=ship&amp;sort=-name"' in page
    assert page.count("aria-sort") == 1


def test_list__moments_of_the_filter__only_those_in_use(shop: Shop) -> None:
    make_moment(shop.app, key="idle", name="Idle moment", event_name="Idle")
    page = client_of(shop.cast.carol).get(f"{shop.at}soft-asks/").content.decode()
    assert '<option value="order_placed">Order placed</option>' in page
    assert "Idle moment" not in page


def test_list__htmx__rows_alone_and_a_clean_address(shop: Shop) -> None:
    client = client_of(shop.cast.carol)
    asked = client.get(
        f"{shop.at}soft-asks/?q=ship&status=&moment=&sort=",
        headers={"HX-Request": "true", "HX-Target": "rows"},
    )
    assert b"<html" not in asked.content
    assert asked["HX-Push-Url"] == f"{shop.at}soft-asks/?q=ship"
    assert asked["Vary"].count("HX-Request") == 1
    assert b'hx-swap-oob="innerHTML">One soft ask</p>' in asked.content
    restored = client.get(
        f"{shop.at}soft-asks/?q=ship",
        headers={"HX-Request": "true", "HX-History-Restore-Request": "true"},
    )
    assert b"<html" in restored.content


@pytest.mark.parametrize("kind", KINDS)
def test_list__nothing_there__leads_to_the_next_step(shop: Shop, kind: str) -> None:
    Campaign.objects.all().delete()
    page = client_of(shop.cast.bob).get(f"{shop.at}{kind}/").content.decode()
    assert f"{shop.at}{kind}/new/" in page
    assert 'id="filter"' not in page
    shop.app.moments.all().delete()
    page = client_of(shop.cast.bob).get(f"{shop.at}{kind}/").content.decode()
    assert "First, a value moment" in page
    assert "matches" in client_of(shop.cast.bob).get(f"{shop.at}{kind}/?q=x").content.decode()


def test_list__hostile_name__shown_as_text(shop: Shop) -> None:
    write(shop, shop.ask, name="<script>alert(1)</script>")
    page = client_of(shop.cast.bob).get(f"{shop.at}soft-asks/?q=%22%3E%3Cscript%3E").content
    assert b"<script>alert" not in page
    page = client_of(shop.cast.bob).get(f"{shop.at}soft-asks/").content
    assert b"&lt;script&gt;alert(1)" in page


def test_list__viewer__nothing_to_tick(shop: Shop) -> None:
    for person in (shop.cast.carol, shop.cast.rita):
        page = client_of(person).get(f"{shop.at}soft-asks/").content.decode()
        assert 'name="ids"' not in page
        assert 'name="action"' not in page


def test_bulk__editor__each_is_told_by_name(shop: Shop) -> None:
    live = make_soft_ask(shop.app, shop.moment, name="Live one", status="live")
    answer = client_of(shop.cast.bob).post(
        f"{shop.at}soft-asks/bulk/",
        {"ids": [live.pk, shop.ask.pk, 10**15], "action": "pause", "back": "?q=o&sort=-name"},
        follow=True,
    )
    assert answer.redirect_chain == [(f"{shop.at}soft-asks/?q=o&sort=-name", 302)]
    page = answer.content.decode()
    assert "Paused: “Live one”." in page
    assert "Not paused: “Shipping news”. “Pause” is not possible while it is draft." in page
    assert "One is no longer here" in page
    live.refresh_from_db()
    assert live.status == "paused"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"action": "pause"}, "Tick at least one first."),
        ({"action": "publish", "ids": "1"}, "Choose what to do"),
        ({"ids": ["1"]}, "Choose what to do"),
        ({"action": "pause", "ids": [str(number) for number in range(1, 102)]}, "At most 100"),
        ({"action": "pause", "ids": ["x", "-1", "9" * 30]}, "Tick at least one first."),
    ],
)
def test_bulk__cannot_be_meant__told_and_unchanged(
    shop: Shop, typed: dict[str, Any], says: str
) -> None:
    typed["back"] = "https://evil.example/?next=//evil.example"
    answer = client_of(shop.cast.bob).post(f"{shop.at}redirects/bulk/", typed, follow=True)
    assert says in answer.content.decode()
    assert answer.redirect_chain[0][0].startswith(f"{shop.at}redirects/")
    assert "evil" not in answer.redirect_chain[0][0]
    assert set(Campaign.objects.values_list("status", flat=True)) == {"draft"}


@pytest.mark.parametrize("kind", KINDS)
def test_bulk__weak_role_outsider_and_wrong_method__refused(shop: Shop, kind: str) -> None:
    where = f"{shop.at}{kind}/bulk/"
    typed = {"ids": [shop.ask.pk, shop.rule.pk], "action": "archive"}
    for person in (shop.cast.carol, shop.cast.rita):
        assert client_of(person).post(where, typed).status_code == 403
    assert client_of(shop.cast.mallory).post(where, typed).status_code == 404
    assert client_of(None).post(where, typed).status_code == 302
    assert client_of(shop.cast.bob).get(where).status_code == 405
    own = client_of(shop.cast.mallory).post(f"/w/evil/lair/{kind}/bulk/", typed, follow=True)
    assert "no longer here" in own.content.decode()
    assert set(Campaign.objects.values_list("status", flat=True)) == {"draft"}
