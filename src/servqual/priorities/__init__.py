"""What to do first: importance and performance, drivers, Kano's categories, contrasts."""

from servqual.priorities.contrasts import PenaltyReward, penalty_reward
from servqual.priorities.contributions import RelativeImportance, relative_importance
from servqual.priorities.fuzzy import FuzzyGap, FuzzyMeans, fuzzy_gap, fuzzy_means
from servqual.priorities.kano_answers import KanoCoordinates, kano, kano_coordinates
from servqual.priorities.kano_categories import Kano, kano_from_counts
from servqual.priorities.quadrants import (
    ImportancePerformance,
    importance_performance,
    importance_performance_from_arrays,
)
from servqual.priorities.surfaces import ResponseSurface, response_surface
from servqual.priorities.weighting import EntropyWeights, entropy_weights

__all__ = [
    "EntropyWeights",
    "FuzzyGap",
    "FuzzyMeans",
    "ImportancePerformance",
    "Kano",
    "KanoCoordinates",
    "PenaltyReward",
    "RelativeImportance",
    "ResponseSurface",
    "entropy_weights",
    "fuzzy_gap",
    "fuzzy_means",
    "importance_performance",
    "importance_performance_from_arrays",
    "kano",
    "kano_coordinates",
    "kano_from_counts",
    "penalty_reward",
    "relative_importance",
    "response_surface",
]
