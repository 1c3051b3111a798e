import geopandas as gpd
import pytest
from kvarter.geo.crs import require_metres


@pytest.mark.parametrize("code", [3067, 3879, 3035, 2393])
def test_metres_pass(code: int) -> None:
    assert require_metres(gpd.GeoSeries([], crs=code), "the zones") is None
    assert require_metres(gpd.GeoDataFrame(geometry=[], crs=code), "the zones") is None


@pytest.mark.parametrize(
    ("code", "said"),
    [(None, "set_crs"), (4326, "degree.*to_crs"), (2263, "US survey foot.*to_crs"), (4978, "to_")],
)
def test_others_are_refused_with_a_cure(code: int | None, said: str) -> None:
    with pytest.raises(ValueError, match=f"the stops .*{said}"):
        require_metres(gpd.GeoSeries([], crs=code), "the stops")
