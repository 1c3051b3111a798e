"""Where a layer comes from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Provenance:
    """A layer's origin, as it stands in the report and the manifest."""

    layer: str
    year: int | None
    path: str
    source: str
    licence: str
    date: str
    sha256: str
    rows_in: int
    rows_out: int
    crs: str


def sha256(*paths: Path) -> str:
    """Give the SHA-256 of files one after the other, of a folder's in the order of their names.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.csv"
    ...     _ = file.write_bytes(b"")
    ...     sha256(file)[:8]
    'e3b0c442'
    """
    digest = hashlib.sha256()
    for file in (file for path in paths for file in _files(path)):
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _files(path: Path) -> Iterator[Path]:
    """Give a file, or the files of a folder."""
    yield from [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
