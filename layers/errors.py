"""Errors that a person can mend: each says where, what and how to cure it."""

from __future__ import annotations


class LayerError(ValueError):
    """A layer that cannot be used.

    Parameters
    ----------
    path
        The file.
    what
        What was found, in one sentence.
    cure
        What to do about it.
    """

    def __init__(self, path: object, what: str, cure: str) -> None:
        self.path, self.what, self.cure = str(path), what, cure
        super().__init__(f"{path}: {what} {cure}")


class ColumnError(LayerError):
    """A column or kind that the study names and no layer has: the study file is wrong."""
