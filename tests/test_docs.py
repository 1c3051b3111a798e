"""The handbook names every command, option, key, rule and index, and its links lead somewhere."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import kvarter
import pytest
import typer
from kvarter import cli
from kvarter.analyses import autocorrelation, segregation
from kvarter.layers.checks import RULES
from kvarter.study import Study
from pydantic import BaseModel

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def text(name):
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def test_every_command_and_option_is_in_the_handbook():
    page = text("commands.md")
    for name, command in typer.main.get_command(cli.app).commands.items():
        assert f"`kvarter {name}" in page
        for parameter in command.params:
            for option in parameter.opts:
                if option.startswith("-"):
                    assert re.search(rf"`{option}\b", page), (name, option)


def keys(model, seen=()):
    for name, field in model.model_fields.items():
        yield field.alias or name
        parts = [field.annotation]
        while parts:
            part = parts.pop()
            parts += getattr(part, "__args__", ())
            if isinstance(part, type) and issubclass(part, BaseModel) and part not in seen:
                yield from keys(part, (*seen, part))


def test_every_key_of_the_study_file_is_in_the_handbook():
    page = text("study-file.md")
    missing = {key for key in keys(Study) if not re.search(rf"\b{key}\b", page)}
    assert missing == set()


def test_every_rule_and_index_is_in_the_handbook():
    assert [rule for rule in RULES if f"`{rule}`" not in text("checks.md")] == []
    page = text("indices.md")
    assert [index for index in segregation.INDICES if f"`{index}`" not in page] == []
    page = text("autocorrelation.md")
    assert [name for name in autocorrelation.STATISTICS if f"`{name}`" not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page):
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_every_example_of_a_docstring_runs():
    names = [m.name for m in pkgutil.walk_packages(kvarter.__path__, "kvarter.")]
    tried = 0
    for name in names:
        if name.endswith("__main__"):
            continue
        found = doctest.testmod(importlib.import_module(name))
        assert found.failed == 0, name
        tried += found.attempted
    assert tried > 100


@pytest.mark.parametrize(
    ("page", "lines"),
    [
        ("segregation", 30),
        ("autocorrelation", 35),
        ("over-time", 12),
        ("travel", 30),
        ("access", 30),
        ("meeting", 12),
        ("location", 30),
        ("residents", 50),
        ("scenarios", 20),
    ],
)
def test_the_lines_of_the_handbook_run(page, lines):
    path = str(ROOT / "docs" / f"{page}.md")
    found = doctest.testfile(path, module_relative=False, encoding="utf-8")
    assert found.attempted > lines
    assert found.failed == 0
