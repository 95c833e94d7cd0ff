"""How things are written on the wire: times, ids of events, and what a decision id says."""

import random
import re
from datetime import UTC, datetime

from campaigns.simulator.records import Decided

_DECISION = re.compile(r"[0-9a-f-]{36}\.([srn]\d+)\.(\d+)\.([^.]*)\.(.*)")


def iso(at: int) -> str:
    """A time in ms as it stands on the wire."""
    text = datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def decided(decision: str) -> Decided | None:
    """What a decision id says; None for '' and for a decision to show nothing of any campaign."""
    found = _DECISION.match(decision)
    if found is None or found[1].startswith("n"):
        return None
    return Decided(found[1], f"{found[2]}.{found[3]}", found[3], found[4])


def event_id(rng: random.Random, at: int) -> str:
    """A version 7 UUID: the time, then bits of the device's own generator."""
    noise = rng.getrandbits(74)
    text = f"{at:012x}7{noise >> 62:03x}{0x8 | noise >> 60 & 3:x}{noise & (1 << 60) - 1:015x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
