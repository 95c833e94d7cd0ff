"""The rules about words, as data.

Every rule of the copy linter stands in `copy_rules.json` with its severity, its language, the one
sentence that explains it, where it comes from, and examples that pass and fail; the examples are
its tests. This module reads that file once. `table` prints the rules for people:

    python -m campaigns.domain.copy_rules > docs/copy-rules.md
"""

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

Severity = Literal["blocking", "warning", "note"]
Kind = Literal["soft_ask", "redirect"]
SEVERITIES: tuple[Severity, ...] = ("blocking", "warning", "note")
FIELDS: Mapping[Kind, tuple[str, ...]] = {
    "soft_ask": ("title", "body", "accept_label", "decline_label"),
    "redirect": ("line", "action_label"),
}
"""The texts of each kind, in reading order."""
MOMENT = "moment"
"""The field of a finding that is about the moment, not about a text."""

_DATA = Path(__file__).with_name("copy_rules.json")
_HEADING = {
    "blocking": "must be mended before it goes live",
    "warning": "likely to cost acceptance or trust",
    "note": "worth knowing",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `language`: the language its words belong to; None holds for every language.

    `check`: the test it runs, `pattern` when its words alone decide. `words`: its patterns as one
    expression. `params`: numbers of the test. `rewrite`: how a better text is made. `passing`,
    `failing`: examples; each changes one thing in a text that passes every rule.
    """

    id: str
    severity: Severity
    language: str | None
    kinds: tuple[Kind, ...]
    fields: tuple[str, ...]
    check: str
    reason: str
    source: str
    rewrite: str
    words: re.Pattern[str] | None = None
    params: Mapping[str, float] = field(default_factory=dict)
    passing: tuple[Mapping[str, Any], ...] = ()
    failing: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words that checks and rewrites share.

    `objects`: things an app is about. `verbs`: what people do with them, in the past. `small`:
    words that name nothing. `told_by_all`: words that every soft ask has. `next_...`: what happens
    to an object next, by the object or by what was done with it. `templates`: sentences by
    language. `value_moments`: a moment to use instead of an opening one, by object. `expansion`:
    how much longer a language is than English. `other_systems`: the names of a system, by platform.
    `way_out`: how a text says that the messages can be stopped.
    """

    objects: frozenset[str]
    verbs: frozenset[str]
    small: frozenset[str]
    told_by_all: frozenset[str]
    next_by_object: Mapping[str, str]
    next_by_verb: Mapping[str, str]
    next: str
    templates: Mapping[str, Mapping[str, str]]
    value_moments: Mapping[str, str]
    expansion: Mapping[str, float]
    other_systems: Mapping[str, re.Pattern[str]]
    way_out: re.Pattern[str]


def table() -> str:
    """The rules as a Markdown page."""
    lines = [
        "# The rules about words",
        "",
        f"The copy linter knows {len(RULES)} rules. They are data, `campaigns/domain/copy_rules.json`, and their",
        "examples are their tests. A rule of one language is silent for texts in another; “all” looks at form only.",
        "Lengths count a placeholder as 8 characters and a full-width character as 2. A language that needs more",
        "room than English gets it. The reading grade is Flesch-Kincaid with syllables counted as groups of vowels:",
        "0.39 × words per sentence + 11.8 × syllables per word - 15.59.",
        "",
        "Written from `campaigns.domain.copy_rules`; a test fails when this page is not current.",
    ]
    for severity in SEVERITIES:
        found = [rule for rule in RULES if rule.severity == severity]
        lines += ["", f"## {severity.capitalize()}: {_HEADING[severity]}", ""]
        lines += ["| rule | of | language | why | from |", "|---|---|---|---|---|"]
        lines += [_row(rule) for rule in found]
    return "\n".join(lines) + "\n"


def _row(rule: Rule) -> str:
    of = "both" if len(rule.kinds) > 1 else rule.kinds[0].replace("_", " ")
    cells = (f"`{rule.id}`", of, rule.language or "all", rule.reason, rule.source)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _expression(patterns: list[str]) -> re.Pattern[str] | None:
    if not patterns:
        return None
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


def _rule(raw: Mapping[str, Any]) -> Rule:
    fields = tuple(raw["fields"])
    return Rule(
        id=raw["id"],
        severity=cast("Severity", raw["severity"]),
        language=raw["language"],
        kinds=tuple(
            kind for kind in FIELDS if kind in raw["kinds"] and {*FIELDS[kind], MOMENT} & {*fields}
        ),
        fields=fields,
        check=raw["check"],
        reason=raw["reason"],
        source=raw["source"],
        rewrite=raw["rewrite"],
        words=_expression(raw.get("patterns", [])),
        params=raw.get("params", {}),
        passing=tuple(raw["passing"]),
        failing=tuple(raw["failing"]),
    )


def _vocabulary(raw: Mapping[str, Any]) -> Vocabulary:
    systems = {
        platform: re.compile(r"\b(?:" + "|".join(names) + r")\b", re.IGNORECASE)
        for platform, names in raw["other_systems"].items()
    }
    return Vocabulary(
        objects=frozenset(raw["objects"]),
        verbs=frozenset(raw["verbs"]),
        small=frozenset(raw["small"]),
        told_by_all=frozenset(raw["told_by_all"]),
        next_by_object=raw["next_by_object"],
        next_by_verb=raw["next_by_verb"],
        next=raw["next"],
        templates=raw["templates"],
        value_moments=raw["value_moments"],
        expansion=raw["expansion"],
        other_systems=systems,
        way_out=re.compile("|".join(raw["way_out"]), re.IGNORECASE),
    )


_RAW: Mapping[str, Any] = json.loads(_DATA.read_text(encoding="utf-8"))
RULES: tuple[Rule, ...] = tuple(_rule(raw) for raw in _RAW["rules"])
VOCABULARY = _vocabulary(_RAW["vocabulary"])
EXAMPLE: Mapping[str, Any] = _RAW["example"]
"""The text that passes every rule, which the examples change."""


if __name__ == "__main__":
    sys.stdout.write(table())
