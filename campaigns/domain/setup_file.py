"""An app's whole set-up as one file, for review in a repository and for carrying it to another app.

The file holds what people wrote: the fatigue budget, the value moments, the segments, and the working
copy of every soft ask and Settings redirect, each under a name that stays (`order_placed`, `shipping_news`).
It says nothing of what happened: no devices, no numbers, no revisions. The order is always the same,
so two exports differ only where the set-up does.

A file may be a part of a set-up. What it does not mention is left alone; what it mentions has to be
known, of the right kind and complete, and everything that is wrong with it is said at once, with its
line. Docs: docs/setup-file.md.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, get_type_hints

from campaigns.domain.drafts import Draft, Kind, RedirectDraft, SoftAskDraft, document
from campaigns.domain.setup_reader import Reader
from campaigns.domain.setup_segments import StoredSegment, read_segment, written_segments
from campaigns.domain.setup_yaml import Node, Problem, Unreadable, read_yaml, write_yaml
from campaigns.domain.slugs import SLUG
from campaigns.domain.workflow import STATUSES
from permissions_app.domain.moments import parse_conditions

FORMAT = 1
SECTIONS: Mapping[str, Kind] = {"soft_asks": "soft_ask", "redirects": "redirect"}
"""The part of the file in which each kind stands."""
DRAFTS: Mapping[Kind, type[Draft]] = {"soft_ask": SoftAskDraft, "redirect": RedirectDraft}
MOMENT_STATUSES = ("active", "paused")
HEAD = """\
# A set-up of OneAsk. Imported again it changes drafts, moments, segments and the fatigue budget,
# and publishes nothing. `app` and the status of soft asks and redirects are there to be read.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMoment:
    """A moment of the app. `live`: how many live campaigns wait on it."""

    id: int
    version: int
    key: str
    name: str
    event: str
    conditions: list[dict[str, Any]]
    opening: bool
    status: str
    live: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCampaign:
    """A soft ask or redirect of the app with its working copy. `pending`: what that waits for;
    `published_at`: the key of the moment at which its published revision is shown, '' for none.
    """

    id: int
    version: int
    kind: Kind
    key: str
    status: str
    pending: str
    draft: Draft
    published_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """All of an app that a file speaks of, as it stands now. `images`: digests of its pictures."""

    app: str
    per_day: int
    per_30_days: int
    moments: tuple[StoredMoment, ...]
    campaigns: tuple[StoredCampaign, ...]
    segments: tuple[StoredSegment, ...] = ()
    images: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a file: its section, its name there, and the fields that were given."""

    section: str
    key: str
    given: Mapping[str, Any]

    @property
    def path(self) -> str:
        """Where it stands in the file."""
        return f"{self.section}.{self.key}"


@dataclass(frozen=True, slots=True)
class SetupFile:
    """A file that was read. `lines`: the line of every path in it. `problems`: what could not be read
    of it; nothing is done with a file that has some, but the rest is judged all the same, so that
    people learn everything at once. `doubtful`: the paths of values that could not be read, and of
    all around them: what stands there is not what was meant.
    """

    app: str
    fatigue: Mapping[str, int]
    moments: tuple[Entry, ...]
    campaigns: tuple[Entry, ...]
    segments: tuple[Entry, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    doubtful: frozenset[str] = frozenset()

    def line_of(self, path: str) -> int:
        """The line of a path, or of the nearest one around it; 0 when there is none."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path.rpartition(".")[0]
        return 0


def write_setup(setup: Setup) -> str:
    """The file of a set-up. Archived campaigns are no part of it."""
    content: dict[str, Any] = {
        "oneask": FORMAT,
        "app": setup.app,
        "fatigue": {"per_day": setup.per_day, "per_30_days": setup.per_30_days},
        "moments": {
            moment.key: {
                "name": moment.name,
                "event": moment.event,
                "status": moment.status,
                "opening": moment.opening,
                "conditions": [one.as_json() for one in parse_conditions(moment.conditions)],
            }
            for moment in sorted(setup.moments, key=lambda moment: moment.key)
        },
        "segments": written_segments(setup.segments),
    }
    for section, kind in SECTIONS.items():
        campaigns = [
            campaign
            for campaign in setup.campaigns
            if campaign.kind == kind and campaign.status != "archived"
        ]
        content[section] = {
            campaign.key: _written(campaign)
            for campaign in sorted(campaigns, key=lambda campaign: campaign.key)
        }
    return HEAD + write_yaml(content)


def read_setup(text: str) -> SetupFile:
    """What a file says. Raises Unreadable for what is no set-up file at all."""
    tree = read_yaml(text)
    root = tree.root
    reader = Reader()
    known = ("oneask", "app", "fatigue", "moments", "segments", *SECTIONS)
    parts = reader.fields(root, "", known)
    _check_format(reader, root, parts)
    fatigue = reader.fields(parts.get("fatigue"), "fatigue", ("per_day", "per_30_days"))
    return SetupFile(
        app=reader.text(parts["app"], "app") if "app" in parts else "",
        fatigue={
            name: reader.between(node, f"fatigue.{name}", 0, 10) for name, node in fatigue.items()
        },
        moments=tuple(_moments(reader, parts.get("moments"))),
        campaigns=tuple(
            entry
            for section, kind in SECTIONS.items()
            for entry in _campaigns(reader, parts.get(section), section, kind)
        ),
        segments=tuple(
            Entry("segments", key, read_segment(reader, part, f"segments.{key}"))
            for key, part in reader.fields(parts.get("segments"), "segments", None).items()
        ),
        lines=reader.lines,
        problems=(*tree.twice, *reader.problems),
        doubtful=frozenset(_with_what_is_around(reader.unread)),
    )


def fingerprint(*, setup: Setup, text: str) -> str:
    """What a person saw when they checked a file: the file, and the version of all it would meet."""
    seen = {
        "text": text,
        "fatigue": [setup.per_day, setup.per_30_days],
        "moments": [[moment.id, moment.version] for moment in setup.moments],
        "segments": [[segment.id, segment.version] for segment in setup.segments],
        "campaigns": [[campaign.id, campaign.version] for campaign in setup.campaigns],
    }
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()


def _written(campaign: StoredCampaign) -> dict[str, Any]:
    content = document(campaign.draft)
    variants = content.pop("variants")
    for variant in variants:
        variant["translations"] = {
            locale: {name: texts[name] for name in variant if name in texts}
            for locale, texts in sorted(variant["translations"].items())
        }
    name, moment = campaign.draft.name, content.pop("moment")
    return {
        "name": name,
        "status": campaign.status,
        "moment": moment,
        **content,
        "variants": variants,
    }


def _with_what_is_around(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        parts = path.split(".")
        yield from (".".join(parts[:count]) for count in range(1, len(parts) + 1))


def _check_format(reader: Reader, root: Node, parts: Mapping[str, Node]) -> None:
    """Raise Unreadable for what is no mapping: nothing more can be said of it."""
    node = parts.get("oneask")
    if not isinstance(root.value, dict):
        raise Unreadable(reader.problems)
    if node is None:
        said = f"A set-up file begins with “oneask: {FORMAT}”, the version of its format."
        reader.complain("oneask", Node(1, None), said)
    elif node.value != FORMAT or isinstance(node.value, bool):
        said = f"Only version {FORMAT} of the format can be read here: “oneask: {FORMAT}”."
        reader.complain("oneask", node, said)


def _moments(reader: Reader, node: Node | None) -> list[Entry]:
    found = []
    for key, part in reader.fields(node, "moments", None).items():
        at = f"moments.{key}"
        parts = reader.fields(part, at, ("name", "event", "status", "opening", "conditions"))
        given: dict[str, Any] = {
            name: reader.text(parts[name], f"{at}.{name}")
            for name in ("name", "event")
            if name in parts
        }
        if "status" in parts:
            given["status"] = reader.one_of(parts["status"], f"{at}.status", MOMENT_STATUSES)
        if "opening" in parts:
            given["opening"] = reader.yes_or_no(parts["opening"], f"{at}.opening")
        if "conditions" in parts:
            reader.items(parts["conditions"], f"{at}.conditions")
            given["conditions"] = parts["conditions"].plain()
        found.append(Entry("moments", key, given))
    return found


def _campaigns(reader: Reader, node: Node | None, section: str, kind: Kind) -> list[Entry]:
    make = DRAFTS[kind]
    hints = get_type_hints(make)
    known = ("name", "status", *(entry.name for entry in fields(make) if entry.name != "name"))
    found = []
    for key, part in reader.fields(node, section, None).items():
        at = f"{section}.{key}"
        if not SLUG.match(key):
            said = f"“{key[:60]}” must be 1 to 60 small letters, digits, “_” or “-”."
            reader.complain(at[:120], part, said)
        parts = dict(reader.fields(part, at, known))
        given: dict[str, Any] = {}
        if "status" in parts:
            given["status"] = reader.one_of(parts.pop("status"), f"{at}.status", STATUSES)
        for name, value in parts.items():
            given[name] = reader.value(value, f"{at}.{name}", hints[name])
        found.append(Entry(section, key, given))
    return found


def blank(kind: Kind, *, name: str = "", moment: str = "") -> Draft:
    """A draft with nothing written in it."""
    return DRAFTS[kind](name=name, moment=moment)
