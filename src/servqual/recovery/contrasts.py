"""The recovery paradox and the double deviation: two groups, or one before and after."""

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import confidence_level
from servqual._frames.grouped import see_indices
from servqual.recovery._groups_compared import (
    FAILED,
    NO_FAILURE,
    OUTCOME,
    POST_HOC,
    RECOVERED,
    Row,
    compared,
    contrast_table,
    crowded,
    scores_of,
)
from servqual.tables import Result, Table

__all__ = [
    "RecoveryContrast",
    "double_deviation",
    "recovery_paradox",
    "recovery_paradox_within",
]

Array = NDArray[np.float64]
BEFORE_AFTER = (
    "no group without a failure stands beside: a trend, or the way back from a chance low or high, "
    "looks the same"
)


@attrs.frozen(kw_only=True, repr=False)
class RecoveryContrast(Result):
    """Two groups of customers, or one before and after, and on which side theory has the first.

    Parameters
    ----------
    difference, se, low, high : float
        First - second, its standard error and its interval.
    t, df, p, p_one_sided : float
        The test: p is two-sided, p_one_sided looks in the direction of theory alone.
    effect_size, effect_low, effect_high : float
        Hedges' g, in units of the spread, and its interval.
    supported : bool or None
        Whether p_one_sided < 1 - confidence; None where there is no test.
    table : Table
        The same, keyed `first` and `second`, with where the first is `expected` ("above" or
        "below"), and of both `first_n`, `second_n`, `first_missing`, `second_missing`,
        `first_mean`, `second_mean`.
    cautions : tuple of str
        What to mind. The note of `table` has them too.
    lacking, undefined : str
        "" or what is missing beside the difference, and why there is no difference.
    """

    difference: float = attrs.field(eq=repr)
    se: float = attrs.field(eq=repr)
    low: float = attrs.field(eq=repr)
    high: float = attrs.field(eq=repr)
    t: float = attrs.field(eq=repr)
    df: float = attrs.field(eq=repr)
    p: float = attrs.field(eq=repr)
    p_one_sided: float = attrs.field(eq=repr)
    effect_size: float = attrs.field(eq=repr)
    effect_low: float = attrs.field(eq=repr)
    effect_high: float = attrs.field(eq=repr)
    supported: bool | None
    table: Table
    cautions: tuple[str, ...]
    lacking: str
    undefined: str


def recovery_paradox(
    recovered: Any,  # noqa: ANN401 (numbers of any kind)
    no_failure: Any,  # noqa: ANN401 (numbers of any kind)
    *,
    confidence: float = 0.95,
) -> RecoveryContrast:
    """Return whether customers whose failure was put right score above those who had none.

    difference = mean(recovered) - mean(no failure), by Welch's t; the paradox says above 0, and
    p_one_sided = P(T ≥ t). In units of the spread, g = J · difference/pooled sd.

    Parameters
    ----------
    recovered : array_like
        Scores, such as satisfaction, of customers who met a failure that was put right.
    no_failure : array_like
        Scores of customers who met none. NaN and None are missing, and counted.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    RecoveryContrast
        In units of the scores. Undefined where a group has no score; of one score, or scores that
        are all alike, a group says nothing about its error, and there is the difference alone.

    Raises
    ------
    TypeError, ValueError
        If scores are no finite numbers in a row, or the confidence does not lie between 0 and 1.

    Notes
    -----
    Nobody is drawn by lot to meet a failure: the groups may differ in more than the failure, and
    customers who left after a poor recovery are not among those asked. Before a test is one-sided,
    decide so before you see the data. Where many of those without a failure have the highest score,
    nobody could be above them; a caution says so. The interval of g holds for equal variances, see
    `servqual.journeys.touchpoint_drivers`.

    Where customers *were* drawn by lot, into scenarios with and without a failure or into two ways
    of putting one right, give all who were drawn, those who left too: then the difference is that
    of the two arms, and the caution about groups, which is printed all the same, does not hold.

    References
    ----------
    McCollough, M. A., & Bharadwaj, S. G. (1992). The recovery paradox. In Marketing
    Theory and Applications. American Marketing Association. From memory.

    de Matos, C. A., Henrique, J. L., & Rossi, C. A. V. (2007). Service recovery paradox: a
    meta-analysis. Journal of Service Research 10(1), 60-77.

    Examples
    --------
    >>> found = recovery_paradox([6, 7, 6, 5, 7, 6], [5, 5, 6, 4, 5, 5])
    >>> round(found.t, 7), round(found.df, 7), round(found.p, 8), found.supported
    (2.9065918, 9.7113164, 0.01611764, True)
    """
    confidence = confidence_level(confidence)
    first, second = scores_of("recovered", recovered), scores_of("no_failure", no_failure)
    pair = (RECOVERED, NO_FAILURE, "above")
    return _contrast((first, second), pair, (POST_HOC, OUTCOME), confidence)


def double_deviation(
    failed_recovery: Any,  # noqa: ANN401 (numbers of any kind)
    comparison: Any,  # noqa: ANN401 (numbers of any kind)
    *,
    confidence: float = 0.95,
) -> RecoveryContrast:
    """Return whether customers whose recovery failed as well score below others.

    difference = mean(failed recovery) - mean(comparison), by Welch's t; the double deviation says
    below 0, and p_one_sided = P(T ≤ t).

    Parameters
    ----------
    failed_recovery : array_like
        Scores of customers who met a failure, and then a recovery that failed.
    comparison : array_like
        Scores of those they are held against: who met a failure that nobody tried to put right, and
        so differ by the attempt; or who met none, and so differ by both. NaN and None are missing,
        and counted.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    RecoveryContrast
        As of `recovery_paradox`.

    Raises
    ------
    TypeError, ValueError
        If scores are no finite numbers in a row, or the confidence does not lie between 0 and 1.

    Notes
    -----
    As of `recovery_paradox`. Those whom a failed recovery drove away are not asked, which hides
    part of the harm.

    References
    ----------
    Bitner, M. J., Booms, B. H., & Tetreault, M. S. (1990). The service encounter: diagnosing
    favorable and unfavorable incidents. Journal of Marketing 54(1), 71-84. That the term is theirs
    is from memory.

    Examples
    --------
    >>> found = double_deviation([2, 1, 3, 2], [5, 4, 6, 5])
    >>> found.difference, found.supported
    (-3.0, True)
    """
    confidence = confidence_level(confidence)
    first, second = (
        scores_of("failed_recovery", failed_recovery),
        scores_of("comparison", comparison),
    )
    return _contrast((first, second), (FAILED, "comparison", "below"), (POST_HOC,), confidence)


def recovery_paradox_within(
    after: Any,  # noqa: ANN401 (numbers of any kind)
    before: Any,  # noqa: ANN401 (numbers of any kind)
    *,
    confidence: float = 0.95,
) -> RecoveryContrast:
    """Return whether the same customers score higher after a recovery than before the failure.

    difference = mean of (after - before) over those who have both, by the paired t with n - 1 df;
    g = J · difference/sd of the differences.

    Parameters
    ----------
    after, before : array_like
        Scores of each customer after the recovery and before the failure, in one order. NaN and
        None are missing, and their customers counted as missing on both sides.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    RecoveryContrast
        Of the customers with both scores, who are `first_n` and `second_n`.

    Raises
    ------
    TypeError, ValueError
        If scores are no finite numbers in a row, one side is longer or has another index, or the
        confidence does not lie between 0 and 1.

    Notes
    -----
    Each customer is held against himself, so the kind of customer does not matter; but customers
    without a failure may have risen as well. Hold the rise of both kinds against each other where
    you can.

    References
    ----------
    As of `recovery_paradox`.

    Examples
    --------
    Rises of 1, 2 and 3: mean 2, se 1/√3.

    >>> found = recovery_paradox_within([5, 6, 7], [4, 4, 4])
    >>> found.difference, round(found.t**2, 9), found.df
    (2.0, 12.0, 2.0)
    """
    confidence = confidence_level(confidence)
    see_indices("before", before, "after", after, instead="")
    first, second = scores_of("after", after), scores_of("before", before)
    if len(first) != len(second):
        rule = "`after` and `before` must have one score each for each customer"
        msg = f"{rule}, got {len(first)} and {len(second)}"
        raise ValueError(msg)
    both = ~(np.isnan(first) | np.isnan(second))
    kept = tuple(np.where(both, side, np.nan) for side in (first, second))
    pair = ("after recovery", "before failure", "above")
    return _contrast(kept, pair, (BEFORE_AFTER, OUTCOME), confidence, paired=True)


def _contrast(
    sides: tuple[Array, ...],
    row: Row,
    cautions: tuple[str, ...],
    confidence: float,
    *,
    paired: bool = False,
) -> RecoveryContrast:
    parts = dict(zip(row, sides, strict=False))
    columns = compared(parts, [row], confidence, paired=paired)
    cautions = (*cautions, *crowded(parts, [row]))
    method = "the paired t" if paired else "Welch's t"
    table = contrast_table(
        f"{row[0]} - {row[1]}".capitalize(), columns, cautions, confidence, method
    )
    only = next(table.rows())
    one_sided = only["p_one_sided"]
    fields = {field.name for field in attrs.fields(RecoveryContrast)}
    return RecoveryContrast(
        **{name: cell for name, cell in only.items() if name in fields},
        supported=None if np.isnan(one_sided) else bool(one_sided < 1 - confidence),
        table=table,
        cautions=cautions,
    )
