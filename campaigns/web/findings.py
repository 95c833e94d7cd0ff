"""The linter panel: what is missing, what is wrong with the words, and better ones to take over.

Findings stand with the variant and the language they are about. Those about the moment are told
once, however many texts there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from campaigns.domain.copy_lint import Severity
from campaigns.domain.copy_rules import MOMENT
from campaigns.domain.draft_lint import Placed, told_once
from campaigns.domain.drafts import Draft, SoftAskDraft, texts_of
from campaigns.selectors.campaigns import Checked, check_draft
from campaigns.web.draft_form import field_name
from permissions_app.models import ValueMoment

LABELS = {
    "title": "Title",
    "body": "Text",
    "accept_label": "Yes button",
    "decline_label": "Way out",
    "line": "Line",
    "action_label": "Button",
    MOMENT: "Moment",
}
_SEVERITIES: Mapping[Severity, tuple[str, str, str]] = {
    "blocking": ("Blocking", "{} blocking", "{} blocking"),
    "warning": ("Warning", "{} warning", "{} warnings"),
    "note": ("Note", "{} note", "{} notes"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One finding as it is shown. `before`, `marked`, `after`: the text around the offending part;
    `marked` is '' when the whole text is meant. `input`: the form field a rewrite goes into, ''
    when there is none.
    """

    severity: Severity
    word: str
    field: str
    label: str
    before: str
    marked: str
    after: str
    reason: str
    source: str
    rewrite: str
    index: int
    locale: str
    input: str


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one variant in one language; `key` is '' for those about the moment."""

    key: str
    locale: str
    grave: tuple[Remark, ...]
    notes: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class Lack:
    """A text or choice that is missing, and the form field it belongs in."""

    where: str
    sentence: str
    input: str


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything the linter panel shows."""

    count: str
    blocking: int
    warning: int
    note: int
    missing: tuple[Lack, ...]
    twice: tuple[str, ...]
    groups: tuple[Group, ...]


def panel(*, draft: Draft, moment: ValueMoment | None, checked: Checked | None = None) -> Panel:
    """The linter panel of a draft. `checked`: what the linter said of it, where somebody asked."""
    checked = checked or check_draft(draft=draft, moment=moment)
    about_moment, rest = told_once(checked.findings)
    groups = [_group("", "", about_moment, draft)] if about_moment else []
    places = dict.fromkeys((placed.index, placed.locale) for placed in rest)
    for index, locale in places:
        here = [p for p in rest if (p.index, p.locale) == (index, locale)]
        groups.append(_group(here[0].variant, locale, here, draft))
    numbers: dict[Severity, int] = dict.fromkeys(_SEVERITIES, 0)
    for placed in (*about_moment, *rest):
        numbers[placed.finding.severity] += 1
    missing = tuple(_lack(draft, field, said) for field, said in checked.missing.items())
    return Panel(
        count=_count(numbers, len(missing)),
        blocking=numbers["blocking"],
        warning=numbers["warning"],
        note=numbers["note"],
        missing=missing,
        twice=_twice(draft, moment, bool(about_moment)),
        groups=tuple(groups),
    )


def _group(key: str, locale: str, placed: Sequence[Placed], draft: Draft) -> Group:
    remarks = [_remark(one, draft) for one in placed]
    return Group(
        key,
        locale,
        tuple(one for one in remarks if one.severity != "note"),
        tuple(one for one in remarks if one.severity == "note"),
    )


def _remark(placed: Placed, draft: Draft) -> Remark:
    finding = placed.finding
    before, marked, after = "", "", ""
    name = ""
    if finding.field != MOMENT:
        variant = draft.variants[placed.index]
        own = texts_of(variant)[finding.field]
        words = own
        if placed.locale != draft.locale:
            told = texts_of(variant, placed.locale)[finding.field]
            words = told if told.strip() else own
        start, end = finding.span or (0, 0)
        before, marked, after = words[:start], words[start:end], words[end:]
        name = f"v-{placed.index}-t-{placed.locale}-{finding.field}"
    return Remark(
        severity=finding.severity,
        word=_SEVERITIES[finding.severity][0],
        field=finding.field,
        label=LABELS[finding.field],
        before=before,
        marked=marked,
        after=after,
        reason=finding.reason,
        source=finding.source,
        rewrite=finding.rewrite,
        index=placed.index,
        locale=placed.locale,
        input=name,
    )


def _lack(draft: Draft, field: str, sentence: str) -> Lack:
    parts = field.split(".")
    known = len(parts) > 2 and int(parts[1]) < len(draft.variants)
    where = f"Variant {draft.variants[int(parts[1])].key}" if known else ""
    return Lack(where, sentence, field_name(field, draft.locale))


def _count(numbers: Mapping[Severity, int], missing: int) -> str:
    said = [f"{missing} missing"] if missing else []
    for severity, (_, one, many) in _SEVERITIES.items():
        number = numbers[severity]
        if number:
            said.append((one if number == 1 else many).format(number))
    return ", ".join(said) if said else "Nothing to mend"


def _twice(draft: Draft, moment: ValueMoment | None, told: bool) -> tuple[str, ...]:
    """What to think twice about before it goes live. `told`: the linter spoke of the moment."""
    said = []
    if moment is not None and moment.opening and not told:
        said.append(
            f"“{moment.name}” is an opening moment: nothing of value has happened yet, so people "
            "have no reason to say yes."
        )
    if moment is not None and moment.status == ValueMoment.Status.PAUSED:
        said.append(f"“{moment.name}” is paused, so nothing is shown at it.")
    if isinstance(draft, SoftAskDraft) and draft.allow_first_session:
        said.append("In the first session people cannot know yet what they would miss.")
    return tuple(said)
