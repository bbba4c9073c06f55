"""Weighted failure indices: schemes, counts, intervals, comparison, targets, control."""

from servqual.failures.aiming import TargetIndex, target_index
from servqual.failures.charting import failure_chart
from servqual.failures.comparison import PeriodComparison, compare_periods
from servqual.failures.counting import count_cases, count_failures
from servqual.failures.counts import FailureCounts
from servqual.failures.index import FailureIndex, failure_index, weighted_rate_interval
from servqual.failures.schemes import (
    FailureScheme,
    FailureType,
    failure_scheme,
    failure_scheme_codes,
    load_failure_scheme,
)
from servqual.failures.signed import SignedIndex, signed_index
from servqual.failures.weights import (
    ComparisonWeights,
    PointWeights,
    weights_from_comparisons,
    weights_from_points,
)

__all__ = [
    "ComparisonWeights",
    "FailureCounts",
    "FailureIndex",
    "FailureScheme",
    "FailureType",
    "PeriodComparison",
    "PointWeights",
    "SignedIndex",
    "TargetIndex",
    "compare_periods",
    "count_cases",
    "count_failures",
    "failure_chart",
    "failure_index",
    "failure_scheme",
    "failure_scheme_codes",
    "load_failure_scheme",
    "signed_index",
    "target_index",
    "weighted_rate_interval",
    "weights_from_comparisons",
    "weights_from_points",
]
