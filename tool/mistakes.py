"""What is wrong in a study file, in words: the line, the key, and what is accepted."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from .geo.names import hint
from .layers.errors import ColumnError


class StudyError(ValueError):
    """A mistake in a study file, with its place and its cure."""


class KeyMistake(ValueError):
    """A mistake in one key that shows only beside others."""

    def __init__(self, message: str, *key: str | int) -> None:
        super().__init__(message)
        self.key = key


@contextmanager
def placed(path: Path) -> Iterator[None]:
    """Give a name that no layer has the line of the study file that it stands in.

    Parameters
    ----------
    path
        The study file.

    Raises
    ------
    StudyError
        For a `ColumnError`.
    """
    try:
        yield
    except ColumnError as error:
        text = path.read_text(encoding="utf-8-sig")
        key = _standing(tomllib.loads(text), error.table.split("."), error.found)
        line = _line(text, key)
        raise StudyError(f"{path}, line {line}, key {_dotted(key)}: {error}") from None


def _standing(tables: Any, table: list[str], name: object) -> tuple[str | int, ...]:
    """Give the key in a table of the study at which a name stands, or that of the table."""
    for key in table:
        tables = tables.get(key) if isinstance(tables, dict) else None
    keys = list(_walk(tables))
    found = [key for key, value in keys if value == name] or [k for k, _ in keys if name in k]
    return (*table, *(found[0] if found else ()))


def _walk(value: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Give each key and number of an item in a table, and what stands there."""
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield (key,), part
            for rest, below in _walk(part):
                yield (key, *rest), below


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
        # A word that nobody spells like a key may stand in what the key is for.
        word = re.compile(rf"\b{re.escape(str(loc[-1]))}\b", re.IGNORECASE)
        meant = [key for key, what in known.items() if len(str(loc[-1])) > 3 and word.search(what)]
        asked = hint(loc[-1], [*known]) or (f" Did you mean {meant[0]!r}?" if meant else "")
        return f"{here}: there is no such key.{asked} Accepted are: {', '.join(known)}."
    if kind == "missing":
        return f"{here}: is missing. Add it to the table {_dotted(loc[:-1]) or 'at the top'}."
    if kind == "value_error":
        return f"{here}: found {found}: {error}."
    if kind == "literal_error":
        expected = str(problem["ctx"]["expected"])
        accepted = re.findall(r"'([^']*)'", expected)
        return f"{here}: found {found}; accepted is {expected}.{hint(problem['input'], accepted)}"
    if kind == "string_pattern_mismatch":
        better = re.sub(r"[^\w-]+", "_", str(problem["input"])).strip("_")
        asked = f" Did you mean {better!r}?" if better else ""
        return (
            f"{here}: found {found}; a name here has letters, digits, _ and - and no spaces."
            f"{asked} What the report calls it stands in [labels.LANGUAGE]."
        )
    if kind.startswith(("greater_than", "less_than")):
        return f"{here}: found {found}; accepted is {_range(problem['input'], loc, model)}."
    if kind == "list_type" and isinstance(problem["input"], str):
        return f'{here}: found {found}; give a list in brackets: ["{problem["input"]}"].'
    if kind == "too_short":
        least = problem["ctx"]["min_length"]
        return f"{here}: found {found}; give {'one' if least == 1 else least} or more."
    message = next((says for begins, says in _PLAIN.items() if kind.startswith(begins)), None)
    if message is None:
        message = re.sub(r"^[A-Z][a-z]+ should", "it should", str(problem["msg"]))
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
    "int_": "give a whole number, without quotes or a decimal point",
    "float_": "give a number, without quotes",
    "string_type": 'give a text in quotes: "text"',
    "list_type": "give a list in brackets, such as [200, 800]",
    "tuple_type": "give a list in brackets, such as [200, 800]",
    "bool_": "give true or false, without quotes",
    "dict_type": "give a table in braces: { key = value }",
    "model_": "give a table in braces: { key = value }",
    "string_too_short": "give a text that is not empty",
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
    text = repr(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _known(loc: tuple[Any, ...], model: type[BaseModel]) -> dict[str, str]:
    """Name the keys that a table of the study may have, and say what each is for."""
    table = _declared(loc, model)[0]
    fields = table.model_fields if table is not None else {}
    return {field.alias or key: field.description or "" for key, field in fields.items()}


def _declared(
    loc: tuple[Any, ...], model: type[BaseModel]
) -> tuple[type[BaseModel] | None, FieldInfo | None]:
    """Give the table that a key leads to, where it is one, and what is declared of the key."""

    def inner(annotation: Any) -> Any:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return annotation
        inside = [inner(part) for part in getattr(annotation, "__args__", ())]
        return next((part for part in inside if part is not None), None)

    table, declared = model, None
    for part in loc:
        field = table.model_fields.get(part) if table is not None else None
        if field is not None:
            declared, table = field, inner(field.annotation)
        # Any other part is the name of an attribute or the number of a scenario: the table stays.
    return table, declared


def _range(found: Any, loc: tuple[Any, ...], model: type[BaseModel]) -> str:
    """Say between what a number must be."""
    bounds: dict[str, float] = {}
    kinds: set[type] = set()

    def gather(annotation: Any, metadata: Sequence[Any]) -> None:
        for part in metadata:
            if isinstance(part, FieldInfo):
                gather(None, part.metadata)
            for end in ("ge", "gt", "le", "lt"):
                if getattr(part, end, None) is not None:
                    bounds[end] = getattr(part, end)
        if get_origin(annotation) is Annotated:
            gather(get_args(annotation)[0], get_args(annotation)[1:])
        elif get_args(annotation):
            for part in get_args(annotation):
                gather(part, ())
        elif isinstance(annotation, type):
            kinds.add(annotation)

    declared = _declared(loc, model)[1]
    if declared is not None:
        gather(declared.annotation, declared.metadata)
    what = "a whole number" if int in kinds else "a number"
    if {"ge", "le"} <= set(bounds):
        return f"{what} from {bounds['ge']} to {bounds['le']}"
    says = {"ge": "of {} or more", "gt": "above {}", "le": "{} at most", "lt": "below {}"}
    ends = [text.format(bounds[end]) for end, text in says.items() if end in bounds]
    percent = f": {found:g} % is {found / 100:g}" if 1 < found <= 100 and "lt" in bounds else ""
    return f"{what} {' and '.join(ends)}{percent}"


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
