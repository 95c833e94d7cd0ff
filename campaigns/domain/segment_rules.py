"""What must hold of a segment that a team saves, wherever it is written: on its page, by the API, in a set-up file."""

import re
from typing import Any

from campaigns.domain.segment_words import in_words
from campaigns.domain.segments import parse
from permissions_app.domain.edits import Invalid

LONGEST_NAME = 80
NOT_A_KEY = frozenset({"new", "count"})
"""Words that addresses of pages use where a key would stand."""
BAD_KEY = "A key has 1 to 60 letters, digits, “_” or “-”."
_KEY = re.compile(r"[-a-zA-Z0-9_]{1,60}")


def is_segment_key(key: str) -> bool:
    """Whether campaigns and addresses can name a segment so."""
    return _KEY.fullmatch(key) is not None


def segment_faults(*, name: str, document: Any) -> dict[str, str]:
    """Every fault with its sentence: of the name as "name", of the conditions by their path, '' for the whole."""
    faults: dict[str, str] = {}
    stripped = name.strip()
    if not stripped or len(stripped) > LONGEST_NAME or not stripped.isprintable():
        faults["name"] = f"A name has 1 to {LONGEST_NAME} characters."
    return faults | _condition_faults(document)


def conditions_in_words(document: Any) -> str:
    """The conditions as one line, also of a segment from before a rule that it breaks."""
    if _condition_faults(document):
        return "conditions that cannot be read"
    return in_words(document)


def _condition_faults(document: Any) -> dict[str, str]:
    if document in ({"all": []}, {"any": []}):
        return {"": "Add at least one condition: everybody is no segment."}
    try:
        parse(document)
    except Invalid as invalid:
        return dict(invalid.errors)
    return {}
