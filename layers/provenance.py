"""Where a layer comes from."""

from __future__ import annotations

import hashlib
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


def sha256(path: Path) -> str:
    """Give the SHA-256 of a file, or of the files of a folder in the order of their names.

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
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    for file in files:
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
