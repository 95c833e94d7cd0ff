"""The live preview: pictures, paths, the linter panel, and who may look."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from campaigns.domain.drafts import RedirectDraft, SoftAskDraft
from campaigns.models import Campaign
from campaigns.web.findings import panel
from campaigns.web.preview import Options, cards, choices, side
from permissions_app.models import SeenSample, ValueMoment
from tests.campaigns.drafts import line, redirect_draft, soft_ask_draft, words
from tests.campaigns.web.conftest import Shop
from tests.campaigns.web.editor_form import editor_form
from tests.factories import client_of

TODAY = date(2026, 11, 25)
HTMX = {"HX-Request": "true"}
GERMAN = {"title": "Wissen, wann Bestellung {{order_id}} kommt", "body": ""}


def sample(moment: ValueMoment, **properties: Any) -> None:
    """An event that was seen."""
    SeenSample.objects.create(
        app=moment.app, name=moment.event_name, at=timezone.now(), properties=properties
    )


def address(shop: Shop, campaign: Campaign) -> str:
    return f"{shop.at}campaigns/{campaign.pk}/preview/"


def drawn(moment: ValueMoment, draft: SoftAskDraft | RedirectDraft, **chosen: str) -> Any:
    """The first picture."""
    told = cards(draft=draft, options=Options(**chosen), moment=moment, today=TODAY)
    return told["cards"].pictures[0]


# ---- the page


@pytest.mark.parametrize("person", ["alice", "bob", "rita", "carol"])
def test_preview__any_role__typed_words_are_drawn_and_nothing_is_stored(
    shop: Shop, person: str
) -> None:
    typed = editor_form(shop.ask, **{"v-0-t-en-title": "Typed a moment ago"})
    before = shop.ask.version
    answer = client_of(getattr(shop.cast, person)).post(
        address(shop, shop.ask), typed, headers=HTMX
    )
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "Typed a moment ago" in text
    assert text.count('id="side"') == 1
    assert "<html" not in text
    shop.ask.refresh_from_db()
    assert shop.ask.version == before
    assert "Typed a moment ago" not in str(shop.ask.content)


def test_preview__outsider__404(shop: Shop) -> None:
    answer = client_of(shop.cast.mallory).post(address(shop, shop.ask), {}, headers=HTMX)
    assert answer.status_code == 404


def test_preview__campaign_of_another_app__404(shop: Shop) -> None:
    path = f"/w/evil/lair/campaigns/{shop.ask.pk}/preview/"
    assert client_of(shop.cast.mallory).post(path, {}, headers=HTMX).status_code == 404


def test_preview__get__405(shop: Shop) -> None:
    assert client_of(shop.cast.bob).get(address(shop, shop.ask)).status_code == 405


def test_preview__signed_out__sent_to_sign_in(shop: Shop) -> None:
    answer = client_of(None).post(address(shop, shop.ask), {})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def test_preview__no_script__a_page_that_carries_what_was_typed(shop: Shop) -> None:
    typed = editor_form(shop.ask, **{"v-0-t-en-title": 'Say "hello" <b>'})
    typed |= {"p-device": "pixel", "p-step": "0:accepted"}
    text = client_of(shop.cast.bob).post(address(shop, shop.ask), typed).content.decode()
    assert "<html" in text
    assert 'name="v-0-t-en-title" value="Say &quot;hello&quot; &lt;b&gt;"' in text
    assert "Stand-in for the system" in text
    assert text.count('name="p-step" value="0:accepted"') == 1
    assert not re.search(r'type="hidden" name="p-device"', text)


def test_preview__script_text__drawn_as_text(shop: Shop) -> None:
    typed = editor_form(shop.ask, **{"v-0-t-en-title": "<script>alert(1)</script>"})
    text = (
        client_of(shop.cast.bob).post(address(shop, shop.ask), typed, headers=HTMX).content.decode()
    )
    assert "<script>" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


@pytest.mark.parametrize(
    "changes",
    [
        {"v-0-t-en-title": "{{order_id"},
        {"v-0-t-en-title": "x" * 4000},
        {"v-0-weight": "nan"},
        {"v-0-surface": "hologram"},
        {"v-0-illustration": "image:nonsense"},
        {"backoff_days": "soon"},
        {"backoff_days": "999999999999"},
        {"max_declines": "-3"},
        {"locale": "<b>"},
        {"moment": "no_such"},
        {"p-device": "toaster", "p-locale": "zz", "p-step": "9:accepted", "p-variant": "7"},
        {"p-step": "²:declined", "p-variant": "²"},
    ],
)
def test_preview__nonsense__still_drawn(shop: Shop, changes: dict[str, str]) -> None:
    typed = editor_form(shop.ask) | changes
    answer = client_of(shop.cast.bob).post(address(shop, shop.ask), typed, headers=HTMX)
    assert answer.status_code == 200


def test_preview__many_variants__constant_queries(
    shop: Shop, django_assert_max_num_queries: Any
) -> None:
    typed = editor_form(shop.ask)
    for index, key in enumerate("bcd", start=1):
        typed |= {
            f"v-{index}-key": key,
            f"v-{index}-weight": "1",
            f"v-{index}-surface": "card",
            f"v-{index}-t-en-title": f"Title {key}",
            f"v-{index}-t-de-title": f"Titel {key}",
        }
    client = client_of(shop.cast.bob)
    client.post(address(shop, shop.ask), typed | {"p-variant": "all"}, headers=HTMX)
    with django_assert_max_num_queries(8):
        answer = client.post(address(shop, shop.ask), typed | {"p-variant": "all"}, headers=HTMX)
    assert answer.content.decode().count("<figure") == 4


def test_preview__viewer__no_button_that_would_write(shop: Shop) -> None:
    typed = editor_form(shop.ask, **{"v-0-t-en-title": "Stay informed!"})
    for person, there in (("carol", False), ("bob", True)):
        client = client_of(getattr(shop.cast, person))
        text = client.post(address(shop, shop.ask), typed, headers=HTMX).content.decode()
        assert ("data-use=" in text) is there


# ---- pictures


def test_picture__sample_seen__placeholder_filled_with_the_newest_value(
    moment: ValueMoment,
) -> None:
    sample(moment, order_id="R-1")
    sample(moment, order_id="R-2", total=3)
    title = drawn(moment, soft_ask_draft(moment)).texts["title"]
    assert title.pieces == (("Know when order ", ""), ("R-2", "value"), (" ships", ""))


def test_picture__no_sample__placeholder_keeps_its_name(moment: ValueMoment) -> None:
    picture = drawn(moment, soft_ask_draft(moment))
    assert picture.texts["title"].pieces[1] == ("order_id", "name")
    assert picture.without == (("Title", "Know when order ships"),)


def test_picture__nothing_written__says_what_belongs_there(moment: ValueMoment) -> None:
    picture = drawn(moment, soft_ask_draft(moment, variants=(words(title=" "),)))
    assert picture.texts["title"].pieces == (("Title", "empty"),)


def test_picture__translation_with_gaps__borrows_and_says_so(moment: ValueMoment) -> None:
    draft = soft_ask_draft(moment, variants=(words(translations={"de": GERMAN}),))
    picture = drawn(moment, draft, locale="de")
    assert picture.lang == "de"
    assert picture.texts["title"].pieces[0][0] == "Wissen, wann Bestellung "
    assert picture.texts["body"].pieces == (("One message when it leaves the warehouse.", ""),)
    assert picture.borrowed == ("Text", "Yes button", "Way out")


def test_picture__pseudo_locale__accented_with_values_kept(moment: ValueMoment) -> None:
    sample(moment, order_id="R-2")
    pieces = drawn(moment, soft_ask_draft(moment), locale="pseudo").texts["title"].pieces
    assert pieces[0][0].startswith("[Ķñöŵ")
    assert pieces[1] == ("R-2", "value")
    assert pieces[2][0].endswith("]")


@pytest.mark.parametrize(
    ("locale", "direction", "drawn_as"),
    [("en", "auto", "ltr"), ("en", "rtl", "rtl"), ("ar", "auto", "rtl"), ("he-IL", "auto", "rtl")],
)
def test_picture__direction__of_the_language_or_as_wanted(
    moment: ValueMoment, locale: str, direction: str, drawn_as: str
) -> None:
    draft = soft_ask_draft(moment, locale=locale)
    assert drawn(moment, draft, dir=direction).dir == drawn_as


@pytest.mark.parametrize(
    ("name", "source"),
    [("", ""), ("cup", "/i/cup.svg"), ("image:" + "a" * 64, f"/i/{'a' * 64}.webp")],
)
def test_picture__illustration__its_address(moment: ValueMoment, name: str, source: str) -> None:
    draft = soft_ask_draft(moment, variants=(words(illustration=name),))
    assert drawn(moment, draft).illustration == source


@pytest.mark.parametrize(
    ("device", "answers"),
    [
        ("iphone", ["granted", "refused"]),
        ("pixel", ["granted", "refused", "swiped"]),
        ("browser", ["granted", "refused", "swiped"]),
    ],
)
def test_picture__accepted__answers_of_that_platform(
    moment: ValueMoment, device: str, answers: list[str]
) -> None:
    picture = drawn(moment, soft_ask_draft(moment), device=device, step="accepted")
    assert [way.step for way in picture.ways] == answers


def test_picture__declined__draft_numbers_in_the_outcome(moment: ValueMoment) -> None:
    draft = soft_ask_draft(moment, backoff_days=(7, 60), max_declines=2)
    outcome = drawn(moment, draft, step="declined").outcome
    assert "The next ask can come in 7 days: not before 2 December 2026." in outcome.sentences
    assert outcome.calendar[-1].what == "After 2 declines: never again."


def test_picture__step_of_one_variant__others_stay_at_the_first_scene(moment: ValueMoment) -> None:
    draft = soft_ask_draft(moment, variants=(words("a"), words("b")))
    told = cards(draft=draft, options=Options(step="1:declined"), today=TODAY)["cards"]
    assert [picture.step for picture in told.pictures] == ["ask", "declined"]


def test_picture__tapped__the_walk_of_the_device(moment: ValueMoment) -> None:
    draft = redirect_draft(moment)
    pixel = drawn(moment, draft, device="pixel", step="tapped")
    assert pixel.walk.code[0] == "android.settings.APP_NOTIFICATION_SETTINGS"
    browser = drawn(moment, draft, device="browser", step="tapped")
    assert browser.walk.path.steps[0].startswith("Click the site settings icon")


def test_picture__step_of_the_other_kind__first_scene(moment: ValueMoment) -> None:
    assert drawn(moment, redirect_draft(moment), step="declined").step == "ask"


@pytest.mark.parametrize("weights", [(0.0, 0.0), (1.0, 3.0)])
def test_picture__weights__share_or_none(moment: ValueMoment, weights: tuple[float, float]) -> None:
    variants = (words("a", weight=weights[0]), words("b", weight=weights[1]))
    share = drawn(moment, soft_ask_draft(moment, variants=variants)).share
    assert share == (None if sum(weights) == 0 else 25)


# ---- choices


def test_choices__audience_without_ios__its_first_device(moment: ValueMoment) -> None:
    told = choices(draft=soft_ask_draft(moment, platforms=("android", "web")), options=Options())
    assert told.device == "pixel"


def test_cards__device_outside_the_audience__says_so(moment: ValueMoment) -> None:
    draft = soft_ask_draft(moment, platforms=("android", "web"))
    told = cards(draft=draft, options=Options(device="iphone"))["cards"]
    assert told.note == "Nobody sees this on iOS: the audience is Android and web."
    assert cards(draft=draft, options=Options())["cards"].note == ""


def test_side__several_variants__first_one_unless_all_are_wanted(moment: ValueMoment) -> None:
    draft = soft_ask_draft(moment, variants=(words("a"), words("b")))
    for variant, keys in (("", ["a"]), ("1", ["b"]), ("all", ["a", "b"])):
        told = side(draft=draft, moment=moment, options=Options(variant=variant), today=TODAY)
        assert [one.key for one in told["side"]["cards"].pictures] == keys
    assert len(cards(draft=draft, options=Options())["cards"].pictures) == 2


def test_side__redirect__walks_of_the_chosen_device_first(moment: ValueMoment) -> None:
    told = side(
        draft=redirect_draft(moment), moment=moment, options=Options(device="browser"), today=TODAY
    )["side"]
    assert [one.platform for one in told["walks"]] == ["web", "ios", "android"]
    assert "not before 28 November 2026" in told["earliest"]


def test_side__soft_ask__no_walks(moment: ValueMoment) -> None:
    told = side(draft=soft_ask_draft(moment), moment=moment, options=Options(), today=TODAY)
    assert told["side"]["walks"] == ()


# ---- the linter panel


def test_panel__fine_words__nothing_to_mend(moment: ValueMoment) -> None:
    sample(moment, order_id="R-2")
    told = panel(draft=soft_ask_draft(moment), moment=moment)
    assert (told.blocking, told.missing, told.twice) == (0, (), ())


def test_panel__generic_words__marked_explained_and_rewritten(moment: ValueMoment) -> None:
    sample(moment, order_id="R-2")
    draft = soft_ask_draft(moment, variants=(words(title="Stay informed about it"),))
    told = panel(draft=draft, moment=moment)
    found = [one for group in told.groups for one in group.grave if one.marked == "Stay informed"]
    assert [(one.before, one.after, one.input) for one in found] == [
        ("", " about it", "v-0-t-en-title")
    ]
    assert "{{order_id}}" in found[0].rewrite
    assert found[0].source
    assert f"{told.warning} warning" in told.count


def test_panel__translation__stands_with_its_language_and_field(moment: ValueMoment) -> None:
    shouting = {"title": "Wissen, wann es kommt!"}
    variants = (words(), words("b", translations={"de": shouting}))
    told = panel(draft=soft_ask_draft(moment, variants=variants), moment=moment)
    group = next(one for one in told.groups if one.locale == "de")
    assert group.key == "b"
    assert any(one.marked == "!" and one.input == "v-1-t-de-title" for one in group.grave)


def test_panel__opening_moment__told_once_for_many_texts(shop: Shop) -> None:
    draft = soft_ask_draft(shop.opening, variants=(words("a"), words("b")))
    told = panel(draft=draft, moment=shop.opening)
    assert [group.key for group in told.groups].count("") == 1
    assert told.twice == ()


def test_panel__unfinished__each_lack_leads_to_its_field(moment: ValueMoment) -> None:
    draft = soft_ask_draft(moment, variants=(words(), words("b", body="")))
    told = panel(draft=draft, moment=moment)
    assert [(one.where, one.input) for one in told.missing] == [("Variant b", "v-1-t-en-body")]
    assert told.count.startswith("1 missing")


def test_panel__no_moment__asks_for_one(moment: ValueMoment) -> None:
    told = panel(draft=replace(redirect_draft(moment), moment=""), moment=None)
    assert [(one.where, one.input) for one in told.missing] == [("", "moment")]


def test_panel__paused_moment_and_first_session__thought_about_twice(moment: ValueMoment) -> None:
    moment.status = ValueMoment.Status.PAUSED
    draft = soft_ask_draft(moment, allow_first_session=True, min_sessions=1)
    assert len(panel(draft=draft, moment=moment).twice) == 2


def test_panel__redirect__line_is_looked_at(moment: ValueMoment) -> None:
    draft = redirect_draft(moment, variants=(line(line="Your notifications are off"),))
    told = panel(draft=draft, moment=moment)
    assert any(one.field == "line" for group in told.groups for one in group.grave)
