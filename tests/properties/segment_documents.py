"""Random devices as facets, and random segments, close enough to each other that some match."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from campaigns.domain.segment_facts import FACTS
from permissions_app.domain.breakdowns import OUTCOME_LETTERS, STAGE_LETTERS
from permissions_app.domain.device import TIMES_KEPT
from permissions_app.domain.facets import NEVER, Facet, version_order

TODAY = 20_700
MOMENTS = ("order_placed", "goal_set", "message_sent")
VERSIONS = ("4.2", "4.10.1", "5", "unknown")
TEXTS = {
    "os": ("17", "18", "chrome"),
    "language": ("en", "de"),
    "locale": ("en-US", "de-DE", "de"),
    "country": ("US", "DE", "unknown", "'; --"),
    "saw": ("s1", "s1.2.a", "r5"),
    "asked_app": VERSIONS,
    "asked_moment": (*MOMENTS, ""),
    "app_version": VERSIONS,
}
DAYS = st.integers(TODAY - 40, TODAY + 2)
SMALL = st.integers(0, 6)


def _choice(name: str) -> tuple[str, ...]:
    return tuple(FACTS[name].choices or TEXTS[name])


def _some(name: str) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(_choice(name))


@st.composite
def _moments(draw: st.DrawFn) -> tuple[tuple[str, ...], tuple[int, ...]]:
    keys = draw(st.lists(st.sampled_from(MOMENTS), unique=True, max_size=3))
    numbers: list[int] = []
    for _ in keys:
        times = sorted(draw(st.lists(DAYS, min_size=1, max_size=TIMES_KEPT)), reverse=True)
        numbers += [len(times) + draw(SMALL), draw(st.integers(0, len(times))), times[-1], *times]
        numbers += [NEVER] * (TIMES_KEPT - len(times))
    return tuple(keys), tuple(numbers)


@st.composite
def facets(draw: st.DrawFn) -> Facet:
    """One device."""
    version = draw(st.sampled_from(VERSIONS))
    moments, numbers = draw(_moments())
    days = {name: draw(st.none() | DAYS) for name, fact in FACTS.items() if fact.kind == "day"}
    way = "".join(draw(st.sets(st.sampled_from(tuple(STAGE_LETTERS.values())))))
    told: dict[str, Any] = {
        **days,
        **{name: draw(SMALL) for name, fact in FACTS.items() if fact.kind == "number"},
        "first_seen": draw(DAYS),
        "last_seen": draw(DAYS),
        "platform": draw(st.sampled_from(_choice("platform"))),
        **{
            name: draw(st.sampled_from(TEXTS[name]))
            for name in ("os", "locale", "language", "country")
        },
        **{
            name: draw(_some(name))
            for name in ("status", "cause", "recovery", "asked_app", "asked_moment")
        },
        "app_version": version,
        "app_order": version_order(version),
        "way": draw(st.none() | st.sampled_from(tuple(OUTCOME_LETTERS.values())).map(way.__add__)),
        "interruptions": tuple(sorted(draw(st.lists(DAYS, max_size=4)), reverse=True)),
        "saw": tuple(draw(st.sets(st.sampled_from(TEXTS["saw"])))),
    }
    return Facet(**told, moments=moments, moment_numbers=numbers)


def _values(name: str) -> st.SearchStrategy[dict[str, Any]]:
    values = st.lists(st.sampled_from(_choice(name)).filter(bool), min_size=1, max_size=3)
    return values.map(lambda chosen: {"fact": name, "in": chosen})


_WINDOW = st.integers(1, 45)
_DATES = ("2026-08-01", "2026-08-20", "2026-09-01", "2026-09-05")
_WHEN = st.one_of(
    st.booleans().map(lambda ever: {"ever": ever}),
    st.just({"ahead": True}),
    _WINDOW.map(lambda days: {"in_last_days": days}),
    _WINDOW.map(lambda days: {"more_than_days_ago": days}),
    st.sampled_from(_DATES).map(lambda day: {"from": day}),
    st.sampled_from(_DATES).map(lambda day: {"to": day}),
    st.lists(st.sampled_from(_DATES), min_size=2, max_size=2).map(
        lambda days: {"from": min(days), "to": max(days)}
    ),
)


@st.composite
def _of_a_fact(draw: st.DrawFn) -> dict[str, Any]:
    fact = draw(st.sampled_from(tuple(FACTS.values())))
    if fact.kind in ("choice", "text"):
        return draw(_values(fact.name))
    if fact.kind == "day":
        return {"fact": fact.name, **draw(_WHEN)}
    if fact.kind == "number":
        low, high = sorted((draw(SMALL), draw(SMALL)))
        ends = draw(st.sampled_from([{"at_least": low}, {"at_most": high}, None]))
        return {"fact": fact.name, **(ends or {"at_least": low, "at_most": high})}
    word = draw(st.sampled_from(("at_least", "below", "in")))
    version = draw(st.sampled_from(VERSIONS[:3]))
    return {"fact": fact.name, word: [version] if word == "in" else version}


@st.composite
def _of_a_moment(draw: st.DrawFn) -> dict[str, Any]:
    told: dict[str, Any] = {"at_least": draw(st.integers(1, TIMES_KEPT))}
    if draw(st.booleans()):
        told["in_last_days"] = draw(_WINDOW)
    if draw(st.booleans()):
        return {"fact": "interruptions", "in_last_days": draw(_WINDOW)} | told
    told["moment"] = draw(st.sampled_from((*MOMENTS, "nobody's")))
    return told | draw(st.sampled_from([{}, {"since_no": True}, {"since_no": False}]))


documents: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.one_of(_of_a_fact(), _of_a_fact(), _of_a_moment()),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=6,
)
