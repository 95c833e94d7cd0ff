"""Every text of a draft, in every variant and language, against the rules about words.

`copy_lint` looks at one set of texts. A draft has many: two to four variants, each in several
languages. This module says which variant and which language a finding is about, so that the editor
can show it where it belongs and a publication can be stopped by what must be mended.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from campaigns.domain.copy_lint import Finding, lint
from campaigns.domain.copy_rules import MOMENT
from campaigns.domain.copy_words import MomentWords
from campaigns.domain.drafts import Draft, kind_of, texts_of, variants_of


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding and where it stands: the variant's key, its place among them, and the locale."""

    variant: str
    index: int
    locale: str
    finding: Finding


def lint_draft(*, draft: Draft, moment: MomentWords) -> tuple[Placed, ...]:
    """All findings, variant by variant, the default language first, the gravest first in each."""
    found: list[Placed] = []
    for index, variant in enumerate(variants_of(draft)):
        for locale in (draft.locale, *sorted(set(variant.translations) - {draft.locale})):
            copy = texts_of(variant, "" if locale == draft.locale else locale)
            if locale != draft.locale:
                copy = {field: text for field, text in copy.items() if text.strip()}
                if not copy:
                    continue  # not translated yet: people read the default language
                copy = {**texts_of(variant), **copy}
            findings = lint(
                copy=copy,
                kind=kind_of(draft),
                surface=variant.surface,
                moment=moment,
                locale=locale,
                platforms=draft.platforms,
            )
            found.extend(Placed(variant.key, index, locale, finding) for finding in findings)
    return tuple(found)


def told_once(placed: Iterable[Placed]) -> tuple[tuple[Placed, ...], tuple[Placed, ...]]:
    """Findings about the moment, each rule once however many texts there are, and those about texts."""
    of_moment: dict[str, Placed] = {}
    rest = []
    for one in placed:
        if one.finding.field == MOMENT:
            of_moment.setdefault(one.finding.rule, one)
        else:
            rest.append(one)
    return tuple(of_moment.values()), tuple(rest)


def blocking(placed: Iterable[Placed]) -> tuple[Placed, ...]:
    """What must be mended before the draft goes live."""
    return tuple(one for one in placed if one.finding.severity == "blocking")
