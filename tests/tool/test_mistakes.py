"""A name that no layer has is answered with the line of the study file that it stands in."""

import pytest
from kvarter.layers import ColumnError
from kvarter.mistakes import StudyError, placed

STUDY = """\
[layers.zones]
path = "zones.gpkg"
where = { kind = 1 }

[attributes.income]
groups = { low = "a", b = "c" }

[access]
kinds = [
    "school",
    "libary",
]
limits = { school = 300, libary = 400 }
"""


@pytest.mark.parametrize(
    ("table", "found", "place"),
    [
        ("layers.zones", "kind", "line 3, key layers.zones.where.kind: "),
        ("attributes.income", "c", "line 6, key attributes.income.groups.b: "),
        ("attributes.income", "b", "line 6, key attributes.income.groups.b: "),
        ("access.kinds", "libary", "line 11, key access.kinds, item 2 of kinds: "),
        ("access.limits", "libary", "line 13, key access.limits.libary: "),
        ("access", None, "line 8, key access: "),
        ("autocorrelation.graph", None, "line 1, key autocorrelation.graph: "),
    ],
)
def test_a_name_has_its_line(tmp_path, table, found, place):
    path = tmp_path / "study.toml"
    path.write_text(STUDY)
    with pytest.raises(StudyError) as caught, placed(path):
        raise ColumnError("zones.gpkg", "It has no such thing.", "Cure.", table=table, found=found)
    assert str(caught.value) == f"{path}, {place}zones.gpkg: It has no such thing. Cure."
