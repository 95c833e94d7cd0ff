#!/usr/bin/env python3
"""The command line of OneAsk, for engineers and CI: one file, Python 3.9 or later, nothing to install.

    curl -O https://oneask.example.com/static/cli/oneask.py
    export ONEASK_HOST=https://oneask.example.com ONEASK_KEY=sk_...
    python3 oneask.py pull

It speaks to the management API with a secret key of one app. The key is read from the environment or from a file and
is never an argument, where everybody on the machine could read it. Every command says what it does in --help; the
exit codes are listed in EXIT_CODES below and in docs/command-line.md.
"""

from __future__ import annotations

import argparse
import contextlib
import email.message
import hashlib
import http.client
import ipaddress
import json
import os
import random
import re
import socket
import ssl
import stat
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from typing import Any, Dict, Iterator, List, NamedTuple, NoReturn, Optional, Tuple

VERSION = "1.0"
FILE = "oneask.yaml"
API = "/api/v1/manage/"
LARGEST_FILE = 1_000_000
LARGEST_ANSWER = 64_000_000
TRIES = 5
LONGEST_WAIT = 60.0
"""Seconds that a command waits because the server says so; one that would wait longer gives up."""
SECONDS_BETWEEN_LOOKS = 1.0

SAME, DIFFERS, USAGE, FAULTS, KEY, CONFLICT, AWAY, MISSING, DECLINED = range(9)
BROKEN, INTERRUPTED, PIPE_CLOSED = 70, 130, 141
EXIT_CODES = """\
exit codes:
  0    done; for diff: nothing would change
  1    diff, or push --dry-run --exit-code: something would change
  2    wrong arguments or settings, or a file that cannot be read or written
  3    the server refused what was sent, for example a file with faults
  4    the key was refused
  5    the set-up on the server changed since the file was read
  6    the server cannot be reached, is busy, or does not answer as OneAsk does
  7    there is no such device, or no such moment
  8    not confirmed
  70   a fault in this program
  130  interrupted
  141  whoever read the output went away
"""
SETTINGS = """\
settings:
  ONEASK_HOST      where OneAsk is, for example https://oneask.example.com
  ONEASK_KEY       a secret key of the app (sk_...), from its Integrate page
  ONEASK_KEY_FILE  a file that holds the key, instead of ONEASK_KEY
  NO_COLOR         no colours, whatever the terminal can do
"""
MARK = re.compile(r"^# oneask: read from (\S+), state ([!-~]+), text ([0-9a-f]+)\r?$", re.MULTILINE)
"""The last line of a file that was pulled: from where, in which state of the server, and the digest of the rest."""
SIGNS = {"created": "+", "changed": "~"}
COLOURS = {"+": "32", "-": "31", "~": "33", "bold": "1", "dim": "2"}


class Stop(Exception):
    """The command ends here. `code`: its exit code; the text goes to people."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class Answer(NamedTuple):
    """What the server said: the status, the headers, the bytes."""

    status: int
    headers: email.message.Message
    body: bytes

    def json(self) -> Any:
        """The body as JSON. Raises Stop when it is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise Stop(AWAY, "The server answered with something that is not JSON of ours.")
        return found

    @property
    def etag(self) -> str:
        """The state of the set-up that this answer speaks of."""
        return str(self.headers.get("ETag") or "").strip().strip('"')


class Away(Exception):
    """No answer, or one that asks to come again. `after`: the seconds that the server wants us to wait, if it said."""

    def __init__(self, text: str, after: Optional[float] = None) -> None:
        super().__init__(text)
        self.after = after


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is told and not followed: the key belongs to the host that was named."""

    def redirect_request(self, *_: Any) -> None:
        return None


class Server:
    """The management API of one host, with one key."""

    def __init__(self, host: str, key: str, timeout: float) -> None:
        self.host, self.timeout = host, timeout
        self._key = key
        self._open = urllib.request.build_opener(_NoRedirect()).open

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Optional[Dict[str, str]] = None,
        body: Optional[bytes] = None,
        headers: Optional[Dict[str, str]] = None,
    ) -> Answer:
        """Ask until there is an answer, a few times at most. Raises Stop for a refusal.

        What changes something carries the same Idempotency-Key each time, so it is done once however often it is sent.
        """
        sent = {**(headers or {})}
        if method != "GET":
            sent["Idempotency-Key"] = str(uuid.uuid4())
        for attempt in range(1, TRIES + 1):
            try:
                return self.once(method, path, query=query, body=body, headers=sent)
            except Away as away:
                pause = away.after if away.after is not None else pause_after(attempt)
                if attempt == TRIES or pause > LONGEST_WAIT:
                    raise Stop(AWAY, f"{away} Try again later.") from None
                if attempt == 1:
                    warn(f"{away} Trying again.")
                time.sleep(pause)
        raise AssertionError("unreachable")

    def once(
        self,
        method: str,
        path: str,
        *,
        query: Optional[Dict[str, str]] = None,
        body: Optional[bytes] = None,
        headers: Optional[Dict[str, str]] = None,
    ) -> Answer:
        """Ask once. Raises Away where asking again may help, Stop for a refusal."""
        url = self.host + API + path + (f"?{urllib.parse.urlencode(query)}" if query else "")
        request = urllib.request.Request(url, data=body, method=method)  # noqa: S310  http or https, see host_of
        request.add_header("Authorization", f"Bearer {self._key}")
        request.add_header("User-Agent", f"oneask-cli/{VERSION}")
        request.add_header("Accept", "application/json, application/problem+json, application/yaml")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            answer = self._answer(request)
        except urllib.error.URLError as error:
            raise Away(self._unreached(error.reason)) from None
        except (OSError, http.client.HTTPException) as error:
            raise Away(self._unreached(error)) from None
        return self._checked(answer)

    def _answer(self, request: urllib.request.Request) -> Answer:
        try:
            response = self._open(request, timeout=self.timeout)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            return Answer(response.status, response.headers, response.read(LARGEST_ANSWER))

    def _unreached(self, reason: object) -> str:
        if isinstance(reason, ssl.SSLCertVerificationError):
            why = f"The certificate of {self.host} cannot be trusted: {reason.verify_message}."
            raise Stop(AWAY, why)
        if isinstance(reason, socket.gaierror) and reason.errno != socket.EAI_AGAIN:
            raise Stop(AWAY, f"No host has the name in {self.host}. Is ONEASK_HOST right?")
        if isinstance(reason, (socket.timeout, TimeoutError)):
            return f"{self.host} did not answer within {self.timeout:g} seconds."
        if isinstance(reason, ConnectionRefusedError):
            return (
                f"Nothing answers at {self.host}. Is ONEASK_HOST right, and is the server running?"
            )
        return f"{self.host} cannot be reached: {reason or type(reason).__name__}."

    def _checked(self, answer: Answer) -> Answer:
        status, kind = answer.status, answer.headers.get_content_type()
        if 200 <= status < 300 and kind in ("application/json", "application/yaml"):
            return answer
        if 300 <= status < 400:
            where = answer.headers.get("Location") or "somewhere else"
            said = f"{self.host} sends us to {where}. Name the right address in ONEASK_HOST."
            raise Stop(AWAY, said)
        if kind == "application/problem+json" and status < 500 and status != 429:
            problem = answer.json()
            if problem.get("code") == "unknown_address":
                said = f"{self.host} does not know this address. Is it an older OneAsk?"
                raise Stop(AWAY, said)
            if status == 409 and problem.get("code") == "in_flight":
                raise Away(str(problem.get("detail")), 1.0)
            raise Refused(status, problem, answer.etag)
        if status == 429 or status in (500, 502, 503, 504):
            named = answer.headers.get("X-Request-Id")
            request = f" (request {named})" if named else ""
            what = "is asked too much" if status == 429 else f"failed with {status}{request}"
            raise Away(f"{self.host} {what}.", seconds_in(answer.headers))
        said = f"{self.host} answered {status} {kind}, which is not how OneAsk answers."
        raise Stop(AWAY, f"{said} Is ONEASK_HOST right?")


class Refused(Stop):
    """A problem (RFC 9457) of the API."""

    def __init__(self, status: int, problem: Dict[str, Any], etag: str) -> None:
        codes = {401: KEY, 403: KEY, 404: MISSING, 412: CONFLICT}
        super().__init__(codes.get(status, FAULTS), str(problem.get("detail") or f"HTTP {status}"))
        self.status, self.problem, self.etag = status, problem, etag
        self.faults: List[Dict[str, Any]] = list(problem.get("errors") or [])

    def lines(self, name: str) -> Iterator[str]:
        """The sentence, then each fault as compilers write it: `file:line: sentence (where)`."""
        told = [self._told(fault, name) for fault in self.faults]
        if len(told) == 1 and told[0].startswith(str(self)):
            yield told[0]
            return
        yield str(self)
        yield from (f"  {line}" for line in told)

    @staticmethod
    def _told(fault: Dict[str, Any], name: str) -> str:
        at = f"{name}:{fault['line']}: " if name and fault.get("line") else ""
        where = f" ({fault['field']})" if fault.get("field") else ""
        return f"{at}{fault.get('detail') or ''}{where}"


def seconds_in(headers: email.message.Message) -> Optional[float]:
    """What Retry-After says, where it says seconds."""
    told = str(headers.get("Retry-After") or "")
    return float(told) if told.isascii() and told.isdecimal() and len(told) < 7 else None


def pause_after(attempt: int) -> float:
    """Seconds to wait after so many tries: longer each time, and not all clients at once."""
    return min(10.0, 0.25 * float(1 << attempt)) * random.uniform(0.75, 1.25)  # noqa: S311  spreads load


# Settings


def host_of(given: Optional[str]) -> str:
    """The host to speak to. Raises Stop."""
    text = (given or os.environ.get("ONEASK_HOST") or "").strip()
    if not text:
        raise Stop(USAGE, "Say where OneAsk is: ONEASK_HOST=https://oneask.example.com")
    parts = _parts(text)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        said = f"{text!r} is not an address like https://oneask.example.com (ONEASK_HOST)."
        raise Stop(USAGE, said)
    if parts.username or parts.query or parts.fragment:
        raise Stop(USAGE, "ONEASK_HOST names a host alone: no user, no question mark.")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        warn(f"the key travels to {parts.hostname} unencrypted; use https.")
    return text.rstrip("/")


def _parts(text: str) -> Optional[urllib.parse.SplitResult]:
    try:
        parts = urllib.parse.urlsplit(text)
        _ = parts.port  # raises ValueError for one that is none
    except ValueError:
        return None
    return None if re.search(r"[\s\x00-\x20\x7f-\U0010ffff]", text) else parts


def is_loopback(name: str) -> bool:
    """Whether this name stays on the machine."""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def key_of(key_file: Optional[str]) -> str:
    """The key, from a file or the environment. Raises Stop."""
    path = key_file or (None if os.environ.get("ONEASK_KEY") else os.environ.get("ONEASK_KEY_FILE"))
    text = _key_in(path) if path else os.environ.get("ONEASK_KEY", "").strip()
    if not text:
        said = (
            "Give a secret key of the app in ONEASK_KEY, or a file that holds it with --key-file."
        )
        raise Stop(USAGE, said)
    if text.startswith("pk_"):
        said = "This is a publishable key (pk_...). The command line needs a secret one (sk_...)."
        raise Stop(KEY, said)
    if not re.fullmatch(r"sk_[A-Za-z0-9]{1,40}_[A-Za-z0-9]{1,80}", text):
        raise Stop(KEY, "This is not a key of OneAsk: a secret key reads sk_..._...")
    return text


def _key_in(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            if os.name == "posix" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                warn(f"others on this machine can read {path}; `chmod 600` it.")
            return file.read(1000).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Stop(USAGE, f"The key file cannot be read: {why(error)}.") from None


# What people see


def clean(text: object) -> str:
    """A text that a terminal can be trusted with: what would move it or colour it is shown as it is written."""
    return "".join(
        char
        if char.isprintable() or char in "\u200c\u200d"
        else f"\\x{ord(char):02x}"
        if ord(char) < 256
        else f"\\u{ord(char):04x}"
        for char in str(text)
    )


def say(text: str = "") -> None:
    """A line for people or the next program, at once."""
    print(text, flush=True)


def warn(text: str) -> None:
    """A remark that is no result."""
    print(f"oneask: {text}", file=sys.stderr, flush=True)


def paint(kind: str, text: str) -> str:
    """The text in a colour, where the output is a terminal that can."""
    plain = not sys.stdout.isatty() or "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    return text if plain else f"\x1b[{COLOURS[kind]}m{text}\x1b[0m"


def why(error: Exception) -> str:
    """A system's error without its number."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error) or type(error).__name__


def counted(number: int, name: str) -> str:
    """`1 event`, `2 events`."""
    return f"{number} {name}{'' if number == 1 else 's'}"


def local(iso: Optional[str]) -> str:
    """A time of the API to the second, as UTC."""
    return "" if not iso else f"{str(iso)[:19].replace('T', ' ')} UTC"


def show_json(value: Any) -> None:
    """A value for the next program."""
    say(json.dumps(value, indent=2, ensure_ascii=False))


# The file


class Local(NamedTuple):
    """A set-up file on this machine. `mark`: (host, state, digest) of when it was read from a server."""

    path: str
    text: str
    mark: Optional[Tuple[str, str, str]]

    @property
    def edited(self) -> bool:
        """Whether anybody wrote in it since it was read."""
        return self.mark is None or digest(self.text) != self.mark[2]


def digest(text: str) -> str:
    """What tells one text from another, without the mark."""
    plain = MARK.sub("", text.replace("\r\n", "\n")).rstrip("\n")
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()[:16]


def read_local(path: str) -> Local:
    """The file, `-` for what is piped in. Raises Stop."""
    try:
        if path == "-":
            raw = sys.stdin.buffer.read(LARGEST_FILE + 1)
        else:
            with open(path, "rb") as file:
                raw = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        said = f"There is no file {path}. `pull` writes one."
        raise Stop(USAGE, said) from None
    except OSError as error:
        raise Stop(USAGE, f"The file cannot be read: {why(error)}.") from None
    if len(raw) > LARGEST_FILE:
        raise Stop(FAULTS, f"{path} is larger than 1 MB.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Stop(FAULTS, f"{path} is not a text file in UTF-8.") from None
    found = MARK.search(text)
    return Local(path, text, (found[1], found[2], found[3]) if found else None)


def write_local(path: str, text: str, host: str, state: str) -> None:
    """Write the file with its mark, all of it or nothing. Raises Stop."""
    body = MARK.sub("", text).rstrip("\n") + "\n"
    body += f"# oneask: read from {host}, state {state}, text {digest(body)}\n"
    target = os.path.realpath(path)
    try:
        handle, made = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".oneask-")
        try:
            with open(handle, "w", encoding="utf-8", newline="") as file:
                file.write(body)
            mode = stat.S_IMODE(os.stat(target).st_mode) if os.path.exists(target) else 0o644
            os.chmod(made, mode)
            os.replace(made, target)
        except BaseException:
            os.unlink(made)
            raise
    except OSError as error:
        raise Stop(USAGE, f"The file cannot be written: {why(error)}.") from None


# Commands about the set-up


def pull(server: Server, given: argparse.Namespace) -> int:
    """Write the app's set-up into the file."""
    answer = server.ask("GET", "setup")
    text = answer.body.decode("utf-8", "replace")
    if given.file == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
        return SAME
    if os.path.exists(given.file) and not given.force:
        there = read_local(given.file)
        if there.edited and digest(there.text) != digest(text):
            said = f"{given.file} has changes of your own. Push them, or pull with --force to lose them."
            raise Stop(CONFLICT, said)
    write_local(given.file, text, server.host, answer.etag)
    say(f"Read the set-up into {given.file}.")
    return SAME


def diff(server: Server, given: argparse.Namespace) -> int:
    """Show what pushing the file would change."""
    plan, _ = planned(server, read_local(given.file))
    if given.json:
        show_json(plan)
    else:
        show_plan(plan, "would change", strict=given.strict)
    alone = plan["counts"]["alone"] if given.strict else 0
    return DIFFERS if plan["changes"] or alone else SAME


def push(server: Server, given: argparse.Namespace) -> int:
    """Make the server's set-up what the file says."""
    file = read_local(given.file)
    if given.base:
        unchanged_since(server, read_local(given.base))
    plan, state = planned(server, file)
    show_plan(plan, "would change" if given.dry_run else "changes")
    if not plan["changes"]:
        mark_again(file, server.host, state)
        return SAME
    if not (given.base or given.overwrite):
        refuse_if_moved(server, file, state)
    if given.dry_run:
        return DIFFERS if given.exit_code else SAME
    if not given.yes:
        confirm("Apply this? [y/N] ", ("y", "yes"))
    sent = {"Content-Type": "application/yaml", "If-Match": f'"{state}"'}
    try:
        done = server.ask("PUT", "setup", body=file.text.encode(), headers=sent)
    except Refused as refused:
        if refused.status == 412:
            raise Stop(
                CONFLICT, "The set-up changed just now. Nothing was applied; look again."
            ) from None
        raise told(refused, file.path) from None
    mark_again(file, server.host, done.etag)
    counts = done.json()["counts"]
    say(f"Applied: {counts['created']} created, {counts['changed']} changed.")
    return SAME


def planned(server: Server, file: Local) -> Tuple[Dict[str, Any], str]:
    """What the file would change, and the state of the server in which it would. Raises Stop with every fault."""
    sent = {"Content-Type": "application/yaml"}
    try:
        answer = server.ask("POST", "setup/plan", body=file.text.encode(), headers=sent)
    except Refused as refused:
        raise told(refused, file.path) from None
    plan: Dict[str, Any] = answer.json()
    return plan, answer.etag


def told(refused: Refused, path: str) -> Stop:
    """A refusal with the faults of a file, each with its line."""
    name = "stdin" if path == "-" else path
    return Stop(refused.code, "\n".join(clean(line) for line in refused.lines(name)))


def unchanged_since(server: Server, base: Local) -> None:
    """Raise Stop where the server says something else than this older file."""
    plan, _ = planned(server, base)
    if plan["changes"]:
        show_plan(plan, "is different on the server")
        said = f"The set-up on {server.host} is not what {base.path} says: somebody changed it."
        raise Stop(CONFLICT, f"{said} Nothing was applied.")


def refuse_if_moved(server: Server, file: Local, state: str) -> None:
    """Raise Stop where the server changed since the file was read from it."""
    if file.mark is None or file.mark[0] != server.host or file.mark[1] == state:
        return
    said = f"The set-up on {server.host} changed since {file.path} was read. Nothing was applied."
    ways = "Pull it again (into another file, and merge), or push with --overwrite."
    raise Stop(CONFLICT, f"{said} {ways}")


def mark_again(file: Local, host: str, state: str) -> None:
    """Let the file know the state that it made, where it knew one before."""
    if file.mark is not None and file.path != "-":
        write_local(file.path, file.text, host, state)


def show_plan(plan: Dict[str, Any], verb: str, *, strict: bool = False) -> None:
    """A plan as people read it. `strict`: what is only on the server is told one by one."""
    if plan["foreign"]:
        warn(f"the file was written for “{clean(plan['foreign'])}”.")
    section = ""
    for item in plan["items"]:
        sign = SIGNS.get(item["verdict"])
        if sign is None and not (strict and item["verdict"] == "alone"):
            continue
        if item["section"] != section:
            section = item["section"]
            say(paint("bold", clean(item["section_name"])))
        name = " ".join(filter(None, (clean(item["key"]), clean(item["name"]))))
        if sign is None:
            say(f"  ? {name}: only on the server")
            continue
        say(paint(sign, f"  {sign} {name}"))
        for change in item["changes"]:
            show_change(change)
        for note in item["notes"]:
            say(paint("dim", f"      {clean(note)}"))
    counts = plan["counts"]
    left = f"{counts['unchanged']} the same"
    alone = f"{counts['alone']} only on the server, left alone" if counts["alone"] else ""
    moved = f"{verb}: {counts['created']} created, {counts['changed']} changed"
    say(", ".join(filter(None, (moved if plan["changes"] else "nothing to change", left, alone))))


def show_change(change: Dict[str, str]) -> None:
    """One field: what goes in red, what comes in green."""
    say(f"      {clean(change['label'])}")
    for sign, text in (("-", change["old"]), ("+", change["new"])):
        for line in text.split("\n") if text else ():
            say(paint(sign, f"        {sign} {clean(line)}"))


def confirm(question: str, wanted: Tuple[str, ...]) -> None:
    """Ask the person at the terminal. Raises Stop without the right answer, or without anybody to ask."""
    if not sys.stdin.isatty():
        raise Stop(DECLINED, "Nobody is here to confirm. Say --yes, and nothing is asked.")
    sys.stderr.write(question)
    sys.stderr.flush()
    if sys.stdin.readline().strip() not in wanted:
        raise Stop(DECLINED, "Nothing was done.")


# Commands about what happens


def tail(server: Server, given: argparse.Namespace) -> int:
    """Follow the events that arrive, and what was refused of them, until Ctrl-C."""
    asked = {name: value for name in ("type", "device") if (value := getattr(given, name))}
    shown = f" at {server.host}"
    try:
        for events, first in followed(server, asked, given.lines):
            for event in events:
                show_event(event, given.json)
            if first:
                warn(f"following the events{shown}; Ctrl-C ends it.")
    except KeyboardInterrupt:
        pass
    return SAME


def followed(
    server: Server, asked: Dict[str, str], lines: int
) -> Iterator[Tuple[List[Dict[str, Any]], bool]]:
    """Events as they arrive, for ever; the flag says that these are the latest ones of before. A server that is away
    for a while is waited for.
    """
    after, failed, ever = "", 0, False
    while True:
        begun = bool(after)
        query = {**asked, "after": after, "limit": "500"} if begun else {**asked, "limit": "50"}
        try:
            # A wrong address is told at once; a server that answered before is waited for.
            ask = server.once if ever else server.ask
            told = ask("GET", "events", query=query).json()
        except Away as away:
            if not failed:
                warn(f"{away} Waiting for it.")
            failed += 1
            time.sleep(away.after if away.after is not None else pause_after(min(failed, 5)))
            continue
        except Refused as refused:
            lost = begun and any(fault.get("field") == "after" for fault in refused.faults)
            if not lost:
                raise
            warn("the server does not know where we were; events of that time may be missing.")
            after = ""
            continue
        if failed:
            warn("it answers again.")
            failed = 0
        after, ever = str(told["after"]), True
        both = sorted(told["results"] + told["refused"], key=lambda one: str(one["received_at"]))
        if begun:
            yield both, False
        else:
            yield (both[-lines:] if lines else []), True
        if not told["more"]:
            time.sleep(SECONDS_BETWEEN_LOOKS)


def show_event(event: Dict[str, Any], as_json: bool) -> None:
    """One event on a line, or an entry that was refused."""
    if as_json:
        say(json.dumps(event, ensure_ascii=False))
        return
    at = paint("dim", str(event["received_at"])[11:19])
    device = paint("bold", clean(event["device"] or "?"))
    if "code" in event:
        what = f"refused: {event['detail'] or event['code']} ({event['type'] or 'no type'})"
        say(f"{at}  {device}  {paint('-', clean(what))}")
        return
    followed_by = " ".join(clean(sentence) for sentence in event["followed"])
    say(f"{at}  {device}  {clean(event['text'])}  {paint('dim', followed_by)}".rstrip())


def explain(server: Server, given: argparse.Namespace) -> int:
    """Say what a device would see at a moment now, and why."""
    path = f"devices/{quoted(given.device)}/explain"
    told = about_device(server, "GET", path, {"moment": given.moment})
    code = MISSING if told["reason"] == "unknown_moment" else SAME
    if given.json:
        show_json(told)
        return code
    name = told["moment_name"] or told["moment"]
    shown = {
        "none": "nothing",
        "soft_ask": "a soft ask",
        "settings_redirect": "a Settings redirect",
    }
    say(f"{clean(told['device'])} at “{clean(name)}”: {shown.get(told['action'], told['action'])}")
    say(f"  {clean(told['text'])} ({clean(told['reason'])})")
    say(f"  {clean(told['status_text'])}.")
    if told["retry_after"]:
        say(f"  Waiting alone may change it at {local(told['retry_after'])}.")
    if told["campaign"]:
        say(f"  “{clean(told['campaign_name'])}”, revision {told['revision']}{variant_of(told)}.")
    for label in ("title", "line", "body", "accept_label", "action_label", "decline_label"):
        if told["words"].get(label):
            say(f"    {clean(told['words'][label])}")
    for one in told["considered"]:
        outcome = {
            "answered": "answered",
            "passed_over": f"{one['text']} ({one['reason']})",
            "not_reached": "not looked at: the answer was found before",
        }.get(one["outcome"], one["outcome"])
        say(f"  - {clean(one['campaign_name'] or one['campaign'])}: {clean(outcome)}")
    return code


def variant_of(told: Dict[str, Any]) -> str:
    """`, variant a`, and how likely it was."""
    if not told["variant"]:
        return ""
    chance = told["propensity"]
    likely = f" (drawn with {chance:.0%})" if chance is not None and chance < 1 else ""
    return f", variant {clean(told['variant'])}{likely}"


def devices_show(server: Server, given: argparse.Namespace) -> int:
    """Show all that is known of a device."""
    told = about_device(server, "GET", f"devices/{quoted(given.device)}")
    if given.json:
        show_json(told)
        return SAME
    say(paint("bold", clean(told["key"])))
    since = f", since {local(told['status_at'])}" if told["status_at"] else ""
    say(f"  {clean(told['text'])}{since}")
    say(
        f"  Prompt budget: {clean(told['prompts']['text'])}. {clean(told['prompts']['rule'])}".rstrip()
    )
    for line in told["lines"]:
        parts = ", ".join(filter(None, (clean(line["text"]), local(line["at"]))))
        say(f"  {clean(line['label'])}: {parts}")
    for title, turn in (("The no", told["denial"]), ("Recovery", told["recovery"])):
        if turn:
            by = f", “{clean(turn['campaign_name'])}”" if turn["campaign_name"] else ""
            say(f"  {title}: {clean(turn['text'])}, {local(turn['at'])}{by}")
    for given_arm in told["assigned"]:
        name = clean(given_arm["campaign_name"] or given_arm["campaign"])
        what = "gates" if given_arm["draw"] == "gates" else "variant"
        say(f"  “{name}”: {what} {clean(given_arm['arm'])}, since {local(given_arm['at'])}")
    return SAME


def devices_list(server: Server, given: argparse.Namespace) -> int:
    """List devices in the order of their keys."""
    asked = {
        name: value for name in ("prefix", "status", "platform") if (value := getattr(given, name))
    }
    found: List[Dict[str, Any]] = []
    query: Optional[Dict[str, str]] = {**asked, "limit": str(min(200, given.limit))}
    while query is not None and len(found) < given.limit:
        page = server.ask("GET", "devices", query=query).json()
        found += page["results"]
        following = urllib.parse.urlsplit(page["next"] or "").query
        query = dict(urllib.parse.parse_qsl(following)) if following else None
    for device in found[: given.limit]:
        if given.json:
            say(json.dumps(device, ensure_ascii=False))
        else:
            where = " ".join(filter(None, (device["platform"], device["os_version"])))
            say(f"{clean(device['key'])}  {clean(where) or '?'}  {clean(device['text'])}")
    if query is not None or len(found) > given.limit:
        warn(f"there are more than {given.limit}; ask for more with --limit.")
    return SAME


def devices_erase(server: Server, given: argparse.Namespace) -> int:
    """Erase a device for good."""
    path = f"devices/{quoted(given.device)}"
    if not given.yes:
        about_device(server, "GET", path)
        said = f"This erases {clean(given.device)} for good. Type its key to confirm: "
        confirm(said, (given.device,))
    done = about_device(server, "DELETE", path)
    events, decisions = counted(done["events"], "event"), counted(done["decisions"], "decision")
    say(f"The device is erased, with {events} and {decisions}.")
    return SAME


def about_device(
    server: Server, method: str, path: str, query: Optional[Dict[str, str]] = None
) -> Dict[str, Any]:
    """What the API says of a device. Raises Stop, in words where there is none."""
    try:
        answer: Dict[str, Any] = server.ask(method, path, query=query).json()
    except Refused as refused:
        if refused.status == 404:
            raise Stop(MISSING, "This app knows no device of that key.") from None
        raise
    return answer


def quoted(key: str) -> str:
    """A device key inside an address. Raises Stop for what no device can be called."""
    if not re.fullmatch(r"[A-Za-z0-9._:-]{1,128}", key) or key in (".", ".."):
        said = "A device key has 1 to 128 of the characters A-Z a-z 0-9 . _ : -"
        raise Stop(USAGE, said)
    return urllib.parse.quote(key, safe="")


def whoami(server: Server, given: argparse.Namespace) -> int:
    """Say which app the key belongs to, and which key it is."""
    app = server.ask("GET", "app").json()
    key = own_key(server)
    if given.json:
        show_json({"host": server.host, "app": app, "key": key})
        return SAME
    invented = ", with invented devices" if app["simulated"] else ""
    say(f"{clean(app['name'])} ({clean(app['workspace'])}/{clean(app['slug'])}{invented})")
    if app["stopped_at"]:
        say(f"  Stopped since {local(app['stopped_at'])}: nobody is interrupted.")
    if key:
        say(f"  key “{clean(key['name'])}”, {clean(key['key'])}_…")
    say(f"  at {server.host}")
    return SAME


def own_key(server: Server) -> Optional[Dict[str, Any]]:
    """What the API says of the key that we call with; None where it does not say."""
    query: Optional[Dict[str, str]] = {"limit": "200"}
    while query is not None:
        page = server.ask("GET", "keys", query=query).json()
        for key in page["results"]:
            if key.get("own"):
                return dict(key)
        following = urllib.parse.urlsplit(page["next"] or "").query
        query = dict(urllib.parse.parse_qsl(following)) if following else None
    return None


# The command line


def parser() -> argparse.ArgumentParser:
    """Everything that can be said."""
    plain = argparse.RawDescriptionHelpFormatter
    top = argparse.ArgumentParser(
        prog="oneask.py",
        description="OneAsk from the command line: the set-up of an app as a file, what arrives, and why.",
        epilog=f"{SETTINGS}\n{EXIT_CODES}",
        formatter_class=plain,
    )
    top.add_argument("--version", action="version", version=f"oneask.py {VERSION}")
    top.add_argument("--host", metavar="URL", help="where OneAsk is, before ONEASK_HOST")
    top.add_argument(
        "--key-file", metavar="FILE", help="a file that holds the key, before ONEASK_KEY"
    )
    top.add_argument(
        "--timeout",
        type=_seconds,
        default=30.0,
        metavar="S",
        help="seconds to wait for an answer (30)",
    )
    commands = top.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, run: Any, about: str, **more: Any) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name, help=about, description=about, formatter_class=plain, **more
        )
        made.set_defaults(run=run)
        return made

    _set_up_commands(command)
    one = command("tail", tail, "Follow the events that arrive, and what is refused, until Ctrl-C.")
    one.add_argument(
        "--type", default="", help="only events of this type, for example soft_ask_shown"
    )
    one.add_argument("--device", default="", metavar="KEY", help="only events of this device")
    one.add_argument(
        "-n", "--lines", type=_few, default=10, help="how many of the latest to begin with (10)"
    )
    one.add_argument("--json", action="store_true", help="one JSON object a line")
    one = command("explain", explain, "Say what a device would see at a moment now, and why.")
    one.add_argument("device", metavar="DEVICE")
    one.add_argument("--moment", required=True, metavar="KEY", help="the key of the moment")
    one.add_argument("--json", action="store_true", help="the answer of the API")
    _device_commands(commands, plain)
    one = command("whoami", whoami, "Say which app the key belongs to.")
    one.add_argument("--json", action="store_true", help="the answers of the API")
    return top


def _set_up_commands(command: Any) -> None:
    def file_of(made: argparse.ArgumentParser) -> None:
        said = f"the file ({FILE}); - for standard input or output"
        made.add_argument("file", nargs="?", default=FILE, help=said)

    one = command("pull", pull, "Write the app's set-up into a file.")
    file_of(one)
    one.add_argument("--force", action="store_true", help="lose what was written into the file")
    one = command(
        "diff",
        diff,
        "Show what pushing the file would change. Exit code 0: nothing, 1: something, like diff.",
    )
    file_of(one)
    one.add_argument(
        "--strict", action="store_true", help="things only on the server are a difference"
    )
    one.add_argument(
        "--exit-code", action="store_true", help="always so; for those used to git diff"
    )
    one.add_argument("--json", action="store_true", help="the plan as the API tells it")
    one = command(
        "push",
        push,
        "Make the server's set-up what the file says, after showing what that changes. Soft asks and\n"
        "redirects change as drafts and wait for a review; the rest changes at once. Refuses when the\n"
        "server's set-up changed since the file was pulled.",
    )
    file_of(one)
    one.add_argument("--dry-run", action="store_true", help="show it, change nothing")
    one.add_argument(
        "--exit-code", action="store_true", help="with --dry-run: 1 if something would change"
    )
    one.add_argument("-y", "--yes", action="store_true", help="do not ask, as in CI")
    one.add_argument(
        "--base",
        metavar="FILE",
        help="go on if the server says what this older file says, for example that of the last release",
    )
    one.add_argument(
        "--overwrite", action="store_true", help="go on whatever changed since the pull"
    )


def _device_commands(commands: Any, plain: Any) -> None:
    about = "Show, list or erase devices."
    group = commands.add_parser("devices", help=about, description=about, formatter_class=plain)
    inside = group.add_subparsers(metavar="COMMAND", required=True)
    for name, run, said in (
        ("show", devices_show, "Show all that is known of a device."),
        ("list", devices_list, "List devices in the order of their keys."),
        ("erase", devices_erase, "Erase a device for good: its facts, its events, its decisions."),
    ):
        one = inside.add_parser(name, help=said, description=said, formatter_class=plain)
        one.set_defaults(run=run)
        if name == "list":
            one.add_argument("--prefix", default="", help="how their keys begin")
            one.add_argument("--status", default="", help="for example denied")
            one.add_argument("--platform", default="", help="ios, android or web")
            one.add_argument("--limit", type=_few, default=50, help="at most so many (50)")
        else:
            one.add_argument("device", metavar="DEVICE")
        if name == "erase":
            one.add_argument("-y", "--yes", action="store_true", help="do not ask, as in a script")
        else:
            one.add_argument("--json", action="store_true", help="as the API tells it")


def _few(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of things")
    return int(text)


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found <= 3600:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds up to an hour")
    return found


def run(arguments: List[str]) -> int:
    """Do what the arguments say; the exit code."""
    given = parser().parse_args(arguments)
    server = Server(host_of(given.host), key_of(given.key_file), given.timeout)
    done: int = given.run(server, given)
    return done


def main(arguments: Optional[List[str]] = None) -> NoReturn:
    """Run, and end with the right exit code and a sentence; never with a traceback."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        code = run(sys.argv[1:] if arguments is None else arguments)
    except Refused as refused:
        warn("\n".join(clean(line) for line in refused.lines("")))
        code = refused.code
    except Stop as stop:
        warn("\n".join(clean(line) for line in str(stop).split("\n")))
        code = stop.code
    except KeyError as error:
        warn(f"The server's answer has no {error}. Is it OneAsk, and of this program's version?")
        code = AWAY
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:  # `tail | head` ends as other programs do
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = PIPE_CLOSED
    except Exception as error:
        if os.environ.get("ONEASK_DEBUG"):
            raise
        warn(f"a fault in this program: {clean(f'{type(error).__name__}: {error}')}")
        warn("please report it, with what ONEASK_DEBUG=1 adds.")
        code = BROKEN
    sys.exit(code)


if __name__ == "__main__":
    main()
