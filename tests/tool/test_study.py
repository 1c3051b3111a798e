"""A mistake in a study file is answered with file, line, key, what was found and the cure."""

import pytest
from kvarter.study import StudyError, read

GOOD = """\
[study]
name = "Town"
min_count = 10

[layers.zones]
path = "zones.gpkg"
id = "id"

[attributes.income]
universe = "persons"
groups = { low = "a", high = "b" }

[layers.services]
path = "services.gpkg"
kind = "type"

[[scenario]]
name = "Library"
add_service = [{ kind = "library", name = "East", at = [395400, 6678300], capacity = 400 }]
"""


def test_a_study_is_read(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(GOOD)
    study = read(path)
    assert study.study.languages == ["fi", "sv", "en"]
    assert study.attributes["income"].names() == ["low", "high"]
    assert study.scenario[0].add_service[0].capacity == 400


@pytest.mark.parametrize(
    ("good", "bad", "line", "says"),
    [
        ("capacity = 400", 'meant_for = "income.lo"', 19, "Did you mean 'income.low'"),
        ("min_count = 10", "min_cuont = 10", 3, "Did you mean 'min_count'"),
        ("min_count = 10", 'min_count = "ten"', 3, "found 'ten'; give a whole number"),
        ("min_count = 10", "min_count = 10.5", 3, "give a whole number"),
        ('name = "Town"', "name = 7", 2, "give a text in quotes"),
        ("min_count = 10", 'languages = "fi"', 3, "give a list in brackets"),
        ("min_count = 10", 'fictional = "perhaps"', 3, "give true or false"),
        (
            "min_count = 10",
            "min_count = 1",
            3,
            "found 1; accepted is a whole number of 3 or more",
        ),
        ('name = "Town"', "", 1, "study.name: is missing"),
        ('"persons"', '"person"', 10, "Did you mean 'persons'"),
        ('low = "a"', "low = 3", 11, "found 3"),
        ("[layers.zones]", "[layers.zoness]", 5, "Did you mean 'zones'"),
        ('kind = "type"', "", 13, "either kind"),
        ("capacity = 400", "capacity = -4", 19, "item 1 of add_service: found -4"),
        ("min_count = 10", 'crs = "EPSG:4326"', 3, "not in metres"),
        ("min_count = 10", 'crs = "EPSG:99"', 3, "no coordinate system"),
        ("min_count = 10", 'languages = ["fi", "no"]', 3, "found 'no'"),
        ('kind = "type"', 'one_kind = "bus stop"', 15, "no spaces. Did you mean 'bus_stop'?"),
        (
            'id = "id"',
            "year = 99999999999999999999",
            7,
            "accepted is a whole number from 1000 to 9999",
        ),
        ('path = "zones.gpkg"', 'path = { "02016" = "a" }', 5, "'02016' is not a year"),
        ('path = "zones.gpkg"', 'path = { "²" = "a" }', 5, "'²' is not a year"),
        ("capacity = 400", "capacity = inf", 19, "a finite number"),
        ('id = "id"', "cell_size = inf", 7, "a finite number"),
        ('name = "Town"', 'name = "To\\u0001wn"', 2, "control character"),
    ],
)
def test_a_mistake_is_placed_and_cured(tmp_path, good, bad, line, says):
    path = tmp_path / "study.toml"
    assert good in GOOD
    path.write_text(GOOD.replace(good, bad))
    with pytest.raises(StudyError) as caught:
        read(path)
    message = str(caught.value)
    assert f"{path}, line {line}, key " in message
    assert says in message


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('indices = ["isolaton"]', "Did you mean 'isolation'?"),
        ('indices = "some"', 'give "all" or a list'),
        ("replicates = 20", "at least 39"),
        (
            "neighbours = [200, 0]",
            "item 2 of neighbours: found 0; accepted is a whole number",
        ),
        (
            'neighbours = ["200"]',
            "found '200'; give a whole number, without quotes",
        ),
        ("neighbours = [true]", "item 1 of neighbours: found true; give a whole number, without"),
        ('sizes = [250, "500"]', "item 2 of sizes: found '500'; give a number, without quotes"),
        ("level = 95", "found 95; accepted is a number of 0.5 or more and below 1: 95 % is 0.95."),
        ("level = 0.2", "found 0.2; accepted is a number of 0.5 or more and below 1."),
        ("replicates = -1", "found -1; accepted is a whole number from 0 to 9999"),
        ('sizes = ["a"]', "item 1 of sizes: found 'a'; give a number"),
        ("neighbours = [200, 800, 200]", "item 3 of neighbours stands there twice"),
        ("sizes = [250, 250.0]", "item 2 of sizes stands there twice"),
        ('indices = ["gini", "gini"]', "item 2 of indices stands there twice"),
        ('indices = ["gini", "isolaton"]', "item 2 of indices: there is no such index"),
        ('local = ["local_divergense"]', "Did you mean 'local_divergence'"),
        ('local = ["gini"]', "Accepted are: location_quotient"),
        ("attributes = []", "names no attribute"),
        ('attributes = ["income", "income"]', "item 2 of attributes stands there twice"),
        (
            'attributes = ["income", "incom"]',
            "item 2 of attributes: there is no attribute 'incom'",
        ),
        ("centre = [1, 2]", "easting first"),
        ("centre = [[24.9, 60.2]]", "item 1 of centre: [24.9, 60.2] lies outside the area"),
        ('indices = ["ordinal_information_theory"]', "none of the attributes is ordered"),
        ('region = "a"', "Did you mean 'regions'"),
    ],
)
def test_a_mistake_in_how_segregation_is_measured(tmp_path, line, says):
    path = tmp_path / "study.toml"
    path.write_text(f"{GOOD}[segregation]\n{line}\n")
    with pytest.raises(StudyError) as caught:
        read(path)
    number = len(GOOD.splitlines()) + 2
    assert f"{path}, line {number}, key segregation." in str(caught.value)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "table",
    [
        '[attributes.housing]\nuniverse = "persons"\ngroups = {a = "a"}',
        '[variables.housing]\ncolumn = "a"',
    ],
)
def test_the_name_of_a_layer_is_no_name_for_an_attribute(tmp_path, table):
    path = tmp_path / "study.toml"
    layer = '[layers.housing]\npath = "a"\ntype = "t"\ndwellings = "d"\n'
    path.write_text(f"{GOOD}{layer}{table}")
    with pytest.raises(StudyError, match=r"study.toml: 'housing' is what the layer"):
        read(path)


def test_what_is_no_study_file_is_told(tmp_path):
    path = tmp_path / "study.toml"
    with pytest.raises(StudyError, match="no such file"):
        read(path)
    with pytest.raises(StudyError, match="is a folder"):
        read(tmp_path)
    path.write_text("a = =")
    with pytest.raises(StudyError, match=r"not TOML.*line 1"):
        read(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StudyError, match="UTF-8"):
        read(path)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("[attributes.Income]\nuniverse = 'persons'\ngroups = { a = 'x', b = 'y' }", "Income"),
        ("[variables.income]\ncolumn = 'x'", "'income' and 'income' are alike"),
        ("[attributes.p]\nuniverse = 'persons'\ngroups = { Low = 'x', low = 'y' }", "'Low'"),
        ("[variables.income_low]\ncolumn = 'x'", "income_low"),
    ],
)
def test_names_that_would_write_over_each_other_are_refused(tmp_path, more, says):
    path = tmp_path / "study.toml"
    path.write_text(f"{GOOD}\n{more}\n")
    with pytest.raises(StudyError, match=says) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('graph = "qeen"', "Did you mean 'queen'?"),
        ('graph = { kind = "knn", threshold = 500 }', "'knn', which takes k and islands"),
        ('graph = { kind = "knn", treshold = 500 }', "Did you mean 'threshold'?"),
        ('graph = { kind = "kernel" }', "needs bandwidth"),
        ('graph = "travel_time"', "no table of travel times"),
        ('graph = "block"', "regions = "),
        ('variables = ["incom.low"]', "Did you mean 'income.low'?"),
        ("variables = []", "names no figure"),
        ('statistics = ["moran"]', "Did you mean 'moran_i'?"),
        ('statistics = "some"', 'give "all" or a list'),
        ('local = ["getis_ord"]', "Did you mean 'getis_ord_g'?"),
        ('local = ["moran", "moran"]', "stands there twice"),
        ('adjust = "fdr"', "Did you mean 'fdr_bh'?"),
        ('adjust = "bh"', "'bonferroni' or 'none'. Did you mean 'fdr_bh'?"),
        ('adjust = "BY"', "Did you mean 'fdr_by'?"),
        ('adjust = "bonf"', "Did you mean 'bonferroni'?"),
        ("adjust = false", "found false; accepted is 'fdr_bh', 'fdr_by', 'bonferroni' or 'none'"),
        ("alpha = 5", "found 5; accepted is a number above 0 and below 0.5: 5 % is 0.05."),
        ("alpha = 0", "found 0; accepted is a number above 0 and below 0.5."),
        ('alpha = "0.05"', "found '0.05'; give a number, without quotes"),
        ("permutations = 10", "found 10; accepted is a whole number from 99 to 99999"),
        ("statistics = []", 'found []: give "all" or a list of names'),
        ('local = "moran"', "found 'moran'; give a list in brackets: [\"moran\"]"),
        (
            'local = ["moran", "join_count"]',
            "item 2 of local: 'join_count' is of what is there",
        ),
        ('graph = "distance_band"', "needs threshold, in metres: graph = { kind = "),
        ('graph = { kind = "knn", k = 2000 }', "graph.k: found 2000: k is 1000 at most: so many"),
        (
            'graph = { kind = "knn", k = 0 }',
            "found 0; accepted is a whole number from 1 to 1000",
        ),
        ('graphs = "knn"', "Did you mean 'graph'?"),
        ('neighbours = "knn"', "there is no such key. Did you mean 'graph'?"),
    ],
)
def test_a_mistake_in_how_likeness_is_tested(tmp_path, line, says):
    path = tmp_path / "study.toml"
    path.write_text(f"{GOOD}[autocorrelation]\n{line}\n")
    with pytest.raises(StudyError) as caught:
        read(path)
    number = len(GOOD.splitlines()) + 2
    assert f"{path}, line {number}, key autocorrelation." in str(caught.value)
    assert says in str(caught.value)


def test_neighbours_are_a_name_or_a_table(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(f'{GOOD}[autocorrelation]\ngraph = "rook"\nvariables = ["income"]\n')
    assert read(path).autocorrelation.graph.kind == "rook"
    path.write_text(f'{GOOD}[autocorrelation.graph]\nkind = "knn"\nk = 4\nislands = "join"\n')
    graph = read(path).autocorrelation.graph
    assert graph.model_dump(exclude_none=True) == {"kind": "knn", "k": 4, "islands": "join"}
