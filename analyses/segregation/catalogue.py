"""What each index of segregation is called, measures, means and comes from.

The page ``docs/indices.md`` is made from here::

    python -m kvarter.analyses.segregation.catalogue > docs/indices.md
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
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

PAPERS = {
    "Allen, Burgess, Davidson & Windmeijer 2015": (
        "Allen, R., Burgess, S., Davidson, R., & Windmeijer, F. (2015). More reliable inference "
        "for the dissimilarity index of segregation. Econometrics Journal, 18(1), 40–66.",
        "10.1111/ectj.12039",
    ),
    "Bell 1954": (
        "Bell, W. (1954). A probability model for the measurement of ecological segregation. "
        "Social Forces, 32(4), 357–364.",
        "10.2307/2574118",
    ),
    "Brown & Chung 2006": (
        "Brown, L. A., & Chung, S.-Y. (2006). Spatial segregation, segregation indices and the "
        "geographical perspective. Population, Space and Place, 12(2), 125–143.",
        "10.1002/psp.403",
    ),
    "Carrington & Troske 1997": (
        "Carrington, W. J., & Troske, K. R. (1997). On measuring segregation in samples with "
        "small units. Journal of Business & Economic Statistics, 15(4), 402–409.",
        "10.1080/07350015.1997.10524718",
    ),
    "Duncan & Duncan 1955": (
        "Duncan, O. D., & Duncan, B. (1955). A methodological analysis of segregation indexes. "
        "American Sociological Review, 20(2), 210–217.",
        "10.2307/2088328",
    ),
    "Duncan, Cuzzort & Duncan 1961": (
        "Duncan, O. D., Cuzzort, R. P., & Duncan, B. (1961). Statistical geography: problems in "
        "analyzing areal data. Free Press.",
        "",
    ),
    "Folch & Rey 2016": (
        "Folch, D. C., & Rey, S. J. (2016). The centralization index: a measure of local spatial "
        "segregation. Papers in Regional Science, 95(3), 555–576.",
        "10.1111/pirs.12145",
    ),
    "Frankel & Volij 2011": (
        "Frankel, D. M., & Volij, O. (2011). Measuring school segregation. Journal of Economic "
        "Theory, 146(1), 1–38.",
        "10.1016/j.jet.2010.10.008",
    ),
    "Gorard & Taylor 2002": (
        "Gorard, S., & Taylor, C. (2002). What is segregation? A comparison of measures in terms "
        "of 'strong' and 'weak' compositional invariance. Sociology, 36(4), 875–895.",
        "",
    ),
    "Hong & Sadahiro 2014": (
        "Hong, S.-Y., & Sadahiro, Y. (2014). Measuring geographic segregation: a graph-based "
        "approach. Journal of Geographical Systems, 16(2), 211–231.",
        "10.1007/s10109-013-0190-7",
    ),
    "Hoover 1941": (
        "Hoover, E. M. (1941). Interstate redistribution of population, 1850–1940. Journal of "
        "Economic History, 1(2), 199–205.",
        "10.1017/S0022050700052980",
    ),
    "Isard 1960": (
        "Isard, W. (1960). Methods of regional analysis: an introduction to regional science. "
        "MIT Press.",
        "",
    ),
    "Jahn, Schmid & Schrag 1947": (
        "Jahn, J., Schmid, C. F., & Schrag, C. (1947). The measurement of ecological segregation. "
        "American Sociological Review, 12(3), 293–303.",
        "",
    ),
    "James & Taeuber 1985": (
        "James, D. R., & Taeuber, K. E. (1985). Measures of segregation. Sociological "
        "Methodology, 15, 1–32.",
        "10.2307/270845",
    ),
    "Massey & Denton 1988": (
        "Massey, D. S., & Denton, N. A. (1988). The dimensions of residential segregation. "
        "Social Forces, 67(2), 281–315.",
        "10.1093/sf/67.2.281",
    ),
    "Mora & Ruiz-Castillo 2011": (
        "Mora, R., & Ruiz-Castillo, J. (2011). Entropy-based segregation indices. Sociological "
        "Methodology, 41(1), 159–194.",
        "10.1111/j.1467-9531.2011.01237.x",
    ),
    "Morgan 1983": (
        "Morgan, B. S. (1983). A distance-decay based interaction index to measure residential "
        "segregation. Area, 15(3), 211–217.",
        "",
    ),
    "Morrill 1991": (
        "Morrill, R. L. (1991). On the measure of geographic segregation. Geography Research "
        "Forum, 11, 25–36.",
        "",
    ),
    "O'Sullivan & Wong 2007": (
        "O'Sullivan, D., & Wong, D. W. S. (2007). A surface-based approach to measuring spatial "
        "segregation. Geographical Analysis, 39(2), 147–168.",
        "10.1111/j.1538-4632.2007.00699.x",
    ),
    "Olteanu, Randon-Furling & Clark 2019": (
        "Olteanu, M., Randon-Furling, J., & Clark, W. A. V. (2019). Segregation through the "
        "multiscalar lens. Proceedings of the National Academy of Sciences, 116(25), "
        "12250–12254.",
        "10.1073/pnas.1900192116",
    ),
    "Reardon 2009": (
        "Reardon, S. F. (2009). Measures of ordinal segregation. Research on Economic "
        "Inequality, 17, 129–155.",
        "10.1108/S1049-2585(2009)0000017011",
    ),
    "Reardon & Bischoff 2011": (
        "Reardon, S. F., & Bischoff, K. (2011). Income inequality and income segregation. "
        "American Journal of Sociology, 116(4), 1092–1153.",
        "10.1086/657114",
    ),
    "Reardon & Firebaugh 2002": (
        "Reardon, S. F., & Firebaugh, G. (2002). Measures of multigroup segregation. "
        "Sociological Methodology, 32(1), 33–67.",
        "10.1111/1467-9531.00110",
    ),
    "Reardon & O'Sullivan 2004": (
        "Reardon, S. F., & O'Sullivan, D. (2004). Measures of spatial segregation. Sociological "
        "Methodology, 34(1), 121–162.",
        "10.1111/j.0081-1750.2004.00150.x",
    ),
    "Roberto 2015": (
        "Roberto, E. (2015). The divergence index: a decomposable measure of segregation and "
        "inequality. arXiv:1508.01167.",
        "10.48550/arXiv.1508.01167",
    ),
    "Sakoda 1981": (
        "Sakoda, J. M. (1981). A generalized index of dissimilarity. Demography, 18(2), 245–250.",
        "10.2307/2061096",
    ),
    "Shannon 1948": (
        "Shannon, C. E. (1948). A mathematical theory of communication. Bell System Technical "
        "Journal, 27(3), 379–423.",
        "10.1002/j.1538-7305.1948.tb01338.x",
    ),
    "Simpson 1949": (
        "Simpson, E. H. (1949). Measurement of diversity. Nature, 163, 688.",
        "10.1038/163688a0",
    ),
    "Theil 1972": (
        "Theil, H. (1972). Statistical decomposition analysis: with applications in the social "
        "and administrative sciences. North-Holland.",
        "",
    ),
    "Theil & Finizza 1971": (
        "Theil, H., & Finizza, A. J. (1971). A note on the measurement of racial integration of "
        "schools by means of informational concepts. Journal of Mathematical Sociology, 1(2), "
        "187–193.",
        "10.1080/0022250X.1971.9989795",
    ),
    "White 1983": (
        "White, M. J. (1983). The measurement of spatial segregation. American Journal of "
        "Sociology, 88(5), 1008–1018.",
        "10.1086/227768",
    ),
    "White 1986": (
        "White, M. J. (1986). Segregation and diversity measures in population distribution. "
        "Population Index, 52(2), 198–221.",
        "10.2307/3644339",
    ),
    "Wong 1993": (
        "Wong, D. W. S. (1993). Spatial indices of segregation. Urban Studies, 30(3), 559–572.",
        "10.1080/00420989320080551",
    ),
}
"""Each paper by its short name: its reference, and its DOI where it is known to have one."""


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
    dimension: str,
    kind: str,
    span: tuple[float, float],
    *,
    fi: str,
    sv: str,
    en: str,
    formula: str,
    sources: tuple[str, ...],
    needs: tuple[str, ...] = (),
) -> Index:
    """Look the sources of an index up."""
    papers = [PAPERS[source] for source in sources]
    return Index(
        name,
        dimension,
        kind,
        *span,
        meaning={"fi": fi, "sv": sv, "en": en},
        formula=formula,
        paper="; ".join(reference for reference, _ in papers),
        doi=next((doi for _, doi in papers if doi), ""),
        needs=needs,
    )


_ALL = (
    _index(
        "dissimilarity",
        "evenness",
        "group",
        (0, 1),
        fi=(
            "Osuus ryhmästä, jonka pitäisi muuttaa toiselle alueelle, jotta molemmat ryhmät "
            "jakautuisivat alueille samalla tavalla."
        ),
        sv=(
            "Den andel av den ena gruppen som skulle behöva flytta till ett annat område för att "
            "båda grupperna ska vara fördelade över områdena på samma sätt."
        ),
        en=(
            "The share of one group that would have to move to another area for both groups to "
            "be spread over the areas alike."
        ),
        formula="½ Σ_i |x_i/X − y_i/Y|",
        sources=("Duncan & Duncan 1955",),
    ),
    _index(
        "gini",
        "evenness",
        "group",
        (0, 1),
        fi=(
            "Kuinka paljon ryhmän osuus vaihtelee alueesta toiseen, kun kaikkia alueita "
            "verrataan pareittain: 0, jos osuus on kaikkialla sama, ja 1, jos millään alueella "
            "ei ole molempia ryhmiä."
        ),
        sv=(
            "Hur mycket gruppens andel varierar från område till område när alla områden jämförs "
            "parvis: 0 om andelen är densamma överallt och 1 om inget område har båda grupperna."
        ),
        en=(
            "How much the group's share varies from area to area when all areas are compared in "
            "pairs: 0 if the share is the same everywhere and 1 if no area has both groups."
        ),
        formula="Σ_i Σ_j t_i t_j |p_i − p_j| / (2 T² P (1 − P))",
        sources=("Jahn, Schmid & Schrag 1947", "Duncan & Duncan 1955"),
    ),
    _index(
        "entropy",
        "evenness",
        "group",
        (0, 1),
        fi=(
            "Kuinka paljon vähemmän kaksi ryhmää on sekoittunut keskenään alueiden sisällä kuin "
            "kaikilla alueilla yhteensä: 0, jos jokainen alue on yhtä sekoittunut kuin "
            "kokonaisuus, ja 1, jos millään alueella ei ole molempia ryhmiä."
        ),
        sv=(
            "Hur mycket mindre blandade de två grupperna är inom områdena än i alla områden "
            "tillsammans: 0 om varje område är lika blandat som helheten och 1 om inget område "
            "har båda grupperna."
        ),
        en=(
            "How much less mixed the two groups are within the areas than in all areas together: "
            "0 if every area is as mixed as the whole and 1 if no area has both groups."
        ),
        formula=(
            "Σ_i t_i (E − E_i) / (E T), E_i = −p_i ln p_i − (1 − p_i) ln(1 − p_i), E the same of P"
        ),
        sources=("Theil & Finizza 1971",),
    ),
    _index(
        "atkinson",
        "evenness",
        "group",
        (0, 1),
        fi=(
            "Kuinka epätasaisesti ryhmä on jakautunut, kun alueet, joilla sen osuus on pieni, "
            "painavat yhtä paljon kuin alueet, joilla se on suuri: 0, jos osuus on kaikkialla "
            "sama, ja 1, jos millään alueella ei ole molempia ryhmiä."
        ),
        sv=(
            "Hur ojämnt gruppen är fördelad när områden där dess andel är liten väger lika "
            "mycket som områden där den är stor: 0 om andelen är densamma överallt och 1 om "
            "inget område har båda grupperna."
        ),
        en=(
            "How unevenly the group is spread when areas with a small share of it weigh as much "
            "as areas with a large share: 0 if the share is the same everywhere and 1 if no area "
            "has both groups."
        ),
        formula="1 − P/(1 − P) · |Σ_i (1 − p_i)^(1 − b) p_i^b t_i / (P T)|^(1/(1 − b)), b = ½",
        sources=("James & Taeuber 1985",),
    ),
    _index(
        "minmax",
        "evenness",
        "group",
        (0, 1),
        fi=(
            "Kuinka vähän kahden ryhmän jakaumat alueille menevät päällekkäin: 0, jos jakaumat "
            "ovat samat, ja 1, jos ryhmillä ei ole yhtään yhteistä aluetta."
        ),
        sv=(
            "Hur lite de två gruppernas fördelningar över områdena överlappar varandra: 0 om "
            "fördelningarna är desamma och 1 om grupperna inte har något område gemensamt."
        ),
        en=(
            "How little the distributions of the two groups over the areas overlap: 0 if they "
            "are the same and 1 if the groups have no area in common."
        ),
        formula="1 − Σ_i min(x_i/X, y_i/Y) / Σ_i max(x_i/X, y_i/Y)",
        sources=("O'Sullivan & Wong 2007",),
    ),
    _index(
        "gorard",
        "evenness",
        "group",
        (0, 1),
        fi=(
            "Osuus ryhmästä, jonka pitäisi vaihtaa paikkaa muiden kanssa, jotta ryhmän osuus "
            "olisi kaikilla alueilla sama."
        ),
        sv=(
            "Den andel av gruppen som skulle behöva byta plats med andra för att gruppens andel "
            "ska vara densamma i alla områden."
        ),
        en=(
            "The share of the group that would have to change places with others for the group's "
            "share to be the same in every area."
        ),
        formula="½ Σ_i |x_i/X − t_i/T|",
        sources=("Gorard & Taylor 2002",),
    ),
    _index(
        "bias_corrected_dissimilarity",
        "evenness",
        "group",
        (-1, 1),
        fi=(
            "Erilaisuusindeksi, josta on vähennetty arvio siitä, mitä sattuma lisää siihen "
            "vähäväkisillä alueilla, minkä vuoksi arvo voi olla hieman alle 0."
        ),
        sv=(
            "Olikhetsindexet minus en uppskattning av vad slumpen tillför i områden med få "
            "personer, vilket gör att värdet kan bli något lägre än 0."
        ),
        en=(
            "Dissimilarity less an estimate of what chance adds to it in areas with few people, "
            "so that it can fall slightly below 0."
        ),
        formula="2 D − the mean of D over multinomial bootstrap samples of x_i and of y_i",
        sources=("Allen, Burgess, Davidson & Windmeijer 2015",),
    ),
    _index(
        "density_corrected_dissimilarity",
        "evenness",
        "group",
        (0, 1),
        fi=(
            "Erilaisuusindeksi, jossa kunkin alueen eroa on pienennetty sen verran kuin sattuma "
            "todennäköisesti selittää."
        ),
        sv=(
            "Olikhetsindexet där skillnaden i varje område har minskats med det som slumpen "
            "sannolikt förklarar."
        ),
        en=(
            "Dissimilarity in which the difference in each area has been reduced by what chance "
            "is likely to account for."
        ),
        formula=(
            "½ Σ_i σ_i θ_i, θ_i = argmax_θ [φ(z_i − θ) + φ(z_i + θ)], z_i = |x_i/X − y_i/Y| / "
            "σ_i, σ_i² = (x_i/X)(1 − x_i/X)/X + (y_i/Y)(1 − y_i/Y)/Y"
        ),
        sources=("Allen, Burgess, Davidson & Windmeijer 2015",),
    ),
    _index(
        "modified_dissimilarity",
        "evenness",
        "group",
        (-1, 1),
        fi=(
            "Kuinka paljon erilaisuusindeksi ylittää tason, jonka ihmisten satunnainen "
            "sijoittuminen alueille keskimäärin antaisi: 0 tällä tasolla, 1, jos millään "
            "alueella ei ole molempia ryhmiä, ja alle 0, jos ryhmät ovat jakautuneet tasaisemmin "
            "kuin satunnaisesti."
        ),
        sv=(
            "Hur långt olikhetsindexet ligger över den nivå som en slumpmässig placering av "
            "människor i genomsnitt skulle ge: 0 på den nivån, 1 om inget område har båda "
            "grupperna och under 0 om grupperna är jämnare fördelade än slumpmässigt."
        ),
        en=(
            "How far dissimilarity is above the level that placing people at random would give "
            "on average: 0 at that level, 1 if no area has both groups and below 0 if the groups "
            "are spread more evenly than at random."
        ),
        formula=(
            "(D − D*)/(1 − D*) if D ≥ D*, else (D − D*)/D*, D* the mean of D under random "
            "allocation"
        ),
        sources=("Carrington & Troske 1997",),
    ),
    _index(
        "modified_gini",
        "evenness",
        "group",
        (-1, 1),
        fi=(
            "Kuinka paljon Gini-indeksi ylittää tason, jonka ihmisten satunnainen sijoittuminen "
            "alueille keskimäärin antaisi: 0 tällä tasolla, 1, jos millään alueella ei ole "
            "molempia ryhmiä, ja alle 0, jos ryhmät ovat jakautuneet tasaisemmin kuin "
            "satunnaisesti."
        ),
        sv=(
            "Hur långt Gini-indexet ligger över den nivå som en slumpmässig placering av "
            "människor i genomsnitt skulle ge: 0 på den nivån, 1 om inget område har båda "
            "grupperna och under 0 om grupperna är jämnare fördelade än slumpmässigt."
        ),
        en=(
            "How far the Gini index is above the level that placing people at random would give "
            "on average: 0 at that level, 1 if no area has both groups and below 0 if the groups "
            "are spread more evenly than at random."
        ),
        formula=(
            "(G − G*)/(1 − G*) if G ≥ G*, else (G − G*)/G*, G* the mean of gini under random "
            "allocation"
        ),
        sources=("Carrington & Troske 1997",),
    ),
    _index(
        "isolation",
        "exposure",
        "group",
        (0, 1),
        fi=(
            "Kuinka suuri osuus ryhmään kuuluvan ihmisen asuinalueen väestöstä kuuluu "
            "keskimäärin samaan ryhmään, mikä riippuu ryhmän koosta eikä kerro, kohtaavatko "
            "ihmiset."
        ),
        sv=(
            "Hur stor andel av befolkningen i en gruppmedlems område som i genomsnitt hör till "
            "samma grupp, vilket beror på gruppens storlek och inte säger om människor möts."
        ),
        en=(
            "The share of their own group that members of the group have, on average, among the "
            "people of their area, which depends on the size of the group and does not tell "
            "whether people meet."
        ),
        formula="Σ_i (x_i/X)(x_i/t_i)",
        sources=("Bell 1954",),
    ),
    _index(
        "interaction",
        "exposure",
        "group",
        (0, 1),
        fi=(
            "Kuinka suuri osuus ryhmään kuuluvan ihmisen asuinalueen väestöstä kuuluu "
            "keskimäärin toiseen ryhmään, mikä riippuu toisen ryhmän koosta eikä kerro, "
            "kohtaavatko ihmiset."
        ),
        sv=(
            "Hur stor andel av befolkningen i en gruppmedlems område som i genomsnitt hör till "
            "den andra gruppen, vilket beror på den andra gruppens storlek och inte säger om "
            "människor möts."
        ),
        en=(
            "The share of the other group that members of the group have, on average, among the "
            "people of their area, which depends on the size of the other group and does not "
            "tell whether people meet."
        ),
        formula="Σ_i (x_i/X)(y_i/t_i)",
        sources=("Bell 1954",),
    ),
    _index(
        "correlation_ratio",
        "exposure",
        "group",
        (0, 1),
        fi=(
            "Eristyneisyys suhteutettuna ryhmän osuuteen koko väestöstä: 0, jos osuus on "
            "kaikilla alueilla sama, ja 1, jos millään alueella ei ole sekä ryhmään kuuluvia "
            "että muita."
        ),
        sv=(
            "Isolering i förhållande till gruppens andel av hela befolkningen: 0 om andelen är "
            "densamma i alla områden och 1 om inget område har både gruppen och andra."
        ),
        en=(
            "Isolation in relation to the group's share of all people: 0 if the share is the "
            "same in every area and 1 if no area has both the group and others."
        ),
        formula="(Σ_i (x_i/X)(x_i/t_i) − P) / (1 − P)",
        sources=("Bell 1954",),
    ),
    _index(
        "concentration_profile",
        "evenness",
        "group",
        (0, 2),
        fi=(
            "Kuinka paljon ryhmän osuus siihen kuuluvien ihmisten asuinalueilla keskimäärin "
            "poikkeaa sen osuudesta koko väestöstä: 0, jos osuus on kaikkialla sama, ja 1, jos "
            "näillä alueilla ei asu muita."
        ),
        sv=(
            "Hur mycket gruppens andel i medlemmarnas områden i genomsnitt avviker från dess "
            "andel av hela befolkningen: 0 om andelen är densamma överallt och 1 om inga andra "
            "bor i medlemmarnas områden."
        ),
        en=(
            "How much the group's share in its members' areas differs, on average, from its "
            "share of all people: 0 if it differs nowhere and 1 if nobody else lives in the "
            "members' areas."
        ),
        formula="Σ_i (x_i/X) |p_i − P| / (1 − P), at most 1 where P ≤ ½",
        sources=("Hong & Sadahiro 2014",),
    ),
    _index(
        "distance_decay_isolation",
        "clustering",
        "group",
        (0, 1),
        fi=(
            "Kuinka suuri osuus ryhmään kuuluvan ihmisen ympärillä asuvista kuuluu keskimäärin "
            "samaan ryhmään, kun kauempana asuvat painavat vähemmän kuin lähellä asuvat."
        ),
        sv=(
            "Hur stor andel av dem som bor omkring en gruppmedlem som i genomsnitt hör till "
            "samma grupp, när de som bor längre bort väger mindre än de som bor nära."
        ),
        en=(
            "The share of their own group that members of the group have, on average, among the "
            "people around them, when people count less the farther away they live."
        ),
        formula="Σ_i (x_i/X) Σ_j k_ij x_j/t_j, k_ij = c_ij t_j / Σ_j c_ij t_j",
        sources=("Morgan 1983",),
        needs=("geometry",),
    ),
    _index(
        "distance_decay_interaction",
        "clustering",
        "group",
        (0, 1),
        fi=(
            "Kuinka suuri osuus ryhmään kuuluvan ihmisen ympärillä asuvista kuuluu keskimäärin "
            "toiseen ryhmään, kun kauempana asuvat painavat vähemmän kuin lähellä asuvat."
        ),
        sv=(
            "Hur stor andel av dem som bor omkring en gruppmedlem som i genomsnitt hör till den "
            "andra gruppen, när de som bor längre bort väger mindre än de som bor nära."
        ),
        en=(
            "The share of the other group that members of the group have, on average, among the "
            "people around them, when people count less the farther away they live."
        ),
        formula="Σ_i (x_i/X) Σ_j k_ij y_j/t_j, k_ij = c_ij t_j / Σ_j c_ij t_j",
        sources=("Morgan 1983",),
        needs=("geometry",),
    ),
    _index(
        "delta",
        "concentration",
        "group",
        (0, 1),
        fi=(
            "Osuus ryhmästä, jonka pitäisi muuttaa toiselle alueelle, jotta ryhmä asuisi "
            "kaikkialla yhtä tiheästi."
        ),
        sv=(
            "Den andel av gruppen som skulle behöva flytta till ett annat område för att gruppen "
            "ska bo lika tätt överallt."
        ),
        en=(
            "The share of the group that would have to move to another area for the group to "
            "live equally densely everywhere."
        ),
        formula="½ Σ_i |x_i/X − a_i/A|",
        sources=("Hoover 1941", "Duncan, Cuzzort & Duncan 1961"),
        needs=("geometry",),
    ),
    _index(
        "absolute_concentration",
        "concentration",
        "group",
        (0, 1),
        fi=(
            "Kuinka pienillä alueilla ryhmä asuu: 1, jos siihen kuuluvat asuvat pinta-alaltaan "
            "pienimmillä alueilla, joille he mahtuisivat, ja 0, jos he asuvat suurimmilla."
        ),
        sv=(
            "Hur små områden gruppen bor i: 1 om medlemmarna bor i de till ytan minsta områden "
            "som rymmer dem och 0 om de bor i de största."
        ),
        en=(
            "How small the areas are where the group lives: 1 if its members live in the "
            "smallest areas that have room for them and 0 if they live in the largest."
        ),
        formula=(
            "1 − (ā_x − ā_1)/(ā_2 − ā_1), ā_x = Σ_i x_i a_i/X, ā_1 and ā_2 the same if X people "
            "filled the smallest and the largest zones"
        ),
        sources=("Massey & Denton 1988",),
        needs=("geometry",),
    ),
    _index(
        "relative_concentration",
        "concentration",
        "group",
        (-inf, inf),
        fi=(
            "Kuinka pienillä alueilla ryhmä asuu verrattuna toiseen ryhmään: 0, jos alueet ovat "
            "keskimäärin yhtä suuria, yli 0, jos ne ovat pienempiä, ja alle 0, jos ne ovat "
            "suurempia."
        ),
        sv=(
            "Hur små områden gruppen bor i jämfört med den andra gruppen: 0 om områdena i "
            "genomsnitt är lika stora, över 0 om de är mindre och under 0 om de är större."
        ),
        en=(
            "How small the areas where the group lives are compared with those of the other "
            "group: 0 if they are equally large on average, above 0 if they are smaller and "
            "below 0 if they are larger."
        ),
        formula="(ā_x/ā_y − 1) / (ā_1/ā_2 − 1), ā_y = Σ_i y_i a_i/Y, at most 1 where X ≤ Y",
        sources=("Massey & Denton 1988",),
        needs=("geometry",),
    ),
    _index(
        "absolute_centralization",
        "centralization",
        "group",
        (-1, 1),
        fi=(
            "Kuinka lähellä keskustaa ryhmä asuu verrattuna siihen, että se asuisi kaikkialla "
            "yhtä tiheästi: yli 0, jos lähempänä, ja alle 0, jos kauempana."
        ),
        sv=(
            "Hur nära centrum gruppen bor jämfört med om den bodde lika tätt överallt: över 0 om "
            "närmare och under 0 om längre bort."
        ),
        en=(
            "How close to the centre the group lives compared with living equally densely "
            "everywhere: above 0 if closer and below 0 if farther away."
        ),
        formula=(
            "Σ_k (F_{k−1} A_k − F_k A_{k−1}), F_k and A_k the shares of members and of land in "
            "the k zones nearest to the centre"
        ),
        sources=("Massey & Denton 1988",),
        needs=("geometry", "centre"),
    ),
    _index(
        "relative_centralization",
        "centralization",
        "group",
        (-1, 1),
        fi=(
            "Kuinka lähellä keskustaa ryhmä asuu verrattuna toiseen ryhmään: yli 0, jos "
            "lähempänä, ja alle 0, jos kauempana."
        ),
        sv=(
            "Hur nära centrum gruppen bor jämfört med den andra gruppen: över 0 om närmare och "
            "under 0 om längre bort."
        ),
        en=(
            "How close to the centre the group lives compared with the other group: above 0 if "
            "closer and below 0 if farther away."
        ),
        formula=(
            "Σ_k (F_{k−1} G_k − F_k G_{k−1}), F_k and G_k the shares of members and of others in "
            "the k zones nearest to the centre"
        ),
        sources=("Massey & Denton 1988",),
        needs=("geometry", "centre"),
    ),
    _index(
        "absolute_clustering",
        "clustering",
        "group",
        (-inf, inf),
        fi=(
            "Kuinka paljon ryhmään kuuluvat asuvat toistensa eivätkä muiden lähellä: 0, jos vain "
            "sen verran kuin tasainen jakautuminen alueille antaisi, ja lähellä 1:tä, jos heidän "
            "lähellään ei asu juuri muita."
        ),
        sv=(
            "Hur mycket gruppens medlemmar bor nära varandra snarare än nära andra: 0 om inte "
            "mer än en jämn fördelning över områdena skulle ge och nära 1 om knappt någon annan "
            "bor nära dem."
        ),
        en=(
            "How much the members of the group live near one another rather than near other "
            "people: 0 if no more than an even spread over the areas would give and near 1 if "
            "hardly anyone else lives near them."
        ),
        formula=(
            "[Σ_i (x_i/X) Σ_j c_ij x_j − (X/n²) Σ_i Σ_j c_ij] / [Σ_i (x_i/X) Σ_j c_ij t_j − "
            "(X/n²) Σ_i Σ_j c_ij]"
        ),
        sources=("Massey & Denton 1988",),
        needs=("geometry",),
    ),
    _index(
        "relative_clustering",
        "clustering",
        "group",
        (-1, inf),
        fi=(
            "Kertoo, asuvatko ryhmään kuuluvat lähempänä toisiaan kuin toiseen ryhmään kuuluvat "
            "toisiaan: yli 0, jos lähempänä, ja alle 0, jos kauempana."
        ),
        sv=(
            "Anger om gruppens medlemmar bor närmare varandra än den andra gruppens medlemmar "
            "gör: över 0 om närmare och under 0 om längre ifrån varandra."
        ),
        en=(
            "Tells whether the members of the group live nearer to one another than the members "
            "of the other group do: above 0 if nearer and below 0 if farther apart."
        ),
        formula="P_xx/P_yy − 1, P_xx = Σ_i Σ_j c_ij x_i x_j / X², P_yy the same of the others",
        sources=("Massey & Denton 1988",),
        needs=("geometry",),
    ),
    _index(
        "spatial_proximity",
        "clustering",
        "group",
        (0, inf),
        fi=(
            "Kertoo, asuvatko ihmiset lähempänä omaa ryhmäänsä kuin väestöä yleensä: 1, jos eroa "
            "ei ole, ja yli 1, jos lähempänä."
        ),
        sv=(
            "Anger om människor bor närmare sin egen grupp än befolkningen i allmänhet: 1 om det "
            "inte är någon skillnad och över 1 om närmare."
        ),
        en=(
            "Tells whether people live nearer to their own group than to people in general: 1 if "
            "there is no difference and above 1 if nearer."
        ),
        formula="(X P_xx + Y P_yy) / (T P_tt), P_tt = Σ_i Σ_j c_ij t_i t_j / T²",
        sources=("White 1983", "White 1986"),
        needs=("geometry",),
    ),
    _index(
        "spatial_proximity_profile",
        "clustering",
        "group",
        (0, inf),
        fi=(
            "Kuinka lähellä toisiaan ovat alueet, joilla ryhmän osuus on suuri, kun etäisyys "
            "lasketaan askelina naapurialueelta toiselle: mitä suurempi arvo, sitä lähempänä."
        ),
        sv=(
            "Hur nära varandra de områden ligger där gruppens andel är stor, när avståndet "
            "räknas i steg från grannområde till grannområde: ju högre värde, desto närmare."
        ),
        en=(
            "How near one another the areas with a large share of the group lie, counted in "
            "steps from neighbour to neighbour: the higher, the nearer."
        ),
        formula=(
            "[∫_0^P (1 − η_s) ds + ∫_P^1 η_s ds] / (1 − P), η_s = (k² − k) / Σ_i Σ_j (steps from "
            "i to j) over the k zones with p_i ≥ s"
        ),
        sources=("Hong & Sadahiro 2014",),
        needs=("graph",),
    ),
    _index(
        "spatial_dissimilarity",
        "evenness",
        "group",
        (-1, 1),
        fi=(
            "Erilaisuusindeksi, josta on vähennetty ryhmän osuuden keskimääräinen ero "
            "naapurialueiden välillä, joten arvo on pienempi, kun erilaiset alueet ovat "
            "vierekkäin."
        ),
        sv=(
            "Olikhetsindexet minus den genomsnittliga skillnaden i gruppens andel mellan "
            "grannområden, så att värdet är lägre när olika slags områden ligger sida vid sida."
        ),
        en=(
            "Dissimilarity less the average difference in the group's share between neighbouring "
            "areas, so that it is lower where unlike areas lie side by side."
        ),
        formula="D − Σ_i Σ_j b_ij |p_i − p_j| / Σ_i Σ_j b_ij, b_ij = 1 for neighbours",
        sources=("Morrill 1991",),
        needs=("graph",),
    ),
    _index(
        "boundary_dissimilarity",
        "evenness",
        "group",
        (-1, 1),
        fi=(
            "Erilaisuusindeksi, josta on vähennetty ryhmän osuuden keskimääräinen ero alueiden "
            "välisten rajojen yli, kun pitkä yhteinen raja painaa enemmän kuin lyhyt."
        ),
        sv=(
            "Olikhetsindexet minus den genomsnittliga skillnaden i gruppens andel tvärs över "
            "gränserna mellan områdena, när en lång gemensam gräns väger mer än en kort."
        ),
        en=(
            "Dissimilarity less the average difference in the group's share across the borders "
            "between areas, where a long shared border counts for more than a short one."
        ),
        formula=(
            "D − Σ_{i<j} w_ij |p_i − p_j|, w_ij = shared border of i and j / all shared borders"
        ),
        sources=("Wong 1993",),
        needs=("geometry",),
    ),
    _index(
        "perimeter_area_dissimilarity",
        "evenness",
        "group",
        (-1, 1),
        fi=(
            "Erilaisuusindeksi, josta on vähennetty ryhmän osuuden ero alueiden välisten rajojen "
            "yli, kun pitkät yhteiset rajat sekä alueet, joilla on kokoonsa nähden paljon rajaa, "
            "painavat enemmän."
        ),
        sv=(
            "Olikhetsindexet minus skillnaden i gruppens andel tvärs över gränserna mellan "
            "områdena, när långa gemensamma gränser och områden med mycket gräns i förhållande "
            "till sin yta väger mer."
        ),
        en=(
            "Dissimilarity less the difference in the group's share across the borders between "
            "areas, where long shared borders and areas with much border for their size count "
            "for more."
        ),
        formula=(
            "D − Σ_{i<j} w_ij |p_i − p_j| · ½ (R_i + R_j) / max R, R_i = perimeter/area of zone i"
        ),
        sources=("Wong 1993",),
        needs=("geometry",),
    ),
    _index(
        "multigroup_dissimilarity",
        "evenness",
        "multigroup",
        (0, 1),
        fi=(
            "Kuinka monen ihmisen pitäisi muuttaa toiselle alueelle, jotta kaikki ryhmät "
            "jakautuisivat samalla tavalla, suhteessa siihen määrään, joka olisi tarpeen, jos "
            "jokaisella alueella olisi vain yksi ryhmä."
        ),
        sv=(
            "Hur många som skulle behöva flytta till ett annat område för att alla grupper ska "
            "vara fördelade på samma sätt, i förhållande till hur många det vore om varje område "
            "bara hade en grupp."
        ),
        en=(
            "How many people would have to move to another area for all groups to be spread "
            "alike, as a share of how many that would be if every area had only one group."
        ),
        formula="Σ_m Σ_i t_i |π_im − π_m| / (2 T I), I = Σ_m π_m (1 − π_m)",
        sources=("Sakoda 1981",),
    ),
    _index(
        "multigroup_gini",
        "evenness",
        "multigroup",
        (0, 1),
        fi=(
            "Kuinka paljon kaikkien ryhmien osuudet vaihtelevat alueesta toiseen, kun kaikkia "
            "alueita verrataan pareittain: 0, jos osuudet ovat kaikkialla samat, ja 1, jos "
            "jokaisella alueella on vain yksi ryhmä."
        ),
        sv=(
            "Hur mycket alla gruppers andelar varierar från område till område när alla områden "
            "jämförs parvis: 0 om andelarna är desamma överallt och 1 om varje område bara har "
            "en grupp."
        ),
        en=(
            "How much the shares of all groups vary from area to area when all areas are "
            "compared in pairs: 0 if the shares are the same everywhere and 1 if every area has "
            "only one group."
        ),
        formula="Σ_m Σ_i Σ_j t_i t_j |π_im − π_jm| / (2 T² I)",
        sources=("Reardon & Firebaugh 2002",),
    ),
    _index(
        "information_theory",
        "evenness",
        "multigroup",
        (0, 1),
        fi=(
            "Kuinka paljon vähemmän kaikki ryhmät ovat sekoittuneet keskenään alueiden sisällä "
            "kuin kaikilla alueilla yhteensä: 0, jos jokainen alue on yhtä sekoittunut kuin "
            "kokonaisuus, ja 1, jos jokaisella alueella on vain yksi ryhmä."
        ),
        sv=(
            "Hur mycket mindre blandade alla grupper är inom områdena än i alla områden "
            "tillsammans: 0 om varje område är lika blandat som helheten och 1 om varje område "
            "bara har en grupp."
        ),
        en=(
            "How much less mixed all groups are within the areas than in all areas together: 0 "
            "if every area is as mixed as the whole and 1 if every area has only one group."
        ),
        formula="Σ_i t_i (E − E_i) / (E T), E_i = −Σ_m π_im ln π_im, E = −Σ_m π_m ln π_m",
        sources=("Theil & Finizza 1971",),
    ),
    _index(
        "mutual_information",
        "evenness",
        "multigroup",
        (0, inf),
        fi=(
            "Kuinka paljon tieto ihmisen asuinalueesta keskimäärin kertoo siitä, mihin ryhmään "
            "hän kuuluu: 0, jos se ei kerro mitään, ja suurin mahdollinen arvo kasvaa ryhmien "
            "määrän mukana."
        ),
        sv=(
            "Hur mycket kännedom om en persons bostadsområde i genomsnitt säger om vilken grupp "
            "personen hör till: 0 om den inte säger något, och det högsta möjliga värdet växer "
            "med antalet grupper."
        ),
        en=(
            "How much knowing a person's area tells, on average, about which group the person "
            "belongs to: 0 if it tells nothing, and the highest possible value grows with the "
            "number of groups."
        ),
        formula="Σ_i Σ_m (x_im/T) ln(π_im/π_m) = E − Σ_i t_i E_i/T, at most ln M",
        sources=("Theil 1972", "Frankel & Volij 2011", "Mora & Ruiz-Castillo 2011"),
    ),
    _index(
        "normalized_exposure",
        "exposure",
        "multigroup",
        (0, 1),
        fi=(
            "Kuinka paljon pienempi muiden ryhmien osuus ihmisten omilla alueilla on kuin se "
            "olisi, jos kaikki alueet olisivat yhtä sekoittuneita: 0, jos se ei ole pienempi, ja "
            "1, jos jokaisella alueella on vain yksi ryhmä."
        ),
        sv=(
            "Hur mycket mindre de andra gruppernas andel är i människors egna områden än den "
            "vore om alla områden var lika blandade: 0 om den inte är mindre och 1 om varje "
            "område bara har en grupp."
        ),
        en=(
            "How much smaller the share of other groups is in people's own areas than it would "
            "be if all areas were mixed alike: 0 if no smaller and 1 if every area has only one "
            "group."
        ),
        formula="Σ_m Σ_i t_i (π_im − π_m)² / (T (1 − π_m))",
        sources=("Reardon & Firebaugh 2002",),
    ),
    _index(
        "relative_diversity",
        "evenness",
        "multigroup",
        (0, 1),
        fi=(
            "Kuinka paljon harvemmin kaksi samalta alueelta satunnaisesti valittua ihmistä "
            "kuuluu eri ryhmiin kuin kaksi mistä tahansa valittua: 0, jos yhtä usein, ja 1, jos "
            "ei koskaan."
        ),
        sv=(
            "Hur mycket mer sällan två slumpvis valda personer från samma område hör till olika "
            "grupper än två personer valda var som helst: 0 om lika ofta och 1 om aldrig."
        ),
        en=(
            "How much less often two people picked at random from the same area belong to "
            "different groups than two people picked from anywhere: 0 if as often and 1 if "
            "never."
        ),
        formula=(
            "Σ_m Σ_i t_i (π_im − π_m)² / (T I) = 1 − Σ_i t_i I_i / (T I), I_i = Σ_m π_im (1 − "
            "π_im)"
        ),
        sources=("Reardon & Firebaugh 2002",),
    ),
    _index(
        "squared_coefficient_of_variation",
        "evenness",
        "multigroup",
        (0, 1),
        fi=(
            "Kuinka paljon ryhmien osuudet vaihtelevat alueiden välillä suhteessa kunkin ryhmän "
            "kokoon, jolloin pienet ryhmät painavat enemmän kuin suuret: 0, jos osuudet ovat "
            "kaikkialla samat, ja 1, jos jokaisella alueella on vain yksi ryhmä."
        ),
        sv=(
            "Hur mycket gruppernas andelar varierar mellan områdena i förhållande till varje "
            "grupps storlek, så att små grupper väger mer än stora: 0 om andelarna är desamma "
            "överallt och 1 om varje område bara har en grupp."
        ),
        en=(
            "How much the groups' shares vary between areas in relation to the size of each "
            "group, so that small groups weigh more than large ones: 0 if the shares are the "
            "same everywhere and 1 if every area has only one group."
        ),
        formula="Σ_m Σ_i t_i (π_im − π_m)² / (T (M − 1) π_m)",
        sources=("Reardon & Firebaugh 2002",),
    ),
    _index(
        "divergence",
        "evenness",
        "multigroup",
        (0, inf),
        fi=(
            "Kuinka paljon ryhmien osuudet alueella keskimäärin poikkeavat niiden osuuksista "
            "kaikilla alueilla yhteensä: 0, jos ne ovat kaikkialla samat, ja sitä suurempi, mitä "
            "enemmän ne poikkeavat."
        ),
        sv=(
            "Hur mycket gruppernas andelar i ett område i genomsnitt avviker från andelarna i "
            "alla områden tillsammans: 0 om de är desamma överallt och högre ju mer de avviker."
        ),
        en=(
            "How much the mix of groups in an area differs, on average, from the mix in all "
            "areas together: 0 if it is the same everywhere and the higher, the more it differs."
        ),
        formula="Σ_i (t_i/T) Σ_m π_im ln(π_im/π_m), the value of mutual_information",
        sources=("Roberto 2015",),
    ),
    _index(
        "diversity",
        "diversity",
        "multigroup",
        (0, inf),
        fi=(
            "Kuinka monimuotoinen koko väestö on asuinpaikasta riippumatta: 0, jos kaikki "
            "kuuluvat yhteen ryhmään, ja suurimmillaan, jos kaikki ryhmät ovat yhtä suuria."
        ),
        sv=(
            "Hur stor mångfalden är i hela befolkningen, oavsett var människor bor: 0 om alla "
            "hör till en enda grupp och störst om alla grupper är lika stora."
        ),
        en=(
            "How diverse all people together are, wherever they live: 0 if everybody belongs to "
            "one group and highest if all groups are of equal size."
        ),
        formula="E = −Σ_m π_m ln π_m, at most ln M",
        sources=("Shannon 1948", "Theil 1972"),
    ),
    _index(
        "simpson_concentration",
        "diversity",
        "multigroup",
        (0, 1),
        fi=(
            "Todennäköisyys, että kaksi kaikilta alueilta satunnaisesti valittua ihmistä kuuluu "
            "samaan ryhmään."
        ),
        sv=(
            "Sannolikheten att två slumpvis valda personer från alla områden tillsammans hör "
            "till samma grupp."
        ),
        en=(
            "The probability that two people picked at random from all areas together belong to "
            "the same group."
        ),
        formula="Σ_m π_m²",
        sources=("Simpson 1949",),
    ),
    _index(
        "simpson_interaction",
        "diversity",
        "multigroup",
        (0, 1),
        fi=(
            "Todennäköisyys, että kaksi kaikilta alueilta satunnaisesti valittua ihmistä kuuluu "
            "eri ryhmiin."
        ),
        sv=(
            "Sannolikheten att två slumpvis valda personer från alla områden tillsammans hör "
            "till olika grupper."
        ),
        en=(
            "The probability that two people picked at random from all areas together belong to "
            "different groups."
        ),
        formula="I = Σ_m π_m (1 − π_m) = 1 − Σ_m π_m²",
        sources=("Simpson 1949",),
    ),
    _index(
        "global_distortion",
        "scale",
        "multigroup",
        (0, 1),
        fi=(
            "Kuinka paljon kodin ympäristöä on keskimäärin laskettava mukaan, ennen kuin ryhmien "
            "osuudet ovat samanlaiset kuin kaikilla alueilla yhteensä: 0, jos ne ovat sitä "
            "alusta alkaen, ja 1, jos ympäristöä tarvitaan niin paljon kuin mahdollista."
        ),
        sv=(
            "Hur mycket av omgivningen kring ett hem som i genomsnitt måste räknas med innan "
            "gruppernas andelar är som i alla områden tillsammans: 0 om de är det från början "
            "och 1 om det krävs så mycket omgivning som möjligt."
        ),
        en=(
            "How much of the surroundings of a home must be counted in, on average, before the "
            "mix of groups is like that of all areas together: 0 if it is from the start and 1 "
            "if it takes as much as it possibly can."
        ),
        formula="Σ_i (t_i/T) Δ_i, Δ_i as in local_distortion",
        sources=("Olteanu, Randon-Furling & Clark 2019",),
        needs=("geometry",),
    ),
    _index(
        "ordinal_information_theory",
        "evenness",
        "ordinal",
        (0, 1),
        fi=(
            "Kuinka paljon vähemmän saman alueen ihmiset eroavat toisistaan järjestetyssä "
            "luokituksessa, kuten tuloluokissa, kuin kaikki ihmiset keskenään: 0, jos jokainen "
            "alue on yhtä vaihteleva kuin kokonaisuus, ja 1, jos kaikki saman alueen ihmiset "
            "kuuluvat samaan luokkaan."
        ),
        sv=(
            "Hur mycket mindre människorna i ett område skiljer sig åt i en ordnad indelning, "
            "såsom inkomstklass, än alla människor tillsammans: 0 om varje område är lika "
            "varierat som helheten och 1 om alla i ett område hör till samma klass."
        ),
        en=(
            "How much less the people of an area differ from one another in something ordered, "
            "such as income class, than all people do: 0 if every area is as varied as the whole "
            "and 1 if everybody in an area belongs to the same class."
        ),
        formula=(
            "Σ_i t_i (v − v_i) / (T v), v = Σ_{m<M} e(q_m) / (M − 1), e(q) = −q log₂ q − (1 − q) "
            "log₂(1 − q), q_m the share of people in classes 1 to m"
        ),
        sources=("Reardon 2009",),
        needs=("order",),
    ),
    _index(
        "rank_order_information_theory",
        "evenness",
        "ordinal",
        (0, 1),
        fi=(
            "Kuinka vahvasti ihmiset ovat jakautuneet alueille järjestyksen, esimerkiksi "
            "tulojärjestyksen, mukaan riippumatta siitä, kuinka suuria erot ovat: 0, jos eivät "
            "lainkaan, ja 1, jos täysin."
        ),
        sv=(
            "Hur starkt människor är uppdelade på områden efter rangordning, till exempel i "
            "inkomst, oavsett hur stora skillnaderna är: 0 om inte alls och 1 om helt och "
            "hållet."
        ),
        en=(
            "How far people are sorted into areas by their rank, for example in income, however "
            "large the differences are: 0 if not at all and 1 if completely."
        ),
        formula=(
            "2 ln 2 ∫_0^1 e(q) H(q) dq, H(q) the entropy index of the lowest share q against the "
            "rest, by a polynomial through the limits of the classes"
        ),
        sources=("Reardon & Bischoff 2011",),
        needs=("order",),
    ),
    _index(
        "spatial_information_theory",
        "evenness",
        "environment",
        (-inf, 1),
        fi=(
            "Kuinka paljon vähemmän ryhmät ovat sekoittuneet keskenään kodin ympäristössä, "
            "aluerajoista riippumatta, kuin kaikilla alueilla yhteensä: 0, jos ympäristö on yhtä "
            "sekoittunut kuin kokonaisuus, ja 1, jos jokaisen ympärillä on vain yksi ryhmä."
        ),
        sv=(
            "Hur mycket mindre blandade grupperna är i omgivningen kring ett hem, oavsett "
            "områdesgränser, än i alla områden tillsammans: 0 om omgivningen är lika blandad som "
            "helheten och 1 om var och en bara har en grupp omkring sig."
        ),
        en=(
            "How much less mixed the groups are in the surroundings of a home, across the "
            "borders of areas, than in all areas together: 0 if the surroundings are as mixed as "
            "the whole and 1 if everybody has only one group around them."
        ),
        formula=(
            "1 − Σ_i t_i Ẽ_i / (T E), Ẽ_i = −Σ_m π̃_im ln π̃_im, π̃_im = Σ_j c_ij x_jm / Σ_j c_ij t_j"
        ),
        sources=("Reardon & O'Sullivan 2004",),
        needs=("geometry", "environment"),
    ),
    _index(
        "spatial_relative_diversity",
        "evenness",
        "environment",
        (-inf, 1),
        fi=(
            "Kuinka paljon harvemmin kaksi kodin ympäristöstä satunnaisesti valittua ihmistä "
            "kuuluu eri ryhmiin kuin kaksi mistä tahansa valittua: 0, jos yhtä usein, ja 1, jos "
            "ei koskaan."
        ),
        sv=(
            "Hur mycket mer sällan två slumpvis valda personer ur omgivningen kring ett hem hör "
            "till olika grupper än två personer valda var som helst: 0 om lika ofta och 1 om "
            "aldrig."
        ),
        en=(
            "How much less often two people picked at random from the surroundings of a home "
            "belong to different groups than two people picked from anywhere: 0 if as often and "
            "1 if never."
        ),
        formula="1 − Σ_i t_i Ĩ_i / (T I), Ĩ_i = Σ_m π̃_im (1 − π̃_im)",
        sources=("Reardon & O'Sullivan 2004",),
        needs=("geometry", "environment"),
    ),
    _index(
        "location_quotient",
        "evenness",
        "local",
        (0, inf),
        fi=(
            "Ryhmän osuus alueella suhteessa sen osuuteen kaikilla alueilla yhteensä: 1, jos "
            "osuudet ovat yhtä suuret, ja 2, jos osuus on alueella kaksinkertainen."
        ),
        sv=(
            "Gruppens andel i området i förhållande till dess andel i alla områden tillsammans: "
            "1 om andelarna är lika stora och 2 om andelen är dubbelt så stor i området."
        ),
        en=(
            "The group's share in the area in relation to its share in all areas together: 1 if "
            "they are equal and 2 if it is twice as large in the area."
        ),
        formula="π_im / π_m",
        sources=("Isard 1960", "Brown & Chung 2006"),
    ),
    _index(
        "local_diversity",
        "diversity",
        "local",
        (0, inf),
        fi=(
            "Kuinka monimuotoinen alueen väestö on: 0, jos kaikki kuuluvat siellä yhteen "
            "ryhmään, ja suurimmillaan, jos kaikki ryhmät ovat siellä yhtä suuria."
        ),
        sv=(
            "Hur stor mångfalden är i områdets befolkning: 0 om alla där hör till en enda grupp "
            "och störst om alla grupper är lika stora där."
        ),
        en=(
            "How diverse the people of the area are: 0 if everybody there belongs to one group "
            "and highest if all groups are of equal size there."
        ),
        formula="E_i = −Σ_m π_im ln π_im, at most ln M",
        sources=("Theil & Finizza 1971",),
    ),
    _index(
        "local_entropy",
        "diversity",
        "local",
        (0, 1),
        fi=(
            "Kuinka monimuotoinen alueen väestö on: 0, jos kaikki kuuluvat "
            "yhteen ryhmään, ja 1, jos kaikki ryhmät ovat yhtä suuria."
        ),
        sv=(
            "Hur stor mångfalden är bland dem som bor i området: 0 om alla hör till "
            "en enda grupp och 1 om alla grupper är lika stora."
        ),
        en=(
            "How diverse the people in the area are, from 0 if they all belong to one "
            "group to 1 if all groups are of equal size."
        ),
        formula="E_i / ln M, M groups with members",
        sources=("Reardon & O'Sullivan 2004",),
    ),
    _index(
        "local_divergence",
        "evenness",
        "local",
        (0, inf),
        fi=(
            "Kuinka paljon ryhmien osuudet tällä alueella poikkeavat niiden osuuksista kaikilla "
            "alueilla yhteensä: 0, jos ne ovat samat, ja sitä suurempi, mitä enemmän ne "
            "poikkeavat."
        ),
        sv=(
            "Hur mycket gruppernas andelar i just det här området avviker från andelarna i alla "
            "områden tillsammans: 0 om de är desamma och högre ju mer de avviker."
        ),
        en=(
            "How much the mix of groups in this area differs from the mix in all areas together: "
            "0 if it is the same and the higher, the more it differs."
        ),
        formula="Σ_m π_im ln(π_im/π_m)",
        sources=("Roberto 2015",),
    ),
    _index(
        "local_distortion",
        "scale",
        "local",
        (0, 1),
        fi=(
            "Kuinka paljon tämän alueen ympäristöä on laskettava mukaan, ennen kuin ryhmien "
            "osuudet ovat samanlaiset kuin kaikilla alueilla yhteensä: 0, jos ne ovat sitä "
            "alusta alkaen, ja 1, jos ympäristöä tarvitaan niin paljon kuin mahdollista."
        ),
        sv=(
            "Hur mycket av omgivningen kring det här området som måste räknas med innan "
            "gruppernas andelar är som i alla områden tillsammans: 0 om de är det från början "
            "och 1 om det krävs så mycket omgivning som möjligt."
        ),
        en=(
            "How much of the surroundings of this area must be counted in before the mix of "
            "groups is like that of all areas together: 0 if it is from the start and 1 if it "
            "takes as much as it possibly can."
        ),
        formula=(
            "Δ_i = ∫_0^∞ f_i(δ) dδ / the most it can be, f_i(δ) the share of people, those "
            "nearest to zone i first, from which on Σ_m π̃_im ln(π̃_im/π_m), with their shares "
            "π̃_im, stays at most δ"
        ),
        sources=("Olteanu, Randon-Furling & Clark 2019",),
        needs=("geometry",),
    ),
    _index(
        "local_simpson_interaction",
        "diversity",
        "local",
        (0, 1),
        fi=(
            "Todennäköisyys, että kaksi samalta alueelta satunnaisesti valittua ihmistä kuuluu "
            "eri ryhmiin."
        ),
        sv="Sannolikheten att två slumpvis valda personer från området hör till olika grupper.",
        en=(
            "The probability that two people picked at random from the area belong to different "
            "groups."
        ),
        formula="I_i = Σ_m π_im (1 − π_im)",
        sources=("Simpson 1949",),
    ),
    _index(
        "local_relative_centralization",
        "centralization",
        "local",
        (-1, 1),
        fi=(
            "Kertoo, kumpi kahdesta ryhmästä asuu lähempänä aluetta, kun verrataan sen ympärillä "
            "asuvia: yli 0, jos ryhmä itse, ja alle 0, jos toinen ryhmä."
        ),
        sv=(
            "Anger vilken av två grupper som bor närmare området bland dem som bor omkring det: "
            "över 0 om gruppen själv och under 0 om den andra gruppen."
        ),
        en=(
            "Tells which of two groups lives closer to the area, among the people around it: "
            "above 0 if the group does and below 0 if the other does."
        ),
        formula=(
            "Σ_k (F_{k−1} G_k − F_k G_{k−1}), F_k and G_k the shares of members and of others in "
            "the k zones nearest to zone i, within its environment"
        ),
        sources=("Folch & Rey 2016",),
        needs=("geometry", "environment"),
    ),
)

INDICES: dict[str, Index] = {index.name: index for index in _ALL}
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
        "it in `analyses/segregation/catalogue.py`, where the meanings are in three languages.",
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
