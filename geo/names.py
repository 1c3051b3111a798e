"""Names of zones and columns in messages."""

from __future__ import annotations

import numpy as np


def quoted(name: object) -> str:
    """Write a name as people do: 999 and not np.int64(999).

    Parameters
    ----------
    name
        An item of an index, an array or a frame.

    Returns
    -------
    str
        As `repr` has it of the plain Python value.

    Examples
    --------
    >>> quoted(np.int64(999)), quoted(np.str_("a"))
    ('999', "'a'")
    """
    if isinstance(name, tuple):
        return f"({', '.join(map(quoted, name))})"
    return repr(name.item() if isinstance(name, np.generic) else name)
