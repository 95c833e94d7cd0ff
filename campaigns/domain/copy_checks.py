"""What the rules about words look at, one small function for each kind of test.

A check gets a text and a rule and says where the rule is broken: a field and, when a part of it is
meant, that part. Most rules are lists of words and share one check. The others measure (length,
reading grade), compare two texts, or look at placeholders and at the moment.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from campaigns.domain.copy import fill, placeholders
from campaigns.domain.copy_rules import FIELDS, MOMENT, VOCABULARY, Rule
from campaigns.domain.copy_subject import (
    EMOJI,
    LONGEST_READ,
    PLACEHOLDER,
    SENTENCE_END,
    Subject,
    longest,
    reading_grade,
    shouted,
    width,
)
from campaigns.domain.copy_words import named_things, singular, words_of
from permissions_app.domain.moments import looks_like_opening

Span = tuple[int, int] | None
Hit = tuple[str, Span]
_LINE_BREAK = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")


def _pattern(it: Subject, rule: Rule) -> Iterator[Hit]:
    if rule.words is not None:
        for field, text in it.of(rule):
            if found := rule.words.search(text):
                yield field, found.span()


def _together(it: Subject, rule: Rule) -> tuple[str, str]:
    """The first field that the rule looks at, and all its texts as one."""
    texts = [text for _, text in it.of(rule)]
    return next((field for field in FIELDS[it.kind] if field in rule.fields), ""), " ".join(texts)


def _absent(it: Subject, rule: Rule) -> Iterator[Hit]:
    field, text = _together(it, rule)
    if text.strip() and rule.words is not None and not rule.words.search(text):
        yield field, None


def _object_named(it: Subject, rule: Rule) -> Iterator[Hit]:
    field, text = _together(it, rule)
    if not text.strip() or PLACEHOLDER.search(text):
        return
    said = {singular(word) for word in words_of(text)}
    if not said & VOCABULARY.objects and not said & named_things(it.moment):
        yield field, None


def _missing(it: Subject, rule: Rule) -> Iterator[Hit]:
    for field in FIELDS[it.kind]:
        if field in rule.fields and field != "decline_label" and not it.plain[field].strip():
            yield field, None


def _no_way_out(it: Subject, rule: Rule) -> Iterator[Hit]:
    if not it.label("decline_label") and not it.continues:
        yield "decline_label", None


def _asks(it: Subject) -> bool:
    return it.plain["title"].rstrip(' "”’').endswith(("?", "？", "؟"))


def _continue_only(it: Subject, rule: Rule) -> Iterator[Hit]:
    if not it.label("decline_label") and it.continues and not _asks(it):
        yield "decline_label", None


def _question_without_no(it: Subject, rule: Rule) -> Iterator[Hit]:
    if not it.label("decline_label") and it.continues and _asks(it):
        yield "title", None


def _labels_equal(it: Subject, rule: Rule) -> Iterator[Hit]:
    if it.label("decline_label") and it.label("decline_label") == it.label("accept_label"):
        yield "decline_label", None


def _on_ios(it: Subject) -> bool:
    return not it.platforms or "ios" in it.platforms


_ALLOW = re.compile(r"\b(?:allow|erlauben|zulassen|autoriser|permitir)\b")


def _pre_alert_button(it: Subject, rule: Rule) -> Iterator[Hit]:
    accept = it.label("accept_label")
    two = accept and it.label("decline_label")
    if two and _on_ios(it) and not it.continues and not _ALLOW.search(accept):
        yield "accept_label", None


def _allow_word(it: Subject, rule: Rule) -> Iterator[Hit]:
    if _on_ios(it):
        yield from _pattern(it, rule)


def _promotion_consent(it: Subject, rule: Rule) -> Iterator[Hit]:
    if rule.words is not None and not rule.words.search(it.plain["accept_label"]):
        yield from list(_pattern(it, rule))[:1]


def _promotion_way_out(it: Subject, rule: Rule) -> Iterator[Hit]:
    found = list(_pattern(it, rule))[:1]
    if found and not VOCABULARY.way_out.search(f"{it.plain['title']} {it.plain['body']}"):
        yield "body", found[0][1] if found[0][0] == "body" else None


def _length(it: Subject, rule: Rule) -> Iterator[Hit]:
    limit = longest(rule=rule, surface=it.surface, language=it.language)
    under = rule.params.get("under")
    for field, text in it.of(rule):
        wide = width(text)
        if wide > limit and (under is None or wide <= under):
            yield field, None


def _line_break(it: Subject, rule: Rule) -> Iterator[Hit]:
    for field, text in it.of(rule):
        if found := _LINE_BREAK.search(text):
            yield field, found.span()


def _sentences(it: Subject, rule: Rule) -> Iterator[Hit]:
    for field, text in it.of(rule):
        if found := SENTENCE_END.search(text):
            yield field, (found.end(), len(text))


def _reading_grade(it: Subject, rule: Rule) -> Iterator[Hit]:
    for field, text in it.of(rule):
        grade = reading_grade(text)
        long_enough = len(text.split()) >= rule.params["fewest_words"]
        if grade is not None and long_enough and grade > rule.params["highest"]:
            yield field, None


def _all_caps(it: Subject, rule: Rule) -> Iterator[Hit]:
    for field, text in it.of(rule):
        if found := shouted(text):
            yield field, found.span()


def _emoji(it: Subject, rule: Rule) -> Iterator[Hit]:
    for field, text in it.of(rule):
        if text.isascii():
            continue
        found = list(EMOJI.finditer(text))
        most = int(rule.params["most"])
        if len(found) > most:
            yield field, found[most].span()


def _repeats(it: Subject, rule: Rule) -> Iterator[Hit]:
    title, body = (
        {singular(word) for word in words_of(PLACEHOLDER.sub(" ", it.plain[field]))}
        for field in ("title", "body")
    )
    title, body = title - VOCABULARY.told_by_all, body - VOCABULARY.told_by_all
    if len(body) > 1 and len(title & body) >= 0.8 * len(body):
        yield "body", None


def _placeholder_malformed(it: Subject, rule: Rule) -> Iterator[Hit]:
    for field, text in it.of(rule):
        rest = PLACEHOLDER.sub(lambda found: " " * len(found[0]), text)
        if found := re.search(r"[{}]+", rest):
            yield field, found.span()


def _each_placeholder(it: Subject, rule: Rule) -> Iterator[tuple[str, re.Match[str]]]:
    for field, text in it.of(rule):
        if "{" in text:
            for found in PLACEHOLDER.finditer(text):
                yield field, found


def _placeholder_unknown(it: Subject, rule: Rule) -> Iterator[Hit]:
    known = it.moment.properties
    for field, found in _each_placeholder(it, rule):
        if known is not None and found[1] not in known:
            yield field, found.span()


def _placeholder_personal(it: Subject, rule: Rule) -> Iterator[Hit]:
    for field, found in _each_placeholder(it, rule):
        if rule.words is not None and rule.words.search(found[1]):
            yield field, found.span()


def _placeholder_alone(it: Subject, rule: Rule) -> Iterator[Hit]:
    for field, text in it.of(rule):
        if PLACEHOLDER.search(text) and not any(char.isalnum() for char in fill(text, {})):
            yield field, (0, len(text))


def _placeholder_crowd(it: Subject, rule: Rule) -> Iterator[Hit]:
    for field, text in it.of(rule):
        try:
            names = placeholders(text)
        except ValueError:
            names = tuple(dict.fromkeys(PLACEHOLDER.findall(text)))
        if len(names) > rule.params["most"]:
            yield field, None


def _other_system(it: Subject, rule: Rule) -> Iterator[Hit]:
    for platform, names in VOCABULARY.other_systems.items():
        if it.platforms == {platform}:
            continue
        for field, text in it.of(rule):
            if found := names.search(text):
                yield field, found.span()


def _opening_declared(it: Subject, rule: Rule) -> Iterator[Hit]:
    if it.moment.opening:
        yield MOMENT, None


def _opening_sounding(it: Subject, rule: Rule) -> Iterator[Hit]:
    moment = it.moment
    names = (moment.name[:LONGEST_READ], moment.event_name[:LONGEST_READ])
    if not moment.opening and any(looks_like_opening(name) for name in names):
        yield MOMENT, None


def _moment_pattern(it: Subject, rule: Rule) -> Iterator[Hit]:
    names = " ".join((*words_of(it.moment.name), "-", *words_of(it.moment.event_name)))
    if rule.words is not None and rule.words.search(names[:LONGEST_READ]):
        yield MOMENT, None


CHECKS: Mapping[str, Callable[[Subject, Rule], Iterator[Hit]]] = {
    "pattern": _pattern,
    "absent": _absent,
    "object_named": _object_named,
    "missing": _missing,
    "no_way_out": _no_way_out,
    "continue_only": _continue_only,
    "question_without_no": _question_without_no,
    "labels_equal": _labels_equal,
    "pre_alert_button": _pre_alert_button,
    "allow_word": _allow_word,
    "promotion_consent": _promotion_consent,
    "promotion_way_out": _promotion_way_out,
    "length": _length,
    "line_break": _line_break,
    "sentences": _sentences,
    "reading_grade": _reading_grade,
    "all_caps": _all_caps,
    "emoji": _emoji,
    "repeats": _repeats,
    "placeholder_malformed": _placeholder_malformed,
    "placeholder_unknown": _placeholder_unknown,
    "placeholder_personal": _placeholder_personal,
    "placeholder_alone": _placeholder_alone,
    "placeholder_crowd": _placeholder_crowd,
    "other_system": _other_system,
    "opening_declared": _opening_declared,
    "opening_sounding": _opening_sounding,
    "moment_pattern": _moment_pattern,
}
