"""Whether a file of OpenStreetMap is whole, from its blocks."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

_RELATIONS = 4
_GROUPS = 2
_RAW, _ZLIB = 1, 3


def ends_early(path: Path) -> bool:
    """Tell whether the last block of a file, which is of relations in whole ones, has none.

    Parameters
    ----------
    path
        An ``.osm.pbf`` file whose blocks are whole.

    Returns
    -------
    bool
        False also where it cannot be told, as the blocks are packed in another way than usual.

    Notes
    -----
    The blocks of nodes come first, those of ways after them, those of relations last. Where a file
    is cut off between two blocks, all that is left is well formed.

    References
    ----------
    OpenStreetMap Wiki, *PBF Format*. https://wiki.openstreetmap.org/wiki/PBF_Format
    """
    data = b""
    with path.open("rb") as file:
        while length := file.read(4):
            head = dict(_fields(file.read(int.from_bytes(length, "big"))))
            size = head.get(3)
            if not isinstance(size, int):
                return False
            data = file.read(size)
    blob = dict(_fields(data))
    raw, packed = blob.get(_RAW), blob.get(_ZLIB)
    if isinstance(packed, bytes):
        raw = zlib.decompress(packed)
    if not isinstance(raw, bytes):
        return False
    groups = [value for field, value in _fields(raw) if field == _GROUPS]
    kinds = {kind for group in groups if isinstance(group, bytes) for kind, _ in _fields(group)}
    return _RELATIONS not in kinds


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Give the fields of a message of protocol buffers: numbers and values."""
    at = 0
    while at < len(message):
        key, at = _number(message, at)
        value: int | bytes
        match key & 7:
            case 0:
                value, at = _number(message, at)
            case 2:
                length, at = _number(message, at)
                value, at = message[at : at + length], at + length
            case fixed:
                width = 8 if fixed == 1 else 4
                value, at = message[at : at + width], at + width
        yield key >> 3, value


def _number(message: bytes, at: int) -> tuple[int, int]:
    """Read a number of seven bits a byte, and give where it ends."""
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
