"""The code of the guides, read: its grammar, its types, and every name that it sends or expects."""

from __future__ import annotations

import re
import subprocess
from dataclasses import fields as fields_of
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from campaigns.domain.drafts import Line, Words
from campaigns.services.decide import Answer, CampaignTold, PromptTold, Request, SettingsTold
from config.fast_lane import BUSY
from config.local.places import ROOT
from permissions_app.domain.events import EVENT_TYPES, EventContext, Outcome, RawPermission
from permissions_app.domain.examples import STAND_IN
from permissions_app.domain.guides import GUIDES, Guide, Program
from permissions_app.domain.segment_messages import NAMES, Message, read_message
from permissions_app.domain.settings_paths import settings_path
from permissions_app.domain.states import LIBRARIES
from permissions_app.services.arrivals import WireEvent
from permissions_app.web.snippets import PLACE, Values, piece, whole
from tests.clients.grammars import breaks, texts
from tests.clients.node import NODE

VALUES = Values("https://oneask.example.com", "pk_0example", STAND_IN)
GUIDE_OF = {program.key: guide for guide in GUIDES.values() for program in guide.programs}
PROGRAMS = {program.key: program for guide in GUIDES.values() for program in guide.programs}
PARSED = [key for key, guide in GUIDE_OF.items() if guide.proof == "parsed"]
STRUCTS = (
    WireEvent,
    EventContext,
    RawPermission,
    Request,
    Answer,
    CampaignTold,
    PromptTold,
    SettingsTold,
)
LINKS = {
    name
    for platform in ("ios", "android")
    for version in ("8", "17")
    for name in settings_path(platform=platform, os_version=version, api_level=int(version)).link
} | set(settings_path(platform="android", api_level=34).link)
VOCABULARY = {
    *EVENT_TYPES,
    *get_args(Outcome),
    *(field.encode_name for struct in STRUCTS for field in msgspec.structs.fields(struct)),
    *(field.name for words in (Words, Line) for field in fields_of(words)),
    *LIBRARIES,
    *LINKS,
    *("events", "sent_at"),  # a batch
    *("soft_ask", "settings_redirect", "none"),  # actions
    *("check", "request"),  # sources
    *STAND_IN.properties,
}
OWN = {"device", "sessions", "asks", "waiting", "oneask", "main"}
"""What the programs name their own storage."""
WORD = re.compile(r"[a-z]+(?:_[a-z]+)*")


def test_snippets__files__exactly_those_that_the_guides_name() -> None:
    folder = ROOT / "templates" / PLACE
    named = {f"{key}/{part}.txt" for key, program in PROGRAMS.items() for part in program.parts}
    assert {str(path.relative_to(folder)) for path in folder.rglob("*.*")} == named


def test_pieces__filled_in__nothing_is_left_to_fill() -> None:
    for program in PROGRAMS.values():
        text = whole(program, VALUES)
        assert "{{" not in text
        assert "{%" not in text
        assert VALUES.host in text
        assert VALUES.key in text


def test_parser__broken_code__says_where() -> None:
    assert breaks("swift", "let a = [1, 2\nfunc b( {") != []
    assert breaks("kotlin", "fun a() {\n val = \n") != []
    assert breaks("dart", "void a() { var b = ; }") != []


@pytest.mark.parametrize("key", PARSED)
def test_program__read_by_a_parser__is_of_its_language(key: str) -> None:
    program = PROGRAMS[key]
    assert breaks(program.language, whole(program, VALUES)) == []


@pytest.mark.parametrize("key", PARSED)
def test_program__every_word_in_its_texts__is_of_the_vocabulary(key: str) -> None:
    program = PROGRAMS[key]
    found = {
        text for text in texts(program.language, whole(program, VALUES)) if WORD.fullmatch(text)
    }
    assert len(found) > 30
    assert found - VOCABULARY - OWN == set()


@pytest.mark.parametrize("key", PROGRAMS)
def test_program__addresses__are_served(key: str) -> None:
    text = whole(PROGRAMS[key], VALUES)
    for address in re.findall(r"/api/v1/[a-z/]+", text):
        assert address in BUSY


@pytest.mark.parametrize("key", [key for key in PROGRAMS if key != "web"])
def test_program__each_step__names_the_events_it_is_said_to_send(key: str) -> None:
    program, guide = PROGRAMS[key], GUIDE_OF[key]
    for step in guide.steps:
        text = _from(program, step.key)
        for type_ in step.sends:
            names = {type_, *([NAMES[type_]] if guide.key == "segment" and type_ in NAMES else [])}
            # A moment reaches Segment under its own name, a permission as a trait of identify.
            if guide.key == "segment":
                names |= {STAND_IN.event} if type_ == "moment_reached" else set()
                names |= {"notification_permission"} if type_ == "permission_status" else set()
            assert any(name in text for name in names), f"{key}, {step.key}: {type_}"


def _from(program: Program, part: str) -> str:
    """The code of a step; coming back from Settings is told by the code of "status" on phones."""
    parts = ("status", "redirect") if part == "redirect" else (part,)
    return "\n".join(piece(program, one, VALUES) for one in parts if one in program.parts)


def test_react_native__type_check__strict_and_silent(tmp_path: Path) -> None:
    (tmp_path / "oneask.ts").write_text(whole(PROGRAMS["react-native"], VALUES))
    (tmp_path / "modules.d.ts").write_text(
        (ROOT / "tests" / "clients" / "react_native" / "modules.d.ts").read_text()
    )
    assert _tsc(tmp_path) == ""
    broken = (
        (tmp_path / "oneask.ts")
        .read_text()
        .replace("requestNotifications([", "requestNotifications([1, ")
    )
    (tmp_path / "oneask.ts").write_text(broken)
    assert "TS2322" in _tsc(tmp_path)


def _tsc(folder: Path) -> str:
    compiler = ROOT / "node_modules" / "typescript" / "bin" / "tsc"
    options = "--noEmit --strict --noUnusedLocals --target es2022 --module esnext --moduleResolution bundler"
    line: list[str | Path] = [
        NODE,
        compiler,
        *options.split(),
        "--lib",
        "es2022,dom",
        "oneask.ts",
        "modules.d.ts",
    ]
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, timeout=120)
    return done.stdout


@pytest.mark.parametrize("type_", NAMES)
def test_segment__name_in_the_guide__is_read_as_its_event(type_: str) -> None:
    told = read_message(
        message=Message(type="track", event=NAMES[type_], anonymousId="a", messageId="m"),
        fallback_id=str,
        kind=None,
    )
    assert told is not None
    assert told.type == type_


def test_segment__names__every_event_but_the_moment() -> None:
    assert set(NAMES) == set(EVENT_TYPES) - {"moment_reached"}


def _backticked(guide: Guide) -> list[str]:
    told = [guide.lead, *guide.traps]
    for step in guide.steps:
        told += [step.why, *step.says]
    return re.findall(r"`([^`]+)`", " ".join(told))


def test_sentences__names_of_events__exist() -> None:
    starts = ("soft_ask_", "native_prompt_", "redirect_", "session_", "permission_status")
    for guide in GUIDES.values():
        for name in _backticked(guide):
            if name.startswith(starts):
                assert name in VOCABULARY, f"{guide.key}: {name}"


def test_sentences__backticks__are_closed() -> None:
    for guide in GUIDES.values():
        for step in guide.steps:
            for sentence in (guide.lead, step.why, *step.says, *guide.traps):
                assert sentence.count("`") % 2 == 0
                assert sentence.endswith((".", "!", ":"))
