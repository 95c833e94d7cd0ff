"""From fields to a draft and back: nothing typed is lost, and what nobody touched stays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from campaigns.domain.drafts import Draft, Line, RedirectDraft, SoftAskDraft, Words
from campaigns.web.draft_form import (
    Values,
    draft_from,
    field_name,
    keep_unread,
    typed_draft,
    values_in,
    values_of,
)
from campaigns.web.form_edits import edit
from permissions_app.domain.edits import Invalid

WORDS = Words(
    key="a",
    title="Know when it ships",
    body="One message.\nNo more.",
    accept_label="Tell me",
    decline_label="Not now",
    illustration="bell",
    translations={"de": {"title": "Wissen, wann es losgeht"}, "fr": {}},
)
ASK = SoftAskDraft(name="Shipping", moment="order_placed", variants=(WORDS,))
RULE = RedirectDraft(
    name="Missed",
    moment="order_placed",
    variants=(Line(key="a", line="We could not tell you.", action_label="Open Settings"),),
)
texts = st.text(alphabet="ab ä{}<\n", max_size=12)
fields = st.fixed_dictionaries(
    {}, optional={"title": texts, "body": texts, "accept_label": texts, "decline_label": texts}
)
variants = st.builds(
    Words,
    key=st.just("a"),
    title=texts,
    body=texts,
    weight=st.floats(0, 1000),
    translations=st.dictionaries(st.sampled_from(["de", "fr", "pt-BR"]), fields),
)
drafts = st.builds(
    SoftAskDraft,
    name=st.just("A name"),
    moment=st.just("order_placed"),
    variants=st.lists(variants, max_size=4).map(
        lambda found: tuple(replace(one, key="abcd"[i]) for i, one in enumerate(found))
    ),
    holdout=st.floats(0, 0.9),
    languages=st.lists(st.sampled_from(["de", "pt-BR"]), unique=True).map(tuple),
    platforms=st.lists(st.sampled_from(["ios", "web"]), unique=True).map(tuple),
    min_sessions=st.integers(0, 1000),
)


def post_of(values: Values) -> QueryDict:
    """What a browser sends for a form that shows these values."""
    post = QueryDict(mutable=True)
    for name, text in values.single.items():
        if name != "allow_first_session" or text:
            post[name] = text.replace("\n", "\r\n")
    for name, told in values.several.items():
        post.setlist(name, list(told))
    for index, variant in enumerate(values.variants):
        for name in ("key", "surface", "weight", "illustration"):
            post[f"v-{index}-{name}"] = getattr(variant, name)
        for locale, written in variant.texts.items():
            for field, text in written.items():
                post[f"v-{index}-t-{locale}-{field}"] = text.replace("\n", "\r\n")
    return post


def typed(draft: Draft, **changes: str) -> Values:
    """The form of a draft with some fields typed over; `v__0__weight` stands for v-0-weight."""
    post = post_of(values_of(draft))
    for name, text in changes.items():
        post[name.replace("__", "-")] = text
    return values_in(post)


@given(drafts)
def test_untouched_form__any_draft__is_that_draft(draft: SoftAskDraft) -> None:
    assert typed_draft("soft_ask", values_in(post_of(values_of(draft))), draft) == draft


def test_untouched_form__redirect__is_that_draft() -> None:
    assert typed_draft("redirect", typed(RULE), RULE) == RULE


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"backoff_days": "soon"}, "backoff_days", "like 14, 30, 90"),
        ({"backoff_days": "30, 14"}, "backoff_days", "must not get shorter"),
        ({"holdout_percent": "much"}, "holdout", "number of percent"),
        ({"holdout_percent": "1e999"}, "holdout", "number of percent"),
        ({"holdout_percent": "95"}, "holdout", "from 0 to 90"),
        ({"min_sessions": "three"}, "min_sessions", "whole number"),
        ({"min_sessions": "9" * 30}, "min_sessions", "from 0 to 1000"),
        ({"min_sessions": "9" * 5000}, "min_sessions", "whole number"),
        ({"min_sessions": "٣"}, "min_sessions", "whole number"),
        ({"v__0__weight": "nan"}, "variants.0.weight", "Write a number"),
        ({"v__0__weight": ""}, "variants.0.weight", "Write a number"),
        ({"v__0__t__de__title": "x" * 121}, "variants.0.translations.de.title", "at most 120"),
        ({"v__0__t__xx_yy__title": "Hm"}, "variants.0.translations", "written en or pt-BR"),
        ({"v__0__illustration": "image:../x"}, "variants.0.illustration", "one of the pictures"),
        ({"countries": "Germany"}, "countries", "two capital letters"),
        ({"timezone": "Mars"}, "timezone", "time zone"),
    ],
)
def test_draft_from__wrong__says_so_beside_the_field(
    changes: dict[str, str], field: str, says: str
) -> None:
    values = typed(ASK, **changes)
    with pytest.raises(Invalid) as refused:
        draft_from("soft_ask", values, ASK)
    assert says in refused.value.errors[field]
    assert typed_draft("soft_ask", values, ASK).name == "Shipping"


def test_draft_from__several_wrong__all_are_told() -> None:
    with pytest.raises(Invalid) as refused:
        draft_from("soft_ask", typed(ASK, backoff_days="soon", name="", priority="x"), ASK)
    assert set(refused.value.errors) == {"backoff_days", "name", "priority"}


@pytest.mark.parametrize(
    ("changes", "name", "value"),
    [
        ({"backoff_days": " 7; 14 "}, "backoff_days", (7, 14)),
        ({"holdout_percent": "12,5 %"}, "holdout", 0.125),
        ({"countries": "de at de"}, "countries", ("DE", "AT")),
        ({"languages": "de, pt-BR"}, "languages", ("de", "pt-BR")),
        ({"starts_at": "2026-12-01T09:00"}, "starts_at", "2026-12-01T09:00"),
    ],
)
def test_draft_from__as_people_write__is_understood(
    changes: dict[str, str], name: str, value: Any
) -> None:
    assert getattr(draft_from("soft_ask", typed(ASK, **changes), ASK), name) == value


def test_draft_from__default_language_changed__texts_follow() -> None:
    draft = draft_from(
        "soft_ask", typed(ASK, locale="de", v__0__t__de__body="Eine Nachricht."), ASK
    )
    (words,) = draft.variants
    assert isinstance(words, Words)
    assert (words.title, words.body) == ("Wissen, wann es losgeht", "Eine Nachricht.")
    assert words.translations["en"]["title"] == "Know when it ships"
    assert "de" not in words.translations


def test_values_in__a_hundred_variants__some_are_kept_to_complain_about() -> None:
    values = typed(ASK, **{f"v__{n}__key": f"k{n}" for n in range(100)})
    assert 4 < len(values.variants) < 20
    with pytest.raises(Invalid) as refused:
        draft_from("soft_ask", values, ASK)
    assert "at most 4 variants" in refused.value.errors["variants"]


def test_keep_unread__what_cannot_be_read__stays_as_typed() -> None:
    values = typed(ASK, backoff_days="soon", v__0__weight="heavy", v__0__t__en__title="Other")
    shown = keep_unread(shown=values_of(ASK), typed=values, kind="soft_ask", based_on=ASK)
    assert shown.single["backoff_days"] == "soon"
    assert shown.variants[0].weight == "heavy"
    assert shown.variants[0].texts["en"]["title"] == "Know when it ships"


@pytest.mark.parametrize(
    ("error", "field"),
    [
        ("holdout", "holdout_percent"),
        ("name", "name"),
        ("variants.0.title", "v-0-t-en-title"),
        ("variants.1.translations.pt-BR.body", "v-1-t-pt-BR-body"),
        ("variants.1.weight", "v-1-weight"),
        ("variants.0.translations", "locales"),
    ],
)
def test_field_name__complaint__field(error: str, field: str) -> None:
    assert field_name(error, "en") == field


def test_edit__variants__added_copied_removed_up_to_four() -> None:
    values = values_of(ASK)
    for do in ("add-variant", "copy-variant:0", "copy-variant:9", "add-variant"):
        edited = edit(values=values, do=do)
        assert edited is not None
        values = edited.values
    assert [variant.key for variant in values.variants] == ["a", "b", "c", "d"]
    assert values.variants[1].texts["de"] == {}
    assert values.variants[2].texts == values.variants[0].texts
    with pytest.raises(Invalid):
        edit(values=values, do="add-variant")
    removed = edit(values=values, do="remove-variant:1")
    assert removed is not None
    assert [variant.key for variant in removed.values.variants] == ["a", "c", "d"]
    assert edit(values=values, do="dance") is None


def test_edit__languages__added_made_default_removed() -> None:
    added = edit(values=values_of(ASK), do="add-locale", new_locale=" de_at ")
    assert added is not None
    assert (added.tab, added.values.locales) == ("de-AT", ("en", "de", "de-AT", "fr"))
    with pytest.raises(Invalid):
        edit(values=values_of(ASK), do="add-locale", new_locale="Klingon!")
    default = edit(values=values_of(ASK), do="default-locale:de")
    assert default is not None
    assert default.values.locale == "de"
    for gone, left in (
        ("fr", ("en", "de")),
        ("en", ("en", "de", "fr")),
        ("xx", ("en", "de", "fr")),
    ):
        removed = edit(values=values_of(ASK), do=f"remove-locale:{gone}")
        assert removed is not None
        assert removed.values.locales == left
