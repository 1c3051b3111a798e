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


@pytest.mark.parametrize("code", [3067, 3879, 3035, 32634, 3006])
def test_systems_that_keep_lengths_pass(code: int) -> None:
    places = gpd.GeoSeries.from_xy([24.9, 27.0], [60.2, 69.9], crs=4326)
    assert require_metres(places.to_crs(code), "the zones") is None


@pytest.mark.parametrize("code", [3857, 3395, 6933])
def test_systems_that_stretch_lengths_are_refused(code: int) -> None:
    places = gpd.GeoSeries.from_xy([24.9], [60.2], crs=4326).to_crs(code)
    with pytest.raises(ValueError, match=r"a metre on the ground is .* m there; .*to_crs\(3067"):
        require_metres(places, "the zones")
