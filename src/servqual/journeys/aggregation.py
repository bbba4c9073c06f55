"""One score of a journey from those of its touchpoints: how far one can make up for another."""

import numpy as np
from numpy.typing import ArrayLike

from servqual._checks import plain_number
from servqual._stats.averages import (
    SIGNED,
    ordered_means,
    peak_ends,
    power_means,
    scaled,
    vetoed_means,
)
from servqual.journeys._scores import (
    Marks,
    Scores,
    Weights,
    critical_of,
    placed,
    power_of,
    rank_weights,
    scores_of,
    see_some,
    weights_of,
)

__all__ = ["aggregate", "ordered_average", "orness", "peak_end", "vetoed_average"]


def aggregate(scores: Scores, *, weights: Weights | None = None, power: float = 1) -> float:
    """Return the power mean of scores: the lower the power, the less one makes up for another.

    M_p = (Σ w·x^p)^(1/p), the weights divided by their sum; p = 1 is the mean, 0 the geometric
    mean, -1 the harmonic, -∞ the lowest score and ∞ the highest.

    Parameters
    ----------
    scores : array_like, or mapping of str to float
        x, the scores of one journey's touchpoints, in any one unit. NaN and None are missing: they
        are left out together with their weights.
    weights : array_like, or mapping of str to float, optional
        w, how much each score counts beside the others, 0 or more, in the order of the scores or
        by their names; default all alike. A score of weight 0 does not count at all, not even as
        the lowest or the highest.
    power : float
        p, any number, ``-inf`` and ``inf`` included.

    Returns
    -------
    float
        In the unit of the scores, from the lowest to the highest. Rounding does not break the order
        lowest ≤ harmonic ≤ geometric ≤ mean ≤ highest. Exactly 0 where a score is 0 and the power
        is not above 0.

    Raises
    ------
    TypeError, ValueError
        If a score or weight is no number, a score is infinite, a weight below 0 or all are 0,
        names differ, no score is left, or a score is below 0 and the power not 1, -∞ or ∞.

    Notes
    -----
    Where a bad moment cannot be made up for, a low power says so: of powers below 0, the lowest
    score decides more, the lower the power. Powers other than 1 need a zero that means "nothing":
    a scale of 1 to 7 has none, and there the geometric mean depends on where the scale begins.

    References
    ----------
    Hardy, G. H., Littlewood, J. E., & Pólya, G. (1934). Inequalities. Cambridge University Press.

    Examples
    --------
    >>> aggregate([2, 8])
    5.0
    >>> aggregate([2, 8], power=0)
    4.0
    >>> aggregate({"book": 2, "fly": 8}, weights={"fly": 2, "book": 1})
    6.0
    >>> aggregate([0, 8, None], power=-1), aggregate([3, 8], power=-float("inf"))
    (0.0, 3.0)
    """
    values, names = scores_of(scores)
    w = weights_of(weights, names, len(values))
    power = power_of(power)
    counts = ~np.isnan(values) & (w > 0)
    see_some(values)
    if not counts.any():
        msg = "`scores` must have one that counts, but those that are there have the weight 0"
        raise ValueError(msg)
    below = np.flatnonzero(counts & (values < 0))
    if below.size and power not in SIGNED:
        rule = f"`scores` must be 0 or more for the power {power:g}"
        place = placed(int(below[0]), names)
        msg = (
            f"{rule}, whose mean has no meaning below 0, got {values[below[0]]:g} ({place}); the "
            "powers 1, -inf and inf take any"
        )
        raise ValueError(msg)
    return float(power_means(values, w, power))


def ordered_average(scores: Scores, *, weights: ArrayLike) -> float:
    """Return the ordered weighted average: weights go to ranks, not to touchpoints.

    Σ wᵢ·x₍ᵢ₎ with x₍₁₎ the highest score, the weights divided by their sum.

    Parameters
    ----------
    scores : array_like, or mapping of str to float
        x, the scores of one journey's touchpoints, in any one unit. None may be missing: it could
        take any rank.
    weights : array_like
        w, one for each rank, the highest score's first, 0 or more. (1, 0, …) is the highest score,
        (…, 0, 1) the lowest, all alike the mean; `orness` says where between them.

    Returns
    -------
    float
        In the unit of the scores, from the lowest to the highest.

    Raises
    ------
    TypeError, ValueError
        If a score is missing, infinite or no number, there is not one weight for each rank, or a
        weight is below 0 or all are 0.

    References
    ----------
    Yager, R. R. (1988). On ordered weighted averaging aggregation operators in multicriteria
    decisionmaking. IEEE Transactions on Systems, Man, and Cybernetics 18(1), 183-190.
    https://doi.org/10.1109/21.87068

    Examples
    --------
    >>> ordered_average([6, 9, 3], weights=[1, 1, 2])  # the lowest counts twice
    5.25
    """
    values, names = scores_of(scores)
    absent = np.flatnonzero(np.isnan(values))
    if absent.size:
        msg = (
            f"`scores` must be complete, got none ({placed(int(absent[0]), names)}): what is "
            "missing could take any rank; leave it out, with weights for as many as are left"
        )
        raise ValueError(msg)
    return float(ordered_means(values, rank_weights("weights", weights, len(values))))


def orness(weights: ArrayLike) -> float:
    """Return how near an ordered average lies to the highest score: 1 the highest, 0 the lowest.

    Σ (n - i)·wᵢ/(n - 1), the weights divided by their sum; 0.5 for the mean.

    Parameters
    ----------
    weights : array_like
        w, two or more, one for each rank, the highest score's first, 0 or more.

    Returns
    -------
    float
        From 0 to 1, without unit.

    Raises
    ------
    TypeError, ValueError
        If there are fewer than two weights, one is below 0, missing or no number, or all are 0.

    References
    ----------
    Yager (1988), as for `ordered_average`.

    Examples
    --------
    >>> orness([1, 0, 0]), orness([1, 1]), orness([0, 0, 5])
    (1.0, 0.5, 0.0)
    """
    found = rank_weights("weights", weights)
    if found.size == 1:
        msg = "`weights` must be two or more: one rank is the highest and the lowest, got one"
        raise ValueError(msg)
    found = scaled(found)
    nearness = np.arange(found.size)[::-1] / (found.size - 1)
    return float((found * nearness).sum() / found.sum())


def peak_end(scores: Scores, *, neutral: float) -> float:
    """Return the mean of the strongest and the last moment, which memory keeps of a journey.

    (peak + end)/2, the peak the score farthest from neutral, of equally far ones the later; how
    long the journey is does not matter.

    Parameters
    ----------
    scores : array_like, or mapping of str to float
        The scores of one journey's touchpoints in the order of the visits, in any one unit. NaN
        and None are missing and passed over: the end is the last score that is there.
    neutral : float
        The score that is neither good nor bad, such as 4 on a scale of 1 to 7.

    Returns
    -------
    float
        In the unit of the scores, from the lowest to the highest.

    Raises
    ------
    TypeError, ValueError
        If a score is infinite or no number, or all are missing.

    References
    ----------
    Kahneman, D., Fredrickson, B. L., Schreiber, C. A., & Redelmeier, D. A. (1993). When more pain
    is preferred to less: adding a better end. Psychological Science 4(6), 401-405.
    https://doi.org/10.1111/j.1467-9280.1993.tb00589.x

    Examples
    --------
    >>> peak_end([5, 2, 8, 6], neutral=4)  # the peak is 8
    7.0
    """
    values, _ = scores_of(scores)
    see_some(values)
    return float(peak_ends(values, plain_number("neutral", neutral)))


def vetoed_average(
    scores: Scores,
    *,
    critical: Marks,
    threshold: float,
    weights: Weights | None = None,
    power: float = 1,
    vetoed: float | None = None,
) -> float:
    """Return the power mean of scores, unless a critical one falls short: then nothing else counts.

    If a critical score is below the threshold: `vetoed`, or the lowest critical score, unless the
    average is lower still; else `aggregate` of all scores. A conjunctive rule for what is critical,
    a compensatory one for the rest.

    Parameters
    ----------
    scores : array_like, or mapping of str to float
        The scores of one journey's touchpoints, in any one unit. NaN and None are missing, and left
        out; a critical one must be there.
    critical : sequence of bool or of str
        Which scores are critical, in the order of the scores, or the names of those that are. A
        critical score has its veto whatever its weight.
    threshold : float
        The least score that will do, in the unit of the scores.
    weights : array_like, or mapping of str to float, optional
        As for `aggregate`.
    power : float
        As for `aggregate`.
    vetoed : float, optional
        The result after a veto, unless the average is lower still, such as 0 where one bad moment
        makes the whole zero; default the lowest critical score.

    Returns
    -------
    float
        In the unit of the scores.

    Raises
    ------
    TypeError, ValueError
        If a critical score is missing or its name unknown, or as `aggregate`.

    References
    ----------
    Einhorn, H. J. (1970). The use of nonlinear, noncompensatory models in decision making.
    Psychological Bulletin 73(3), 221-230.

    Examples
    --------
    >>> stay = {"arrive": 9, "sleep": 4, "leave": 8}
    >>> vetoed_average(stay, critical=["sleep"], threshold=5)
    4.0
    >>> vetoed_average(stay, critical=["sleep"], threshold=5, vetoed=0)
    0.0
    >>> vetoed_average(stay, critical=["sleep"], threshold=3)
    7.0
    """
    values, names = scores_of(scores)
    marks = critical_of(critical, names, len(values))
    least = plain_number("threshold", threshold)
    instead = None if vetoed is None else plain_number("vetoed", vetoed)
    absent = np.flatnonzero(marks & np.isnan(values))
    if absent.size:
        msg = (
            f"`scores` must have every critical one, got none ({placed(int(absent[0]), names)}): "
            "nobody can say that it holds"
        )
        raise ValueError(msg)
    mean = aggregate(scores, weights=weights, power=power)
    found, veto = vetoed_means(values, marks, least, np.array(mean))
    return float(min(instead, mean) if veto and instead is not None else found)
