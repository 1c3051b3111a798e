"""The catalogue has every index, in three languages, and the handbook is made from it."""

import re
import subprocess
import sys
from math import isinf
from pathlib import Path

import pytest
from kvarter.analyses.segregation import _measure
from kvarter.analyses.segregation.catalogue import (
    DIMENSIONS,
    INDICES,
    KINDS,
    NEEDS,
    PAPERS,
    catalogue,
    markdown,
)

ROOT = Path(__file__).parents[3]
REMAKE = "python -m kvarter.analyses.segregation.catalogue > docs/indices.md"
LANGUAGES = ("fi", "sv", "en")

# Written out: the names are a contract, and a slip in the catalogue must not move them.
NAMES = [
    "dissimilarity",
    "gini",
    "entropy",
    "atkinson",
    "minmax",
    "gorard",
    "bias_corrected_dissimilarity",
    "density_corrected_dissimilarity",
    "modified_dissimilarity",
    "modified_gini",
    "isolation",
    "interaction",
    "correlation_ratio",
    "concentration_profile",
    "distance_decay_isolation",
    "distance_decay_interaction",
    "delta",
    "absolute_concentration",
    "relative_concentration",
    "absolute_centralization",
    "relative_centralization",
    "absolute_clustering",
    "relative_clustering",
    "spatial_proximity",
    "spatial_proximity_profile",
    "spatial_dissimilarity",
    "boundary_dissimilarity",
    "perimeter_area_dissimilarity",
    "multigroup_dissimilarity",
    "multigroup_gini",
    "information_theory",
    "mutual_information",
    "normalized_exposure",
    "relative_diversity",
    "squared_coefficient_of_variation",
    "divergence",
    "diversity",
    "simpson_concentration",
    "simpson_interaction",
    "global_distortion",
    "ordinal_information_theory",
    "rank_order_information_theory",
    "spatial_information_theory",
    "spatial_relative_diversity",
    "location_quotient",
    "local_diversity",
    "local_entropy",
    "local_divergence",
    "local_distortion",
    "local_simpson_interaction",
    "local_relative_centralization",
]

every_index = pytest.mark.parametrize("index", INDICES.values(), ids=lambda index: index.name)


def test_every_index_of_the_design_is_there_and_no_other():
    assert list(INDICES) == NAMES


def test_what_is_measured_today_is_in_the_same_dimension():
    assert {name: INDICES[name].dimension for name in _measure.DIMENSION} == _measure.DIMENSION


@every_index
def test_words_are_known_and_the_range_is_one(index):
    assert index.dimension in DIMENSIONS
    assert index.kind in KINDS
    assert set(index.needs) <= set(NEEDS)
    assert index.low < index.high
    assert index.formula.strip() == index.formula != ""
    assert "\n" not in index.formula


@every_index
def test_the_meaning_is_one_sentence_in_each_language(index):
    assert tuple(index.meaning) == LANGUAGES
    for text in index.meaning.values():
        assert re.fullmatch(r"[A-ZÅÄÖ][^.!?\n]*\.", text), text
        assert "  " not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_indices_mean_the_same(language):
    texts = [index.meaning[language] for index in INDICES.values()]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_meanings_do_not_judge_areas_or_people(language):
    text = " ".join(index.meaning[language] for index in INDICES.values()).lower()
    for word in ("ghetto", "getto", "problem", "ongelma", "minority", "vähemmistö", "minoritet"):
        assert word not in text


@pytest.mark.parametrize(("reference", "doi"), PAPERS.values(), ids=list(PAPERS))
def test_papers_are_complete_and_dois_well_formed(reference, doi):
    assert re.search(r"\(\d{4}\)\. .+\.$", reference)
    # Parts references in `Index.paper`.
    assert "; " not in reference
    assert doi == "" or re.fullmatch(r"10\.\d{4,9}/[^\s;]+[^\s.,;]", doi)


@every_index
def test_every_index_has_a_paper_and_the_doi_is_of_one_of_them(index):
    dois = dict(PAPERS.values())
    own = [dois[reference] for reference in index.paper.split("; ")]
    assert index.doi == next(filter(None, own), "")


def test_every_paper_is_of_an_index():
    used = {reference for index in INDICES.values() for reference in index.paper.split("; ")}
    assert used == {reference for reference, _ in PAPERS.values()}


def test_the_table_has_a_row_an_index():
    table = catalogue()
    assert table["name"].tolist() == NAMES
    assert table.columns.tolist() == [
        "name",
        "dimension",
        "kind",
        "range",
        "needs",
        "meaning_fi",
        "meaning_sv",
        "meaning_en",
        "formula",
        "paper",
        "doi",
    ]
    assert not table.isna().any(axis=None)
    ranges = table.set_index("name")["range"]
    assert ranges["dissimilarity"] == "0 … 1"
    assert ranges["modified_gini"] == "−1 … 1"
    assert ranges["relative_concentration"] == "−∞ … ∞"
    assert all(
        ("∞" in ranges[i.name]) == (isinf(i.low) or isinf(i.high)) for i in INDICES.values()
    )


def test_the_page_of_the_handbook_is_made_from_the_catalogue():
    page = (ROOT / "docs" / "indices.md").read_text(encoding="utf-8")
    assert page == markdown(), f"docs/indices.md is not of this catalogue; run: {REMAKE}"


def test_the_command_writes_the_page():
    run = subprocess.run(
        [sys.executable, "-m", "kvarter.analyses.segregation.catalogue"],
        capture_output=True,
        check=True,
    )
    assert run.stdout.decode() == markdown()


def test_every_row_of_the_page_has_all_its_cells():
    rows = [line for line in markdown().splitlines() if line.startswith("| `")]
    assert len(rows) == len(NAMES)
    assert {len(re.split(r"(?<!\\)\|", row)) for row in rows} == {8}
