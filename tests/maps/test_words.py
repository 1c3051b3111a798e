"""Every text of the pages is there in Finnish and Swedish, with the same blanks to fill in."""

import re
import tomllib
from pathlib import Path

import pytest
from kvarter.data.sample import folder
from kvarter.layers.checks import RULES
from kvarter.maps import alike, meeting, report
from kvarter.maps.words import Words, _catalogue

ROOT = Path(__file__).parents[2]


def texts():
    """Find the literal texts that the code and the templates ask for."""
    found = {text for _, text, _ in report.METHODS} | set(report.ACTIONS)
    found |= {alike.ABOVE_ONE} | set(alike.OF_NEIGHBOURS.values()) | set(meeting._ROLES.values())
    found |= {of for _, _, papers in report.METHODS for of, _ in papers if of}
    for path in (ROOT / "maps" / "templates").glob("*.html"):
        found |= set(re.findall(r"""_\((?:"([^"]+)")""", path.read_text(encoding="utf-8")))
    names = ("pages.py", "clusters.py", "reached.py", "left_behind.py", "met.py")
    pages = [ROOT / "tool" / name for name in names]
    for path in [*(ROOT / "maps").glob("*.py"), *pages]:
        code = re.sub(r'"\n\s+"', "", path.read_text(encoding="utf-8"))
        found |= set(re.findall(r'(?:\b_|words)\(\s*"([^"]+)"', code))
        found |= set(re.findall(r'(?:text|verdict) = \(?\s*"([^"{}]*\{[^"]+|[^"]+ [^"]+)"', code))
    return sorted(found)


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_every_text_is_translated_with_the_same_blanks(language):
    catalogue = _catalogue(language)
    assert len(texts()) > 80
    assert [text for text in texts() if ("", text) not in catalogue] == []
    for (context, text), translation in catalogue.items():
        if not context:
            assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", translation)), text


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_sample_and_the_rules_have_labels(language):
    study = tomllib.loads((folder() / "study.toml").read_text(encoding="utf-8"))
    words = Words(language)
    names = {(name, "") for name in [*study["attributes"], *study["access"]["limits"], *RULES]}
    for attribute, keys in study["attributes"].items():
        names |= {(group, attribute) for group in keys["groups"]}
    for name, attribute in names:
        label = words.label(name, attribute)
        assert label
        assert "_" not in label


def test_numbers_follow_the_language():
    assert Words("fi").number(1234.5, 1) == "1\xa0234,5"
    assert Words("en").number(1234.5, 1) == "1,234.5"
    assert (Words("sv").percent(0.123), Words("en").percent(0.123)) == ("12\xa0%", "12%")
    assert Words("fi").number(float("nan")) == "–"
    assert Words("fi").date("2026-11-04") == "4.11.2026"
    assert Words("en").percent(0.99996, 1) == "99.9%"
    assert Words("fi").number(-0.0061, 3) == "−0,006"
    assert Words("sv").number(-0.0001, 2) == "0,00"


def test_the_studys_own_label_wins():
    words = Words("fi", {"housing": {"fi": "asumismuoto"}})
    assert (words.label("housing"), words.layer("housing")) == ("asumismuoto", "asuntokanta")
    words = Words("fi", {"low": {"fi": "pienituloiset"}, "income.low": {"fi": "alin viidennes"}})
    assert words.label("low") == "pienituloiset"
    assert words.label("low", "income") == "alin viidennes"
    assert words.label("no_such_name") == "no such name"
