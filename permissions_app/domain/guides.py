"""How to connect an app, platform by platform, as steps in a fixed order.

A guide walks an engineer from the host and the key to "never again": what to send at each step, why,
and what the platform does that surprises people. The steps and their reasons are the same
everywhere; a guide adds its own sentences, its code, and the platform rules it is about. The code
stands in templates/permissions_app/integrate/snippets, one file a step: read in order, the files of
one program are that program, and the tests run it.

The texts stand in `guides.json`. In them `…` in backticks is code.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from permissions_app.domain.platform_table import RULES, PlatformRules

_DATA = Path(__file__).with_name("guides.json")

Proof = Literal["run", "parsed"]
"""What the tests do with the code of a guide: run it against the product, or read it with a parser
of its language and check every name in it.
"""


@dataclass(frozen=True, slots=True)
class Program:
    """Code in one language. `parts`: the steps that have code, in the order of the program."""

    key: str
    label: str
    language: str
    file: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `sends`: the types of events it tells; `says`: what this platform adds to `why`."""

    key: str
    title: str
    why: str
    sends: tuple[str, ...]
    says: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Guide:
    """The way of one platform or client. `traps`: what surprises people there."""

    key: str
    label: str
    lead: str
    proof: Proof
    programs: tuple[Program, ...]
    steps: tuple[Step, ...]
    rules: tuple[PlatformRules, ...]
    traps: tuple[str, ...]


def _read() -> tuple[Guide, ...]:
    told: dict[str, Any] = json.loads(_DATA.read_text(encoding="utf-8"))
    return tuple(_guide(one, told["steps"]) for one in told["guides"])


def _guide(told: Mapping[str, Any], steps: list[Mapping[str, Any]]) -> Guide:
    return Guide(
        key=told["key"],
        label=told["label"],
        lead=told["lead"],
        proof=told["proof"],
        programs=tuple(
            Program(**{**one, "parts": tuple(one["parts"])}) for one in told["programs"]
        ),
        steps=tuple(
            Step(
                step["key"],
                step["title"],
                step["why"],
                tuple(step["sends"]),
                tuple(told["say"].get(step["key"], ())),
            )
            for step in steps
        ),
        rules=tuple(RULES[key] for key in told["platforms"]),
        traps=tuple(told["traps"]),
    )


GUIDES: Mapping[str, Guide] = {guide.key: guide for guide in _read()}
