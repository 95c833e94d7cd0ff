"""A made-up language that shows where words will not fit.

“Tell me” becomes “[Ţéļļ ɱé one]”: every letter has an accent, so a font that lacks one is seen; the
text is about a third longer, as German and Finnish are; and it stands in brackets, so a cut end is
seen at once. Placeholders stay as they are. Nobody ever receives these words: they are for the
preview.
"""

import re

from campaigns.domain.copy import pieces

GROWTH = 0.35
"""How much longer a text gets, as a share of its words."""

_ACCENTED = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "åƀçðéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýžÅƁÇÐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽ",
)
_FILLING = ("öñé", "ţŵö", "ţĥŕéé", "ƒöûŕ", "ƒîṽé", "šîẋ", "šéṽéñ", "éîĝĥţ", "ñîñé", "ţéñ")
_LETTER = re.compile(r"\S")


def pseudo(text: str) -> str:
    """The text in the made-up language; '' stays ''. Placeholders keep their names."""
    if not text.strip():
        return text
    cut = pieces(text)
    told = "".join(
        "{{" + piece + "}}" if is_name else piece.translate(_ACCENTED) for piece, is_name in cut
    )
    letters = sum(len(_LETTER.findall(piece)) for piece, is_name in cut if not is_name)
    return f"[{told}{_filling(round(letters * GROWTH))}]"


def _filling(wanted: int) -> str:
    """Words of about so many characters, each after a space."""
    said = ""
    at = 0
    while len(said) < wanted:
        said += " " + _FILLING[at % len(_FILLING)]
        at += 1
    return said
