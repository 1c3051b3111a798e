"""Counts that are odd are answered with one clear sentence, or taken, by every function."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from kvarter.analyses import segregation
from kvarter.analyses.segregation import pysal
from kvarter.analyses.segregation._counts import complete

GOOD = pd.DataFrame({"a": [1.0, 2, 5], "b": [2.0, 1, 0], "c": [3.0, 0, 4]})
CELLS = gpd.GeoSeries(shapely.box([0, 250, 500], 0, [250, 500, 750], 250), crs=3067)
DISTRICT = pd.Series(["x", "x", "y"])
FEW = {"replicates": 9, "indices": ["gini", "information_theory"]}

FUNCTIONS = {
    "measure": lambda n: segregation.measure(n, CELLS),
    "pysal": lambda n: segregation.measure(n, engine="pysal", indices=["gini"]),
    "audit": lambda n: pysal.audit(n, indices=["gini"]),
    "local": lambda n: segregation.local(n, CELLS),
    "location_quotient": segregation.location_quotient,
    "test": lambda n: segregation.test(n, **FEW),
    "bootstrap": lambda n: segregation.bootstrap(n, **FEW),
    "compare, before": lambda n: segregation.compare(n, GOOD, **FEW),
    "compare, after": lambda n: segregation.compare(GOOD, n, **FEW),
    "compare, both": lambda n: segregation.compare(n, n, **FEW),
    "nested": lambda n: segregation.nested(n, DISTRICT),
    "contributions": segregation.contributions,
    "shapley": lambda n: segregation.shapley(n, n, indices=["gini"]),
    "change": lambda n: segregation.change(n, n),
    "profile": lambda n: segregation.profile(n, CELLS, neighbours=[3]),
    "divergence_profile": lambda n: segregation.divergence_profile(n, CELLS, neighbours=[3]),
    "zoning": lambda n: segregation.zoning(n, CELLS, sizes=[250, 500]),
}

WRONG = {
    "no name": (GOOD.set_axis(["a", None, "c"], axis=1), "has no name"),
    "an empty name": (GOOD.set_axis(["a", "b", ""], axis=1), "has no name"),
    "one name twice": (GOOD.set_axis(["a", "b", "b"], axis=1), "the group 'b' twice"),
    "one text twice": (GOOD.set_axis(["1", 1, "c"], axis=1), "the group '1' twice"),
    "texts": (GOOD.astype({"b": str}), "zone 0 has '2.0' members of 'b', which is no number"),
    "a text": (GOOD.astype(object).replace(4.0, "many"), "zone 2 has 'many' members of 'c'"),
    "below 0": (-GOOD, "zone 0 has -1 members of 'a'"),
    "no end": (GOOD.replace(5.0, np.inf), "zone 2 has inf members of 'a'"),
    "no groups": (GOOD[[]], "no columns"),
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_odd_counts_are_answered_with_one_sentence(function):
    for counts, said in WRONG.values():
        with pytest.raises(ValueError, match=said):
            FUNCTIONS[function](counts)
    if not function.startswith("compare"):
        return
    with pytest.raises(ValueError, match="counts is a list; give a DataFrame"):
        FUNCTIONS[function]([[1, 2], [3, 4]])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_is_missing_is_missing_however_it_is_written(function):
    expected = FUNCTIONS[function](GOOD.replace(5.0, np.nan))
    for missing in (None, pd.NA, np.nan):
        counts = GOOD.astype(object)
        counts.iloc[2, 0] = missing
        for odd in (counts, GOOD.replace(5.0, np.nan).astype("Int64")):
            found = FUNCTIONS[function](odd)
            if isinstance(expected, dict):
                assert found.keys() == expected.keys()
                for name, draws in expected.items():
                    np.testing.assert_array_equal(found[name], draws)
            else:
                both = [found, expected] if isinstance(found, tuple) else [[found], [expected]]
                for one, other in zip(*both, strict=True):
                    pd.testing.assert_frame_equal(one, other)


def test_counts_come_as_floats():
    known, n = complete(pd.DataFrame({"a": [1, 2], "b": [True, False]}, index=["x", "y"]))
    assert known.all()
    assert n.dtype == np.float64
    assert n.tolist() == [[1, 1], [2, 0]]
