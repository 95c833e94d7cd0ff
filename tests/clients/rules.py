"""The rules that decide on the device, in Node, beside those of the server."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from types import TracebackType
from typing import IO, Any

import msgspec

from campaigns.domain.answer import Decision
from campaigns.domain.portable import portable_ruleset, portable_tables
from campaigns.domain.ruleset import Ruleset
from config.local.places import ROOT
from permissions_app.domain.device import DeviceFacts
from permissions_app.domain.standing import Assignment, Standing
from tests.clients.node import NODE, SCRIPTS


class RulesInNode:
    """One process of Node that is asked one question after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [NODE, SCRIPTS / "rules_node.mjs"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __enter__(self) -> RulesInNode:
        self.ask("tables", portable_tables())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _pipe(self._process.stdin).close()
        self._process.wait(timeout=20)
        _pipe(self._process.stdout).close()

    def ask(self, what: str, told: object) -> Any:
        """The answer to one question, see rules_node.mjs."""
        ways_in, out = _pipe(self._process.stdin), _pipe(self._process.stdout)
        ways_in.write(json.dumps([what, told]) + "\n")
        ways_in.flush()
        answer = json.loads(out.readline())
        assert "error" not in answer, answer["error"]
        return answer["said"]

    def load(self, name: str, ruleset: Ruleset, **payload: object) -> None:
        """Give it a ruleset as a bundle carries it."""
        told = {"ruleset": portable_ruleset(ruleset), **payload}
        self.ask("load", {"name": name, "payload": told})

    def decide(
        self,
        name: str,
        *,
        moment: str,
        facts: DeviceFacts,
        standing: Standing,
        device_key: str,
        now: int,
    ) -> dict[str, Any]:
        """The decision under the ruleset of that name, as `plain` writes it."""
        told = {
            "name": name,
            "moment": moment,
            "facts": msgspec.to_builtins(facts, str_keys=True),
            "standing": msgspec.to_builtins(standing),
            "deviceKey": device_key,
            "now": now,
        }
        found: dict[str, Any] = self.ask("decide", told)
        return found


def plain(decision: Decision) -> dict[str, Any]:
    """A decision as plain JSON values; its budget without the sentence, which stays on the server."""
    body = {
        field.name: getattr(decision, field.name)
        for field in dataclasses.fields(decision)
        if field.name != "copy"
    }
    body["copy"] = dict(decision.copy)
    body["settings"] = decision.settings.as_json() if decision.settings else None
    if decision.budget is not None:
        body["budget"] = dataclasses.asdict(decision.budget)
        del body["budget"]["rule"]
    told: dict[str, Any] = json.loads(msgspec.json.encode(body, enc_hook=str))
    for pair in [told["assignment"] or ["", {}], *told["gate_arms"]]:
        pair[1].setdefault("revision", Assignment("", 0).revision)
    return told


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe
