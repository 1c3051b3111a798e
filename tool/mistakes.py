"""What is wrong in a study file, in words: the line, the key, and what is accepted."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel


class KeyMistake(ValueError):
    """A mistake in one key that shows only beside others."""

    def __init__(self, message: str, *key: str | int) -> None:
        super().__init__(message)
        self.key = key


def explain(problem: dict[str, Any], text: str, path: Path, model: type[BaseModel]) -> str:
    """Put one of pydantic's findings in words.

    Parameters
    ----------
    problem
        One of the errors of a ``ValidationError``.
    text, path
        The study file.
    model
        What a study is.
    """
    loc = tuple(
        part
        for part in problem["loc"]
        if isinstance(part, int) or (part != "[key]" and not re.match(r"(dict\[|str$)", part))
    )
    error = problem.get("ctx", {}).get("error")
    if not loc and isinstance(error, KeyMistake):
        return f"{place(text, path, error.key)}: {error}."
    if not loc:
        return f"{path}: {error}."
    here = place(text, path, loc)
    found = _short(problem["input"])
    kind = problem["type"]
    if kind == "extra_forbidden":
        known = _known(loc[:-1], model)
        close = difflib.get_close_matches(str(loc[-1]), known, n=1, cutoff=0.5)
        hint = f"Did you mean {close[0]!r}? " if close else ""
        return f"{here}: there is no such key. {hint}Accepted are: {', '.join(known)}."
    if kind == "missing":
        return f"{here}: is missing. Add it to the table {_dotted(loc[:-1]) or 'at the top'}."
    if kind == "value_error":
        return f"{here}: found {found}: {error}."
    if kind == "literal_error":
        expected = str(problem["ctx"]["expected"])
        accepted = re.findall(r"'([^']*)'", expected)
        close = difflib.get_close_matches(str(problem["input"]), accepted, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        return f"{here}: found {found}; accepted is {expected}.{hint}"
    if kind == "string_pattern_mismatch":
        better = re.sub(r"[^\w-]+", "_", str(problem["input"])).strip("_")
        hint = f" Did you mean {better!r}?" if better else ""
        return (
            f"{here}: found {found}; a name here has letters, digits, _ and - and no spaces."
            f"{hint} What the report calls it stands in [labels.LANGUAGE]."
        )
    message = next((says for begins, says in _PLAIN.items() if kind.startswith(begins)), None)
    if message is None:
        message = str(problem["msg"]).replace("Input should", "it should")
    return f"{here}: found {found}; {message}."


def place(text: str, path: Path, key: tuple[Any, ...]) -> str:
    """Say where a key stands.

    Parameters
    ----------
    text, path
        The file.
    key
        The key, with the numbers of items on the way to it.
    """
    return f"{path}, line {_line(text, key)}, key {_dotted(key)}"


_PLAIN = {
    "int_": "give a whole number, without quotes",
    "float_": "give a number, without quotes",
    "string_type": 'give a text in quotes: "text"',
    "list_type": "give a list in brackets, such as [200, 800]",
    "tuple_type": "give a list in brackets, such as [200, 800]",
    "bool_": "give true or false, without quotes",
    "dict_type": "give a table in braces: { key = value }",
    "model_": "give a table in braces: { key = value }",
}
"""What should have been there, by the beginning of what pydantic calls the mistake."""


def _dotted(loc: tuple[Any, ...]) -> str:
    """Name a key, and after it the items of lists on the way to it."""
    keys = ".".join(str(part) for part in loc if not isinstance(part, int))
    items = [
        f"item {part + 1} of {loc[place - 1]}"
        for place, part in enumerate(loc)
        if isinstance(part, int)
    ]
    return ", ".join([keys, *items])


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _known(loc: tuple[Any, ...], model: type[BaseModel]) -> list[str]:
    """Name the keys that a table of the study may have."""

    def inner(annotation: Any) -> Any:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return annotation
        inside = [inner(part) for part in getattr(annotation, "__args__", ())]
        return next((part for part in inside if part is not None), None)

    table: Any = model
    for part in loc:
        field = table.model_fields.get(part) if table is not None else None
        if field is not None:
            table = inner(field.annotation)
        # Any other part is the name of an attribute or the number of a scenario: the table stays.
    if table is None:
        return []
    return [field.alias or name for name, field in table.model_fields.items()]


def _line(text: str, loc: tuple[Any, ...]) -> int:
    """Find the line of a key, or of the table nearest to it that is written out."""
    keys, lines = list(loc), text.splitlines()
    best, best_depth = 1, -1
    header: tuple[Any, ...] = ()
    counts: dict[tuple[Any, ...], int] = {}
    for number, line in enumerate(lines, 1):
        if found := re.match(r"\s*\[\[?([^\]]+)\]\]?", line):
            name = [part.strip().strip("\"'") for part in found[1].split(".")]
            header = ()
            for part in name:
                header = (*header, part)
                if header in counts and header[-1] is not name[-1]:
                    # What follows belongs to the latest item of a list of tables.
                    header = (*header, counts[header])
            if line.lstrip().startswith("[["):
                counts[header] = counts.get(header, -1) + 1
                header = (*header, counts[header])
            here: tuple[Any, ...] = header
        elif found := re.match(r"\s*([\w.\"'-]+)\s*=", line):
            here = (*header, *(part.strip("\"'") for part in found[1].split(".")))
        else:
            continue
        depth = len(here)
        if list(here) == keys[:depth] and depth > best_depth:
            best, best_depth = number, depth
    if best_depth < len(keys) and isinstance(keys[best_depth], int) and "=" in lines[best - 1]:
        return _line_of_item(lines, best, keys[best_depth])
    return best


def _line_of_item(lines: list[str], number: int, item: int) -> int:
    """Find the line on which an item of a list begins, whose key is on the line of a number."""
    depth, count, begins, quote = 0, -1, False, ""
    for at in range(number - 1, len(lines)):
        line = lines[at].partition("=")[2] if at == number - 1 else lines[at]
        for char in line:
            if quote:
                quote = "" if char == quote else quote
                continue
            if char == "#":
                break
            if begins and not char.isspace() and char != "]":
                count, begins = count + 1, False
                if count == item:
                    return at + 1
            if char in "\"'":
                quote = char
            elif char in "[{":
                depth += 1
                begins = depth == 1
            elif char in "]}":
                depth -= 1
                if depth == 0:
                    return number
            elif char == "," and depth == 1:
                begins = True
    return number
