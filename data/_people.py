"""Who lives in the sample municipality: buildings along the streets, households in them.

Each dwelling keeps its random numbers over the years, so that a year differs from the one before
by what was built and by how much the groups have drifted apart, and by nothing else.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from ._place import CELL, DISTRICTS, ORIGIN, RENTAL_AREAS, Array, Place, district_of, field
from ._streets import Network

YEARS = (2008, 2016, 2024)
AGES = ("age_0_6", "age_7_15", "age_16_17", "age_18_29", "age_30_64", "age_65_79", "age_80")
_BOUNDS = (7, 16, 18, 30, 65, 80)
_SCATTERED = 1950
_OCCUPIED = 0.93

# Building period of each kind of district: first and last year, and the year of its peak.
_BUILT = {
    "centre": (1890, 2022, 1965),
    "new": (2010, 2024, 2017),
    "old": (1905, 2020, 1948),
    "estate": (1966, 2019, 1974),
    "mixed": (1978, 2023, 1990),
    "suburb": (1952, 2023, 1988),
    "village": (1900, 2022, 1970),
}
_TYPES = ("detached", "row_house", "apartment_block")
# Chance of 1, 2, … people in a household, by type of building.
_SIZES = {
    "detached": (0.24, 0.43, 0.14, 0.14, 0.04, 0.01),
    "row_house": (0.42, 0.36, 0.12, 0.08, 0.02, 0.0),
    "apartment_block": (0.63, 0.27, 0.06, 0.03, 0.01, 0.0),
}


def buildings(seed: int, place: Place, net: Network) -> pd.DataFrame:
    """Set buildings along the streets until each district has its dwellings.

    Returns
    -------
    DataFrame
        ``id, x, y, type, year, floor_area, dwellings`` and ``district``, the number of the
        district; that of a lone house is its nearest village.
    """
    rng = np.random.default_rng([seed, 4])
    middle = net.nodes[net.ends].mean(axis=1)
    where, relative = district_of(middle)
    length = shapely.length(net.lines)
    minor = np.isin(net.road, ["", "collector", "main"]) & ~net.bridge
    parts = []
    for number, district in enumerate(DISTRICTS):
        near = np.flatnonzero(minor & (where == number) & (relative <= 1.15))
        for kind, dwellings in zip(_TYPES, district.dwellings, strict=True):
            sizes = _dwellings(
                kind, int(dwellings * (0.86 if kind == "apartment_block" else 1)), rng
            )
            # Blocks stand near the core, houses anywhere.
            pull = 2.5 if kind == "apartment_block" else 0.4
            weight = length[near] * np.exp(-pull * relative[near])
            xy = _beside(net, near, weight, len(sizes), place, rng)
            parts.append((kind, number, sizes, xy))
    lone = np.flatnonzero(minor & (relative > 1.3))
    xy = _beside(net, lone, length[lone], _SCATTERED, place, rng)
    nearest, _ = district_of(xy)
    for number in np.unique(nearest):
        mine = xy[nearest == number]
        parts.append(("detached", int(number), np.ones(len(mine), dtype=np.int64), mine))
    frame = pd.concat(
        [
            pd.DataFrame(
                {
                    "x": xy[:, 0].round(1),
                    "y": xy[:, 1].round(1),
                    "type": kind,
                    "year": _years(DISTRICTS[number].kind, len(xy), rng),
                    "dwellings": sizes,
                    "district": number,
                }
            )
            for kind, number, sizes, xy in parts
        ],
        ignore_index=True,
    )
    room = frame["type"].map({"detached": 128.0, "row_house": 86.0, "apartment_block": 62.0})
    spread = np.exp(rng.normal(0, 0.18, len(frame)))
    frame["floor_area"] = (room * spread * frame["dwellings"]).round().astype(np.int64)
    frame = frame.sort_values(["y", "x"], ignore_index=True)
    frame.insert(0, "id", [f"B{number:05d}" for number in range(1, len(frame) + 1)])
    return frame


def _dwellings(kind: str, total: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Divide a number of dwellings among buildings of a kind."""
    if kind == "detached":
        return np.ones(total, dtype=np.int64)
    low, high = (3, 8) if kind == "row_house" else (14, 48)
    sizes: list[int] = []
    while sum(sizes) < total:
        sizes.append(min(int(rng.integers(low, high + 1)), max(total - sum(sizes), 2)))
    return np.array(sizes, dtype=np.int64)


def _beside(
    net: Network,
    edges: NDArray[np.intp],
    weight: Array,
    number: int,
    place: Place,
    rng: np.random.Generator,
) -> Array:
    """Draw points beside streets, on dry land."""
    out = np.empty((0, 2))
    while len(out) < number:
        pick = rng.choice(edges, size=2 * (number - len(out)) + 8, p=weight / weight.sum())
        along = shapely.line_interpolate_point(
            net.lines[pick], rng.uniform(0.05, 0.95, len(pick)), normalized=True
        )
        xy = shapely.get_coordinates(along)
        angle = rng.uniform(0, 2 * np.pi, len(xy))
        away = rng.uniform(14, 45, len(xy))
        xy = xy + away[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
        out = np.vstack([out, xy[shapely.contains_xy(place.settled, *xy.T)]])
    return out[:number]


def _years(kind: str, number: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw years of construction."""
    first, last, peak = _BUILT[kind]
    return rng.triangular(first, peak, last, number).round().astype(np.int64)


def dwellings(seed: int, stock: pd.DataFrame) -> pd.DataFrame:
    """Give each dwelling its tenure and its lasting random numbers.

    Returns
    -------
    DataFrame
        One row a dwelling: ``building`` (row of the stock), ``landlord`` (owner, other,
        municipal, non_profit or empty where it depends on the year) and columns of random
        numbers.
    """
    rng = np.random.default_rng([seed, 5])
    district = [DISTRICTS[number] for number in stock["district"]]
    kind = stock["type"].to_numpy()
    block, row = kind == "apartment_block", kind == "row_house"
    chance = np.full(len(stock), 0.0)
    chance[block], chance[row] = 0.16, 0.12
    rented = np.array([d.name in RENTAL_AREAS for d in district])
    chance[rented & block], chance[rented & row] = 0.56, 0.42
    chance[np.array([d.kind in ("new", "suburb") for d in district])] *= 0.5
    draw = rng.random(len(stock))
    landlord = np.full(len(stock), "", dtype="<U10")
    social = draw < chance
    landlord[social] = np.where(rng.random(social.sum()) < 0.66, "municipal", "non_profit")
    occupancy = np.array([d.kind in ("mixed", "new", "suburb") for d in district]) & (block | row)
    landlord[~social & occupancy & (rng.random(len(stock)) < 0.11)] = "other"
    of = np.repeat(np.arange(len(stock)), stock["dwellings"])
    names = ("occupied", "tenure", "language", "size", "parent", "age", "income", "move")
    frame = pd.DataFrame(rng.random((len(of), len(names))), columns=list(names))
    frame.insert(0, "building", of)
    frame.insert(1, "landlord", landlord[of])
    return frame


def tenure(year: int, stock: pd.DataFrame, homes: pd.DataFrame) -> pd.Series:
    """Give each dwelling's landlord in a year: owner, other, municipal, non_profit or market."""
    kind = stock["type"].to_numpy()[homes["building"]]
    chance = pd.Series(kind).map({"detached": 0.045, "row_house": 0.15, "apartment_block": 0.36})
    grown = {2008: 0.78, 2016: 0.9, 2024: 1.0}[year]
    market = np.where(homes["tenure"] < chance * grown, "market", "owner")
    return homes["landlord"].where(homes["landlord"] != "", market)


def grid(seed: int, year: int, stock: pd.DataFrame, homes: pd.DataFrame) -> pd.DataFrame:
    """Count the people of a year by cell.

    Returns
    -------
    DataFrame
        One row an inhabited cell, ordered by ``cell``; see the README of the data.
    """
    rng = np.random.default_rng([seed, 6])
    drift = {2008: 0.55, 2016: 0.8, 2024: 1.0}[year]
    # Drawn for every dwelling that will ever be, so that a year does not shift another's numbers.
    most = 6
    noise = rng.normal(size=(len(homes), most))
    chance = rng.random((len(homes), most, 3))
    there = stock["year"].to_numpy()[homes["building"]] <= year
    lived = (there & (homes["occupied"] < _OCCUPIED)).to_numpy()
    house = homes[lived].reset_index(drop=True)
    noise, chance = noise[lived], chance[lived]
    place = stock.loc[house["building"]].reset_index(drop=True)
    landlord = tenure(year, stock, homes)[lived].reset_index(drop=True)
    held = landlord.replace(
        {"municipal": "social_rental", "non_profit": "social_rental", "market": "market_rental"}
    )
    social = (held == "social_rental").to_numpy()
    market = (held == "market_rental").to_numpy()
    district = [DISTRICTS[number] for number in place["district"]]
    wealth = np.array([d.wealth for d in district])
    xy = place[["x", "y"]].to_numpy()
    wealth = wealth + 0.25 * field(np.random.default_rng([seed, 7]), 900.0)(xy)

    size = np.zeros(len(house), dtype=np.int64)
    for kind, shares in _SIZES.items():
        mine = (place["type"] == kind).to_numpy()
        steps = np.cumsum(shares)
        size[mine] = 1 + np.searchsorted(steps[:-1], house["size"].to_numpy()[mine], side="right")
    language = _language(year, house, district, social, market)
    size = np.minimum(size + ((language == "other") & (house["move"] < 0.35) & (size > 1)), most)

    person = np.repeat(np.arange(len(house)), size)
    order = np.arange(len(person)) - np.repeat(np.cumsum(size) - size, size)
    single = (house["parent"] < np.where(size == 2, 0.13, 0.14)).to_numpy() & (size > 1)
    adults = np.where(size == 1, 1, np.where(single, 1, 2))
    adult = order < adults[person]
    family = (size > adults)[person]
    draw = chance[person, order]
    head = _head_age(house["age"].to_numpy(), size > adults, year)[person]
    age = np.where(adult, head + np.round(4 * (draw[:, 0] - 0.5)), np.floor(18 * draw[:, 0]))
    age = np.where(adult, np.clip(age, 18, 99), age).astype(np.int64)

    member = {"social": social[person], "market": market[person], "wealth": wealth[person]}
    other = (language == "other")[person]
    latent = 0.4 * drift * member["wealth"] - 0.5 * drift * member["social"]
    latent = latent - 0.12 * member["market"] - 0.3 * other
    level = latent + 0.35 * (year - 2008) / 16 - 0.4 * (age >= 65) + noise[person, order]
    education = np.where(
        level > 0.35, "tertiary", np.where(level < -1.0, "basic", "upper_secondary")
    )
    activity = _activity(age, latent, draw[:, 1])
    worth = latent + 0.55 * (education == "tertiary") - 0.45 * (education == "basic")
    worth = worth - 1.1 * np.isin(activity, ["unemployed", "student", "other"])
    worth = worth - 0.35 * (activity == "pensioner") + 0.2 * family
    worth = worth + 1.05 * (2 * draw[:, 2] - 1) + 0.5 * noise[person, 0]
    low, high = np.quantile(worth[adult], [0.2, 0.74])
    income = np.where(worth < low, "low", np.where(worth > high, "high", "middle"))

    corner = (np.floor((xy - ORIGIN) / CELL) * CELL + ORIGIN).astype(np.int64)
    cell = pd.Series(corner[:, 0].astype(str)) + pd.Series(corner[:, 1].astype(str))
    names = pd.Series([d.name for d in district]).groupby(cell).agg(lambda part: part.mode()[0])
    whose = cell.to_numpy()[person]
    band = np.array(AGES)[np.searchsorted(_BOUNDS, age, side="right")]
    out = pd.DataFrame({"district": names})
    out["population"] = pd.Series(whose).value_counts()
    parts = (
        (whose, language[person], ("fi", "sv", "other"), "language_"),
        (whose[adult], income[adult], ("low", "middle", "high"), "income_"),
        (whose[adult], education[adult], ("basic", "upper_secondary", "tertiary"), "education_"),
        (
            whose,
            activity,
            ("employed", "unemployed", "student", "pensioner", "child", "other"),
            "activity_",
        ),
        (whose, band, AGES, ""),
        (cell, held, ("owner", "social_rental", "market_rental", "other"), "tenure_"),
    )
    for index, values, groups, prefix in parts:
        counts = pd.crosstab(np.asarray(index), np.asarray(values))
        for group in groups:
            out[prefix + group] = counts.get(group, 0)
    out = out.fillna(0)
    numbers = out.columns[1:]
    out[numbers] = out[numbers].astype(np.int64)
    out.insert(5, "adults", out[["income_low", "income_middle", "income_high"]].sum(axis=1))
    tenures = [column for column in out if column.startswith("tenure_")]
    out.insert(len(out.columns) - 4, "households", out[tenures].sum(axis=1))
    return out.sort_index().rename_axis("cell").reset_index()


def _language(
    year: int, house: pd.DataFrame, district: list, social: np.ndarray, market: np.ndarray
) -> NDArray[np.str_]:
    """Give each household's language."""
    swedish = np.array([d.swedish for d in district])
    rental_area = np.array([d.name in RENTAL_AREAS for d in district])
    base, pull = {2008: (0.03, 0.9), 2016: (0.05, 1.6), 2024: (0.068, 2.4)}[year]
    other = base * np.where(social, 1.5 * pull, np.where(market, 1.35, 0.55))
    other = np.minimum(other * np.where(rental_area, 0.75 * pull, 0.85), 0.6)
    draw = house["language"].to_numpy()
    return np.where(draw < other, "other", np.where(draw > 1 - swedish, "sv", "fi"))


def _head_age(draw: np.ndarray, family: np.ndarray, year: int) -> np.ndarray:
    """Draw the age of a household's adults; people grow older over the years."""
    older = (year - 2008) / 16 * 4
    return np.where(family, 27 + 26 * draw, 20 + older * draw + 70 * draw**1.15)


def _activity(age: np.ndarray, latent: np.ndarray, draw: np.ndarray) -> NDArray[np.str_]:
    """Give each person's main activity."""
    out = np.full(len(age), "employed", dtype="<U10")
    jobless = np.clip(0.075 - 0.065 * latent, 0.015, 0.35)
    out[draw < jobless] = "unemployed"
    out[(draw >= jobless) & (draw < jobless + 0.06)] = "other"
    out[(draw > 0.94) & (age >= 50)] = "pensioner"
    out[(draw > 0.5) & (age < 25)] = "student"
    out[(age >= 65) & (draw < 0.94)] = "pensioner"
    out[age < 18] = "student"
    out[age < 15] = "child"
    return out
