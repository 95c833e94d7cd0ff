"""What differs between two pictures, in words."""

from __future__ import annotations

from dataclasses import fields, replace

from campaigns.domain.draft_changes import SAID, SettingChange, changes_between
from campaigns.domain.drafts import Line, RedirectDraft, SoftAskDraft, Words

A = Words(
    key="a",
    title="Know when it ships",
    body="One message.",
    accept_label="Tell me",
    decline_label="Not now",
    translations={"de": {"title": "Wissen, wann es kommt"}},
)
ASK = SoftAskDraft(name="Shipping", moment="order_placed", variants=(A,))
RULE = RedirectDraft(
    name="Missed", moment="order_placed", variants=(Line(key="a", line="x", action_label="y"),)
)


def test_changes__same_picture__nothing() -> None:
    told = changes_between(before=ASK, after=ASK)
    assert told.nothing
    assert not told.fresh


def test_changes__settings__said_as_people_say_them() -> None:
    after = replace(ASK, holdout=0.2, backoff_days=(7, 30, 90), platforms=("ios",), moment="goal")
    told = changes_between(
        before=ASK, after=after, moments={"order_placed": "Order placed", "goal": "Goal set"}
    )
    assert told.settings == (
        SettingChange("Value moment", "Order placed", "Goal set"),
        SettingChange("Platforms", "all", "iOS"),
        SettingChange("Holdout", "10 %", "20 %"),
        SettingChange("Wait after each no", "14, 30, 90 days", "7, 30, 90 days"),
    )
    assert told.variants[0].state == "same"


def test_changes__nothing_before__every_setting_is_told() -> None:
    told = changes_between(before=None, after=RULE)
    assert told.fresh
    assert {entry.before for entry in told.settings} == {""}
    assert SettingChange("Between two showings", "", "30 days") in told.settings
    assert told.variants[0].state == "added"


def test_changes__schedule__with_its_zone() -> None:
    after = replace(ASK, starts_at="2026-12-01T09:00", timezone="Europe/Berlin")
    told = changes_between(before=ASK, after=after).settings
    assert told[0] == SettingChange("Starts", "when published", "1 Dec 2026, 09:00 (Europe/Berlin)")


def test_changes__words_of_a_variant_and_of_a_translation__each_in_its_place() -> None:
    changed = replace(
        A, title="Know when it lands", weight=2.0, translations={"de": {"title": "Neu"}, "fr": {}}
    )
    (variant,) = changes_between(before=ASK, after=replace(ASK, variants=(changed,))).variants
    assert variant.state == "changed"
    assert [(entry.locale, entry.state) for entry in variant.locales] == [
        ("en", "changed"),
        ("de", "changed"),
        ("fr", "same"),
    ]
    title = variant.locales[0].texts[0]
    assert [(piece.kind, piece.text) for piece in title.pieces] == [
        ("same", "Know when it "),
        ("removed", "ships"),
        ("added", "lands"),
    ]
    assert variant.settings == (SettingChange("Weight", "1", "2"),)


def test_changes__variant_came_and_variant_went__both_are_told() -> None:
    after = replace(ASK, variants=(replace(A, key="b"),))
    told = changes_between(before=ASK, after=after).variants
    assert [(variant.key, variant.state) for variant in told] == [("b", "added"), ("a", "removed")]
    assert told[1].locales[0].texts[0].state == "removed"


def test_changes__another_default_language__its_texts_are_new() -> None:
    (variant,) = changes_between(before=ASK, after=replace(ASK, locale="de")).variants
    assert variant.locales[0].locale == "de"
    assert variant.locales[0].state == "added"


def test_changes__every_field_of_both_kinds__has_words() -> None:
    for kind in (SoftAskDraft, RedirectDraft):
        assert {field.name for field in fields(kind)} - {"variants"} <= set(SAID)


def test_changes__plan_of_the_trial__a_reviewer_reads_it() -> None:
    after = replace(ASK, planned_devices=12_000, smallest_difference=0.035)
    assert changes_between(before=ASK, after=after).settings == (
        SettingChange("Planned devices", "5,000", "12,000"),
        SettingChange("Smallest difference worth knowing", "2 points", "3.5 points"),
    )
