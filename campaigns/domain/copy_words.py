"""From a moment to a sentence: "Order placed" becomes "Know when your order {{order_id}} is ready".

The linter never only says no. It offers words, made from the moment's own: the thing is taken from
the moment's name, what happens to it next from a small list, and a property that names the thing
becomes a placeholder. The placeholder stands after a noun, so the sentence survives a missing value.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from campaigns.domain.copy_rules import VOCABULARY

_WORD = re.compile(r"[^\W\d_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NAMES_A_THING = re.compile(r"\A([a-z]+(?:_[a-z]+)*?)_?(?:id|number|no|code|ref|name|title)\Z")
_MOST_OBJECT_WORDS = 3


@dataclass(frozen=True, slots=True)
class MomentWords:
    """What a linter may know of a moment.

    `properties`: the property names its events carry, which are the placeholders that exist; None
    when none has been seen yet and nothing can be said. `opening`: the team said that this is app
    open, first launch, sign-up or onboarding.
    """

    name: str
    event_name: str
    properties: tuple[str, ...] | None = ()
    opening: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A moment as parts of a sentence: the noun, what happens next, and the placeholder or ''."""

    noun: str
    event: str
    placeholder: str


def words_of(text: str) -> tuple[str, ...]:
    """The words of a name such as `Order Placed`, `orderPlaced` or `order_placed`, lower case."""
    return tuple(word.lower() for word in _WORD.findall(_CAMEL.sub(" ", text)))


def singular(word: str) -> str:
    """A rough singular, enough to compare words."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@lru_cache(maxsize=512)
def named_things(moment: MomentWords) -> frozenset[str]:
    """The words that name what the moment is about."""
    found = [*words_of(moment.name), *words_of(moment.event_name)]
    for name in moment.properties or ():
        thing = _NAMES_A_THING.match(name)
        found += words_of(thing[1] if thing else name)
    return frozenset(
        singular(word)
        for word in found
        if len(word) > 2 and word not in VOCABULARY.verbs and word not in VOCABULARY.small
    )


@lru_cache(maxsize=512)
def told(moment: MomentWords) -> Told:
    """The parts of a sentence about the moment. Without a noun it speaks of a “request”."""
    noun, verb = _noun_and_verb(moment)
    head = singular(noun.split(" ")[-1])
    event = (
        VOCABULARY.next_by_object.get(head) or VOCABULARY.next_by_verb.get(verb) or VOCABULARY.next
    )
    if _plural(noun):
        event = _of_many(event)
    return Told(noun, event, _placeholder(head, moment.properties or ()))


def sentence(*, field: str, moment: MomentWords, language: str) -> str:
    """Words for one field of a soft ask or redirect, in the given language or else in English."""
    templates: Mapping[str, str] = VOCABULARY.templates.get(language, VOCABULARY.templates["en"])
    template = templates.get(field, "")
    if "{" not in template:
        return template
    parts = told(moment)
    slot = "{{" + parts.placeholder + "}}" if parts.placeholder else ""
    if language in VOCABULARY.templates and language != "en":
        return template.format(object=slot or f"“{_plain(moment.name)}”")
    return template.format(
        object=f"your {parts.noun} {slot}".strip(),
        event=parts.event,
        it="they" if _plural(parts.noun) else "it",
    )


def value_moment(*, moment: MomentWords, language: str) -> str:
    """A moment to ask at instead, near to this one in what it is about."""
    things = named_things(moment)
    near = (name for thing, name in VOCABULARY.value_moments.items() if thing in things)
    templates = VOCABULARY.templates.get(language, VOCABULARY.templates["en"])
    return next(near, templates["moment"])


def _noun_and_verb(moment: MomentWords) -> tuple[str, str]:
    for name in (moment.name, moment.event_name):
        words = [word for word in words_of(name) if word not in VOCABULARY.small]
        verb = next((word for word in reversed(words) if word in VOCABULARY.verbs), "")
        nouns = [word for word in words if word not in VOCABULARY.verbs]
        noun = " ".join(nouns)
        if noun and noun.isascii() and len(nouns) <= _MOST_OBJECT_WORDS and len(noun) <= 24:
            return noun, verb
    things = (_NAMES_A_THING.match(name) for name in moment.properties or ())
    return next((thing[1].replace("_", " ") for thing in things if thing), "request"), ""


def _placeholder(head: str, properties: tuple[str, ...]) -> str:
    for name in properties:
        thing = _NAMES_A_THING.match(name)
        if name == head or (thing and singular(thing[1].split("_")[-1]) == head):
            return name
    return ""


def _plural(noun: str) -> bool:
    last = noun.rsplit(" ", maxsplit=1)[-1]
    return singular(last) != last


def _of_many(event: str) -> str:
    first, _, rest = event.partition(" ")
    many = {"is": "are", "has": "have", "goes": "go"}.get(first) or re.sub(r"s\Z", "", first)
    return f"{many} {rest}".strip()


def _plain(name: str) -> str:
    return " ".join(re.sub(r"[^\w\s-]|_", " ", name).split())[:24]
