"""Errors that a person can mend: each says where, what and how to cure it."""

from __future__ import annotations


class LayerError(ValueError):
    """A layer that cannot be used.

    Parameters
    ----------
    path
        The file; "" where it is no file.
    what
        What was found, in one sentence.
    cure
        What to do about it.
    """

    def __init__(self, path: object, what: str, cure: str) -> None:
        self.path, self.what, self.cure = str(path), what, cure
        super().__init__(f"{path}: {what} {cure}" if path else f"{what} {cure}")


class ColumnError(LayerError):
    """A column or kind that the study names and no layer has: the study file is wrong.

    Parameters
    ----------
    path, what, cure
        See `LayerError`.
    table
        The table of the study that names it, such as ``layers.zones``, or a key in one.
    found
        The name, as it stands there.
    """

    def __init__(
        self, path: object, what: str, cure: str, *, table: str = "", found: object = None
    ) -> None:
        super().__init__(path, what, cure)
        self.table, self.found = table, found
