"""A set-up as a file: written, read again, and what is wrong with other people's files."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.domain.drafts import (
    ILLUSTRATIONS,
    LENGTHS,
    Draft,
    GateVariant,
    Line,
    RedirectDraft,
    SoftAskDraft,
    Words,
    check_storable,
    kind_of,
)
from campaigns.domain.setup_fates import Plan
from campaigns.domain.setup_file import (
    Setup,
    StoredCampaign,
    StoredMoment,
    read_setup,
    write_setup,
)
from campaigns.domain.setup_plan import plan_setup
from campaigns.domain.setup_yaml import DEEPEST, Unreadable, decode, read_yaml, write_yaml

ORDER = StoredMoment(
    id=1,
    version=3,
    key="order_placed",
    name="Order placed",
    event="Order Placed",
    conditions=[{"property": "total", "op": "gte", "value": 20}],
    opening=False,
    status="active",
)
ASK = SoftAskDraft(
    name="Shipping news",
    moment="order_placed",
    variants=(
        Words(
            key="a",
            title="Know when it ships",
            body="One message.\nNo more.",
            accept_label="Tell me",
            decline_label="Not now",
            translations={"de": {"title": "Wann kommt es?", "body": ""}},
        ),
    ),
)
RULE = RedirectDraft(
    name="Missed",
    moment="order_placed",
    countries=("NO", "DE"),
    variants=(Line(key="a", line="It shipped.", action_label="Open Settings"),),
)
EMPTY = Setup(app="Shop", per_day=1, per_30_days=3, moments=(), campaigns=())


def stored(draft: Draft, **changes: object) -> StoredCampaign:
    kind = kind_of(draft)
    known = {"id": 7, "version": 2, "status": "draft", "pending": "draft"}
    key = "shipping_news" if kind == "soft_ask" else "missed"
    return StoredCampaign(**{**known, "kind": kind, "key": key, "draft": draft, **changes})  # type: ignore[arg-type]


FULL = replace(EMPTY, moments=(ORDER,), campaigns=(stored(ASK), stored(RULE, id=8)))


def said(text: str, setup: Setup = FULL) -> list[tuple[str, int, str]]:
    """What is wrong with a text, as (path, line, sentence)."""
    with pytest.raises(Unreadable) as caught:
        plan_setup(file=read_setup(text), setup=setup)
    return [(one.where, one.line, one.sentence) for one in caught.value.problems]


def planned(text: str, setup: Setup = FULL) -> Plan:
    return plan_setup(file=read_setup(text), setup=setup)


def fates(plan: Plan) -> dict[str, str]:
    return {f"{item.section}.{item.key}": item.verdict for item in plan.items}


# ---- writing ----


def test_write__full_set_up__readable_and_in_a_fixed_order() -> None:
    text = write_setup(FULL)
    backwards = replace(FULL, campaigns=FULL.campaigns[::-1])
    assert write_setup(backwards) == text
    body = text.partition("oneask: 1")[2]
    assert "\n    order_placed:" not in body
    assert "\n  order_placed:\n    name: Order placed\n    event: Order Placed\n" in body
    assert "body: |-\n          One message.\n          No more.\n" in body
    assert "      - 'NO'\n" in body
    assert "!!" not in text
    assert "&" not in text
    plain = yaml.safe_load(text)
    sections = ["moments", "segments", "soft_asks", "redirects"]
    assert list(plain) == ["oneask", "app", "fatigue", *sections]
    assert plain["redirects"]["missed"]["countries"] == ["NO", "DE"]
    assert plain["soft_asks"]["shipping_news"]["holdout"] == 0.1


def test_write__archived__left_out() -> None:
    gone = replace(FULL, campaigns=(stored(ASK, status="archived"),))
    assert "shipping_news" not in write_setup(gone)


# ---- reading what was written ----


def test_plan__example_of_the_documentation__can_be_imported() -> None:
    page = Path(__file__).parents[3] / "docs" / "setup-file.md"
    [example] = re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL)
    made = {key for key, fate in fates(planned(example, EMPTY)).items() if fate == "created"}
    assert made == {
        "moments.order_placed",
        "segments.bought-since-the-no",
        "soft_asks.shipping_news",
        "redirects.missed_shipping",
    }


def test_plan__what_was_written__nothing_to_do() -> None:
    plan = planned(write_setup(FULL))
    assert set(fates(plan).values()) == {"unchanged"}
    assert not plan.changes_something


words = st.text(
    st.characters(codec="utf-8", exclude_characters="{}", exclude_categories=["Cc", "Cs"])
    | st.sampled_from("\n\t\r:#-'\"&*!%@`=~ \x85\u2028\u2029\ufeff\x7f"),
    max_size=40,
)
short = words.map(lambda text: text[:30])
one_line = short.map(lambda text: " ".join(text.split()))
locales = st.sampled_from(["de", "pt-BR", "no", "zh-Hant-TW", "es-419"])
keys = st.from_regex(r"[A-Za-z0-9_-]{1,20}", fullmatch=True).filter(lambda key: key != "holdout")
weights = st.floats(0, 1000, allow_nan=False)


def translated(fields: tuple[str, ...]) -> st.SearchStrategy[dict[str, dict[str, str]]]:
    texts = st.dictionaries(st.sampled_from(fields), one_line, max_size=2)
    return st.dictionaries(locales, texts, max_size=2)


wordings = st.builds(
    Words,
    key=keys,
    title=words,
    body=words,
    accept_label=short,
    decline_label=short,
    surface=st.sampled_from(["sheet", "dialog", "card"]),
    weight=weights,
    illustration=st.sampled_from(["", *ILLUSTRATIONS]),
    translations=translated(Words.FIELDS),
)
lines = st.builds(
    Line,
    key=keys,
    line=one_line,
    action_label=short,
    surface=st.sampled_from(["banner", "card"]),
    weight=weights,
    translations=translated(Line.FIELDS),
)
gate_arms = st.builds(
    GateVariant,
    key=keys,
    weight=weights,
    min_sessions=st.integers(0, 1),
    allow_first_session=st.booleans(),
    min_times_reached=st.integers(0, 1000),
    min_screens=st.integers(0, 10_000),
)
shared = {
    "name": one_line.filter(lambda text: text.strip() and text.isprintable()).map(str.strip),
    "moment": st.just("order_placed"),
    "locale": locales,
    "platforms": st.lists(st.sampled_from(["ios", "android", "web"]), unique=True).map(tuple),
    "languages": st.lists(locales, max_size=3, unique=True).map(tuple),
    "countries": st.lists(st.sampled_from(["NO", "DE", "US"]), unique=True).map(tuple),
    "app_version_from": st.sampled_from(["", "4", "4.2", "4.10.0"]),
    "segment": st.sampled_from(["", "fresh-denials"]),
    "starts_at": st.sampled_from(["", "2026-12-01T09:00"]),
    "ends_at": st.sampled_from(["", "2026-12-24T18:30"]),
    "timezone": st.sampled_from(["UTC", "Europe/Berlin"]),
    "holdout": st.floats(0, 0.9),
    "priority": st.integers(0, 1000),
}
drafts: st.SearchStrategy[Draft] = st.one_of(
    st.builds(
        SoftAskDraft,
        **shared,
        variants=st.lists(wordings, max_size=3, unique_by=lambda one: one.key.lower()).map(tuple),
        min_sessions=st.integers(0, 1000),
        gate_trial=st.lists(gate_arms, max_size=4, unique_by=lambda one: one.key.lower()).map(
            tuple
        ),
        backoff_days=st.lists(st.integers(1, 730), min_size=1, max_size=5).map(sorted).map(tuple),
        max_declines=st.integers(1, 10),
    ),
    st.builds(
        RedirectDraft,
        **shared,
        variants=st.lists(lines, max_size=3, unique_by=lambda one: one.key.lower()).map(tuple),
        causes=st.lists(st.sampled_from(["refused", "turned_off"]), unique=True).map(tuple),
        cap=st.integers(1, 20),
    ),
)


@settings(max_examples=60, deadline=None)
@given(draft=drafts)
def test_round_trip__any_draft__the_same_again(draft: Draft) -> None:
    check_storable(draft)
    setup = replace(EMPTY, moments=(ORDER,), campaigns=(stored(draft),))
    text = write_setup(setup)
    assert fates(planned(text, setup)) == dict.fromkeys(fates(planned(text, setup)), "unchanged")
    new = planned(text, EMPTY)
    assert [campaign.draft for campaign in new.campaigns] == [draft]
    yaml.safe_load(text)


scalars = st.one_of(
    words,
    st.sampled_from(["1e5", "0o17", "NO", "yes", "~", "", "12:30", "2026-12-01", "<<", "=", ".5"]),
    st.integers(-(10**15), 10**15),
    st.floats(-1e15, 1e15),
    st.booleans(),
)


@settings(max_examples=200, deadline=None)
@given(value=scalars)
def test_yaml__any_value__read_as_it_was_written_and_by_others_too(value: object) -> None:
    text = write_yaml({"a": {"b": [value]}})
    assert read_yaml(text).root.plain() == {"a": {"b": [value]}}
    assert type(read_yaml(text).root.plain()["a"]["b"][0]) is type(value)
    assert yaml.safe_load(text) == {"a": {"b": [value]}}


# ---- what a file would do ----

CHANGED = """\
oneask: 1
fatigue:
  per_day: 2
moments:
  order_placed:
    event: Order Completed
  table_booked:
    name: Table booked
    event: Table Booked
soft_asks:
  shipping_news:
    holdout: 0.25
    variants:
      - key: a
        title: Know when it leaves
        body: "One message.\\nNo more."
        accept_label: Tell me
        decline_label: Not now
      - key: b
        title: Follow it
  table:
    name: Table
    moment: table_booked
    status: live
"""


def test_plan__part_of_a_set_up__in_words_and_the_rest_left_alone() -> None:
    live = replace(
        FULL,
        moments=(replace(ORDER, live=1),),
        campaigns=(stored(ASK, status="live", pending="in_review"), stored(RULE, id=8)),
    )
    plan = planned(CHANGED, live)
    assert fates(plan) == {
        "fatigue.": "changed",
        "moments.order_placed": "changed",
        "moments.table_booked": "created",
        "soft_asks.shipping_news": "changed",
        "soft_asks.table": "created",
        "redirects.missed": "alone",
    }
    items = {f"{item.section}.{item.key}": item for item in plan.items}
    ask = items["soft_asks.shipping_news"]
    changes = {change.label: (change.old, change.new) for change in ask.changes}
    assert changes == {
        "holdout": ("10 %", "25 %"),
        "variants": ("a", "a, b"),
        "variant a · title": ("Know when it ships", "Know when it leaves"),
        "variant a · de · title": ("Wann kommt es?", ""),
        "variant b · title": ("", "Follow it"),
    }
    assert any("stays as it is" in note for note in ask.notes)
    assert any("makes that void" in note for note in ask.notes)
    assert "begins as a draft" in items["soft_asks.table"].notes[0]
    assert "1 live campaign waits" in items["moments.order_placed"].notes[0]
    assert plan.fatigue == (2, 3)
    wanted = {campaign.key: campaign for campaign in plan.campaigns}
    assert wanted["shipping_news"].draft.moment == "order_placed"
    assert wanted["table"].stored is None


def test_plan__renamed_and_moved__known_by_its_key() -> None:
    text = write_setup(FULL).replace("name: Shipping news", "name: Delivery news")
    plan = planned(text)
    assert fates(plan)["soft_asks.shipping_news"] == "changed"
    assert [campaign.stored.id for campaign in plan.campaigns if campaign.stored] == [7]


def test_plan__other_key__known_by_moment_and_name() -> None:
    text = write_setup(FULL).replace("  shipping_news:", "  shipping:")
    plan = planned(text)
    assert fates(plan)["soft_asks.shipping"] == "changed"
    [item] = [item for item in plan.items if item.key == "shipping"]
    assert [(change.old, change.new) for change in item.changes] == [("shipping_news", "shipping")]
    assert item.notes[0] == "Recognised by its moment and name."


def test_plan__two_with_that_name__none_is_guessed() -> None:
    twins = (stored(ASK), stored(ASK, id=9, key="shipping_news_2"))
    text = write_setup(FULL).replace("  shipping_news:", "  shipping:")
    plan = planned(text, replace(FULL, campaigns=twins))
    assert fates(plan)["soft_asks.shipping"] == "created"


def test_plan__written_for_another_app__said() -> None:
    assert planned(write_setup(replace(FULL, app="Lair"))).foreign == "Lair"
    assert planned(write_setup(FULL)).foreign == ""


def test_plan__archived_here__refused_unless_nothing_changes() -> None:
    gone = replace(FULL, campaigns=(stored(ASK, status="archived"), stored(RULE, id=8)))
    assert fates(planned(write_setup(FULL), gone))["soft_asks.shipping_news"] == "unchanged"
    [(where, line, sentence)] = said(write_setup(FULL).replace("One message.", "Two."), gone)
    assert where == "soft_asks.shipping_news"
    assert line > 0
    assert "is archived here" in sentence


# ---- bad files ----


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("a: [1, 2\nb: 3", 2, "This is not YAML"),
        ("", 0, "The file is empty."),
        ("# nothing\n", 0, "The file is empty."),
        ("a: \x00", 0, "This is not YAML"),
        ("a: &x [1]\nb: *x", 1, "References"),
        ("a: !!python/object/apply:os.system [ls]", 1, "Tags like"),
        ("oneask: 1\n---\noneask: 1", 2, "second document"),
        ("? [a]\n: b", 1, "A name must be"),
        ("[" * 100_000, 1, f"more than {DEEPEST} levels"),
        ("- " * 40 + "x", 1, f"more than {DEEPEST} levels"),
        ("- a\n" * 200_000, 100_000, "too many entries"),
        ("x" * 1_000_001, 0, "larger than 1 MB"),
    ],
)
def test_read__not_a_plain_file__one_clear_sentence(text: str, line: int, sentence: str) -> None:
    [(_, at, found)] = said(text)
    assert sentence in found
    assert at == line


def test_read__billion_laughs__refused_at_the_first_anchor() -> None:
    bomb = 'a: &a ["lol"]\n' + "".join(
        f"{name}: &{name} [{','.join(['*' + before] * 9)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    [(_, line, sentence)] = said(bomb)
    assert line == 1
    assert "References" in sentence


@pytest.mark.parametrize("raw", [b"\x89PNG\r\n\x1a\n\xff", "oneask: 1".encode("utf-16")])
def test_decode__binary__refused(raw: bytes) -> None:
    with pytest.raises(Unreadable, match="not a text file"):
        decode(raw)


def test_decode__two_megabytes__refused() -> None:
    with pytest.raises(Unreadable, match="larger than 1 MB"):
        decode(b"x" * 2_000_000)
    assert decode("\ufeffoneask: 1".encode()) == "oneask: 1"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("just words", "names with values"),
        ("- a\n- b", "names with values"),
        ("moments: {}", "begins with “oneask: 1”"),
        ("oneask: 2", "Only version 1"),
        ("oneask: true", "Only version 1"),
        ("oneask: '1'", "Only version 1"),
    ],
)
def test_read__not_this_format__refused(text: str, sentence: str) -> None:
    assert any(sentence in found for _, _, found in said(text))


def test_read__same_name_twice__both_lines_named() -> None:
    text = "oneask: 1\nmoments:\n  a: {name: A, event: A}\n  a: {name: B, event: B}\n"
    assert said(text) == [("moments.a", 4, "“a” stands here twice, first in line 3.")]


WRONG = """\
oneask: 1
fatigue: {per_day: 11, per_week: 2}
moments:
  order_placed:
    status: asleep
    opening: perhaps
    colour: red
soft_asks:
  Big Name:
    name: x
    moment: order_placed
  shipping_news:
    holdout: lots
    min_sessions: 1.5
    backoff_days: 14
    variants:
      - title: 2026
      - key: b
        translations: {de: {title: 5}}
surprise: 1
"""


def test_read__wrong_kinds_and_unknown_fields__all_at_once_by_line() -> None:
    found = said(WRONG)
    assert [(where, line) for where, line, _ in found] == [
        ("fatigue.per_week", 2),
        ("fatigue.per_day", 2),
        ("moments.order_placed.status", 5),
        ("moments.order_placed.opening", 6),
        ("moments.order_placed.colour", 7),
        ("soft_asks.Big Name", 9),
        ("soft_asks.shipping_news.holdout", 13),
        ("soft_asks.shipping_news.min_sessions", 14),
        ("soft_asks.shipping_news.backoff_days", 15),
        ("soft_asks.shipping_news.variants.0.title", 17),
        ("soft_asks.shipping_news.variants.0.key", 17),
        ("soft_asks.shipping_news.variants.1.translations.de.title", 19),
        ("surprise", 20),
    ]
    assert "Put it in quotes" in found[9][2]
    half = "oneask: 1\nsoft_asks:\n  x:\n    name: X\n    moment: nowhere\n    colour: red\n"
    assert [line for _, line, _ in said(half)] == [5, 6]
    assert "Known are name, event, status" in found[4][2]


MIXED = """\
oneask: two
oneask: 2
moments:
  not a key: {name: N, event: 5}
  order_placed:
    conditions:
      - {property: total, op: around, value: 3}
      - {property: "", op: eq, value: 3}
      - {property: total, op: gte, value: 3}
soft_asks:
  shipping_news:
    moment: nowhere
    holdout: lots
    backoff_days: [14, soon]
    variants:
      - title: No key
      - {key: b, illustration: spaceship}
      - {key: B, title: 7}
redirects:
  missed: {cap: many, cooldown_days: 0}
"""


def test_plan__wrong_kinds_beside_impossible_things__one_list_and_nothing_said_twice() -> None:
    found = said(MIXED)
    assert [(where, line) for where, line, _ in found] == [
        ("oneask", 1),
        ("oneask", 2),
        ("moments.not a key.event", 4),
        ("moments.not a key", 4),
        ("moments.order_placed.conditions.0", 7),
        ("moments.order_placed.conditions.1", 8),
        ("soft_asks.shipping_news.moment", 12),
        ("soft_asks.shipping_news.holdout", 13),
        ("soft_asks.shipping_news.backoff_days.1", 14),
        ("soft_asks.shipping_news.variants.0.key", 16),
        ("soft_asks.shipping_news.variants.1.illustration", 17),
        ("soft_asks.shipping_news.variants.2.title", 18),
        ("soft_asks.shipping_news.variants.2.key", 18),
        ("redirects.missed.cap", 20),
        ("redirects.missed.cooldown_days", 20),
    ]


def test_read__no_version__told_beside_the_rest() -> None:
    found = said("moments: {order_placed: {colour: red}}")
    assert [where for where, _, _ in found] == ["oneask", "moments.order_placed.colour"]


IMPOSSIBLE = f"""\
oneask: 1
moments:
  order_placed:
    conditions:
      - {{property: total, op: around, value: 3}}
soft_asks:
  shipping_news:
    moment: nowhere
    variants:
      - key: a
        title: {"x" * (LENGTHS["title"] + 1)}
        body: Hello {{{{order id}}}}
        illustration: image:{"a" * 64}
  nameless:
    moment: order_placed
redirects:
  placeless: {{name: "<script>alert(1)</script>"}}
"""


def test_plan__impossible_things__all_at_once_by_line() -> None:
    found = said(IMPOSSIBLE)
    assert [(where, line) for where, line, _ in found] == [
        ("moments.order_placed.conditions.0", 5),
        ("soft_asks.shipping_news.moment", 8),
        ("soft_asks.shipping_news.variants.0.title", 11),
        ("soft_asks.shipping_news.variants.0.body", 12),
        ("soft_asks.shipping_news.variants.0.illustration", 13),
        ("soft_asks.nameless.name", 14),
        ("redirects.placeless.moment", 17),
    ]
    assert "Variant “a” shows a picture that this app does not have" in found[4][2]


def test_plan__twenty_thousand_soft_asks__each_fault_of_each_counted() -> None:
    asks = "".join(f"  a{n}: {{}}\n" for n in range(20_000))
    found = said(f"oneask: 1\nsoft_asks:\n{asks}")
    assert len(found) == 40_000
    assert found[-1][:2] == ("soft_asks.a19999.name", 20_002)


def test_plan__too_much_at_once__asked_for_in_parts() -> None:
    moments = "".join(f"  m{n}: {{name: M, event: E}}\n" for n in range(501))
    [(_, _, sentence)] = said(f"oneask: 1\nmoments:\n{moments}")
    assert "in parts" in sentence
