import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from kvarter.analyses.residents import moved_closer

GROUPS = ["fi", "sv", "other"]


def written_out(n, distance, share):
    """Change places zone by zone from the nearest on, with lists of who still lives there."""
    zones = len(n)
    n = n.copy()
    others = n[:, [0, 2]].copy()
    for ring in sorted(set(distance)):
        here = [zone for zone in range(zones) if distance[zone] == ring]
        closer = [zone for zone in range(zones) if distance[zone] < ring]
        pool = sum(others[zone].sum() for zone in closer)
        wanted = {zone: share * n[zone, 1] for zone in here}
        part = min(1.0, pool / sum(wanted.values())) if sum(wanted.values()) > 0 else 0.0
        before = others.copy()
        for zone in here:
            for there in closer:
                for place, group in enumerate((0, 2)):
                    moved = wanted[zone] * part * before[there, place] / pool if pool > 0 else 0.0
                    others[there, place] -= moved
                    n[there, group] -= moved
                    n[there, 1] += moved
                    n[zone, group] += moved
                    n[zone, 1] -= moved
    return n


def placed(n, x):
    index = [f"z{zone}" for zone in range(len(n))]
    origins = pd.DataFrame({"x": np.asarray(x, dtype=float), "y": 0.0}, index=index)
    return pd.DataFrame(n, index=index, columns=GROUPS), origins


@pytest.mark.parametrize("seed", range(5))
def test_equals_places_changed_one_by_one(seed):
    rng = np.random.default_rng(seed)
    n = rng.gamma(0.4, 40, (9, 3))
    x = rng.integers(0, 6, 9) * 100.0
    counts, origins = placed(n, x)
    result = moved_closer(counts, origins, [(0, 0)], "sv", radius=1000, share=[0, 0.2, 0.5, 1])
    for share, after in result.counts.items():
        # `n` changes within a ring in the loops, and members who came are not asked to move on.
        assert after.to_numpy() == pytest.approx(written_out(n, x, share), abs=1e-9)


numbers = arrays(np.float64, (8, 3), elements=st.floats(0, 80).map(lambda x: round(x, 2)))
places = arrays(np.float64, 8, elements=st.integers(0, 5).map(float))


@settings(max_examples=80, deadline=None)
@given(numbers, places, st.lists(st.floats(0, 1), min_size=1, max_size=4))
def test_zones_and_groups_keep_their_people(n, x, shares):
    counts, origins = placed(n, x * 300)
    result = moved_closer(counts, origins, [(0, 0)], "sv", radius=1000, share=shares)
    for share, after in result.counts.items():
        assert (after >= -1e-9).all(axis=None)
        assert after.sum(axis=1).to_numpy() == pytest.approx(n.sum(axis=1), abs=1e-9)
        assert after.sum().to_numpy() == pytest.approx(n.sum(axis=0), abs=1e-9)
        beyond = x * 300 > 1000
        assert (after[beyond] == counts[beyond]).all(axis=None)
        mean = [(table["sv"] * origins["x"]).sum() for table in (counts, after)]
        assert mean[1] <= mean[0] + 1e-6
        row = result.moved[result.moved["share"] == share].iloc[0]
        assert row["moved"] <= row["asked"] + 1e-9
        if row["moved"] > 0:
            assert row["moved"] * row["distance"] == pytest.approx(mean[0] - mean[1], abs=1e-6)


def test_nobody_moves_where_nobody_is_asked_and_unknown_zones_stay():
    counts, origins = placed(np.full((4, 3), 10.0), [0, 100, 200, 300])
    counts.loc["z1", "fi"] = np.nan
    result = moved_closer(counts, origins, [(0, 0)], "sv", radius=250)
    assert list(result.counts) == [step / 20 for step in range(11)]
    assert result.counts[0.0].equals(counts)
    assert result.counts[0.5].loc[["z1", "z3"]].equals(counts.loc[["z1", "z3"]])
    assert result.counts[0.5]["sv"].tolist() == [15.0, 10.0, 5.0, 10.0]


def test_of_several_places_the_nearest_counts():
    counts, origins = placed(np.full((3, 3), 10.0), [0, 400, 1000])
    result = moved_closer(counts, origins, [(0, 0), (1000, 0)], "sv", radius=500, share=[0.5])
    assert result.counts[0.5]["sv"].tolist() == [12.5, 5.0, 12.5]


def test_no_more_move_than_there_is_room_for():
    counts, origins = placed(np.array([[3.0, 0, 1.0], [0, 50, 0]]), [0, 100])
    result = moved_closer(counts, origins, [(0, 0)], "sv", radius=500, share=[0.5])
    assert result.counts[0.5].to_numpy().tolist() == [[0, 4, 0], [3, 46, 1]]
    assert result.moved.iloc[0].tolist() == [0.5, 25.0, 4.0, 100.0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"group": "othr"}, "group 'othr', which is not there; did you mean 'other'"),
        ({"share": [2]}, "give each from 0 to 1"),
        ({"at": []}, "give a place of the service"),
        ({"radius": 0}, "a radius above 0"),
    ],
)
def test_what_is_asked_for_wrongly(change, message):
    counts, origins = placed(np.ones((3, 3)), [0, 1, 2])
    options = {"at": [(0, 0)], "group": "sv", "radius": 9.0, "share": [0.1]} | change
    with pytest.raises(ValueError, match=message):
        moved_closer(counts, origins, **options)
    with pytest.raises(ValueError, match="origins has no zone 'z0'"):
        moved_closer(counts, origins[1:], [(0, 0)], "sv", radius=9)
