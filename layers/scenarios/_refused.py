"""How a change that the layers do not allow is refused."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class Refused(ValueError):
    """A change that the layers do not allow.

    Parameters
    ----------
    what
        What was found, in one sentence.
    cure
        What to do about it.
    key
        The key within the item that is wrong; none for all of it.
    """

    def __init__(self, what: str, cure: str, key: str | None = None) -> None:
        self.what, self.cure, self.key = what, cure, key
        super().__init__(f"{what} {cure}")


def there_is_no(what: str, name: str, known: Iterable[object], key: str | None = None) -> Refused:
    """Say that there is no such thing, and which name is nearest."""
    names = [str(other) for other in known]
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"Did you mean {close[0]!r}? " if close else ""
    some = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
    cure = f"{hint}There are: {some}." if names else "There are none."
    return Refused(f"There is no {what} {name!r}.", cure, key)
