"""The set-up file in the browser's words: download, check, apply."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile

from campaigns.domain.setup_file import write_setup
from campaigns.models import Campaign
from campaigns.selectors.setup import read_app
from permissions_app.models import App, AuditEntry, User, ValueMoment
from tests.campaigns.web.conftest import Shop
from tests.factories import client_of, make_soft_ask


def text_of(shop: Shop) -> str:
    return write_setup(read_app(app=App.objects.get(pk=shop.app.pk)))


def check(shop: Shop, who: User, text: str = "", **more: Any) -> Any:
    return client_of(who).post(f"{shop.at}setup/check/", {"text": text, **more})


def hidden(answer: Any) -> dict[str, str]:
    """What the form of the check sends on, with the line ends of a browser."""
    page = answer.content.decode()
    checked = re.search(r'name="checked" value="([0-9a-f]{64})"', page)
    text = re.search(r'<textarea name="text" hidden>\n(.*?)</textarea>', page, re.DOTALL)
    assert checked
    assert text
    return {"checked": checked[1], "text": unescape(text[1]).replace("\n", "\r\n")}


def test_export__viewer__a_file_to_keep(shop: Shop, django_assert_max_num_queries: Any) -> None:
    client = client_of(shop.cast.carol)
    client.get(f"{shop.at}setup/export.yaml")
    with django_assert_max_num_queries(11):
        answer = client.get(f"{shop.at}setup/export.yaml")
    assert answer["Content-Type"] == "application/yaml; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="oneask-acme-shop.yaml"'
    plain = yaml.safe_load(answer.content)
    assert list(plain["soft_asks"]) == ["shipping_news"]
    assert list(plain["moments"]) == ["opened", "order_placed"]
    assert list(plain["segments"]) == ["kept"]


def test_export__download__told_in_the_trail_and_looking_is_not(shop: Shop) -> None:
    client = client_of(shop.cast.carol)
    client.get(f"{shop.at}setup/")
    client.head(f"{shop.at}setup/export.yaml")
    exported = AuditEntry.objects.filter(action="setup.exported")
    assert not exported.exists()
    client.get(f"{shop.at}setup/export.yaml")
    client_of(shop.cast.mallory).get(f"{shop.at}setup/export.yaml")
    assert exported.get().actor == shop.cast.carol


def test_page__viewer__sees_the_file_and_no_form(shop: Shop) -> None:
    page = client_of(shop.cast.carol).get(f"{shop.at}setup/").content.decode()
    assert "order_placed:" in page
    assert "An editor can import a file here." in page
    assert "<textarea" not in page
    page = client_of(shop.cast.bob).get(f"{shop.at}setup/").content.decode()
    assert "<textarea" in page
    assert "what is live stays live" in page


@pytest.mark.parametrize("path", ["check/", "apply/"])
def test_import__weaker_than_editor__403(shop: Shop, path: str) -> None:
    for person in (shop.cast.carol, shop.cast.rita):
        answer = client_of(person).post(f"{shop.at}setup/{path}", {"text": "oneask: 1"})
        assert answer.status_code == 403
    assert client_of(shop.cast.bob).get(f"{shop.at}setup/{path}").status_code == 405


def test_check_and_apply__pasted__said_first_then_done(shop: Shop) -> None:
    text = text_of(shop).replace("Tell me", "Keep me posted").replace("per_day: 1", "per_day: 2")
    answer = check(shop, shop.cast.bob, text)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<strong>2</strong> changed" in page
    assert "<del>Tell me</del>" in page
    assert "<ins>Keep me posted</ins>" in page
    assert shop.app.campaigns.get(kind="soft_ask").version == shop.ask.version
    answer = client_of(shop.cast.bob).post(f"{shop.at}setup/apply/", hidden(answer), follow=True)
    assert answer.redirect_chain == [(f"{shop.at}setup/", 302)]
    assert "Imported: 0 created, 2 changed." in answer.content.decode()
    shop.ask.refresh_from_db()
    assert shop.ask.content["variants"][0]["accept_label"] == "Keep me posted"
    assert shop.ask.status == "draft"
    assert AuditEntry.objects.filter(action="setup.imported", actor=shop.cast.bob).count() == 1


def test_check__own_export_uploaded__nothing_to_apply(shop: Shop) -> None:
    upload = SimpleUploadedFile("setup.yaml", text_of(shop).encode())
    page = check(shop, shop.cast.bob, "not looked at", file=upload).content.decode()
    assert "Everything in the file is here already." in page
    assert "<strong>6</strong> unchanged" in page
    assert ">Apply to" not in page


def test_check_and_apply__segment_and_who_speaks_to_it__said_first_then_done(shop: Shop) -> None:
    text = """\
oneask: 1
segments:
  kept: {name: Kept Swedes}
  swedes: {name: Swedes, conditions: {fact: country, in: [SE]}}
soft_asks:
  shipping_news: {segment: swedes}
"""
    answer = check(shop, shop.cast.bob, text)
    page = answer.content.decode()
    assert "<strong>1</strong> created" in page
    assert "<strong>2</strong> changed" in page
    assert "<ins>Kept Swedes</ins>" in page
    assert "<ins>in SE</ins>" in page
    assert shop.app.segments.get().name == "Kept"
    client_of(shop.cast.bob).post(f"{shop.at}setup/apply/", hidden(answer))
    assert set(shop.app.segments.values_list("key", "name")) == {
        ("kept", "Kept Swedes"),
        ("swedes", "Swedes"),
    }
    shop.ask.refresh_from_db()
    assert shop.ask.content["segment"] == "swedes"


def test_check__segment_from_nowhere__422_with_its_line(shop: Shop) -> None:
    text = "oneask: 1\nsoft_asks:\n  shipping_news:\n    segment: nobodys\n"
    answer = check(shop, shop.cast.bob, text)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "There is no segment “nobodys”, neither in this app nor in the file." in page
    assert "Line 4" in page


def test_apply__app_changed_meanwhile__409_and_checked_anew(shop: Shop) -> None:
    answer = check(shop, shop.cast.bob, text_of(shop).replace("Tell me", "Keep me posted"))
    make_soft_ask(shop.app, shop.moment, name="Another")
    client = client_of(shop.cast.bob)
    conflict = client.post(f"{shop.at}setup/apply/", hidden(answer))
    page = conflict.content.decode()
    assert conflict.status_code == 409
    assert "changed since this was checked" in page
    assert "Only here, left alone:</span> Another" in page
    shop.ask.refresh_from_db()
    assert shop.ask.content["variants"][0]["accept_label"] == "Tell me"
    assert client.post(f"{shop.at}setup/apply/", hidden(conflict)).status_code == 302
    shop.ask.refresh_from_db()
    assert shop.ask.content["variants"][0]["accept_label"] == "Keep me posted"


def test_apply__never_checked__409(shop: Shop) -> None:
    text = "oneask: 1\nfatigue: {per_day: 5}"
    answer = client_of(shop.cast.bob).post(f"{shop.at}setup/apply/", {"text": text})
    assert answer.status_code == 409
    shop.app.refresh_from_db()
    assert shop.app.fatigue_per_day == 1


def pasted_back(page: str) -> str:
    """What the field for the text holds."""
    found = re.search(r'<textarea class="[^>]*name="text"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    assert found
    return unescape(found[1])


MANY_FAULTS = """\
oneask: 1
fatigue: {per_day: often, per_week: 2}
moments:
  order_placed: {name: "", opening: true, colour: red}
  order_placed: {name: Twice}
soft_asks:
  shipping_news:
    moment: nowhere
    holdout: lots
    max_declines: 99
  news: {name: News, moment: 7}
redirects:
  missed_shipping:
    variants:
      - {key: a, line: "Hello {{order id}}"}
"""


def test_check__many_faults_of_every_kind__all_on_one_page_with_their_lines(shop: Shop) -> None:
    answer = check(shop, shop.cast.bob, MANY_FAULTS)
    page = answer.content.decode()
    rows = re.findall(r'problem-line">([^<]*)</span>.*?<code>([^<]*)</code>', page, re.DOTALL)
    assert rows == [
        ("Line 2", "fatigue.per_week"),
        ("Line 2", "fatigue.per_day"),
        ("Line 4", "moments.order_placed.colour"),
        ("Line 4", "moments.order_placed.name"),
        ("Line 4", "moments.order_placed.opening"),
        ("Line 5", "moments.order_placed"),
        ("Line 8", "soft_asks.shipping_news.moment"),
        ("Line 9", "soft_asks.shipping_news.holdout"),
        ("Line 10", "soft_asks.shipping_news.max_declines"),
        ("Line 11", "soft_asks.news.moment"),
        ("Line 15", "redirects.missed_shipping.variants.0.line"),
    ]
    assert f"{len(rows)} things keep this file" in page
    assert pasted_back(page) == MANY_FAULTS


BOMB = 'a: &a ["lol"]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b]'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "The file is empty."),
        ("a: [1", "This is not YAML"),
        (BOMB, "References (“&amp;” and “*”) are not read."),
        ("!!python/object/apply:os.system [id]", "are not read."),
        ("[" * 50_000, "levels deep"),
        ("oneask: 7", "Only version 1"),
        ("x" * 5_000_000, "larger than 1 MB"),
        ("oneask: 1\nsoft_asks: {a: {name: x, moment: nowhere}}", "There is no moment “nowhere”"),
        ("oneask: 1\nsoft_asks: {a: 5}", "Here names with values are needed"),
        (
            "oneask: 1\nsoft_asks: {shipping_news: {variants: [{key: a, title: "
            + "x" * 121
            + "}]}}",
            "at most 120 fit",
        ),
        ("oneask: 1\n<script>alert(1)</script>: 1", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    ],
)
def test_check__bad_text__422_with_the_reason_and_the_text_kept(
    shop: Shop, text: str, told: str
) -> None:
    answer = check(shop, shop.cast.bob, text)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert told in page
    assert "Nothing was changed." in page
    assert "<script>alert" not in page
    assert pasted_back(page) == text
    assert not AuditEntry.objects.filter(actor=shop.cast.bob).exists()
    again = client_of(shop.cast.bob).post(f"{shop.at}setup/apply/", {"text": text})
    assert again.status_code == 422


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\xff", "not a text file"),
        ("oneask: 1".encode("utf-16"), "not a text file"),
        (b"x" * 5_000_000, "larger than 1 MB"),
        (b"oneask: 1\nsoft_asks: {caf\xe9: {}}", "not a text file"),
        (b"\x00" * 100, "This is not YAML"),
    ],
)
def test_check__bad_upload__422(shop: Shop, raw: bytes, told: str) -> None:
    upload = SimpleUploadedFile("setup.yaml", raw)
    answer = check(shop, shop.cast.bob, "what was pasted beside it", file=upload)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert told in page
    assert pasted_back(page) == (
        "\x00" * 100 if told == "This is not YAML" else "what was pasted beside it"
    )


def test_check__words_with_markup_and_formulas__are_just_words(shop: Shop) -> None:
    nasty = '=HYPERLINK("x") <script>alert(1)</script>'
    text = f"oneask: 1\napp: <b>Lair\nsoft_asks: {{shipping_news: {{name: '{nasty}'}}}}"
    answer = check(shop, shop.cast.bob, text)
    page = answer.content.decode()
    assert "<script>alert" not in page
    assert "=HYPERLINK(&quot;x&quot;) &lt;script&gt;" in page
    assert "The file was written for “&lt;b&gt;Lair”" in page
    client_of(shop.cast.bob).post(f"{shop.at}setup/apply/", hidden(answer))
    assert Campaign.objects.get(pk=shop.ask.pk).name == nasty
    assert yaml.safe_load(text_of(shop))["soft_asks"]["shipping_news"]["name"] == nasty


def test_import__somebody_elses_app__404_and_untouched(shop: Shop) -> None:
    before = ValueMoment.objects.count()
    client = client_of(shop.cast.mallory)
    text = "oneask: 1\nmoments: {m: {name: M, event: E}}"
    for path in ("check/", "apply/"):
        assert client.post(f"{shop.at}setup/{path}", {"text": text}).status_code == 404
    assert client.get(f"{shop.at}setup/export.yaml").status_code == 404
    assert ValueMoment.objects.count() == before
