import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from kvarter.analyses.residents import Draws, moves

ZONES, GROUPS = list("abcde"), ["fi", "sv"]
POINTS = pd.DataFrame({"x": [0.0, 100, 200, 1000, 5000], "y": 0.0}, index=ZONES)

people = arrays(np.float64, (5, 2), elements=st.floats(0, 90).map(lambda x: round(x, 3)))


def frame(values):
    return pd.DataFrame(values, index=ZONES, columns=GROUPS)


def written_out(new, today, inside, near, rounds):
    """Let people move one zone and group at a time, from the formula."""
    change, stay = new.copy(), today + np.minimum(new, 0)
    arrived = np.maximum(new, 0)
    mix = today.sum(axis=0) / today.sum()
    for number in range(rounds + 1):
        left = np.zeros_like(today)
        for o in range(5):
            for g in range(2):
                for z in range(5):
                    pool = sum(stay[k, g] for k in range(5) if near(z, k))
                    if near(z, o) and pool > 0 and number < rounds:
                        left[o, g] += inside * arrived[z, g] * stay[o, g] / pool
                left[o, g] = min(left[o, g], stay[o, g])
        change, stay = change - left, stay - left
        if number == rounds:
            return change
        arrived = left.sum(axis=1)[:, None] * mix
        change = change + arrived


@pytest.mark.parametrize("within", [None, 150.0, 900.0])
@pytest.mark.parametrize("rounds", [1, 3])
def test_equals_moves_written_out(within, rounds):
    rng = np.random.default_rng(5)
    today, new = rng.gamma(1, 30, (5, 2)), rng.normal(10, 20, (5, 2))
    new = np.maximum(new, -today)

    def near(one, two):
        return within is None or abs(POINTS["x"].iloc[one] - POINTS["x"].iloc[two]) <= within

    moved = moves(
        {"g": frame(new)},
        {"g": frame(today)},
        inside=0.6,
        vacated="mean",
        rounds=rounds,
        points=None if within is None else POINTS,
        within=within,
    )
    expected = written_out(new, today, 0.6, near, rounds)
    assert moved.people["g"].to_numpy() == pytest.approx(expected, abs=1e-9)


@settings(max_examples=80, deadline=None)
@given(
    people,
    people,
    st.floats(0, 1),
    st.sampled_from([("mean", 1), ("mean", 3), ("empty", 1)]),
    st.none() | st.sampled_from([0.0, 150.0, 1e6]),
)
def test_nobody_is_lost(new, today, inside, how, within):
    vacated, rounds = how
    moved = moves(
        {"g": frame(new)},
        {"g": frame(today)},
        inside=inside,
        vacated=vacated,
        rounds=rounds,
        points=None if within is None else POINTS,
        within=within,
    )
    change, flows = moved.people["g"].to_numpy(), moved.flows
    assert (today + change >= -1e-9).all()
    come = (flows["inside"] + flows["outside"]).to_numpy()
    assert come == pytest.approx(flows["arrive"].to_numpy(), abs=1e-9)
    first = flows[flows["round"] == 1]
    assert first["arrive"].to_numpy() == pytest.approx(new.sum(axis=0), abs=1e-9)
    assert (first["inside"] <= inside * first["arrive"] + 1e-9).all()
    outside = flows.groupby("group", sort=False)["outside"].sum().to_numpy()
    assert change.sum(axis=0) == pytest.approx(outside, abs=1e-9)
    if vacated == "mean" and today.sum() > 0:
        assert change.sum(axis=1) == pytest.approx(new.sum(axis=1), abs=1e-9)


def test_draws_move_like_frames():
    rng = np.random.default_rng(6)
    today = frame(rng.gamma(1, 30, (5, 2)))
    new = rng.gamma(1, 9, (2, 2, 7))
    drawn = Draws(pd.Index(["b", "new"]), today.columns, new)
    options = {"inside": 0.4, "vacated": "mean", "rounds": 2}
    moved = moves({"g": drawn}, {"g": today}, **options).people["g"]
    assert moved.zones.tolist() == [*ZONES, "new"]
    for replicate in range(7):
        one = pd.DataFrame(new[:, :, replicate], index=drawn.zones, columns=GROUPS)
        alone = moves({"g": one}, {"g": today}, **options).people["g"]
        assert moved.people[:, :, replicate] == pytest.approx(alone.to_numpy(), abs=1e-12)


def test_nobody_from_inside_is_what_arrives():
    new, today = frame(np.eye(5, 2) * 9), frame(np.ones((5, 2)))
    moved = moves({"g": new}, {"g": today}, inside=0, vacated="empty")
    assert moved.people["g"].equals(new)


def test_unknown_zones_send_nobody():
    today = frame(np.ones((5, 2)) * 50)
    today.loc["c"] = np.nan
    new = frame(np.eye(5, 2) * 9)
    moved = moves({"g": new}, {"g": today}, inside=1, vacated="empty").people["g"]
    assert (moved.loc["c"] == 0).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"inside": 1.5, "vacated": "empty"}, "inside is 1.5"),
        ({"inside": 0.5, "vacated": "full"}, "vacated is 'full'"),
        ({"inside": 0.5, "vacated": "empty", "rounds": 2}, "rounds is 2"),
        ({"inside": 0.5, "vacated": "mean", "within": 9.0}, "points and within go together"),
    ],
)
def test_what_is_asked_for_wrongly(options, message):
    today = frame(np.ones((5, 2)))
    with pytest.raises(ValueError, match=message):
        moves({"g": today}, {"g": today}, **options)
    with pytest.raises(ValueError, match="attribute 'h', which is not there"):
        moves({"h": today}, {"g": today}, inside=0.5, vacated="mean")
    with pytest.raises(ValueError, match="arrives with the groups"):
        moves({"g": today[["sv", "fi"]]}, {"g": today}, inside=0.5, vacated="mean")
    with pytest.raises(ValueError, match="points has no zone 'e'"):
        moves({"g": today}, {"g": today}, inside=0, vacated="mean", points=POINTS[:4], within=9.0)
