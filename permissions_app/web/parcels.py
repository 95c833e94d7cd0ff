"""Files that are sent while they are made: one as it is, or several in a ZIP. Nothing of them is held in memory."""

import zipfile
from collections.abc import Iterable, Iterator

from django.http import StreamingHttpResponse

PIECE = 65_536
"""Bytes that are gathered before they are sent."""


def parcel_response(
    *, name: str, files: Iterable[tuple[int, bytes]], several: bool
) -> StreamingHttpResponse:
    """CSV files from (number from 0, next bytes). `name`: without an ending. Not `several`: there is one, and a second
    one breaks off the answer, which is better than a file that nobody can import.
    """
    if several:
        return _attachment(f"{name}.zip", "application/zip", _zipped(name, files))
    return _attachment(f"{name}.csv", "text/csv; charset=utf-8", _gathered(_only(files)))


def _attachment(name: str, kind: str, pieces: Iterator[bytes]) -> StreamingHttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(pieces, content_type=kind, headers=headers)


def _only(files: Iterable[tuple[int, bytes]]) -> Iterator[bytes]:
    for number, told in files:
        if number:
            raise RuntimeError("the file grew beyond what its reader takes while it was sent")
        yield told


def _gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for piece in pieces:
        held += piece
        if len(held) >= PIECE:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)


def _zipped(name: str, files: Iterable[tuple[int, bytes]]) -> Iterator[bytes]:
    return _gathered(_zip(name, files))


def _zip(name: str, files: Iterable[tuple[int, bytes]]) -> Iterator[bytes]:
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        open_as, current = -1, None
        for number, told in files:
            if number != open_as or current is None:
                if current is not None:
                    current.close()
                open_as = number
                current = archive.open(f"{name}-{number + 1}.csv", "w", force_zip64=True)
            current.write(told)
            yield from sink.taken()
        if current is not None:
            current.close()
    yield from sink.taken()


class _Sink:
    """Where the archive is written to; it cannot go back, so nothing needs to be kept."""

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._held.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is open."""

    def taken(self) -> Iterator[bytes]:
        """What was written since the last time."""
        held, self._held = self._held, []
        return iter(held)
