"""Playbooks: moments and words to start from, for seven kinds of app.

A team that begins with an empty page writes "Enable notifications". A playbook gives it two to four
value moments of its trade instead, each with a soft ask in two wordings and one line for people who
refused. They are a start, not a standard: the words are the team's to change. Every text passes the
copy linter without a warning, and every draft made here may be stored as it is.

The data stands in `playbooks.json`. `properties` are what the event should carry for the
placeholders to be filled; without them the sentences still read.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from campaigns.domain.copy_words import MomentWords
from campaigns.domain.drafts import Line, RedirectDraft, SoftAskDraft, Words, texts_of
from permissions_app.domain.moments import Condition, parse_conditions

_DATA = Path(__file__).with_name("playbooks.json")


@dataclass(frozen=True, slots=True)
class PlaybookRedirect:
    """The line for people who refused, and its button."""

    line: str
    action_label: str
    surface: str

    def copy(self) -> dict[str, str]:
        """The texts by field, as the linter reads them."""
        return {"line": self.line, "action_label": self.action_label}


@dataclass(frozen=True, slots=True)
class PlaybookMoment:
    """A value moment with its words. `key`: unique over all playbooks. `why`: why people care now,
    in a sentence for the team.
    """

    key: str
    name: str
    event_name: str
    conditions: tuple[Condition, ...]
    properties: tuple[str, ...]
    why: str
    variants: tuple[Words, ...]
    redirect: PlaybookRedirect

    @property
    def words(self) -> MomentWords:
        """What the linter may know of the moment."""
        return MomentWords(self.name, self.event_name, self.properties)

    @property
    def redirect_name(self) -> str:
        """How its redirect is called."""
        return f"{self.name}, in Settings"

    def soft_ask_draft(self, *, moment: str) -> SoftAskDraft:
        """The soft ask for the stored moment, with the usual gates and holdout."""
        return SoftAskDraft(name=self.name, moment=moment, variants=self.variants)

    def redirect_draft(self, *, moment: str) -> RedirectDraft:
        """The redirect rule for the stored moment, with the usual waits and holdout."""
        return RedirectDraft(
            name=self.redirect_name,
            moment=moment,
            variants=(
                Line(
                    key="a",
                    line=self.redirect.line,
                    action_label=self.redirect.action_label,
                    surface=self.redirect.surface,
                ),
            ),
        )


@dataclass(frozen=True, slots=True)
class Playbook:
    """The moments of one kind of app."""

    key: str
    name: str
    summary: str
    moments: tuple[PlaybookMoment, ...]

    def moment(self, key: str) -> PlaybookMoment:
        """One of its moments. Raises KeyError."""
        return {moment.key: moment for moment in self.moments}[key]


def variant_copy(words: Words) -> dict[str, str]:
    """The texts of a wording by field, as the linter reads them."""
    return texts_of(words)


def _moment(raw: Mapping[str, Any]) -> PlaybookMoment:
    return PlaybookMoment(
        key=raw["key"],
        name=raw["name"],
        event_name=raw["event_name"],
        conditions=parse_conditions(raw["conditions"]),
        properties=tuple(raw["properties"]),
        why=raw["why"],
        variants=tuple(Words(**words) for words in raw["variants"]),
        redirect=PlaybookRedirect(raw["line"], raw["action_label"], raw["redirect_surface"]),
    )


def _playbook(raw: Mapping[str, Any]) -> Playbook:
    moments = tuple(_moment(moment) for moment in raw["moments"])
    return Playbook(raw["key"], raw["name"], raw["summary"], moments)


_RAW: list[Mapping[str, Any]] = json.loads(_DATA.read_text(encoding="utf-8"))
PLAYBOOKS: Mapping[str, Playbook] = {raw["key"]: _playbook(raw) for raw in _RAW}
"""By key, in the order they are offered."""
