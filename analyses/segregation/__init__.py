"""Segregation indices: how unevenly groups live, whom they meet, how near and how central."""

from ._measure import DIMENSION, measure
from .adjacency import (
    boundary_dissimilarity,
    perimeter_area_dissimilarity,
    spatial_dissimilarity,
    spatial_proximity_profile,
)
from .by_zone import (
    local,
    local_divergence,
    local_diversity,
    local_entropy,
    local_relative_centralization,
    local_simpson_interaction,
    location_quotient,
)
from .catalogue import INDICES, catalogue
from .centralization import absolute_centralization, relative_centralization
from .chance import (
    bias_corrected_dissimilarity,
    density_corrected_dissimilarity,
    modified_dissimilarity,
    modified_gini,
)
from .change import change, shapley
from .clustering import absolute_clustering, relative_clustering, spatial_proximity
from .concentration import absolute_concentration, delta, relative_concentration
from .decomposition import contributions, nested
from .distortion import global_distortion, local_distortion
from .environment import spatial_information_theory, spatial_relative_diversity
from .evenness import atkinson, dissimilarity, entropy, gini, gorard, minmax
from .exposure import (
    concentration_profile,
    correlation_ratio,
    distance_decay_interaction,
    distance_decay_isolation,
    interaction,
    isolation,
)
from .inference import Drawn, bootstrap, compare, test
from .multigroup import (
    divergence,
    diversity,
    information_theory,
    multigroup_dissimilarity,
    multigroup_gini,
    mutual_information,
    normalized_exposure,
    relative_diversity,
    simpson_concentration,
    simpson_interaction,
    squared_coefficient_of_variation,
)
from .ordinal import ordinal_information_theory, rank_order_information_theory
from .scale import divergence_profile, macro_micro, profile, zoning

__all__ = [
    "DIMENSION",
    "INDICES",
    "Drawn",
    "absolute_centralization",
    "absolute_clustering",
    "absolute_concentration",
    "atkinson",
    "bias_corrected_dissimilarity",
    "bootstrap",
    "boundary_dissimilarity",
    "catalogue",
    "change",
    "compare",
    "concentration_profile",
    "contributions",
    "correlation_ratio",
    "delta",
    "density_corrected_dissimilarity",
    "dissimilarity",
    "distance_decay_interaction",
    "distance_decay_isolation",
    "divergence",
    "divergence_profile",
    "diversity",
    "entropy",
    "gini",
    "global_distortion",
    "gorard",
    "information_theory",
    "interaction",
    "isolation",
    "local",
    "local_distortion",
    "local_divergence",
    "local_diversity",
    "local_entropy",
    "local_relative_centralization",
    "local_simpson_interaction",
    "location_quotient",
    "macro_micro",
    "measure",
    "minmax",
    "modified_dissimilarity",
    "modified_gini",
    "multigroup_dissimilarity",
    "multigroup_gini",
    "mutual_information",
    "nested",
    "normalized_exposure",
    "ordinal_information_theory",
    "perimeter_area_dissimilarity",
    "profile",
    "rank_order_information_theory",
    "relative_centralization",
    "relative_clustering",
    "relative_concentration",
    "relative_diversity",
    "shapley",
    "simpson_concentration",
    "simpson_interaction",
    "spatial_dissimilarity",
    "spatial_information_theory",
    "spatial_proximity",
    "spatial_proximity_profile",
    "spatial_relative_diversity",
    "squared_coefficient_of_variation",
    "test",
    "zoning",
]
