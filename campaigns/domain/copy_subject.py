"""A text under test, and how it is measured.

How wide a text is on a screen, how hard it is to read, where it shouts: each measure is one small
function, and what is counted is written with it.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from campaigns.domain.copy_rules import FIELDS, VOCABULARY, Kind, Rule
from campaigns.domain.copy_words import MomentWords

PLACEHOLDER = re.compile(r"\{\{ *([A-Za-z0-9_]{1,60}) *\}\}")
LONGEST_READ = 1000
"""Characters of a text that are looked at; no text that may be stored is longer."""
PLACEHOLDER_WIDTH = 8
EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}|[\U0001f300-\U0001faff\u2600-\u27bf\u231a-\u231b\u23e9-\u23fa\u2b50\u2b55]"
    "[\ufe0f\U0001f3fb-\U0001f3ff]*(?:\u200d[\U0001f300-\U0001faff\u2600-\u27bf]\ufe0f?)*"
)
SENTENCE_END = re.compile(r"(?<=[^\W\d])[.!?…。！？]+[\"”’)]*(?=\s+\S|[\u3040-\u9fff])")
_ALIKE = str.maketrans({"’": "'", "‘": "'", "ʼ": "'"})
_VOWELS = re.compile(r"[aeiouy]+")
_LETTERS = re.compile(r"[a-z']+")
_SHOUTED = re.compile(r"\b[^\W\d_a-z]{5,}\b")
_SHOUTED_PAIR = re.compile(r"\b[^\W\d_]{2,} [^\W\d_]{2,}\b")


@dataclass(frozen=True, slots=True)
class Subject:
    """The text under test. `plain`: as `copy`, with curly apostrophes made straight."""

    copy: Mapping[str, str]
    plain: Mapping[str, str]
    kind: Kind
    surface: str
    language: str
    moment: MomentWords
    platforms: frozenset[str]

    def of(self, rule: Rule) -> Iterator[tuple[str, str]]:
        """The fields that the rule looks at and that are not empty."""
        for field in FIELDS[self.kind]:
            if field in rule.fields and (text := self.plain[field]):
                yield field, text

    def label(self, field: str) -> str:
        """A button's words, ready to be compared."""
        return self.plain.get(field, "").strip(" .!…").casefold()

    @property
    def continues(self) -> bool:
        """Whether the yes only says “Continue”."""
        return self.label("accept_label") in _continue_labels()


def subject(
    *,
    copy: Mapping[str, str],
    kind: Kind,
    surface: str,
    locale: str,
    moment: MomentWords,
    platforms: tuple[str, ...],
) -> Subject:
    """The text under test, cut to what is read."""
    cut = {field: copy.get(field, "")[:LONGEST_READ] for field in FIELDS[kind]}
    return Subject(
        copy=cut,
        plain={field: text.translate(_ALIKE) for field, text in cut.items()},
        kind=kind,
        surface=surface,
        language=re.split(r"[-_]", locale.lower(), maxsplit=1)[0],
        moment=moment,
        platforms=frozenset(platforms),
    )


def width(text: str) -> int:
    """Characters as wide as they are on a screen, a placeholder as a value of usual length."""
    shown = PLACEHOLDER.sub("x" * PLACEHOLDER_WIDTH, text)
    if shown.isascii():
        return len(shown)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in shown)


def reading_grade(text: str) -> float | None:
    """The Flesch-Kincaid grade, syllables being groups of vowels. None without words."""
    plain = PLACEHOLDER.sub("it", text).lower()
    words = _LETTERS.findall(plain)
    if not words:
        return None
    sentences = len(SENTENCE_END.findall(plain)) + 1
    syllables = sum(_syllables(word) for word in words)
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59


def longest(*, rule: Rule, surface: str, language: str) -> int:
    """How wide a text may be under a length rule."""
    limits = rule.params
    limit = limits.get(surface) or limits.get("any") or max(limits.values())
    return int(limit * VOCABULARY.expansion.get(language, 1.0))


def _syllables(word: str) -> int:
    groups = len(_VOWELS.findall(word))
    if groups > 1 and word.endswith("e") and not word.endswith("le"):
        groups -= 1
    return max(groups, 1)


@lru_cache(maxsize=1)
def _continue_labels() -> frozenset[str]:
    return frozenset(words["continue"].casefold() for words in VOCABULARY.templates.values())


def shouted(text: str) -> re.Match[str] | None:
    """The first word, or pair of words, in capitals."""
    plain = PLACEHOLDER.sub(lambda found: " " * len(found[0]), text)
    pairs = (found for found in _SHOUTED_PAIR.finditer(plain) if found[0].isupper())
    words = (found for found in _SHOUTED.finditer(plain) if found[0].isupper())
    return next(words, None) or next(pairs, None)
