"""Better words for a text that breaks a rule.

Where the fault is one of form (an exclamation mark, a stray bracket) the text keeps its words and
only the fault is mended. Where the words themselves are the fault, a new text is made from the
moment: "Stay informed" becomes "Know when your order {{order_id}} is ready".
"""

import difflib
import re
from collections.abc import Callable, Mapping

from campaigns.domain.copy_checks import Span
from campaigns.domain.copy_rules import MOMENT, VOCABULARY, Rule
from campaigns.domain.copy_subject import EMOJI, PLACEHOLDER, Subject, shouted
from campaigns.domain.copy_words import sentence, value_moment

_SPACES = re.compile(r"\s+")
_LOOSE = re.compile(r" +([,.;:?…])")
_LINK = re.compile(
    r"[,;:(]?\s*(?:\b(?:see|visit|at|on)\b\s*)?(?:https?://\S+|www\.\S+|[\w.+-]+@[\w-]+\.[\w.-]+"
    r"|\b[a-z0-9-]{2,}\.(?:com|org|net|app|io|de|fr|es|eu|co)(?:/\S*)?\b)\)?",
    re.IGNORECASE,
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,80}>")
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,6});")
_MARKDOWN_LINK = re.compile(r"\[([^\[\]]{1,80})\]\([^()]{1,80}\)")
_STARS = re.compile(r"\*\*|`|(?<![\w{])__|__(?![\w}])")
_LOOSE_BRACES = re.compile(r"\{+ *([\w -]{1,60}?) *\}+")


def rewrite(*, it: Subject, rule: Rule, field: str, span: Span) -> str:
    """A text for `field` that should pass the rule; the caller makes sure that it does."""
    if field == MOMENT:
        return value_moment(moment=it.moment, language=it.language)
    return _STRATEGIES[rule.rewrite](it, field, span)


def from_moment(it: Subject, field: str, span: Span = None) -> str:
    """A new text made from the moment."""
    return sentence(field=field, moment=it.moment, language=it.language)


def _continue(it: Subject, field: str, span: Span) -> str:
    return sentence(field="continue", moment=it.moment, language=it.language)


def _promotion(it: Subject, field: str, span: Span) -> str:
    """The text without the promotion: a promotion cannot ride along with another message."""
    return from_moment(it, field)


def _promotion_way_out(it: Subject, field: str, span: Span) -> str:
    way_out = sentence(field="way_out", moment=it.moment, language=it.language)
    said = it.copy[field].rstrip()
    return f"{said}{'' if said.endswith(('.', '?', '…')) else '.'} {way_out}".strip()


def _tidy(text: str) -> str:
    return _LOOSE.sub(r"\1", _SPACES.sub(" ", text)).strip()


def _one_line(it: Subject, field: str, span: Span) -> str:
    return _tidy(it.copy[field])


def _calm(it: Subject, field: str, span: Span) -> str:
    end = "" if field.endswith(("label", "title")) else "."
    text = re.sub(r"[!！]+\s*$", end, it.copy[field])
    return _tidy(re.sub(r"[!！¡]+", lambda found: "" if found[0] == "¡" else ".", text))


def _lower(it: Subject, field: str, span: Span) -> str:
    text = it.copy[field]
    for _ in range(100):
        found = shouted(text)
        if found is None:
            break
        start, end = found.span()
        text = text[:start] + text[start:end].lower() + text[end:]
    start = len(text) - len(text.lstrip())
    return text[: start + 1].upper() + text[start + 1 :]


def _no_emoji(it: Subject, field: str, span: Span) -> str:
    return _tidy(EMOJI.sub(" ", it.copy[field]))


def _visible(it: Subject, field: str, span: Span) -> str:
    kept = (c for c in it.copy[field] if c.isprintable() or c in "\u200c\u200d\u200e\u200f ")
    return _tidy("".join(kept))


def _no_markup(it: Subject, field: str, span: Span) -> str:
    text = _MARKDOWN_LINK.sub(r"\1", _TAG.sub("", it.copy[field]))
    return _tidy(_STARS.sub("", _ENTITY.sub(" ", text)))


def _no_link(it: Subject, field: str, span: Span) -> str:
    text = _tidy(_LINK.sub("", it.copy[field]))
    return text + "." if field in ("body", "line") and text[-1:].isalnum() else text


def _known(it: Subject, field: str, span: Span) -> str:
    """The text with its placeholders spelled as the properties of the moment, where one is near."""
    known = it.moment.properties or ()

    def put(found: re.Match[str]) -> str:
        name = re.sub(r"[ -]+", "_", found[1])
        if name in known or it.moment.properties is None:
            return "{{" + name + "}}"
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
        return "{{" + near[0] + "}}" if near else ""

    text = _LOOSE_BRACES.sub(put, it.copy[field])
    rest = PLACEHOLDER.sub("", text)
    if text.count("{{") < it.copy[field].count("{{") or "{" in rest or "}" in rest:
        return from_moment(it, field)
    return _tidy(text)


def _phone(it: Subject, field: str, span: Span) -> str:
    text = it.copy[field]
    for platform, names in VOCABULARY.other_systems.items():
        if it.platforms != {platform}:
            text = names.sub("phone", text)
    return _tidy(re.sub(r"\bphone(?: phone)+\b", "phone", text, flags=re.IGNORECASE))


_STRATEGIES: Mapping[str, Callable[[Subject, str, Span], str]] = {
    "moment": from_moment,
    "label": from_moment,
    "value_moment": from_moment,
    "continue": _continue,
    "promotion": _promotion,
    "promotion_way_out": _promotion_way_out,
    "one_line": _one_line,
    "calm": _calm,
    "lower": _lower,
    "no_emoji": _no_emoji,
    "visible": _visible,
    "no_markup": _no_markup,
    "no_link": _no_link,
    "known": _known,
    "phone": _phone,
}
