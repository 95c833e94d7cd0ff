"""Two people changed the same draft: what each of them did, put together.

Three documents are looked at: the one both started from (`base`), the one stored meanwhile
(`theirs`), and the one typed (`mine`). What only one of them changed is taken from them. What both
changed, and not to the same, is a *clash*: the merged document holds mine, and the clash says what
theirs was, so that a person can choose. Texts are compared one by one, variants being told apart by
their key and texts by their language, so that two people can work on two languages at once.

A document is what `drafts.document` makes, and `name`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]
Path = tuple[str, ...]
VARIANTS, TEXTS = "variants", "texts"
FIELDS = ("title", "body", "accept_label", "decline_label", "line", "action_label")
GONE = None
"""The value of a variant that somebody removed."""


@dataclass(frozen=True, slots=True)
class Clash:
    """What both changed. `path`: `(field,)`, `("variants", key)` for a variant that one of them
    removed, `("variants", key, field)` or `("variants", key, "texts", locale, field)`.
    """

    path: Path
    base: Any
    theirs: Any
    mine: Any


@dataclass(frozen=True, slots=True)
class Merged:
    """The document that holds both, and where they clash. `taken`: the paths taken from theirs."""

    document: Document
    clashes: tuple[Clash, ...]
    taken: tuple[Path, ...]


def merge(*, base: Document, theirs: Document, mine: Document) -> Merged:
    """Put two changes of one document together."""
    flat = [_flat(document) for document in (base, theirs, mine)]
    leaves: dict[Path, Any] = {}
    clashes: list[Clash] = []
    taken: list[Path] = []
    for path in _paths(*flat):
        old, their, my = (leaf.get(path, _absent(path)) for leaf in flat)
        if their in (my, old):
            leaves[path] = my
        elif my == old:
            leaves[path] = their
            taken.append(path)
        else:
            leaves[path] = my
            clashes.append(Clash(path, old, their, my))
    clashes = [*_removals(flat, leaves, clashes), *clashes]
    if not clashes and not taken:
        return Merged(mine, (), ())
    if mine in (theirs, base):
        return Merged(theirs, tuple(clashes), tuple(taken))
    return Merged(_document(leaves, mine, theirs), tuple(clashes), tuple(taken))


def _removals(
    flat: list[dict[Path, Any]], leaves: dict[Path, Any], clashes: list[Clash]
) -> list[Clash]:
    """Variants that one removed and the other changed: they stay until somebody chooses.

    Their single fields are no clashes then: there is nothing to compare them with.
    """
    found = []
    for key in [path[1] for path in leaves if path[0] == VARIANTS and len(path) == 2]:
        here = (VARIANTS, key)
        old, their, my = (_of_variant(leaf, here) for leaf in flat)
        if not old or bool(their) == bool(my) or old in (their, my):
            continue
        kept = their or my
        leaves.update(kept)
        clashes[:] = [clash for clash in clashes if clash.path[:2] != here]
        found.append(Clash(here, True, True if their else GONE, True if my else GONE))
    return found


def _of_variant(leaves: Mapping[Path, Any], here: Path) -> dict[Path, Any]:
    return {path: value for path, value in leaves.items() if path[:2] == here}


def _flat(document: Document) -> dict[Path, Any]:
    """A document as its parts. The own texts of a variant are those of the default language."""
    leaves: dict[Path, Any] = {
        (name,): value for name, value in document.items() if name != VARIANTS
    }
    for variant in document.get(VARIANTS, ()):
        here = (VARIANTS, variant["key"])
        leaves[here] = True
        for name, value in variant.items():
            if name in FIELDS:
                leaves[(*here, TEXTS, document["locale"], name)] = value
            elif name not in ("key", "translations"):
                leaves[(*here, name)] = value
        for locale, texts in variant.get("translations", {}).items():
            leaves[(*here, TEXTS, locale)] = True
            for name, text in texts.items():
                leaves[(*here, TEXTS, locale, name)] = text
    return leaves


def _paths(*flat: Mapping[Path, Any]) -> list[Path]:
    """All parts that any of them has, in the order of the documents, mine first."""
    return list(dict.fromkeys(path for leaves in reversed(flat) for path in leaves))


def _absent(path: Path) -> Any:
    """What a part is where it is not written: a text is empty, everything else is not there."""
    return "" if len(path) == 5 else GONE


def _document(leaves: Mapping[Path, Any], mine: Document, theirs: Document) -> Document:
    """The parts as a document again, variants in my order and then those that only they have."""
    merged: Document = {path[0]: value for path, value in leaves.items() if len(path) == 1}
    order = [variant["key"] for side in (mine, theirs) for variant in side.get(VARIANTS, ())]
    merged[VARIANTS] = [
        _variant(leaves, key, merged["locale"])
        for key in dict.fromkeys(order)
        if leaves.get((VARIANTS, key))
    ]
    return merged


def _variant(leaves: Mapping[Path, Any], key: str, locale: str) -> dict[str, Any]:
    variant: dict[str, Any] = {"key": key}
    translations: dict[str, dict[str, str]] = {}
    for path, value in _of_variant(leaves, (VARIANTS, key)).items():
        if len(path) == 3 and value is not GONE:
            variant[path[2]] = value
        elif len(path) == 4 and value and path[3] != locale:
            translations.setdefault(path[3], {})
        elif len(path) == 5 and path[3] == locale:
            variant[path[4]] = value
        elif len(path) == 5 and value:
            translations.setdefault(path[3], {})[path[4]] = value
    return {**variant, "translations": translations}


def take(*, mine: Document, theirs: Document, path: Path) -> Document:
    """My document with one part, or a whole variant, as they have it."""
    size = len(path)
    mine_flat, their_flat = _flat(mine), _flat(theirs)
    leaves = {at: value for at, value in mine_flat.items() if at[:size] != path}
    leaves |= {at: value for at, value in their_flat.items() if at[:size] == path}
    if len(path) == 5:
        leaves.setdefault(path, "")  # they have no such text: nothing is what they have
    return _document(leaves, mine, theirs)
