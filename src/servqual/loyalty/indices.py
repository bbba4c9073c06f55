"""The index of the American Customer Satisfaction Index: answers to a few items on 0..100."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import confidence_level, listed, not_negative
from servqual._frames.grouped import By
from servqual._frames.words import first_reason
from servqual._stats.student import t_interval
from servqual.instruments.scales import Scale, scale_of, see_on_scale
from servqual.loyalty._measures import (
    Columns,
    Given,
    Measure,
    Weights,
    why_no_interval,
)
from servqual.tables import interval_note

__all__ = ["CustomerIndex", "acsi"]

ItemWeights = Sequence[float] | Mapping[str, float] | None


@attrs.frozen(kw_only=True, repr=False)
class CustomerIndex(Measure):
    """The index of all respondents, and that of each group.

    Beside what every `Measure` has, of which `n` are the respondents who answered all items,
    `missing` those who lack one, and the `reach` is (0, 100):

    Parameters
    ----------
    score, sd : float
        Mean and standard deviation of the respondents' indices, 0..100.
    items : tuple of str
        The items.
    item_weights : tuple of float
        Their weights, which sum to 1.
    """

    score: float = attrs.field(eq=repr)
    sd: float = attrs.field(eq=repr)
    items: tuple[str, ...]
    item_weights: tuple[float, ...]


def acsi(  # noqa: PLR0913 (answers and their columns, and how items count)
    answers: Any,  # noqa: ANN401 (an array or any frame)
    *,
    item_weights: ItemWeights = None,
    scale: Scale | Sequence[float] = (1, 10),
    items: Sequence[str] | None = None,
    by: By = None,
    weights: Weights = None,
    confidence: float = 0.95,
) -> CustomerIndex:
    """Return the satisfaction index 100·Σw_j(x_j - low)/((high - low)·Σw_j), 0..100.

    It is taken of each respondent, over items j, and averaged; the interval of the mean is
    x̄ ± t(n-1)·s/√n, cut at 0 and 100.

    Parameters
    ----------
    answers : array_like or data frame (respondents, items)
        One row a respondent, one column an item; NaN, None and blank texts are missing. Numbers in
        a row are one item. The index has three: overall satisfaction, how far expectations were
        confirmed, and how near the service comes to an ideal; any number is taken.
    item_weights : sequence or mapping of item to float, optional
        The weights of the items, of which only the ratios matter; by default they are equal.
    scale : Scale or (low, high)
        The scale of the answers, on which all must lie; fractions are answers too.
    items : sequence of str, optional
        The columns of a frame that are items, by default all that neither `by` nor `weights` name;
        of an array the names of its columns.
    by : str, sequence of str, or mapping of str to labels, optional
        Columns of the frame that make groups, or names and the label of each respondent.
    weights : array_like or str, optional
        Sampling weights of respondents, or their column: means and errors are those of R's
        survey::svymean.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    CustomerIndex
        0..100. Respondents who lack an item are left out and counted. Of one respondent there is a
        score without an interval, so that mean answers may be given as one row.

    Raises
    ------
    TypeError, ValueError
        If answers are no numbers or lie off the scale, weights are below 0 or all 0, a column is
        unknown, or a length does not fit.

    Notes
    -----
    The published index takes its item weights from a model that is fitted anew, and they are not
    public: with equal weights, scores are near to those of the model and not the same. The one
    public set known here is that of the State of Ohio, 0.3885, 0.3190 and 0.2925; it is no default.

    References
    ----------
    Fornell, C., Johnson, M. D., Anderson, E. W., Cha, J., & Bryant, B. E. (1996). The American
    Customer Satisfaction Index: nature, purpose, and findings. Journal of Marketing 60(4), 7-18.

    Examples
    --------
    Answers at both ends of the scale, and in its middle.

    >>> acsi([[10, 10, 10], [1, 1, 1]]).score
    50.0
    >>> acsi([[5.5, 5.5, 10]], item_weights=[1, 1, 2]).score
    75.0
    """
    confidence, known = confidence_level(confidence), scale_of(scale)
    given = Given.of(answers, items, by, weights, one=False)
    see_on_scale("answers", given.values, known, given.items)
    shares = _shares(item_weights, given.items)
    index = 100 * ((given.values - known.low) @ shares) / known.width
    tally = given.tally(np.clip(index, 0, 100)[:, None], (100.0,))  # beyond them is rounding
    mean = tally.mean[:, 0]
    low, high = t_interval(mean.mean, mean.se, mean.df, confidence)
    columns: Columns = {
        "score": mean.mean,
        "sd": mean.sd,
        "se": mean.se,
        "low": np.clip(low, 0, 100),
        "high": np.clip(high, 0, 100),
        "lacking": why_no_interval(tally),
        "undefined": first_reason({"no answers": tally.n == 0}),
    }
    each = ", ".join(f"{item} {share:.4g}" for item, share in zip(given.items, shares, strict=True))
    return tally.result(
        CustomerIndex,
        columns,
        title="Satisfaction index",
        note=f"0..100, items weigh {each}; {interval_note(confidence, 't')}",
        confidence=confidence,
        reach=(0.0, 100.0),
        items=given.items,
        item_weights=tuple(shares.tolist()),
    )


def _shares(weights: ItemWeights, items: tuple[str, ...]) -> NDArray[np.float64]:
    """Return the weights of the items, which sum to 1."""
    if weights is None:
        return np.full(len(items), 1 / len(items))
    named = zip(items, listed("item_weights", weights, items), strict=True)
    found = np.array([not_negative(f"item_weights[{item!r}]", weight) for item, weight in named])
    if not found.any():
        msg = "`item_weights` must not all be 0"
        raise ValueError(msg)
    found = found / found.max()  # whose sum is then finite
    return np.asarray(found / found.sum())
