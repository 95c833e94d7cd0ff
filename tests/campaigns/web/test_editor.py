"""The editor: starting, saving, saving itself, two people at once, going back."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Picture

from campaigns.domain.copy_words import MomentWords
from campaigns.domain.draft_lint import Placed, lint_draft
from campaigns.domain.drafts import Draft
from campaigns.models import Campaign, Image
from campaigns.selectors import campaigns
from campaigns.selectors.campaigns import working_copy
from campaigns.services.steps import take_step
from permissions_app.models import Role
from tests.campaigns.web.conftest import Shop
from tests.campaigns.web.editor_form import editor_form
from tests.factories import client_of, make_soft_ask

pytestmark = pytest.mark.django_db
TITLE = "v__0__t__en__title"


def title(campaign: Campaign) -> str:
    campaign.refresh_from_db()
    return str(campaign.content["variants"][0]["title"])


def page_of(shop: Shop, campaign: Campaign) -> str:
    place = "soft-asks" if campaign.kind == "soft_ask" else "redirects"
    return f"{shop.at}{place}/{campaign.pk}/"


def one(shop: Shop, campaign: Campaign, what: str) -> str:
    return f"{shop.at}campaigns/{campaign.pk}/{what}/"


@pytest.mark.parametrize(
    ("place", "texts"),
    [("soft-asks", ("title", "body", "accept_label")), ("redirects", ("line", "action_label"))],
)
def test_new__moment_chosen__first_words_are_there(
    shop: Shop, place: str, texts: tuple[str, ...]
) -> None:
    client = client_of(shop.cast.bob)
    assert "Order placed" in client.get(f"{shop.at}{place}/new/").content.decode()
    answer = client.post(f"{shop.at}{place}/new/", {"moment": "order_placed", "name": ""})
    campaign = Campaign.objects.latest("pk")
    assert answer["Location"] == page_of(shop, campaign)
    assert campaign.name == "Order placed"
    assert all(campaign.content["variants"][0][name] for name in texts)
    assert client.get(answer["Location"]).status_code == 200


def test_new__no_moment_or_an_opening_one_for_a_redirect__422(shop: Shop) -> None:
    client = client_of(shop.cast.bob)
    assert client.post(f"{shop.at}soft-asks/new/", {"moment": "gone"}).status_code == 422
    assert client.post(f"{shop.at}redirects/new/", {"moment": "opened"}).status_code == 422


def test_save__untouched_form__changes_nothing(shop: Shop) -> None:
    for campaign in (shop.ask, shop.rule):
        answer = client_of(shop.cast.bob).post(page_of(shop, campaign), editor_form(campaign))
        assert answer.status_code == 302
        before = campaign.content
        campaign.refresh_from_db()
        assert (campaign.version, campaign.content) == (1, before)


def test_save__changed__is_stored_as_the_next_version(shop: Shop) -> None:
    form = editor_form(
        shop.ask, **{TITLE: "Know when it ships", "holdout_percent": "25", "backoff_days": "7 30"}
    )
    form |= {"platforms": ["ios", "web"], "countries": "de, at", "v-0-illustration": "parcel"}
    assert client_of(shop.cast.bob).post(page_of(shop, shop.ask), form).status_code == 302
    assert title(shop.ask) == "Know when it ships"
    content = shop.ask.content
    assert (content["holdout"], content["backoff_days"]) == (0.25, [7, 30])
    assert (content["platforms"], content["countries"]) == (["ios", "web"], ["DE", "AT"])
    assert (shop.ask.version, content["variants"][0]["illustration"]) == (2, "parcel")


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("holdout_percent", "much", "number of percent"),
        ("backoff_days", "soon", "whole numbers of days"),
        ("min_sessions", "three", "whole number"),
        ("v-0-weight", "heavy", "Write a number"),
        ("v-0-t-en-title", "x" * 121, "at most 120 fit"),
        ("v-0-t-en-title", "Hello {{order-id}}", "placeholder"),
        ("starts_at", "tomorrow", "date and time"),
        ("timezone", "Mars", "time zone"),
        ("moment", "somebody-elses", "moment of this app"),
    ],
)
def test_save__wrong__422_and_what_was_typed_is_still_there(
    shop: Shop, field: str, typed: str, said: str
) -> None:
    form = {**editor_form(shop.ask), field: typed, "v-0-t-en-body": "Typed a moment ago."}
    answer = client_of(shop.cast.bob).post(page_of(shop, shop.ask), form)
    assert answer.status_code == 422
    told = answer.content.decode()
    assert said in told
    assert "Typed a moment ago." in told
    shop.ask.refresh_from_db()
    assert shop.ask.version == 1


def test_save__script_and_formula__shown_as_text(shop: Shop) -> None:
    evil = '"><script>alert(1)</script>=cmd|calc'
    client = client_of(shop.cast.bob)
    form = {**editor_form(shop.ask), "v-0-t-en-title": evil, "name": evil[:60]}
    assert client.post(page_of(shop, shop.ask), form).status_code == 302
    for page in (page_of(shop, shop.ask), one(shop, shop.ask, "review")):
        assert "<script>alert" not in client.get(page).content.decode()


def test_save__nul_and_a_hundred_variants__no_server_error(shop: Shop) -> None:
    many = {f"v-{n}-key": f"k{n}" for n in range(100)} | {f"v-{n}-weight": "1" for n in range(100)}
    client = client_of(shop.cast.bob)
    assert (
        client.post(page_of(shop, shop.ask), {**editor_form(shop.ask), **many}).status_code == 422
    )
    nul = {**editor_form(shop.ask), "v-0-t-en-body": "a\0b"}
    assert client.post(page_of(shop, shop.ask), nul).status_code == 422


def test_buttons__variants_and_languages__keep_what_was_typed(shop: Shop) -> None:
    client = client_of(shop.cast.bob)

    def press(do: str, **more: str) -> None:
        form = {**editor_form(shop.ask), "do": do, **more}
        assert client.post(page_of(shop, shop.ask), form).status_code == 302
        shop.ask.refresh_from_db()

    press("copy-variant:0", **{"v-0-t-en-title": "Typed just now"})
    first, second = shop.ask.content["variants"]
    assert (first["title"], second["title"], second["key"]) == (
        "Typed just now",
        "Typed just now",
        "b",
    )
    press("remove-variant:1")
    press("add-locale", new_locale="de_at")
    assert "de-AT" in shop.ask.content["variants"][0]["translations"]
    press("remove-locale:de-AT")
    assert shop.ask.content["variants"][0]["translations"] == {}


IN_PLACE = {"HX-Request": "true", "HX-Target": "ed-words"}


def test_buttons__script__answer_with_the_words_alone_and_where_to_go_on(shop: Shop) -> None:
    client, where = client_of(shop.cast.bob), page_of(shop, shop.ask)
    sent = {**editor_form(shop.ask), "v-0-t-en-title": "Typed", "do": "add-variant"}
    answer = client.post(where, sent, headers=IN_PLACE)
    words = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in words
    assert 'data-focus="variant-1"' in words
    assert "\nTyped</textarea>" in words
    assert 'name="version" value="2"' in words
    shop.ask.refresh_from_db()
    assert [one["key"] for one in shop.ask.content["variants"]] == ["a", "b"]
    wrong = {**editor_form(shop.ask), "v-0-t-en-title": "Later", "do": "add-locale"}
    refused = client.post(where, {**wrong, "new_locale": "no language"}, headers=IN_PLACE)
    assert refused.status_code == 422
    assert "A language is written like de" in refused.content.decode()
    assert 'value="no language"' in refused.content.decode()
    assert "\nLater</textarea>" in refused.content.decode()
    old = {**sent, "v-0-t-en-title": "Mine"}
    conflict = client.post(where, old, headers=IN_PLACE)
    assert conflict.status_code == 409
    assert 'id="ed-words"' in conflict.content.decode()
    assert "Somebody else saved this" in conflict.content.decode()


def test_languages__are_called_by_their_names(shop: Shop) -> None:
    client, where = client_of(shop.cast.bob), page_of(shop, shop.ask)
    client.post(where, {**editor_form(shop.ask), "do": "add-locale", "new_locale": "de"})
    shop.ask.refresh_from_db()
    form = {**editor_form(shop.ask), "v-0-t-de-title": "Wissen"}
    client.post(where, {**form, "do": "add-locale", "new_locale": "de-AT"})
    page = client.get(f"{where}?tab=de-AT").content.decode()
    assert "German (AT) falls back to German, then English as long as" in page
    assert '<option value="de">German</option>' in page
    review = client.get(one(shop, shop.ask, "review")).content.decode()
    assert "English, default language" in review
    assert ">German<" in review


def test_language__typed_and_saved_with_enter__is_added(shop: Shop) -> None:
    sent = {**editor_form(shop.ask), "v-0-t-en-title": "Typed", "new_locale": "de"}
    answer = client_of(shop.cast.bob).post(page_of(shop, shop.ask), sent)
    assert answer.status_code == 302
    assert answer["Location"].endswith("?tab=de#v-0-t-de")
    shop.ask.refresh_from_db()
    assert shop.ask.content["variants"][0]["translations"] == {"de": {}}
    assert shop.ask.content["variants"][0]["title"] == "Typed"


def test_draft__saves_itself_and_tells_the_version(shop: Shop) -> None:
    client = client_of(shop.cast.bob)
    form = {**editor_form(shop.ask), "v-0-t-en-title": "", "v-0-t-en-body": ""}
    answer = client.post(one(shop, shop.ask, "draft"), form)
    assert answer.status_code == 200
    assert 'data-version="2"' in answer.content.decode()
    assert title(shop.ask) == ""
    wrong = client.post(one(shop, shop.ask, "draft"), {**form, "version": "2", "priority": "x"})
    assert wrong.status_code == 422
    assert 'data-error="priority"' in wrong.content.decode()


def test_draft__a_revision_in_review__is_not_taken_back_by_typing(shop: Shop) -> None:
    take_step(campaign_id=shop.ask.pk, app=shop.app, action="submit", actor=shop.cast.bob)
    form = {**editor_form(shop.ask), "v-0-t-en-title": "Other words"}
    client = client_of(shop.cast.bob)
    assert client.post(one(shop, shop.ask, "draft"), form).status_code == 409
    shop.ask.refresh_from_db()
    assert shop.ask.status == "in_review"
    assert client.post(page_of(shop, shop.ask), form).status_code == 302
    shop.ask.refresh_from_db()
    assert (shop.ask.status, shop.ask.submitted) == ("draft", None)


def test_two_people__other_fields__both_changes_are_in_the_form(shop: Shop) -> None:
    opened = editor_form(shop.ask)
    first = client_of(shop.cast.bob).post(
        page_of(shop, shop.ask), {**opened, "holdout_percent": "20"}
    )
    assert first.status_code == 302
    answer = client_of(shop.cast.alice).post(
        page_of(shop, shop.ask), {**opened, "v-0-t-en-title": "Alice’s title"}
    )
    assert answer.status_code == 409
    told = answer.content.decode()
    assert 'value="20"' in told
    assert "Alice’s title" in told
    assert "Take theirs" not in told


def test_two_people__the_same_field__side_by_side_and_chosen(shop: Shop) -> None:
    opened = editor_form(shop.ask)
    client_of(shop.cast.bob).post(
        page_of(shop, shop.ask), {**opened, "v-0-t-en-title": "Bob’s title"}
    )
    alice = client_of(shop.cast.alice)
    mine = {**opened, "v-0-t-en-title": "Alice’s title"}
    told = alice.post(page_of(shop, shop.ask), mine).content.decode()
    for words in ("Know when your package", "Bob’s title", "Alice’s title", "Take theirs"):
        assert words in told
    again = {**mine, "version": "2", "opened": "1", "do": "take:variants/a/texts/en/title"}
    taken = alice.post(page_of(shop, shop.ask), again).content.decode()
    assert "\nBob’s title</textarea>" in taken
    assert "Alice’s title" not in taken
    assert "Take theirs" not in taken
    again["do"] = "keep:variants/a/texts/en/title"
    kept = alice.post(page_of(shop, shop.ask), again).content.decode()
    assert "\nAlice’s title</textarea>" in kept
    assert "Take theirs" not in kept
    shop.ask.refresh_from_db()
    assert shop.ask.version == 2
    saved = alice.post(page_of(shop, shop.ask), {**mine, "version": "2"})
    assert saved.status_code == 302
    assert title(shop.ask) == "Alice’s title"


def test_two_people__a_variant_removed_and_changed__chosen_either_way(shop: Shop) -> None:
    bob, alice = client_of(shop.cast.bob), client_of(shop.cast.alice)
    bob.post(page_of(shop, shop.ask), {**editor_form(shop.ask), "do": "copy-variant:0"})
    shop.ask.refresh_from_db()
    opened = editor_form(shop.ask)
    bob.post(page_of(shop, shop.ask), {**opened, "v-1-t-en-title": "Bob’s title"})
    mine = {name: told for name, told in opened.items() if not name.startswith("v-1-")}
    told = alice.post(page_of(shop, shop.ask), mine).content.decode()
    assert "Variant b" in told
    assert "Bob’s title" in told
    again = {**opened, "v-1-t-en-title": "Bob’s title", "version": "3", "opened": "2"}
    kept = alice.post(page_of(shop, shop.ask), {**again, "do": "keep:variants/b"})
    assert 'name="v-1-key"' not in kept.content.decode()
    taken = alice.post(page_of(shop, shop.ask), {**again, "do": "take:variants/b"})
    assert "\nBob’s title</textarea>" in taken.content.decode()


def test_undo_and_redo__go_through_the_versions(shop: Shop) -> None:
    client = client_of(shop.cast.bob)
    before = title(shop.ask)
    client.post(page_of(shop, shop.ask), editor_form(shop.ask, **{TITLE: "Something else"}))
    client.post(one(shop, shop.ask, "undo"), {"version": "2"})
    assert title(shop.ask) == before
    client.post(one(shop, shop.ask, "redo"), {"version": "3"})
    assert title(shop.ask) == "Something else"


def test_duplicate__a_draft_of_its_own(shop: Shop) -> None:
    live = make_soft_ask(shop.app, shop.moment, status="live")
    answer = client_of(shop.cast.bob).post(one(shop, live, "duplicate"))
    copy = Campaign.objects.latest("pk")
    assert answer["Location"] == page_of(shop, copy)
    assert (copy.status, copy.content, copy.published) == ("draft", live.content, None)
    assert copy.seed != live.seed


def test_steps__two_people__from_draft_to_live(shop: Shop) -> None:
    bob, rita = client_of(shop.cast.bob), client_of(shop.cast.rita)
    where = one(shop, shop.ask, "steps")
    assert "Send to review" in bob.get(page_of(shop, shop.ask)).content.decode()
    bob.post(where, {"action": "submit", "version": "1"})
    assert (
        "somebody else has to"
        in bob.post(where, {"action": "approve"}, follow=True).content.decode()
    )
    rita.post(where, {"action": "approve"})
    bob.post(where, {"action": "publish"})
    shop.ask.refresh_from_db()
    assert shop.ask.status == "live"
    late = bob.post(where, {"action": "publish"}, follow=True)
    assert "nothing to publish" in late.content.decode()


def test_publish__blocking_finding__only_an_owner_with_a_reason(shop: Shop) -> None:
    form = {**editor_form(shop.ask), "v-0-t-en-decline_label": "No, I like missing my package"}
    bob, alice = client_of(shop.cast.bob), client_of(shop.cast.alice)
    bob.post(page_of(shop, shop.ask), form)
    where = one(shop, shop.ask, "steps")
    bob.post(where, {"action": "submit"})
    take_step(
        campaign_id=shop.ask.pk,
        app=shop.app,
        action="approve",
        actor=shop.cast.rita,
        role=Role.REVIEWER,
    )
    assert "must be mended" in alice.get(page_of(shop, shop.ask)).content.decode()
    bob.post(where, {"action": "publish", "override": "I want to"})
    shop.ask.refresh_from_db()
    assert shop.ask.status == "in_review"
    alice.post(where, {"action": "publish", "override": "Agreed with legal"})
    shop.ask.refresh_from_db()
    assert shop.ask.status == "live"
    assert shop.ask.published is not None
    assert shop.ask.published.override_reason == "Agreed with legal"


def test_roles__look_but_not_touch(shop: Shop) -> None:
    carol, mallory = client_of(shop.cast.carol), client_of(shop.cast.mallory)
    page = carol.get(page_of(shop, shop.ask)).content.decode()
    assert '<fieldset class="work-fields" disabled>' in page
    assert carol.post(page_of(shop, shop.ask), editor_form(shop.ask)).status_code == 403
    for what in ("draft", "undo", "redo", "duplicate", "image", "steps", "preview", "comments"):
        where = one(shop, shop.ask, what)
        assert mallory.post(where).status_code == 404, what
        assert carol.get(where).status_code == 405, what
    for what in ("draft", "undo", "redo", "duplicate", "image", "steps"):
        assert carol.post(one(shop, shop.ask, what)).status_code == 403, what


def picture(kind: str = "PNG", size: tuple[int, int] = (900, 600)) -> bytes:
    buffer = io.BytesIO()
    Picture.new("RGB", size, "#0b6b61").save(buffer, kind, exif=b"Exif\0\0secret place")
    return buffer.getvalue()


def upload(shop: Shop, data: bytes, name: str = "a.png") -> Any:
    form = {**editor_form(shop.ask), "do": "upload:0", "v-0-file": SimpleUploadedFile(name, data)}
    return client_of(shop.cast.bob).post(page_of(shop, shop.ask), form)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_upload__picture__drawn_anew_without_metadata(shop: Shop, kind: str) -> None:
    assert upload(shop, picture(kind)).status_code == 302
    image = Image.objects.get()
    shop.ask.refresh_from_db()
    assert shop.ask.content["variants"][0]["illustration"] == f"image:{image.digest}"
    assert max(image.width, image.height) <= 640
    assert b"secret place" not in bytes(image.data)
    answer = client_of(None).get(f"/i/{image.digest}.webp")
    assert answer["Content-Type"] == "image/webp"
    assert "immutable" in answer["Cache-Control"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"just words",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        picture()[:200],
        b"\x89PNG\r\n\x1a\n" + b"x" * (10 << 20),
    ],
    ids=["empty", "text", "svg", "cut off", "10 MB"],
)
def test_upload__not_a_picture__422_with_a_sentence(shop: Shop, data: bytes) -> None:
    answer = upload(shop, data)
    assert answer.status_code == 422
    assert "entry-error" in answer.content.decode() or "note-error" in answer.content.decode()
    assert not Image.objects.exists()


def moving_gif() -> bytes:
    """Two frames."""
    made = io.BytesIO()
    red, blue = (Picture.new("RGB", (20, 20), colour) for colour in ("red", "blue"))
    red.save(made, "GIF", save_all=True, append_images=[blue])
    return made.getvalue()


def unfolding_png() -> bytes:
    """A sound picture of few bytes and very many pixels."""
    made = io.BytesIO()
    Picture.new("L", (6000, 6000)).save(made, "PNG")
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (moving_gif(), "GIF pictures are not taken."),
        (unfolding_png(), "at most 4096 × 4096 fit"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * (10 << 20), "at most 5 MB fit"),
    ],
    ids=["moving GIF", "unfolding PNG", "10 MB"],
)
def test_upload__refused__said_beside_what_was_typed(shop: Shop, data: bytes, said: str) -> None:
    form = editor_form(shop.ask, **{TITLE: "Typed a moment ago."})
    file = SimpleUploadedFile("picture.png", data, content_type="image/png")
    answer = client_of(shop.cast.bob).post(
        page_of(shop, shop.ask), {**form, "do": "upload:0", "v-0-file": file}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert "Typed a moment ago." in page
    assert title(shop.ask) != "Typed a moment ago."


def test_builtin_pictures__served_unknown_404(shop: Shop) -> None:
    client = client_of(None)
    assert client.get("/i/bell.svg")["Content-Type"] == "image/svg+xml"
    assert client.get("/i/passwd.svg").status_code == 404
    assert client.get(f"/i/{'0' * 64}.webp").status_code == 404


def test_editor__more_variants_and_languages__same_number_of_queries(
    shop: Shop, django_assert_max_num_queries: Any
) -> None:
    client = client_of(shop.cast.bob)
    for do in ("copy-variant:0", "copy-variant:0", "add-locale"):
        form = {**editor_form(shop.ask), "do": do, "new_locale": "fr"}
        assert client.post(page_of(shop, shop.ask), form).status_code == 302
    with django_assert_max_num_queries(24):
        assert client.get(page_of(shop, shop.ask)).status_code == 200


def test_page__draft_as_it_is_stored__linted_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []

    def counted(*, draft: Draft, moment: MomentWords) -> tuple[Placed, ...]:
        looked.append(draft)
        return lint_draft(draft=draft, moment=moment)

    monkeypatch.setattr(campaigns, "lint_draft", counted)
    client = client_of(shop.cast.bob)
    for campaign in (shop.ask, shop.rule):
        looked.clear()
        assert client.get(page_of(shop, campaign)).status_code == 200
        assert looked == [working_copy(campaign)]
    looked.clear()
    typed = {**editor_form(shop.ask), "v-0-t-en-title": "Know { when"}
    assert client.post(page_of(shop, shop.ask), typed).status_code == 422
    assert len(looked) == 2, "what is stored has its steps, what is typed its findings"
