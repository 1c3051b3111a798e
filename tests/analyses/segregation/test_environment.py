from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from kvarter.analyses.segregation import environment, exposure, multigroup

ONE = [
    environment.spatial_information_theory,
    environment.spatial_relative_diversity,
    environment.spatial_divergence,
]
ALL = [*ONE, environment.spatial_isolation]


def shares(members: list[float]) -> list[float]:
    return [n / sum(members) for n in members]


def plain_entropy(members: list[float]) -> float:
    return sum(-p * log(p) for p in shares(members) if p > 0)


def plain_diversity(members: list[float]) -> float:
    return sum(p * (1 - p) for p in shares(members))


def plain_divergence(members: list[float], whole: list[float]) -> float:
    pairs = zip(shares(members), shares(whole), strict=True)
    return sum(p * log(p / q) for p, q in pairs if p > 0)


def plain(n: list[list[float]], around: list[list[float]]) -> dict[str, object]:
    """Give the four indices zone by zone, from the definition."""
    groups = range(len(n[0]))
    whole = [sum(zone[m] for zone in n) for m in groups]
    people = h = r = d = 0.0
    own = [0.0 for _ in groups]
    for zone, near in zip(n, around, strict=True):
        t = sum(zone)
        if t > 0:
            people += t
            h += t * plain_entropy(near)
            r += t * plain_diversity(near)
            d += t * plain_divergence(near, whole)
            for m in groups:
                own[m] += zone[m] * near[m] / sum(near)
    return {
        "spatial_information_theory": 1 - h / people / plain_entropy(whole),
        "spatial_relative_diversity": 1 - r / people / plain_diversity(whole),
        "spatial_divergence": d / people,
        "spatial_isolation": [own[m] / whole[m] for m in groups],
    }


def town(seed: int, zones: int = 80) -> tuple[np.ndarray, np.ndarray]:
    """Give zones in a line, each with its two neighbours as environment."""
    n = np.random.default_rng(seed).poisson([3, 30, 80, 1], (zones, 4)).astype(float)
    n[::7] = 0
    n[5] = [0, 40, 0, 0]
    around = n.copy()
    around[1:] += n[:-1] / 2
    around[:-1] += n[1:] / 2
    return n, around


def test_the_indices_are_those_of_the_definition() -> None:
    n, around = town(1)
    expected = plain(n.tolist(), around.tolist())
    for index in ALL:
        assert index(n, around) == pytest.approx(expected[index.__name__], abs=1e-9)
        assert index(n, around * 1000) == pytest.approx(expected[index.__name__], abs=1e-9)
    local = environment.local_spatial_divergence(n, around)
    whole = n.sum(axis=0).tolist()
    for value, near in zip(local, around.tolist(), strict=True):
        assert value == pytest.approx(plain_divergence(near, whole), abs=1e-9)


def test_replicates_are_measured_at_once() -> None:
    pairs = [town(seed) for seed in range(4)]
    n, around = (np.stack(one, axis=2) for one in zip(*pairs, strict=True))
    for index in [*ALL, environment.local_spatial_divergence]:
        each = np.stack([index(*pair) for pair in pairs], axis=-1)
        np.testing.assert_allclose(index(n, around), each, atol=1e-12)


def test_environments_of_the_zones_alone_are_the_indices_of_zones() -> None:
    n, _ = town(2)
    value = environment.spatial_information_theory(n, n)
    assert value == pytest.approx(multigroup.information_theory(n), abs=1e-12)
    np.testing.assert_allclose(
        environment.spatial_isolation(n, n), exposure.isolation(n, n.sum(axis=1))
    )
    share = n.sum(axis=0) / n.sum()
    mutual = value * -(share * np.log(share)).sum()
    assert environment.spatial_divergence(n, n) == pytest.approx(mutual, abs=1e-12)


counted = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 8), st.integers(2, 4)),
    elements=st.integers(0, 60).map(float),
)


@settings(max_examples=60, deadline=None)
@given(counted)
def test_no_segregation(n: np.ndarray) -> None:
    around = np.broadcast_to(n.sum(axis=0), n.shape)
    members = n.sum(axis=0)
    for index in ONE:
        value = index(n, around)
        if (members > 0).sum() > 1 or (index is ONE[2] and members.sum() > 0):
            assert value == pytest.approx(0, abs=1e-9)
        else:
            assert np.isnan(value)
    isolation = environment.spatial_isolation(n, around)
    assert (np.isnan(isolation) == (members == 0)).all()
    expected = members / max(members.sum(), 1)
    np.testing.assert_allclose(isolation[members > 0], expected[members > 0])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 50), min_size=2, max_size=4))
def test_complete_segregation(people: list[int]) -> None:
    n = np.diag(people).astype(float)
    assert environment.spatial_information_theory(n, n * 7) == pytest.approx(1)
    assert environment.spatial_relative_diversity(n, n * 7) == pytest.approx(1)
    np.testing.assert_allclose(environment.spatial_isolation(n, n * 7), 1)


@settings(max_examples=60, deadline=None)
@given(counted, st.data())
def test_range_and_merging(n: np.ndarray, data: st.DataObject) -> None:
    around = n + data.draw(
        hnp.arrays(np.float64, n.shape, elements=st.floats(0, 50, allow_subnormal=False))
    ) * (n.sum(axis=0) > 0)
    values = [index(n, around) for index in ONE]
    assert not (np.array(values[:2]) > 1 + 1e-9).any()
    assert not values[2] < 0
    isolation = environment.spatial_isolation(n, around)
    known = isolation[~np.isnan(isolation)]
    assert ((known >= 0) & (known <= 1)).all()
    # People of one place may be counted together or apart.
    twice = np.vstack([n * 0.3, n * 0.7]), np.vstack([around, around])
    for index, value in zip(ONE, values, strict=True):
        np.testing.assert_allclose(index(*twice), value, atol=1e-9)


def test_environments_more_mixed_than_the_whole_are_below_0() -> None:
    n = np.array([[30.0, 10], [10, 0]])
    around = np.array([[20.0, 20], [10, 10]])
    assert environment.spatial_information_theory(n, around) < 0
    assert environment.spatial_relative_diversity(n, around) < 0


def test_zones_without_an_environment_are_left_out_of_the_mean() -> None:
    n, around = town(3)
    missing = around.copy()
    missing[[3, 11]] = np.nan
    expected = plain(
        [[0.0] * 4 if i in (3, 11) else zone for i, zone in enumerate(n.tolist())],
        around.tolist(),
    )
    members = n.sum(axis=0)
    rest = members - n[[3, 11]].sum(axis=0)
    ratio = plain_entropy(rest.tolist()) / plain_entropy(members.tolist())
    value = environment.spatial_information_theory(n, missing)
    # The whole has everybody; only the mean is over those with an environment.
    assert value == pytest.approx(1 - (1 - expected["spatial_information_theory"]) * ratio)
    assert environment.spatial_isolation(n, missing) == pytest.approx(
        expected["spatial_isolation"]
    )
    assert np.isnan(environment.local_spatial_divergence(n, missing)[[3, 11]]).all()


def test_nobody() -> None:
    for n in (np.zeros((3, 2)), np.zeros((0, 2))):
        for index in ALL:
            assert np.isnan(index(n, n)).all()


def test_mistakes() -> None:
    for index in [*ALL, environment.local_spatial_divergence]:
        with pytest.raises(ValueError, match="must be alike"):
            index(np.ones((3, 2)), np.ones((3, 3)))
        with pytest.raises(ValueError, match="zones × groups"):
            index(np.ones(3), np.ones(3))
