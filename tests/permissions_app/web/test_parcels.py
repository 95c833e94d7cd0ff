"""Files that are sent while they are made."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import pytest

from permissions_app.web.parcels import PIECE, parcel_response

LINE = b"customer-42\r\n"


def files(*lines: int, made: list[int]) -> Iterator[tuple[int, bytes]]:
    """One file for each number, of so many lines; `made` counts what was taken."""
    for number, many in enumerate(lines):
        for _ in range(many):
            made.append(number)
            yield number, LINE


def test_one_file__sent_in_pieces_before_the_last_line_is_made() -> None:
    made: list[int] = []
    answer = parcel_response(name="a", files=files(20_000, made=made), several=False)
    pieces = iter(answer)
    first = next(pieces)
    assert PIECE <= len(first) < 2 * PIECE
    assert len(made) < 20_000
    assert first + b"".join(pieces) == LINE * 20_000
    assert answer["Content-Disposition"] == 'attachment; filename="a.csv"'


def test_several__a_zip_that_every_reader_opens_sent_while_it_is_made() -> None:
    made: list[int] = []
    answer = parcel_response(name="a", files=files(3, 200_000, 1, made=made), several=True)
    body = b"".join(answer)
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["a-1.csv", "a-2.csv", "a-3.csv"]
        assert [archive.read(name).count(LINE) for name in archive.namelist()] == [3, 200_000, 1]
    assert answer["Content-Type"] == "application/zip"


def test_one_file__grows_beyond_what_its_reader_takes__breaks_off() -> None:
    answer = parcel_response(name="a", files=files(1, 1, made=[]), several=False)
    with pytest.raises(RuntimeError):
        b"".join(answer)
