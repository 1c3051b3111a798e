"""Names: those of the data, as they match and in messages, and those that are accepted."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import numpy as np
import pandas as pd


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


def refuse_parts(index: pd.Index, what: str) -> None:
    """Refuse names of several parts, which no table of pairs can hold.

    Parameters
    ----------
    index
        The names.
    what
        Whose they are, such as ``"the zones"``.

    Raises
    ------
    ValueError
        Where the index has several levels.

    Examples
    --------
    >>> refuse_parts(pd.MultiIndex.from_tuples([(1, 2)]), "the zones")
    Traceback (most recent call last):
        ...
    ValueError: the zones have names of several parts, such as (1, 2); give each one text or number
    """
    if isinstance(index, pd.MultiIndex):
        example = f", such as {quoted(index[0])}" if len(index) else ""
        raise ValueError(
            f"{what} have names of several parts{example}; give each one text or number"
        )


def matched(values: pd.Series, index: pd.Index, what: str) -> pd.Series:
    """Give values in the order of names, or refuse those of which none has a name of them.

    Parameters
    ----------
    values
        By name, such as weights by home.
    index
        The names that are wanted.
    what
        What the values are called in the message, such as ``"weights"``.

    Returns
    -------
    Series
        By wanted name; missing where there is no value.

    Raises
    ------
    ValueError
        Where a name is there twice, or none of those that are wanted is there.

    Examples
    --------
    >>> matched(pd.Series({"b": 2, "a": 1, "c": 3}), pd.Index(["a", "b"]), "weights").to_dict()
    {'a': 1, 'b': 2}
    >>> matched(pd.Series({"1": 2}), pd.Index([1]), "weights")
    Traceback (most recent call last):
        ...
    ValueError: weights has none of the names that are wanted, such as 1; its names are like '1'
    """
    if not values.index.is_unique:
        twice = values.index[values.index.duplicated()][0]
        raise ValueError(f"{what} names {quoted(twice)} twice; keep one value a name")
    if len(index) and not index.isin(values.index).any():
        own = f"its names are like {quoted(values.index[0])}" if len(values) else "it is empty"
        raise ValueError(
            f"{what} has none of the names that are wanted, such as {quoted(index[0])}; {own}"
        )
    return values.reindex(index)


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
