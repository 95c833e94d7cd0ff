"""The copy linter: what is wrong with the words of a soft ask or a redirect, and better words.

People say yes to something they can picture. "Stay informed" could stand in any app; "Know when
order {{order_id}} leaves the warehouse" can only stand here. The linter reads a text against the
rules of `copy_rules.json` and answers with findings. A *blocking* finding must be mended before the
text goes live, a *warning* is likely to cost acceptance or trust, a *note* is worth knowing. Every
finding says why in one sentence, where the rule comes from, and offers a text made from the
moment's own words.

The language is a property of a rule: rules about English words are silent for a German text, rules
about form hold for all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from campaigns.domain.copy_checks import CHECKS, Span
from campaigns.domain.copy_rewrites import from_moment, rewrite
from campaigns.domain.copy_rules import FIELDS, MOMENT, RULES, SEVERITIES, Kind, Rule, Severity
from campaigns.domain.copy_subject import Subject, subject
from campaigns.domain.copy_words import MomentWords

__all__ = ["Finding", "Kind", "MomentWords", "Severity", "blocking", "lint"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend or to know.

    `field`: the text it is about, or `moment`. `span`: the part of it, as positions, None for the
    whole. `rewrite`: a text for the field that this rule accepts, '' when there is none.
    `language`: the language of the rule, None when it holds for all.
    """

    rule: str
    severity: Severity
    field: str
    span: Span
    reason: str
    source: str
    rewrite: str
    language: str | None


def lint(
    *,
    copy: Mapping[str, str],
    kind: Kind,
    surface: str,
    moment: MomentWords,
    locale: str = "en",
    platforms: tuple[str, ...] = (),
) -> tuple[Finding, ...]:
    """What the rules say of a text, the gravest first. Never raises, whatever the text is.

    `copy`: field -> text, see `FIELDS`; an absent field counts as empty. `locale`: as `en` or
    `de-AT`. `platforms`: those it is shown on, empty for all.
    """
    it = subject(
        copy=copy, kind=kind, surface=surface, locale=locale, moment=moment, platforms=platforms
    )
    found: dict[tuple[str, str], Finding] = {}
    for rule in _rules(kind, it.language):
        for field, span in CHECKS[rule.check](it, rule):
            found.setdefault((rule.id, field), _finding(it, rule, field, span))
    return tuple(sorted(found.values(), key=_gravity))


def blocking(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that must be mended before the text goes live."""
    return tuple(finding for finding in findings if finding.severity == "blocking")


@lru_cache(maxsize=64)
def _rules(kind: Kind, language: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in RULES if kind in rule.kinds and rule.language in (None, language))


def _finding(it: Subject, rule: Rule, field: str, span: Span) -> Finding:
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        field=field,
        span=span,
        reason=rule.reason,
        source=rule.source,
        rewrite=_rewrite(it, rule, field, span),
        language=rule.language,
    )


def _rewrite(it: Subject, rule: Rule, field: str, span: Span) -> str:
    """The mended text, else a new one from the moment, else '': never one that the rule refuses."""
    text = rewrite(it=it, rule=rule, field=field, span=span)
    if field == MOMENT:
        return text
    for offered in (text, from_moment(it, field)):
        if offered.strip() and not _breaks(it, rule, field, offered):
            return offered
    return ""


def _breaks(it: Subject, rule: Rule, field: str, text: str) -> bool:
    changed = subject(
        copy={**it.copy, field: text},
        kind=it.kind,
        surface=it.surface,
        locale=it.language,
        moment=it.moment,
        platforms=tuple(it.platforms),
    )
    return any(hit == field for hit, _ in CHECKS[rule.check](changed, rule))


def _gravity(finding: Finding) -> tuple[int, int, str]:
    fields = (*FIELDS["soft_ask"], *FIELDS["redirect"], MOMENT)
    return SEVERITIES.index(finding.severity), fields.index(finding.field), finding.rule
