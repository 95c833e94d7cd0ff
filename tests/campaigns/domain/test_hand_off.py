"""The files as they are: exact first lines, exact ids, never larger than a sender takes."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.domain.hand_off import SENDERS, header_of, in_files, person_rows, tag_of

PEOPLE = ["customer-42", "room 27, left", 'quote"d', "Zoë", "+4917012345", "=cmd|'/C calc'!A0"]
PRINTABLE = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=20)


def files(sender: str, people: list[str]) -> list[str]:
    """The files for a sender, as text."""
    it = SENDERS[sender]
    rows = person_rows(sender=it, people=people, day="2026-11-30")
    found: dict[int, bytes] = {}
    header = header_of(sender=it, segment="denied-ios")
    for number, told in in_files(sender=it, header=header, rows=rows):
        found[number] = found.get(number, b"") + told
    return [found[number].decode() for number in sorted(found)]


def test_onesignal__external_id_and_a_tag__only_ascii() -> None:
    assert files("onesignal", PEOPLE) == [
        "external_id,oneask_denied_ios\r\n"
        "customer-42,2026-11-30\r\n"
        '"room 27, left",2026-11-30\r\n'
        '"quote""d",2026-11-30\r\n'
        "+4917012345,2026-11-30\r\n"
    ]


def test_braze__external_id_alone__costs_no_data_points() -> None:
    assert files("braze", PEOPLE) == [
        'external_id\r\ncustomer-42\r\n"room 27, left"\r\n"quote""d"\r\nZoë\r\n+4917012345\r\n'
    ]


def test_airship__pairs_and_no_first_line() -> None:
    assert files("airship", ["customer-42", "Zoë"]) == [
        "named_user,customer-42\r\nnamed_user,Zoë\r\n"
    ]


def test_nobody__the_first_line_or_nothing() -> None:
    assert files("onesignal", []) == [f"external_id,{tag_of('denied-ios')}\r\n"]
    assert files("airship", []) == [""]


@pytest.mark.parametrize("sender", ["onesignal", "braze", "airship"])
@given(people=st.lists(PRINTABLE, max_size=20), rows=st.integers(2, 9), size=st.integers(400, 900))
def test_files__never_beyond_what_a_sender_takes__nobody_twice_or_lost(
    sender: str, people: list[str], rows: int, size: int
) -> None:
    it = replace(SENDERS[sender], most_rows=rows, most_bytes=size)
    header = header_of(sender=it, segment="denied-ios")
    found: dict[int, bytes] = {}
    told = person_rows(sender=it, people=people, day="2026-11-30")
    for number, piece in in_files(sender=it, header=header, rows=told):
        found[number] = found.get(number, b"") + piece
    written = []
    for file in found.values():
        assert len(file) <= size
        assert not file.startswith(b"\xef\xbb\xbf")
        lines = list(csv.reader(io.StringIO(file.decode(), newline="")))
        assert len(lines) <= rows
        if header:
            assert lines.pop(0) == list(header)
        written += [line[len(it.prefix)] for line in lines]
    assert written == [person for person in people if it.takes(person)]
    assert list(found) == list(range(len(found)))


@pytest.mark.parametrize(
    "text",
    ["=1+1;x", "=cmd|'/C calc'!A0", '=HYPERLINK("http://x")', "@SUM(1)", "-2+3 cmd", "+a(b", "=ä"],
)
def test_formula__left_out_rather_than_changed(text: str) -> None:
    assert not SENDERS["braze"].takes(text)


@pytest.mark.parametrize(
    "text", ["-Kf3_x", "+49170", "@rita", "=ab/c+d==", "a=b(c)", "a@b.example"]
)
def test_id_that_calls_nothing__stays_as_it_is(text: str) -> None:
    assert SENDERS["braze"].takes(text)
