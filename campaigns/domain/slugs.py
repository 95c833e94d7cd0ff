"""The short name of a campaign in a set-up file: `shipping_news`.

It is made from the name when the campaign is made, once, and stays when the campaign is renamed or
moved to another moment. So the file that a team keeps in its own repository goes on meaning the same
campaign. Within an app no two soft asks have the same one, and no two redirects.
"""

import re
import unicodedata
from collections.abc import Container

LONGEST_SLUG = 60
SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}\Z")
_OTHER = re.compile(r"[^a-z0-9]+")


def slug_of(name: str) -> str:
    """The slug of a name; '' for one without a Latin letter or digit."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return _OTHER.sub("_", plain).strip("_")[:LONGEST_SLUG].rstrip("_")


def free_slug(*, name: str, kind: str, taken: Container[str]) -> str:
    """The slug of a name, numbered when another campaign of the kind has it already."""
    wanted = slug_of(name) or kind
    if wanted not in taken:
        return wanted
    number = 2
    while (numbered := f"{wanted[: LONGEST_SLUG - 8]}_{number}") in taken:
        number += 1
    return numbered
