"""What may be stored, what is finished, and that both are at least as strict as what goes live."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.domain.drafts import (
    LENGTHS,
    Draft,
    GateVariant,
    Line,
    RedirectDraft,
    SoftAskDraft,
    Words,
    check_storable,
    completeness,
    document,
    draft_of,
    kind_of,
    locales_of,
    unfinished,
    utc_ms,
)
from campaigns.domain.ruleset import Moment, check_campaign
from campaigns.selectors.rulesets import compile_campaign
from permissions_app.domain.edits import Invalid
from tests.campaigns.drafts import line, words

ASK = SoftAskDraft(name="Shipping news", moment="order_placed", variants=(words(),))
RULE = RedirectDraft(name="Missed", moment="order_placed", variants=(line(),))

TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="{}"),
    max_size=40,
)
SHARED: dict[str, Any] = {
    "name": st.text(st.characters(codec="ascii", categories=("Lu", "Ll")), min_size=1, max_size=80),
    "moment": st.sampled_from(["order_placed", "goal_set"]),
    "locale": st.sampled_from(["en", "de", "pt-BR"]),
    "platforms": st.lists(st.sampled_from(["ios", "android", "web"]), unique=True).map(tuple),
    "languages": st.lists(st.sampled_from(["en", "de-AT"]), unique=True).map(tuple),
    "countries": st.lists(st.sampled_from(["DE", "US"]), unique=True).map(tuple),
    "app_version_from": st.sampled_from(["", "4", "4.2.1"]),
    "segment": st.sampled_from(["", "fresh-denials"]),
    "starts_at": st.sampled_from(["", "2026-12-01T09:00"]),
    "ends_at": st.sampled_from(["", "2026-12-24T18:00"]),
    "timezone": st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata"]),
    "holdout": st.floats(-0.5, 1.5),
    "priority": st.integers(-5, 1005),
}
WEIGHTS = st.floats(-1, 1001)


def variants(kind: type[Words | Line]) -> st.SearchStrategy[tuple[Any, ...]]:
    """A few wordings with keys that may clash or be wrong."""
    texts = dict.fromkeys(kind.FIELDS, TEXTS)
    one = st.builds(
        kind,
        key=st.sampled_from(["a", "b", "holdout", "A", "two words"]),
        weight=WEIGHTS,
        surface=st.sampled_from(["sheet", "card", "banner"]),
        translations=st.dictionaries(st.sampled_from(["de", "fr"]), st.fixed_dictionaries(texts)),
        **texts,
    )
    return st.lists(one, max_size=5).map(tuple)


GATE_ARMS = st.builds(
    GateVariant,
    key=st.sampled_from(["a", "b", "holdout", "A", ""]),
    weight=st.one_of(st.just(1.0), WEIGHTS),
    min_sessions=st.integers(-1, 3),
    allow_first_session=st.booleans(),
    min_screens=st.integers(-1, 9),
)
SOFT_ASKS = st.builds(
    SoftAskDraft,
    gate_trial=st.one_of(
        st.just(()),
        st.lists(GATE_ARMS, max_size=5).map(tuple),
        st.lists(GATE_ARMS, min_size=2, max_size=4, unique_by=lambda arm: arm.key).map(tuple),
    ),
    variants=variants(Words),
    min_sessions=st.integers(-1, 3),
    allow_first_session=st.booleans(),
    backoff_days=st.lists(st.integers(0, 731), max_size=6).map(tuple),
    max_declines=st.integers(0, 11),
    **SHARED,
)
REDIRECTS = st.builds(
    RedirectDraft,
    variants=variants(Line),
    causes=st.lists(st.sampled_from(["refused", "turned_off", "embargoed"])).map(tuple),
    min_days_since_denial=st.integers(-1, 5),
    cooldown_days=st.integers(0, 5),
    cap=st.integers(0, 21),
    **SHARED,
)


@given(st.one_of(SOFT_ASKS, REDIRECTS))
def test_draft__storable_and_finished__may_go_live(draft: Draft) -> None:
    try:
        check_storable(draft)
    except Invalid:
        return
    if unfinished(draft, opening=False):
        return
    compiled = compile_campaign(
        kind=kind_of(draft),
        content=document(draft),
        campaign_id=1,
        revision=1,
        seed="seed",
        segments={},
    )
    check_campaign(campaign=compiled, moment=Moment(key=draft.moment))


@given(st.one_of(SOFT_ASKS, REDIRECTS))
def test_document__there_and_back__is_the_same_draft(draft: Draft) -> None:
    told = document(draft)
    assert draft_of(kind=kind_of(draft), name=draft.name, content=told) == draft


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"holdout": 0.91}, "holdout"),
        ({"holdout": float("nan")}, "holdout"),
        ({"platforms": ("symbian",)}, "platforms"),
        ({"languages": ("german",)}, "languages"),
        ({"countries": ("de",)}, "countries"),
        ({"app_version_from": "4.x"}, "app_version_from"),
        ({"segment": "no key"}, "segment"),
        ({"timezone": "Europe/Atlantis"}, "timezone"),
        ({"starts_at": "2026-13-01T09:00"}, "starts_at"),
        ({"starts_at": "2026-12-02T09:00", "ends_at": "2026-12-01T09:00"}, "ends_at"),
        ({"backoff_days": ()}, "backoff_days"),
        ({"backoff_days": (30, 14)}, "backoff_days"),
        ({"allow_first_session": True}, "allow_first_session"),
        ({"variants": (words(), words("A"))}, "variants.1.key"),
        ({"variants": tuple(words(key) for key in "abcde")}, "variants"),
        ({"variants": (words(title="x" * (LENGTHS["title"] + 1)),)}, "variants.0.title"),
        ({"variants": (words(title="{{order-id}}"),)}, "variants.0.title"),
        ({"variants": (words(body="a\0b"),)}, "variants.0.body"),
        ({"variants": (words(weight=float("inf")),)}, "variants.0.weight"),
        ({"variants": (words(illustration="/etc/passwd"),)}, "variants.0.illustration"),
        (
            {"variants": (words(translations={"de": {"title": "x" * 200}}),)},
            "variants.0.translations.de.title",
        ),
        ({"variants": (words(translations={"german": {}}),)}, "variants.0.translations"),
    ],
)
def test_check_storable__never_right__names_the_field(change: dict[str, Any], field: str) -> None:
    draft = SoftAskDraft(**{"name": "n", "moment": "m", "variants": (words(),), **change})
    with pytest.raises(Invalid) as refused:
        check_storable(draft)
    assert list(refused.value.errors) == [field]


def test_check_storable__unfinished__is_fine() -> None:
    check_storable(SoftAskDraft(name="n", moment="order_placed", variants=(Words(key="a"),)))
    check_storable(RedirectDraft(name="n", moment="order_placed"))


def test_unfinished__tells_every_missing_text() -> None:
    draft = SoftAskDraft(name="n", moment="m", variants=(Words(key="a", title="Here"),))
    assert set(unfinished(draft, opening=False)) == {
        "variants.0.body",
        "variants.0.accept_label",
        "variants.0.decline_label",
    }


def test_unfinished__redirect_on_an_opening_moment() -> None:
    assert "moment" in unfinished(RULE, opening=True)
    assert unfinished(ASK, opening=True) == {}


def test_completeness__per_language() -> None:
    told = {"de": {"title": "Wissen, wann es losgeht", "body": " "}}
    draft = SoftAskDraft(name="n", moment="m", variants=(words(translations=told), words("b")))
    assert locales_of(draft) == ("en", "de")
    assert completeness(draft, "en") == (8, 8)
    assert completeness(draft, "de") == (1, 8)


@pytest.mark.parametrize(
    ("local", "zone", "expected"),
    [
        ("2026-12-01T09:00", "UTC", 1_796_115_600_000),
        ("2026-12-01T09:00", "Europe/Berlin", 1_796_112_000_000),
        ("2026-07-01T09:00", "Europe/Berlin", 1_782_889_200_000),
        ("", "UTC", None),
    ],
)
def test_utc_ms__follows_the_zone_and_its_summer(local: str, zone: str, expected: int) -> None:
    assert utc_ms(local=local, timezone=zone) == expected


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({**document(ASK), "nonsense": 1}, "nonsense"),
        ({**document(ASK), "holdout": "much"}, "holdout"),
        ({**document(ASK), "variants": [{"title": "x"}]}, "variants.0"),
        ({**document(ASK), "variants": [{"key": "a", "title": 5}]}, "variants.0.title"),
    ],
)
def test_draft_of__foreign_document__names_the_field(content: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        draft_of(kind="soft_ask", name="n", content=content)
    assert list(refused.value.errors) == [field]


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        ({"planned_devices": 99}, "planned_devices"),
        ({"planned_devices": 100_000_001}, "planned_devices"),
        ({"smallest_difference": 0.0}, "smallest_difference"),
        ({"smallest_difference": 0.51}, "smallest_difference"),
        ({"smallest_difference": float("nan")}, "smallest_difference"),
    ],
)
def test_draft__plan_out_of_bounds__refused_with_its_field(
    plan: dict[str, float], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        check_storable(RedirectDraft(name="n", moment="m", **plan))  # type: ignore[arg-type]
    assert set(refused.value.errors) == {field}


def test_draft__document_from_before_plans__has_the_plan_that_held_then() -> None:
    content = document(RedirectDraft(name="n", moment="m"))
    del content["planned_devices"], content["smallest_difference"]
    draft = draft_of(kind="redirect", name="n", content=content)
    assert (draft.planned_devices, draft.smallest_difference) == (5000, 0.02)
