"""The command line as engineers and CI run it: the file that the real server hands out, as a program of its own."""

from __future__ import annotations

import ast
import json
import os
import pty
import queue
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any

import pytest

from config.local.places import ROOT
from tests.bench.scene import Scene, make_scene
from tests.clients.door import Door
from tests.live import Live, free_port

SOURCE = ROOT / "static/cli/oneask.py"
PATIENCE = 30.0


@dataclass(frozen=True)
class Done:
    """What a program left behind."""

    code: int
    out: str
    err: str


@dataclass
class Shell:
    """A folder with the program in it, and the settings of an app."""

    folder: Path
    settings: dict[str, str]
    program: str = "oneask.py"
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def line(self, *arguments: str) -> list[str]:
        """The command."""
        return [sys.executable, self.program, *arguments]

    def run(self, *arguments: str, sent: str | None = None, **settings: str) -> Done:
        """Run to the end, without a terminal."""
        told: dict[str, Any] = (
            {"input": sent} if sent is not None else {"stdin": subprocess.DEVNULL}
        )
        done = subprocess.run(
            self.line(*arguments),
            cwd=self.folder,
            env={**self.settings, **settings},
            capture_output=True,
            text=True,
            timeout=120,
            **told,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start, and go on."""
        self.started.append(
            subprocess.Popen(
                self.line(*arguments),
                cwd=self.folder,
                env=self.settings,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return self.started[-1]

    @property
    def file(self) -> Path:
        """The set-up file."""
        return self.folder / "oneask.yaml"

    def edit(self, old: str, new: str) -> None:
        """Write something else into the file."""
        text = self.file.read_text()
        assert old in text
        self.file.write_text(text.replace(old, new))


@pytest.fixture(scope="module")
def scene(live: Live) -> Scene:
    """An app with two moments, a soft ask and a redirect that are live."""
    return make_scene(live)


@pytest.fixture
def shell(live: Live, scene: Scene, tmp_path: Path) -> Iterator[Shell]:
    """A folder into which the program was fetched as the documentation says."""
    with urllib.request.urlopen(f"{live.url}/static/cli/oneask.py", timeout=20) as answer:
        (tmp_path / "oneask.py").write_bytes(answer.read())
    settings = {
        "PATH": os.environ["PATH"],
        "ONEASK_HOST": live.url,
        "ONEASK_KEY": scene.secret,
        "PYTHONWARNINGS": "error",
    }
    made = Shell(tmp_path, settings)
    yield made
    for process in made.started:
        process.kill()
        process.communicate()


def send(live: Live, scene: Scene, device: str, kind: str = "session_started", **more: Any) -> str:
    """An event over the wire; its id."""
    now = int(time.time() * 1000)
    entry = {"id": str(uuid.uuid4()), "device_id": device, "type": kind, "occurred_at": now, **more}
    assert post(live, scene, entry)["accepted"] == 1
    return str(entry["id"])


def post(live: Live, scene: Scene, entry: dict[str, Any]) -> Any:
    """What a batch of one is answered."""
    request = urllib.request.Request(
        f"{live.url}/api/v1/events",
        json.dumps({"events": [entry]}).encode(),
        {"Authorization": f"Bearer {scene.publishable}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def api(live: Live, scene: Scene, path: str) -> Any:
    """What the management API says."""
    request = urllib.request.Request(
        f"{live.url}/api/v1/manage/{path}", headers={"Authorization": f"Bearer {scene.secret}"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def lines_of(stream: IO[str] | None) -> Callable[[str], str]:
    """A way to wait for a line of a program that goes on: the first from here that holds a text."""
    assert stream is not None
    found: queue.Queue[str] = queue.Queue()

    def read() -> None:
        for line in stream:
            found.put(line)

    threading.Thread(target=read, daemon=True).start()

    def wait(text: str) -> str:
        until = time.monotonic() + PATIENCE
        while True:
            line = found.get(timeout=max(0.1, until - time.monotonic()))
            if text in line:
                return line

    return wait


def at_a_terminal(shell: Shell, *arguments: str, typed: str = "", **settings: str) -> Done:
    """Run with a terminal of its own for everything."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        shell.line(*arguments),
        cwd=shell.folder,
        env={**shell.settings, "TERM": "xterm", **settings},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        os.write(ours, typed.encode())
        shown = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other side is closed
                break
            if not part:
                break
            shown += part
        os.close(ours)
        return Done(process.wait(), shown.decode(), "")


def test_file__is_that_of_the_repository__one_for_python_3_9_with_nothing_but_the_standard_library(
    shell: Shell,
) -> None:
    text = (shell.folder / "oneask.py").read_text()
    assert text == SOURCE.read_text()
    tree = ast.parse(text, feature_version=(3, 9))
    names = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_pull_edit_diff_push__what_is_live_stays_and_the_draft_changed(
    live: Live, scene: Scene, shell: Shell
) -> None:
    assert shell.run("pull").out == "Read the set-up into oneask.yaml.\n"
    clean = shell.run("diff")
    assert (clean.code, clean.err) == (0, "")
    assert clean.out.startswith("nothing to change, ")
    label = f"Yes, tell {uuid.uuid4().hex[:6]}"
    shell.edit("accept_label: Yes, tell me", f"accept_label: {label}")
    differs = shell.run("diff")
    assert differs.code == 1
    assert "  ~ know_when_it_ships Know when it ships\n" in differs.out
    assert f"        - Yes, tell me\n        + {label}\n" in differs.out
    assert "What is published stays as it is until" in differs.out
    assert "\x1b" not in differs.out
    assert json.loads(shell.run("diff", "--json").out)["changes"] is True
    dry = shell.run("push", "--dry-run")
    assert (dry.code, shell.run("push", "--dry-run", "--exit-code").code) == (0, 1)
    pushed = shell.run("push", "--yes")
    assert (pushed.code, pushed.out.splitlines()[-1]) == (0, "Applied: 0 created, 1 changed.")
    ask = api(live, scene, f"soft-asks/{scene.soft_ask}")
    assert ask["variants"][0]["accept_label"] == label
    assert ask["status"] == "live"
    assert ask["pending"] != "nothing"
    assert shell.run("diff").code == 0
    assert shell.run("pull").code == 0  # the file is as it was pushed: nothing of it would be lost
    shell.edit(f"accept_label: {label}", "accept_label: Yes, tell me")
    assert shell.run("push", "--yes").code == 0  # and goes on from the state that the push made


def test_push__nobody_to_confirm__refused_and_nothing_written(
    live: Live, scene: Scene, shell: Shell
) -> None:
    shell.run("pull")
    shell.edit("name: Run finished", "name: A run was finished")
    refused = shell.run("push")
    assert refused.code == 8
    assert "--yes" in refused.err
    assert "+ A run was finished" in refused.out
    assert shell.run("diff").code == 1


def test_push__at_a_terminal__asks_and_paints(live: Live, scene: Scene, shell: Shell) -> None:
    shell.run("pull")
    name = f"Run {uuid.uuid4().hex[:6]}"
    shell.file.write_text(re.sub(r"name: Run .*", f"name: {name}", shell.file.read_text()))
    no = at_a_terminal(shell, "push", typed="n\n")
    assert no.code == 8
    assert "Nothing was done." in no.out
    assert f"\x1b[32m        + {name}\x1b[0m" in no.out
    assert "\x1b" not in at_a_terminal(shell, "diff", NO_COLOR="1").out
    yes = at_a_terminal(shell, "push", typed="y\n")
    assert (yes.code, "Applied: 0 created, 1 changed." in yes.out) == (0, True)
    moments = {moment["key"]: moment["name"] for moment in api(live, scene, "moments")["results"]}
    assert moments["run_finished"] == name


def test_push__changed_since_the_pull__refused_and_the_ways_out_work(
    live: Live, scene: Scene, shell: Shell, tmp_path: Path
) -> None:
    shell.run("pull", "mine.yaml")
    shell.run("pull")
    mark = uuid.uuid4().hex[:6]
    shell.file.write_text(re.sub(r"name: Run .*", f"name: Run of {mark}", shell.file.read_text()))
    assert shell.run("push", "--yes").code == 0  # somebody else
    mine = tmp_path / "mine.yaml"
    before = mine.read_text()
    mine.write_text(before.replace("per_day: ", "per_day: 1  # was: "))
    mine.write_text(re.sub(r"per_30_days: \d+", f"per_30_days: {4 + int(mark[0], 16) % 6}", before))
    refused = shell.run("push", "mine.yaml", "--yes")
    assert refused.code == 5
    assert "changed since mine.yaml was read. Nothing was applied." in refused.err
    assert f"Run of {mark}" in shell.run("pull", "-").out
    lost = shell.run("pull", "mine.yaml")
    assert lost.code == 5
    assert "changes of your own" in lost.err
    (tmp_path / "base.yaml").write_text(before)
    older = shell.run("push", "mine.yaml", "--base", "base.yaml", "--yes")
    assert older.code == 5
    assert "is not what base.yaml says" in older.err
    shell.run("pull", "now.yaml")
    based = shell.run("push", "mine.yaml", "--base", "now.yaml", "--dry-run")
    assert based.code == 0
    assert shell.run("push", "mine.yaml", "--overwrite", "--yes").code == 0
    assert f"Run of {mark}" not in shell.run("pull", "-").out
    assert shell.run("pull", "mine.yaml", "--force").code == 0


def test_faults__each_with_its_line_as_compilers_write_them(shell: Shell) -> None:
    (shell.folder / "bad.yaml").write_text(
        "oneask: 1\nfatigue:\n  per_day: 99\nmoments:\n  x:\n    \u202enonsense: 1\n"
    )
    for command in (["diff", "bad.yaml"], ["push", "bad.yaml", "--yes"]):
        refused = shell.run(*command)
        assert refused.code == 3
        assert "keep this file from being imported." in refused.err
        assert re.search(r"^  bad\.yaml:3: .+ \(fatigue\.per_day\)$", refused.err, re.MULTILINE)
        assert "\u202e" not in refused.err
    piped = shell.run("diff", "-", sent="oneask: 2\n")
    assert piped.code == 3
    assert "stdin:1: Only version 1" in piped.err


def test_strict__what_only_the_server_has__is_a_difference(shell: Shell) -> None:
    (shell.folder / "part.yaml").write_text("oneask: 1\n")
    assert shell.run("diff", "part.yaml").code == 0
    strict = shell.run("diff", "part.yaml", "--strict")
    assert strict.code == 1
    assert "  ? order_placed Order placed: only on the server" in strict.out


def test_tail__an_event_that_arrives_after_it_started__is_told_and_ctrl_c_ends_it_well(
    live: Live, scene: Scene, shell: Shell
) -> None:
    device = f"tail-{uuid.uuid4().hex[:8]}"
    plain, machine = (
        shell.start("tail", "-n", "0"),
        shell.start("tail", "--json", "--device", device),
    )
    others = shell.start("tail", "--type", "never_ask")
    streams = [(lines_of(one.stdout), lines_of(one.stderr)) for one in (plain, machine, others)]
    for _, errors in streams:
        errors("following the events")
    sent = send(
        live, scene, device, "moment_reached", name="Run Finished", properties={"x": "\x1b[31m"}
    )
    line = streams[0][0](device)
    assert "“Run Finished”" in line
    assert "Reached the moment “" in line
    told = json.loads(streams[1][0](device))
    assert (told["id"], told["type"], told["device"]) == (sent, "moment_reached", device)
    wrong = {"id": "x", "device_id": device, "type": "never_ask", "occurred_at": 0}
    assert post(live, scene, wrong)["rejected"]
    assert "refused: id must be a UUID (never_ask)" in streams[2][0](device)
    assert json.loads(streams[1][0](device))["code"] == "invalid_id"
    send(live, scene, device, "never_ask")
    assert "Asked never to be asked again" in streams[2][0](device)
    for process in (plain, machine, others):
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0


def test_tail__the_server_starts_again__is_waited_for_and_nothing_is_left_out(
    live: Live, scene: Scene, shell: Shell
) -> None:
    tail = shell.start("tail", "-n", "0", "--json")
    lines, errors = lines_of(tail.stdout), lines_of(tail.stderr)
    errors("following the events")
    before = send(live, scene, "restart-1")
    assert json.loads(lines("restart-1"))["id"] == before
    live.kill("web")
    try:
        errors("Waiting for it.")
    finally:
        live.start("web")
        live.wait_until_healthy()
    after = send(live, scene, "restart-2")
    errors("it answers again.")
    assert json.loads(lines("restart-2"))["id"] == after


def test_explain__says_what_the_api_says(live: Live, scene: Scene, shell: Shell) -> None:
    device = f"explain-{uuid.uuid4().hex[:8]}"
    about: dict[str, Any] = {"platform": "ios", "os_version": "18.1", "session_index": 3}
    send(live, scene, device, permission={"library": "ios", "value": 0}, **about)
    told = api(live, scene, f"devices/{device}/explain?moment=run_finished")
    assert told["reason"] == "no_settings_toggle"
    said = shell.run("explain", device, "--moment", "run_finished")
    assert said.code == 0
    assert f"{told['text']} ({told['reason']})" in said.out
    assert "- You miss this: Only a Settings redirect waits here" in said.out
    machine = json.loads(shell.run("explain", device, "--moment", "run_finished", "--json").out)
    assert {**machine, "at": ""} == {**told, "at": ""}
    asked = shell.run("explain", device, "--moment", "order_placed")
    assert "at “Order placed”: a soft ask" in asked.out
    assert "“Know when it ships”, revision " in asked.out
    typo = shell.run("explain", device, "--moment", "ordr_placed")
    assert (typo.code, "no published moment" in typo.out) == (7, True)
    nobody = shell.run("explain", "nobody", "--moment", "order_placed")
    assert (nobody.code, nobody.err) == (7, "oneask: This app knows no device of that key.\n")
    assert shell.run("explain", "a/../b", "--moment", "x").code == 2


def test_devices__shown_listed_and_erased(live: Live, scene: Scene, shell: Shell) -> None:
    device = f"erase-{uuid.uuid4().hex[:8]}"
    send(
        live,
        scene,
        device,
        platform="ios",
        os_version="18.1",
        permission={"library": "ios", "value": 1},
    )
    shown = shell.run("devices", "show", device)
    assert "Notifications are off (refused for good)" in shown.out
    assert "Platform: iOS, version 18.1" in shown.out
    assert json.loads(shell.run("devices", "show", device, "--json").out)["key"] == device
    assert shell.run("devices", "list", "--prefix", device).out.startswith(f"{device}  ios 18.1  ")
    unconfirmed = shell.run("devices", "erase", device)
    assert (unconfirmed.code, shell.run("devices", "show", device).code) == (8, 0)
    assert at_a_terminal(shell, "devices", "erase", device, typed="yes\n").code == 8
    erased = at_a_terminal(shell, "devices", "erase", device, typed=f"{device}\n")
    assert "The device is erased, with 1 event and 0 decisions." in erased.out
    assert shell.run("devices", "show", device).code == 7
    assert shell.run("devices", "erase", device, "--yes").code == 7
    assert shell.run("devices", "list", "--prefix", device).out == ""


def test_whoami__the_app_and_the_key(scene: Scene, shell: Shell) -> None:
    said = shell.run("whoami")
    assert said.out.startswith(f"Measured ({scene.workspace_slug}/measured)\n")
    assert f"key “secret”, {scene.secret.rpartition('_')[0]}_…" in said.out
    assert scene.secret not in said.out + shell.run("whoami", "--json").out


def test_key__wrong_revoked_publishable_missing_or_from_a_file(
    scene: Scene, shell: Shell, tmp_path: Path
) -> None:
    unknown = f"{scene.secret[:-4]}XXXX"
    for key, code, text in (
        (unknown, 4, "unknown or was revoked"),
        (scene.publishable, 4, "publishable key"),
        ("nonsense\u00e4", 4, "not a key of OneAsk"),
        ("", 2, "ONEASK_KEY"),
    ):
        refused = shell.run("whoami", ONEASK_KEY=key)
        assert (refused.code, text in refused.err) == (code, True), refused
    file = tmp_path / "key"
    file.write_text(f"{scene.secret}\n")
    file.chmod(0o600)
    assert shell.run("--key-file", "key", "whoami", ONEASK_KEY="").err == ""
    assert shell.run("whoami", ONEASK_KEY="", ONEASK_KEY_FILE=str(file)).code == 0
    file.chmod(0o644)
    assert "others on this machine can read" in shell.run("--key-file", "key", "whoami").err
    assert shell.run("--key-file", "nothing", "whoami").code == 2
    assert "--key " not in shell.run("--help").out


@pytest.mark.parametrize(
    ("host", "code", "text"),
    [
        ("", 2, "Say where OneAsk is"),
        ("oneask.example.com", 2, "is not an address"),
        ("ftp://x", 2, "is not an address"),
        ("http://[x", 2, "is not an address"),
        ("http://x:99999", 2, "is not an address"),
        ("http://a b", 2, "is not an address"),
        ("https://u:p@x", 2, "names a host alone"),
        ("http://no-such-host.invalid", 6, "unencrypted"),
    ],
)
def test_host__that_is_none__a_sentence(shell: Shell, host: str, code: int, text: str) -> None:
    refused = shell.run("whoami", ONEASK_HOST=host)
    assert (refused.code, text in refused.err) == (code, True), refused


def test_host__answers_as_something_else__told(shell: Shell) -> None:
    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind = self.server.told  # type: ignore[attr-defined]
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Location", "https://elsewhere.example/")
            self.end_headers()
            self.wfile.write(b"<html>")

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        host = f"http://127.0.0.1:{server.server_port}"
        for told, text in (
            ((200, "text/html"), "which is not how OneAsk answers"),
            ((404, "text/html"), "which is not how OneAsk answers"),
            ((301, "text/html"), "sends us to https://elsewhere.example/"),
            ((200, "application/json"), "not JSON of ours"),
        ):
            server.told = told  # type: ignore[attr-defined]
            refused = shell.run("whoami", ONEASK_HOST=host)
            assert (refused.code, text in refused.err) == (6, True), refused
        server.shutdown()


def test_server__away__says_so_after_some_tries(shell: Shell) -> None:
    away = shell.run("whoami", ONEASK_HOST=f"http://127.0.0.1:{free_port()}")
    assert away.code == 6
    assert "Nothing answers at" in away.err


def test_server__busy_at_first__is_asked_again_as_it_says(live: Live, shell: Shell) -> None:
    with Door(live.url, (503, {}), (429, {"Retry-After": "1"})) as door:
        done = shell.run("whoami", ONEASK_HOST=door.url)
        assert done.code == 0, done.err
        assert [status for *_, status in door.seen[:3]] == [503, 429, 200]
    with Door(live.url, (429, {"Retry-After": "3600"})) as door:
        refused = shell.run("whoami", ONEASK_HOST=door.url)
        assert (refused.code, len(door.seen)) == (6, 1)


def test_push__the_answer_is_lost_on_the_way__is_applied_once(
    live: Live, scene: Scene, shell: Shell
) -> None:
    lost: list[str] = []

    class Lossy(BaseHTTPRequestHandler):
        """Passes everything on, and once keeps the answer to a change for itself."""

        def do_GET(self) -> None:
            self.pass_on()

        def do_POST(self) -> None:
            self.pass_on()

        def do_PUT(self) -> None:
            self.pass_on()

        def pass_on(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length) if length else None
            headers = {name: value for name, value in self.headers.items() if name != "Host"}
            request = urllib.request.Request(
                live.url + self.path, body, headers, method=self.command
            )
            with urllib.request.urlopen(request, timeout=20) as answer:
                content = answer.read()
                if self.command == "PUT":
                    lost.append(answer.headers.get("Idempotency-Replayed") or "first")
                    if len(lost) == 1:
                        self.close_connection = True
                        return
                self.send_response(answer.status)
                for name in ("Content-Type", "ETag"):
                    if name in answer.headers:
                        self.send_header(name, answer.headers[name])
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Lossy) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        shell.settings["ONEASK_HOST"] = f"http://127.0.0.1:{server.server_port}"
        shell.run("pull")
        mark = uuid.uuid4().hex[:6]
        shell.file.write_text(re.sub(r"name: Run .*", f"name: Run {mark}", shell.file.read_text()))
        pushed = shell.run("push", "--yes")
        assert (pushed.code, pushed.out.splitlines()[-1]) == (0, "Applied: 0 created, 1 changed.")
        server.shutdown()
    assert lost == ["first", "true"]


def test_output__whose_reader_goes_away__no_traceback(shell: Shell) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} oneask.py pull - | true; echo ${{PIPESTATUS[0]}}"],
        cwd=shell.folder,
        env=shell.settings,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.strip() in ("0", "141")
    assert done.stderr == ""


def test_arguments__nonsense__usage_and_2(shell: Shell) -> None:
    choice = shell.run("devices", "list", "--status", "nope")
    assert (choice.code, choice.err) == (3, 'oneask: "nope" is not a valid choice. (status)\n')
    for line in ([], ["fly"], ["explain", "x"], ["--timeout", "-1", "whoami"], ["tail", "-n", "x"]):
        assert shell.run(*line).code == 2
    assert shell.run("diff", "nothing.yaml").code == 2
    assert shell.run("pull", "no/such/folder.yaml").code == 2
