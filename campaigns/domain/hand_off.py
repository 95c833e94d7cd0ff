"""A segment as a file that the product which sends can import.

OneAsk knows who may be asked and who refused; OneSignal, Braze and Airship send. Each imports a list of people as CSV,
by the team's own id of a person, and each wants the file a little different: the facts, with the documents they come
from, stand in docs/push-hand-off.md. None of the three takes push tokens in a file, so those go into a file of their
own for teams that send by themselves.

An id is written exactly as it was told, or not at all: a sender would take a changed one for somebody else. One that a
spreadsheet would run as a formula is therefore left out, and counted.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

RUNS = r"^[=+@-].*[^A-Za-z0-9._:@+/=-]"
"""Texts that a spreadsheet could run: they begin like a formula and hold more than letters, digits and marks that call
nothing. "+49170123", "@rita" and "-Kf3" stay harmless. Python and PostgreSQL read this alike.
"""
BEYOND_ASCII = r"[^ -~]"
MEGABYTE = 1_000_000
NEARLY_FULL = 0.9
"""A file that would be fuller than this share of what a sender takes is sent as several."""

_runs = re.compile(RUNS)
_beyond_ascii = re.compile(BEYOND_ASCII)

SenderKey = Literal["onesignal", "braze", "airship", "tokens"]


@dataclass(frozen=True, slots=True)
class Sender:
    """What one product imports. `what`: what a line is. `most_rows`, `most_bytes`: of one file, with its header.

    `tag`: whether a line carries that and when the person was in the segment.
    """

    key: SenderKey
    name: str
    what: Literal["person", "device"]
    header: tuple[str, ...]
    most_rows: int
    most_bytes: int
    where: str
    ascii_only: bool = False
    tag: bool = False
    prefix: tuple[str, ...] = ()

    def takes(self, text: str) -> bool:
        """Whether an id or a token can stand in the file as it is."""
        return not _runs.search(text) and not (self.ascii_only and _beyond_ascii.search(text))


SENDERS: dict[str, Sender] = {
    it.key: it
    for it in (
        Sender(
            "onesignal",
            "OneSignal",
            "person",
            ("external_id",),
            2_000_000,
            150 * MEGABYTE,
            "Audience, Import. Then make a segment of everybody who has the tag.",
            ascii_only=True,
            tag=True,
        ),
        Sender(
            "braze",
            "Braze",
            "person",
            ("external_id",),
            10_000_000,
            500 * MEGABYTE,
            "Audience, Import Users, Attributes. Choose “Create targeting filter”.",
        ),
        Sender(
            "airship",
            "Airship",
            "person",
            (),
            10_000_000,
            1_500 * MEGABYTE,
            "Audience, Lists, Create List. Named users take the ids.",
            prefix=("named_user",),
        ),
        Sender(
            "tokens",
            "Your own sender",
            "device",
            ("device", "platform", "status", "external_id", "token_kind", "push_token"),
            10_000_000,
            1_500 * MEGABYTE,
            "APNs, FCM and web push, by your own server. Push tokens whole: keep the file as you keep passwords.",
        ),
    )
}


def tag_of(segment: str) -> str:
    """The tag that says somebody is in a segment, by its key."""
    return f"oneask_{segment.replace('-', '_')}"


def person_rows(*, sender: Sender, people: Iterable[str], day: str) -> Iterator[tuple[str, ...]]:
    """Lines for the people who are in a segment on a day (ISO 8601); those whose id cannot be written are left out."""
    for external_id in people:
        if sender.takes(external_id):
            yield (*sender.prefix, external_id, *((day,) if sender.tag else ()))


def header_of(*, sender: Sender, segment: str) -> Sequence[str]:
    """The first line of each file; empty for a product that wants none."""
    return (*sender.header, *((tag_of(segment),) if sender.tag else ()))


def in_files(
    *, sender: Sender, header: Sequence[str], rows: Iterable[Sequence[str]]
) -> Iterator[tuple[int, bytes]]:
    """(number of the file from 0, the next bytes of it): UTF-8 without a mark, RFC 4180. A file is never larger than
    the sender takes, whatever the rows are, and each begins with the header. There is at least one.
    """
    line: list[str] = []
    write = csv.writer(_Taking(line.append)).writerow
    if header:
        write(header)
    first, begin = _bytes(line), 1 if header else 0
    number, lines, size = 0, begin, len(first)
    yield number, first
    for row in rows:
        write(row)
        told = _bytes(line)
        if lines + 1 > sender.most_rows or size + len(told) > sender.most_bytes:
            number, lines, size = number + 1, begin, len(first)
            yield number, first
        lines, size = lines + 1, size + len(told)
        yield number, told


class _Taking:
    """Stands where csv expects a file."""

    def __init__(self, take: Callable[[str], None]) -> None:
        self.write = take


def _bytes(line: list[str]) -> bytes:
    text = "".join(line)
    line.clear()
    return text.encode()
