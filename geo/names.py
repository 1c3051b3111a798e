"""Names in messages: those of the data, and those that are accepted."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

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


def hint(name: object, accepted: Sequence[str]) -> str:
    """Ask whether an accepted name was meant, one that holds what was given or is spelt like it.

    Parameters
    ----------
    name
        What was given.
    accepted
        What might have been.

    Returns
    -------
    str
        A question with a space before it, or nothing.

    Examples
    --------
    >>> hint("bh", ["fdr_bh", "bonferroni"])
    " Did you mean 'fdr_bh'?"
    >>> hint("x", ["fdr_bh"])
    ''
    """
    given = str(name).casefold()
    close = [one for one in accepted if len(given) > 1 and given in one.casefold()]
    close = close or difflib.get_close_matches(str(name), accepted, n=1, cutoff=0.5)
    return f" Did you mean {close[0]!r}?" if close else ""
