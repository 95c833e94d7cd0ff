"""Two people wrote at once: what the editor shows then, and what its buttons choose.

The form was opened with one version, another is stored meanwhile. What only they changed is put into
the form, what only this person changed stays in it, and what both changed is shown side by side.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from campaigns.domain.draft_changes import SAID
from campaigns.domain.drafts import Draft, Kind, document, draft_of
from campaigns.domain.merge import FIELDS, GONE, Clash, Document, Path, merge, take
from campaigns.web.draft_form import Values, keep_unread, typed_draft, values_of
from campaigns.web.editor_page import LABELS
from campaigns.web.languages import language_name

_LOOKS = {"surface": "Shown as", "weight": "Weight", "illustration": "Picture"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What both changed, in words. `path`: how its buttons name it; `removed`: by whom, or ''."""

    path: str
    label: str
    base: str
    theirs: str
    mine: str
    removed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merging:
    """The form with both changes in it. `taken`: what only they changed, in words."""

    values: Values
    differences: tuple[Difference, ...]
    taken: tuple[str, ...]
    same: bool
    """Nothing of this person's is left to save: what is stored already says it."""


def merged(
    *,
    kind: Kind,
    base: Draft,
    theirs: Draft,
    typed: Values,
    moments: Mapping[str, str],
    kept: Collection[str] = (),
) -> Merging:
    """Put what was typed into a form of `base` together with what is stored now.

    `kept`: the paths for which the person said that theirs is not wanted.
    """
    mine = typed_draft(kind, typed, base)
    told = merge(base=_document(base), theirs=_document(theirs), mine=_document(mine))
    whole = _draft(kind, told.document)
    values = keep_unread(shown=values_of(whole), typed=typed, kind=kind, based_on=base)
    drafts = (base, theirs, mine)
    found = (_difference(clash, drafts, moments) for clash in told.clashes)
    return Merging(
        values=values,
        differences=tuple(one for one in found if one.path not in kept),
        taken=tuple(dict.fromkeys(_label(path) for path in told.taken if len(path) != 4)),
        same=not told.clashes and told.document == _document(theirs) and values == values_of(whole),
    )


def take_theirs(*, kind: Kind, typed: Values, theirs: Draft, path: str) -> Values:
    """What was typed, with one part as it is stored."""
    mine = typed_draft(kind, typed, theirs)
    parts: Path = tuple(path.split("/"))
    chosen = _draft(kind, take(mine=_document(mine), theirs=_document(theirs), path=parts))
    gone = "holdout_percent" if parts[0] == "holdout" else parts[0]
    unread = Values(
        single={name: text for name, text in typed.single.items() if name != gone},
        several=typed.several,
        variants=() if parts[-1] == "weight" else typed.variants,
    )
    return keep_unread(shown=values_of(chosen), typed=unread, kind=kind, based_on=theirs)


def keep_mine(*, typed: Values, theirs: Draft, path: str) -> Values:
    """What was typed; a variant that this person removed and the other changed goes again."""
    parts = path.split("/")
    if len(parts) != 2 or parts[1] not in {variant.key for variant in theirs.variants}:
        return typed
    left = tuple(variant for variant in typed.variants if variant.key != parts[1])
    return replace(typed, variants=left)


def _document(draft: Draft) -> Document:
    return {"name": draft.name, **document(draft)}


def _draft(kind: Kind, whole: Document) -> Draft:
    content = {name: value for name, value in whole.items() if name != "name"}
    return draft_of(kind=kind, name=whole["name"], content=content)


def _difference(
    clash: Clash, drafts: tuple[Draft, Draft, Draft], moments: Mapping[str, str]
) -> Difference:
    path = clash.path
    if len(path) == 1:
        say = SAID[path[0]][1]
        base, theirs, mine = (say(draft, moments) for draft in drafts)
    else:
        base, theirs, mine = (_said(value) for value in (clash.base, clash.theirs, clash.mine))
    removed = ""
    if len(path) == 2:
        removed = "mine" if clash.mine is GONE else "theirs"
    return Difference(
        path="/".join(path),
        label=_label(path),
        base=base,
        theirs=theirs,
        mine=mine,
        removed=removed,
    )


def _label(path: Path) -> str:
    """`Variant a: Title, German`."""
    if len(path) == 1:
        return SAID[path[0]][0] if path[0] in SAID else path[0]
    variant = f"Variant {path[1]}"
    if len(path) == 2:
        return variant
    if path[-1] in FIELDS:
        return f"{variant}: {LABELS[path[-1]]}, {language_name(path[3])}"
    return f"{variant}: {_LOOKS.get(path[-1], path[-1])}"


def _said(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.10g}"
    return "" if value is GONE or value is True else str(value)
