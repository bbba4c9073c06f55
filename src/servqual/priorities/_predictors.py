"""Predictors and an outcome, as what divides R² takes them: complete, standardised."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._frames.outcomes import with_outcome
from servqual._frames.rows import Weights
from servqual._frames.words import counted
from servqual._stats.correlation_matrices import definite, redundant
from servqual._stats.second_moments import correlations, covariances, listwise_sums

__all__ = ["Predictors"]

Array = NDArray[np.float64]


@attrs.frozen(eq=False)
class Predictors:
    """Standardised answers of those who have all, the outcome last, and their correlations."""

    names: tuple[str, ...]
    outcome: str
    rows: Array
    weights: Array | None
    correlation: Array
    left_out: int
    sparse: str
    undefined: str

    @property
    def p(self) -> int:
        """The number of predictors."""
        return len(self.names)

    @property
    def n(self) -> int:
        """The respondents who have all."""
        return len(self.rows)

    @classmethod
    def of(
        cls,
        predictors: Any,  # noqa: ANN401 (an array or any frame)
        outcome: Any,  # noqa: ANN401 (a column's name, or numbers)
        items: Sequence[str] | None,
        weights: Weights,
    ) -> "Predictors":
        """Check what came, and standardise the complete rows."""
        rows, called = with_outcome("predictors", predictors, outcome, items, weights)
        centre, complete = rows.centre, rows.complete
        sums, seen = listwise_sums(rows.values, rows.weights, centre)
        covariance, own = covariances(sums), sums.diagonal()
        with np.errstate(invalid="ignore", divide="ignore"):
            mean, sd = own.x / own.w + centre, np.sqrt(np.diagonal(covariance))
            scaled = (complete.values - mean) / sd
        correlation, n = correlations(covariance), len(scaled)
        reason = _why_none(rows.items[:-1], correlation, n, seen)
        return cls(
            names=rows.items[:-1],
            outcome=called,
            rows=scaled,
            weights=complete.weights,
            correlation=correlation,
            left_out=seen - n,
            sparse=rows.sparse,
            undefined=reason,
        )


def _why_none(names: Sequence[str], correlation: Array, n: int, seen: int) -> str:
    """Say why there is no R², or nothing."""
    p, flat = len(names), np.isnan(np.diagonal(correlation))
    reasons = {
        "no respondent has the outcome and all predictors" if seen else "no answers": n == 0,
        "one respondent": n == 1,
        f"{n} respondents are too few for {counted(p, 'predictor')}": n <= p + 1,
        "no variation": flat.all(),
        "the outcome does not vary": flat[-1],
    }
    for reason, holds in reasons.items():
        if holds:
            return reason
    if flat.any():
        still = [repr(name) for name, its in zip(names, flat[:-1], strict=True) if its]
        words = ("predictors", "do") if len(still) > 1 else ("predictor", "does")
        return f"{words[0]} {', '.join(still)} {words[1]} not vary"
    return _why_singular(names, correlation[:-1, :-1])


def _why_singular(names: Sequence[str], correlation: Array) -> str:
    """Say which predictor follows from others, or nothing."""
    if definite(correlation):
        return ""
    *others, last = (repr(names[place]) for place in redundant(correlation))
    if len(others) == 1:
        return f"predictors {others[0]} and {last} are collinear"
    return f"predictor {last} follows from {', '.join(others)}"
