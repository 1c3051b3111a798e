"""A new study file lists the columns of whatever file of zones it is given."""

import geopandas as gpd
import pytest
import shapely
from kvarter.layers.errors import LayerError
from kvarter.new import write


@pytest.mark.parametrize("ending", ["gpkg", "parquet", "csv"])
def test_the_columns_of_every_format_are_listed(tmp_path, ending):
    path = tmp_path / f"zones.{ending}"
    frame = gpd.GeoDataFrame(
        {"cell": ["1"], "väki": [2]}, geometry=[shapely.Point(1, 1)], crs=3067
    )
    if ending == "parquet":
        frame.to_parquet(path)
    elif ending == "csv":
        path.write_bytes("cell;väki\n1;2\n".encode("utf-16"))
    else:
        frame.to_file(path)
    assert "columns: cell, väki\n" in write(tmp_path / "study", path).read_text().lower()


@pytest.mark.parametrize("ending", ["gpkg", "parquet", "csv"])
def test_a_file_that_cannot_be_read_is_told(tmp_path, ending):
    path = tmp_path / f"zones.{ending}"
    path.touch()
    with pytest.raises(LayerError, match="Not readable"):
        write(tmp_path / "study", path)
