"""Why there is no number: the words for it, once, and the order in which they are said.

First what the items themselves forbid (none, one), then who answered them, then what the answers
are (unknown, constant), then how they go together. What has no number beside an estimate is told as
"no interval: why".
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from servqual._stats.correlation_matrices import definite, redundant
from servqual._stats.factors import OneFactor
from servqual._stats.reliability import PERFECT, alpha, mean_correlation, standardized_alpha
from servqual.measurement.covariances import Covariance

__all__ = [
    "FEW_ANSWERS",
    "NO_SUM",
    "few_items",
    "no_correlations",
    "no_covariances",
    "no_factor",
    "no_inverse",
    "no_solution",
    "no_standardized",
    "no_sum",
    "not_varying",
    "still_items",
    "why_certain",
    "why_no_ends",
]

Array = NDArray[np.float64]
FEW_ANSWERS = "too few respondents"
NO_SUM = "the sum of the items does not vary"
IMPOSSIBLE = "above 1, of covariances by pairs that no answers have"


def not_varying(items: Sequence[str]) -> str:
    """Say that these items do not vary, or nothing of none."""
    if not items:
        return ""
    return f"{_items(items)} {'does' if len(items) == 1 else 'do'} not vary"


def still_items(found: Covariance) -> str:
    """Say which items do not vary, or nothing."""
    still = np.flatnonzero(np.diagonal(found.matrix) == 0)
    return not_varying([found.items[place] for place in still])


def few_items(items: Sequence[str]) -> str:
    """Say that there are fewer than two items, or nothing."""
    return {0: "no items", 1: "one item"}.get(len(items), "")


def no_covariances(found: Covariance) -> str:
    """Say why not all covariances of two items and more are known, or nothing."""
    if reason := few_items(found.items) or found.reason:
        return reason
    return "a covariance is not known" if np.isnan(found.matrix).any() else ""


def no_sum(found: Covariance) -> str:
    """Say why the sum of the items has no reliability, or nothing."""
    if reason := no_covariances(found):
        return reason
    if not np.diagonal(found.matrix).any():
        return "no variation"
    if np.isfinite(alpha(found.matrix)):
        return ""
    return f"alpha {IMPOSSIBLE}" if found.matrix.sum() > np.trace(found.matrix) else NO_SUM


def no_standardized(found: Covariance) -> str:
    """Say why the sum of the standardised items has no reliability, or nothing."""
    if reason := no_correlations(found):
        return reason
    if np.isfinite(standardized_alpha(found.correlation)):
        return ""
    beyond = mean_correlation(found.correlation) > 1
    return IMPOSSIBLE if beyond else "the sum of the standardised items does not vary"


def no_correlations(found: Covariance) -> str:
    """Say why not all correlations are known, or nothing."""
    if reason := no_covariances(found):
        return reason
    return still_items(found) if np.diagonal(found.matrix).any() else "no variation"


def no_inverse(found: Covariance) -> str:
    """Say why the correlations have no inverse, naming the items where it can, or nothing."""
    if reason := no_correlations(found):
        return reason
    return "" if definite(found.correlation) else _collinear(found)


def no_factor(fit: OneFactor, found: Covariance) -> str:
    """Say why one factor has no solution behind these covariances, or nothing."""
    if len(found.items) == 2:
        return no_solution(fit, found.items)
    if reason := no_correlations(found):
        return reason
    return _collinear(found) if fit.status == "no inverse" else no_solution(fit, found.items)


def no_solution(fit: OneFactor, items: Sequence[str]) -> str:
    """Say why one factor has none behind correlations that have an inverse, or nothing."""
    if len(items) == 2:
        return "two items: one factor is not identified"
    status = str(fit.status)
    if status == "heywood":
        guilty = [item for item, its in zip(items, fit.culprits, strict=True) if its]
        return f"{_items(guilty)} without error variance (Heywood case)"
    return "fewer than three items go together: no factor" if status == "no factor" else status


def why_certain(estimate: float) -> str:
    """Say why an α leaves no error to make an interval of, or nothing."""
    return "no error" if estimate > 1 - PERFECT else ""


def why_no_ends(estimate: float, low: Array | float) -> str:
    """Say why ω has no interval by its error, or nothing."""
    if np.isfinite(low):
        return ""
    return "no error" if 0 < estimate < 1 else "omega not between 0 and 1"


def _collinear(found: Covariance) -> str:
    """Say which item follows from others, of correlations that have no inverse."""
    k = len(found.items)
    if found.n <= k:
        return f"{found.n} respondents are too few for {k} items"
    places = redundant(found.correlation)
    if not places:
        by = " by pairs" if found.missing == "pairwise" else ""
        return f"the correlations{by} are not positive definite"
    *others, last = (repr(found.items[place]) for place in places)
    if len(others) == 1:
        turned = found.correlation[places] < 0
        return f"items {others[0]} and {last} {'are collinear' if turned else 'say the same'}"
    return f"item {last} follows from {', '.join(others)}"


def _items(items: Sequence[str]) -> str:
    return f"item{'s' * (len(items) > 1)} {', '.join(map(repr, items))}"
