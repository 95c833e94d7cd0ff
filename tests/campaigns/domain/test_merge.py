"""Two people's changes of one draft, put together."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from campaigns.domain.merge import Document, merge, take

FIELDS = ("title", "body")
LOCALES = ("de", "fr")
text = st.text(alphabet="abc", max_size=3)
translations = st.dictionaries(
    st.sampled_from(LOCALES),
    st.dictionaries(st.sampled_from(FIELDS), text.filter(bool), min_size=1),
)


def variant(key: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "key": st.just(key),
            "title": text,
            "body": text,
            "surface": st.sampled_from(["sheet", "card"]),
            "weight": st.sampled_from([1.0, 2.0]),
            "translations": translations,
        }
    )


documents = st.fixed_dictionaries(
    {
        "name": text,
        "locale": st.just("en"),
        "platforms": st.lists(st.sampled_from(["ios", "web"]), unique=True),
        "holdout": st.sampled_from([0.0, 0.1]),
        "variants": st.tuples(variant("a"), variant("b"), variant("c")).flatmap(
            lambda three: st.integers(0, 3).map(lambda size: list(three[:size]))
        ),
    }
)


def a_document() -> Document:
    return {
        "name": "Ask",
        "locale": "en",
        "platforms": ["ios"],
        "variants": [
            {
                "key": key,
                "title": f"Title {key}",
                "body": "Body",
                "surface": "sheet",
                "weight": 1.0,
                "translations": {"de": {"title": f"Titel {key}"}},
            }
            for key in "ab"
        ],
    }


@given(documents, documents)
def test_merge__one_side_did_nothing__is_the_other(base: Document, other: Document) -> None:
    for theirs, mine in ((other, base), (base, other), (other, other)):
        told = merge(base=base, theirs=theirs, mine=mine)
        assert told.document == other
        assert told.clashes == ()


EDITS = {
    ("name",): "New name",
    ("platforms",): ["web"],
    ("a", "title"): "New title",
    ("a", "weight"): 7.0,
    ("b", "body"): "New body",
    ("a", "de", "title"): "Neuer Titel",
    ("a", "de", "body"): "Neuer Text",
    ("b", "fr", "title"): "Nouveau titre",
}


def edited(document: Document, edits: list[tuple[str, ...]]) -> Document:
    made = copy.deepcopy(document)
    for path in edits:
        if len(path) == 1:
            made[path[0]] = EDITS[path]
            continue
        here = next(one for one in made["variants"] if one["key"] == path[0])
        if len(path) == 2:
            here[path[1]] = EDITS[path]
        else:
            here["translations"].setdefault(path[1], {})[path[2]] = EDITS[path]
    return made


@given(st.permutations(sorted(EDITS)), st.integers(0, len(EDITS)))
def test_merge__disjoint_edits__equals_both(edits: list[tuple[str, ...]], cut: int) -> None:
    base = a_document()
    theirs, mine = edited(base, edits[:cut]), edited(base, edits[cut:])
    told = merge(base=base, theirs=theirs, mine=mine)
    assert told.document == edited(base, edits)
    assert told.clashes == ()


@given(documents, documents, documents)
def test_merge__anything__loses_no_text(base: Document, theirs: Document, mine: Document) -> None:
    told = merge(base=base, theirs=theirs, mine=mine)
    kept = {one["key"]: one for one in told.document["variants"]}
    clashing = {clash.path for clash in told.clashes}
    assert [one["key"] for one in told.document["variants"]] == list(dict.fromkeys(kept))
    before = {one["key"]: one for one in base["variants"]}
    for one in mine["variants"]:
        if one != before.get(one["key"]):
            assert one["key"] in kept
            changed = [f for f in FIELDS if one[f] != before.get(one["key"], {}).get(f, "")]
            assert all(kept[one["key"]][field] == one[field] for field in changed)
    for one in theirs["variants"]:
        if one != before.get(one["key"]):
            assert one["key"] in kept
            for field in FIELDS:
                path = ("variants", one["key"], "texts", "en", field)
                old = before.get(one["key"], {}).get(field, "")
                assert (
                    kept[one["key"]][field] == one[field] or path in clashing or old == one[field]
                )


def test_merge__same_field__clashes_and_holds_mine() -> None:
    base = a_document()
    theirs, mine = copy.deepcopy(base), copy.deepcopy(base)
    theirs["variants"][0]["title"], mine["variants"][0]["title"] = "Theirs", "Mine"
    told = merge(base=base, theirs=theirs, mine=mine)
    (clash,) = told.clashes
    assert clash.path == ("variants", "a", "texts", "en", "title")
    assert (clash.base, clash.theirs, clash.mine) == ("Title a", "Theirs", "Mine")
    assert told.document["variants"][0]["title"] == "Mine"
    assert take(mine=told.document, theirs=theirs, path=clash.path) == theirs


def test_merge__removed_here_changed_there__stays_until_chosen() -> None:
    base = a_document()
    gone, changed = copy.deepcopy(base), copy.deepcopy(base)
    del gone["variants"][1]
    changed["variants"][1]["title"] = "Changed"
    for theirs, mine in ((gone, changed), (changed, gone)):
        told = merge(base=base, theirs=theirs, mine=mine)
        assert [clash.path for clash in told.clashes] == [("variants", "b")]
        assert told.document["variants"][1]["title"] == "Changed"
    assert take(mine=changed, theirs=gone, path=("variants", "b")) == gone


def test_merge__removed_by_one_untouched_by_the_other__is_gone() -> None:
    base = a_document()
    gone, other = copy.deepcopy(base), copy.deepcopy(base)
    del gone["variants"][1]
    other["name"] = "Other"
    for theirs, mine in ((gone, other), (other, gone)):
        told = merge(base=base, theirs=theirs, mine=mine)
        assert [one["key"] for one in told.document["variants"]] == ["a"]
        assert told.document["name"] == "Other"
        assert told.clashes == ()


def test_merge__default_language_changed__texts_stay_in_their_language() -> None:
    base = a_document()
    theirs, mine = copy.deepcopy(base), copy.deepcopy(base)
    theirs["variants"][0]["title"] = "Better title"
    mine["locale"] = "de"
    for one in mine["variants"]:
        english = {"title": one["title"], "body": one["body"]}
        one["title"], one["body"] = one["translations"].pop("de")["title"], ""
        one["translations"]["en"] = english
    told = merge(base=base, theirs=theirs, mine=mine)
    assert told.clashes == ()
    assert told.document["variants"][0]["title"] == "Titel a"
    assert told.document["variants"][0]["translations"]["en"]["title"] == "Better title"
