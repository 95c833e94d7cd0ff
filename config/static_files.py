"""How static files are collected: named by their content, compressed, and the originals removed.

What others fetch is the exception: their pages load the client, and their scripts the command line, by the address
they were once given. It keeps its plain name beside the hashed one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from whitenoise.storage import CompressedManifestStaticFilesStorage

CLIENT = frozenset(
    {
        "js/oneask.js",
        "js/oneask-local.js",
        "js/oneask-rules.js",
        "js/oneask-audience.js",
        "js/oneask-device.js",
        "css/oneask.css",
        "cli/oneask.py",
    }
)


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # WhiteNoise ships no types
    """WhiteNoise's storage, which here leaves what others fetch where they find it."""

    def delete_files(self, files_to_delete: Iterable[str]) -> None:
        """Delete what is known by another name, but not what others fetch."""
        super().delete_files(set(files_to_delete) - CLIENT)

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Compress these, and what others fetch under its plain name."""
        found = {name for name in CLIENT if self.exists(name)}
        yield from super().compress_files({*paths, *found})
