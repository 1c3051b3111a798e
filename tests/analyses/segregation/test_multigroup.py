from math import log
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from kvarter.analyses.segregation import multigroup

EVEN = [
    "multigroup_dissimilarity",
    "multigroup_gini",
    "information_theory",
    "normalized_exposure",
    "relative_diversity",
    "squared_coefficient_of_variation",
]
NATS = ["mutual_information", "divergence"]
OF_THE_WHOLE = ["diversity", "simpson_concentration", "simpson_interaction"]
ALL = [*EVEN, *NATS, *OF_THE_WHOLE]


def plain(index: str, counts: list[list[float]]) -> float:
    """Each formula as it stands in the papers."""
    groups = range(len(counts[0]))
    members = [sum(zone[m] for zone in counts) for m in groups]
    everybody = sum(members)
    whole = [x / everybody for x in members]
    filled = [zone for zone in counts if sum(zone) > 0]
    t = [sum(zone) for zone in filled]
    p = [[x / sum(zone) for x in zone] for zone in filled]
    zones = range(len(filled))
    simpson = sum(q * (1 - q) for q in whole)
    diversity = sum(-q * log(q) for q in whole if q > 0)

    def over(part) -> float:
        return sum(part(i, m) for m in groups for i in zones if whole[m] > 0)

    if index == "diversity":
        return diversity
    if index == "simpson_interaction":
        return simpson
    if index == "simpson_concentration":
        return sum(q * q for q in whole)
    if index == "multigroup_dissimilarity":
        return over(lambda i, m: t[i] * abs(p[i][m] - whole[m])) / (2 * everybody * simpson)
    if index == "multigroup_gini":
        pairs = over(lambda i, m: sum(t[i] * t[j] * abs(p[i][m] - p[j][m]) for j in zones))
        return pairs / (2 * everybody**2 * simpson)
    if index in ("information_theory", *NATS):
        told = over(
            lambda i, m: t[i] / everybody * p[i][m] * log(p[i][m] / whole[m]) if p[i][m] else 0
        )
        return told / diversity if index == "information_theory" else told
    if index == "normalized_exposure":
        return over(lambda i, m: t[i] / everybody * (p[i][m] - whole[m]) ** 2 / (1 - whole[m]))
    if index == "relative_diversity":
        return over(lambda i, m: t[i] * (p[i][m] - whole[m]) ** 2) / (everybody * simpson)
    assert index == "squared_coefficient_of_variation"
    others = sum(q > 0 for q in whole) - 1
    return over(lambda i, m: t[i] / everybody * (p[i][m] - whole[m]) ** 2 / (others * whole[m]))


def income(helsinki: Path) -> pd.DataFrame:
    paavo = gpd.read_file(helsinki / "paavo_2026.gpkg", ignore_geometry=True)
    counts = paavo.set_index("postinumeroalue")[["hr_pi_tul", "hr_ke_tul", "hr_hy_tul"]]
    return counts[(counts >= 0).all(axis=1)].astype(float)


def random_counts(seed: int) -> np.ndarray:
    counts = np.random.default_rng(seed).poisson([3, 30, 80, 1, 0], (70, 5)) * 1.0
    counts[::9] = 0
    return counts


def value(index: str, counts: np.ndarray) -> float:
    return getattr(multigroup, index)(counts)


@pytest.mark.parametrize("index", ALL)
def test_equals_its_formula(index: str, helsinki: Path) -> None:
    random = random_counts(1)
    weighted = random * np.random.default_rng(2).uniform(0.1, 3, random.shape)
    for counts in (random, weighted, income(helsinki).to_numpy()):
        assert value(index, counts) == pytest.approx(plain(index, counts.tolist()), abs=1e-9)


@pytest.mark.parametrize("index", ALL)
def test_equals_pysal(index: str, helsinki: Path) -> None:
    from segregation import multigroup as pysal

    reference = {
        "multigroup_dissimilarity": pysal.MultiDissim,
        "multigroup_gini": pysal.MultiGini,
        "information_theory": pysal.MultiInfoTheory,
        "normalized_exposure": pysal.MultiNormExposure,
        "relative_diversity": pysal.MultiRelativeDiversity,
        "squared_coefficient_of_variation": pysal.MultiSquaredCoefVar,
        "divergence": pysal.MultiDivergence,
        "mutual_information": pysal.MultiDivergence,
        "diversity": pysal.MultiDiversity,
        "simpson_concentration": pysal.SimpsonsConcentration,
        "simpson_interaction": pysal.SimpsonsInteraction,
    }[index]
    counts = income(helsinki)
    counts = counts[counts.sum(axis=1) > 0].reset_index(drop=True)
    found = value(index, counts.to_numpy())
    assert found == pytest.approx(reference(counts, list(counts)).statistic, abs=1e-9)


any_counts = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 8), st.integers(2, 4)),
    elements=st.integers(0, 60).map(float),
)


@settings(max_examples=60, deadline=None)
@given(any_counts, st.floats(0.001, 1000), st.randoms(use_true_random=False))
def test_range_scale_and_order(counts: np.ndarray, factor: float, random) -> None:
    groups = counts.shape[1]
    most = dict.fromkeys([*NATS, "diversity"], log(groups)) | {
        "simpson_interaction": 1 - 1 / groups
    }
    rows, columns = (random.sample(range(size), size) for size in counts.shape)
    for index in ALL:
        found = value(index, counts)
        assert np.isnan(found) or -1e-12 <= found <= most.get(index, 1) + 1e-12
        for other in (counts * factor, counts[rows][:, columns]):
            assert value(index, other) == pytest.approx(found, abs=1e-9, nan_ok=True)


@settings(max_examples=60, deadline=None)
@given(any_counts, st.data())
def test_zones_of_equal_composition_may_be_merged_or_split(
    counts: np.ndarray, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(counts) - 1))
    part = data.draw(st.floats(0.1, 0.9))
    split = np.vstack([counts, counts[cut] * part])
    split[cut] *= 1 - part
    for index in ALL:
        found = value(index, counts)
        assert value(index, split) == pytest.approx(found, abs=1e-9, nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(any_counts)
def test_empty_zones_and_groups_change_nothing(counts: np.ndarray) -> None:
    wider = np.zeros((counts.shape[0] + 2, counts.shape[1] + 1))
    wider[1:-1, 1:] = counts
    for index in ALL:
        found = value(index, counts)
        assert value(index, wider) == pytest.approx(found, abs=1e-12, nan_ok=True)


@given(st.lists(st.integers(1, 50), min_size=2, max_size=4), st.integers(1, 6))
def test_no_segregation(shares: list[int], zones: int) -> None:
    counts = np.outer(np.arange(1, zones + 1), shares).astype(float)
    for index in [*EVEN, *NATS]:
        assert value(index, counts) == pytest.approx(0, abs=1e-9)


@given(st.lists(st.integers(1, 50), min_size=2, max_size=4), st.integers(1, 3))
def test_complete_segregation(people: list[int], zones: int) -> None:
    counts = np.vstack([np.diag(people).astype(float)] * zones)
    for index in EVEN:
        assert value(index, counts) == pytest.approx(1, abs=1e-9)
    for index in NATS:
        assert value(index, counts) == pytest.approx(value("diversity", counts), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(any_counts)
def test_what_the_papers_say_of_one_and_another(counts: np.ndarray) -> None:
    assume((counts.sum(axis=0) > 0).sum() > 1)
    of = {index: value(index, counts) for index in ALL}
    assert of["simpson_interaction"] + of["simpson_concentration"] == pytest.approx(1)
    whole = of["diversity"]
    assert of["information_theory"] * whole == pytest.approx(of["mutual_information"], abs=1e-9)
    # The Lorenz curve is nowhere nearer to the diagonal than the chord at its widest point.
    assert of["multigroup_gini"] >= of["multigroup_dissimilarity"] - 1e-9
    if counts.shape[1] == 2:
        assert of["normalized_exposure"] == pytest.approx(of["relative_diversity"], abs=1e-9)
        assert of["squared_coefficient_of_variation"] == pytest.approx(
            of["relative_diversity"], abs=1e-9
        )


@pytest.mark.parametrize("index", ALL)
def test_replicates_are_a_loop(index: str) -> None:
    rng = np.random.default_rng(4)
    counts = rng.poisson(np.repeat(random_counts(3)[:, :, None], 6, axis=2)) * 1.0
    counts[:, :, 2] = 0
    counts[:, 1:, 3] = 0
    counts[::2, :, 4] = 0
    found = value(index, counts)
    assert found.shape == (6,)
    one_by_one = [value(index, counts[:, :, k]) for k in range(6)]
    np.testing.assert_allclose(found, one_by_one, rtol=0, atol=1e-12)
    assert isinstance(one_by_one[0], float)


def test_gini_of_many_replicates_is_cut_into_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = np.random.default_rng(5).poisson(20, (30, 3, 7)) * 1.0
    expected = multigroup.multigroup_gini(counts)
    monkeypatch.setattr(multigroup, "_BLOCK", 200)
    np.testing.assert_array_equal(multigroup.multigroup_gini(counts), expected)


def test_gini_of_many_zones_makes_no_table_of_pairs() -> None:
    # Half of 200,000 zones has one group and half the other: pairs would take 320 GB.
    counts = np.tile(np.eye(2), (100_000, 1))
    assert multigroup.multigroup_gini(counts) == pytest.approx(1)


@pytest.mark.parametrize("index", ALL)
def test_undefined(index: str) -> None:
    for nobody in (np.zeros((3, 2)), np.zeros((0, 2))):
        assert np.isnan(value(index, nobody))
    for one in (np.array([[5.0, 0], [3, 0]]), np.array([[5.0], [3]])):
        found = value(index, one)
        if index in OF_THE_WHOLE:
            assert found == (1 if index == "simpson_concentration" else 0)
        else:
            assert np.isnan(found)


def test_wrong_dimensions() -> None:
    with pytest.raises(ValueError, match="1 dimensions"):
        multigroup.multigroup_gini([1, 2, 3])
