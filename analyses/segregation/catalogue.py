"""What each index of segregation is called, measures, means and comes from.

The words and papers are in ``catalogue.toml`` beside this file; here they are read. The page
``docs/indices.md`` is made from them::

    python -m kvarter.analyses.segregation.catalogue > docs/indices.md
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

DIMENSIONS = {
    "evenness": "Are the groups spread over the areas alike?",
    "exposure": "Whom do the members of a group have in their area?",
    "concentration": "How much land do the areas of a group take up?",
    "centralization": "How close to a centre does a group live?",
    "clustering": "Do the members of a group live near one another, across the borders of areas?",
    "diversity": "How many groups are there, and how equal in size?",
    "scale": "How far does one have to look before the mix of groups is like the whole?",
}
"""The dimensions of segregation (Massey and Denton 1988, and two more), each as a question."""

KINDS = {
    "group": "a group against all others, or against another group",
    "multigroup": "all groups at once",
    "ordinal": "all groups at once, where they have an order",
    "environment": "all groups at once, in the surroundings of each zone",
    "local": "one value a zone",
}
"""What an index is of."""

NEEDS = {
    "geometry": "where the zones are, with their areas and borders",
    "graph": "which zones are neighbours",
    "centre": "where the centre is",
    "order": "the order of the groups",
    "environment": "how much people nearby count beside those of the zone itself",
}
"""What an index may need beside the counts."""


@dataclass(frozen=True)
class Index:
    """What there is to know about one index.

    Attributes
    ----------
    name
        As in the results.
    dimension
        One of :data:`DIMENSIONS`.
    kind
        One of :data:`KINDS`.
    low, high
        What the formula can give, whatever the counts.
    meaning
        What a value tells, one sentence in each of ``fi``, ``sv``, ``en``.
    formula
        One line, with the symbols of :data:`SYMBOLS`.
    paper
        Where the index was defined; several, the earliest first, are parted by ``"; "``.
    doi
        Of the earliest of them that has one, else empty.
    needs
        What it needs beside counts, out of :data:`NEEDS`.
    """

    name: str
    dimension: str
    kind: str
    low: float
    high: float
    meaning: dict[str, str]
    formula: str
    paper: str
    doi: str
    needs: tuple[str, ...] = ()


SYMBOLS = (
    "`x_i` members of the group, `y_i` others or members of the other group, and `t_i` people in "
    "zone `i`; `X`, `Y`, `T` their sums; `p_i = x_i/t_i`, `P = X/T`. With `M` groups, `x_im` "
    "members of group `m`, `π_im = x_im/t_i` its share in zone `i` and `π_m` in all zones. `n` "
    "zones; `a_i` the area of one and `A` of all; `d_ij` the distance in kilometres, "
    "`d_ii = √(0.6 a_i)`; `c_ij = exp(−d_ij)`, or how much zone `j` counts in the environment of "
    "zone `i`. A tilde marks the environment of a zone. `D` is `dissimilarity`; `E`, `I` and "
    "their like are defined where they first appear."
)
"""The symbols of the formulas, for the page."""


def _index(
    name: str,
    *,
    range: tuple[float, float],
    sources: list[str],
    fi: str,
    sv: str,
    en: str,
    needs: Iterable[str] = (),
    **words: str,
) -> Index:
    """Make an index of its entry in the file, and look its sources up."""
    papers = [PAPERS[source] for source in sources]
    return Index(
        name,
        low=range[0],
        high=range[1],
        meaning={"fi": fi, "sv": sv, "en": en},
        paper="; ".join(reference for reference, _ in papers),
        doi=next((doi for _, doi in papers if doi), ""),
        needs=tuple(needs),
        **words,
    )


_FILE = tomllib.loads((files(__package__) / "catalogue.toml").read_text(encoding="utf-8"))

PAPERS: dict[str, tuple[str, str]] = {
    name: (paper["reference"], paper.get("doi", "")) for name, paper in _FILE["papers"].items()
}
"""Each paper by its short name: its reference, and its DOI where it is known to have one."""

INDICES = {name: _index(name, **entry) for name, entry in _FILE["indices"].items()}
"""Every index by its name, in the order of the design."""


def catalogue() -> pd.DataFrame:
    """List every index: what it measures, what a value tells, and where it was defined.

    Returns
    -------
    DataFrame
        One row an index, with the columns ``name, dimension, kind, range, needs, meaning_fi,
        meaning_sv, meaning_en, formula, paper, doi``. ``range`` is what the formula can give,
        whatever the counts, and in some cases wider than its paper says. ``needs`` is what it
        needs beside the counts, out of :data:`NEEDS`, parted by ``", "``. All are texts, empty
        where there is nothing to say.

    Examples
    --------
    >>> table = catalogue().set_index("name")
    >>> table.loc["isolation", "range"]
    '0 … 1'
    >>> table.loc["isolation", "formula"]
    'Σ_i (x_i/X)(x_i/t_i)'
    """
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "name": index.name,
                "dimension": index.dimension,
                "kind": index.kind,
                "range": _range(index),
                "needs": ", ".join(index.needs),
                **{f"meaning_{language}": text for language, text in index.meaning.items()},
                "formula": index.formula,
                "paper": index.paper,
                "doi": index.doi,
            }
            for index in INDICES.values()
        ]
    )


def markdown() -> str:
    """Give the page of the handbook, ``docs/indices.md``.

    Returns
    -------
    str
        One table a dimension, and the papers, in Markdown.

    Examples
    --------
    >>> markdown().splitlines()[0]
    '# Indices of segregation'
    """
    lines = [
        "# Indices of segregation",
        "",
        "Made by `python -m kvarter.analyses.segregation.catalogue > docs/indices.md`; change",
        "it in `analyses/segregation/catalogue.toml`, where the meanings are in three languages.",
        "",
        "No index says why groups live where they do, or whether that is good. Compare places",
        "and years with zones of one size: small zones raise the indices of evenness. The range",
        "is what the formula can give, whatever the counts, in places wider than the paper says.",
        "",
        SYMBOLS,
        "",
        "What an index needs beside the counts:",
        "",
        *(f"- *{need}*: {what}" for need, what in NEEDS.items()),
    ]
    for dimension, question in DIMENSIONS.items():
        lines += ["", f"## {dimension.capitalize()}", "", question, ""]
        lines += ["| index | meaning | formula | range | needs | source |", "| --- " * 6 + "|"]
        for index in INDICES.values():
            if index.dimension == dimension:
                cells = [
                    f"`{index.name}`",
                    index.meaning["en"],
                    f"`{index.formula}`",
                    _range(index),
                    ", ".join(index.needs) or "–",
                    cite(index),
                ]
                # A bar would end the cell, even in code.
                lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    lines += ["", "## Papers", ""]
    lines += [f"- {reference}{_link(doi)}" for reference, doi in PAPERS.values()]
    return "\n".join(lines) + "\n"


def _range(index: Index) -> str:
    """Write the range alike in every language."""
    low, high = (
        f"{end:g}".replace("-", "−").replace("inf", "∞") for end in (index.low, index.high)
    )
    return f"{low} … {high}"


def cite(index: Index) -> str:
    """Name the sources of an index shortly, each with its DOI."""
    short = {reference: f"{name}{_link(doi, ', ')}" for name, (reference, doi) in PAPERS.items()}
    return "; ".join(short[reference] for reference in index.paper.split("; "))


def _link(doi: str, before: str = " ") -> str:
    """Write a DOI after something."""
    return f"{before}doi:{doi}" if doi else ""


if __name__ == "__main__":
    import sys

    # The page is UTF-8 wherever it is made.
    sys.stdout.buffer.write(markdown().encode())
