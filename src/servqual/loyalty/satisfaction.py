"""The share of satisfied answers: CSAT, top box, top two boxes."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from servqual._checks import between, confidence_level, plain_number
from servqual._frames.grouped import By
from servqual._frames.words import first_reason
from servqual._stats.proportions import wilson
from servqual.instruments.scales import Scale, scale_of, see_on_scale
from servqual.loyalty._measures import ONE, Columns, CountsBy, Given, Measure, Weights
from servqual.tables import interval_note

__all__ = ["SatisfactionShare", "satisfaction_share", "satisfaction_share_from_counts"]


@attrs.frozen(kw_only=True, repr=False)
class SatisfactionShare(Measure):
    """The share of satisfied answers of all respondents, and that of each group.

    Beside what every `Measure` has, of which the `reach` is (0, 1):

    Parameters
    ----------
    share : float
        The share, 0..1, by weight where there are weights.
    satisfied : int
        Respondents who are satisfied.
    """

    ESTIMATE = "share"

    share: float = attrs.field(eq=repr)
    satisfied: int


def satisfaction_share(  # noqa: PLR0913 (answers and their columns, and what counts as satisfied)
    answers: Any,  # noqa: ANN401 (numbers in a row, or any frame)
    *,
    at_least: float,
    scale: Scale | Sequence[float] | None = None,
    answer: str | None = None,
    by: By = None,
    weights: Weights = None,
    confidence: float = 0.95,
) -> SatisfactionShare:
    """Return the share of answers that are `at_least` so good, k/n, with Wilson's interval.

    (p + z²/2n ± z·√(p(1-p)/n + z²/4n²))/(1 + z²/n), and se = √(p(1-p)/n).

    Parameters
    ----------
    answers : array_like, or data frame or mapping of columns
        Numbers in a row, higher for better; a text such as "5 - satisfied" is its number. NaN, None
        and blank texts are missing, and are counted. Or a frame, one row a respondent.
    at_least : float
        The least answer that counts as satisfied: of 1..5, 4 makes the usual CSAT (top two boxes),
        5 the top box.
    scale : Scale or (low, high), optional
        The scale of the answers, on which all are then seen to lie.
    answer : str, optional
        The column of a frame that has the answers; by default the one that neither `by` nor
        `weights` name.
    by : str, sequence of str, or mapping of str to labels, optional
        Columns of the frame that make groups, or names and the label of each respondent.
    weights : array_like or str, optional
        Sampling weights, or their column. The share is Σw of the satisfied by Σw, its
        se = √(Σw²(s - p)²)/Σw, and the interval takes p(1-p)/se² for n; where the se is 0, the
        `n_effective` (Σw)²/Σw².
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    SatisfactionShare
        Shares of 0..1.

    Raises
    ------
    TypeError, ValueError
        If answers are no numbers or lie off `scale`, so does `at_least`, a column is unknown, or a
        length does not fit.

    Notes
    -----
    Intervals are those of independent answers; whoever did not answer is not in them. Shares of
    forms that differ in their points or words cannot be compared.

    With weights, the interval's n = p(1-p)/se² is n/deff, which R's survey::svyciprop too takes for
    its method "beta"; it can exceed the respondents where the satisfied have the small weights.
    (Σw)²/Σw² would do only for weights that have nothing to do with the answer. Simulated (1,000
    samples of 400; 5, 30 or 50 of 100 satisfied): 95 % intervals hold the truth in 91 to 96 of 100
    samples, be the weights lognormal, of all or of the satisfied alone, or 1 and 20 among the
    satisfied, or .3 for them and 3 for others; with (Σw)²/Σw² in 73 to 100. Of 30 respondents they
    do in 87 to 97, and in 50 where one or two are satisfied and may weigh 20: that few of great
    weight decide, no interval knows.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference.
    Journal of the American Statistical Association 22(158), 209-212.

    Examples
    --------
    >>> found = satisfaction_share([5, 4, 4, 2], at_least=4, scale=(1, 5))
    >>> found.share, found.satisfied, found.n
    (0.75, 3, 4)
    """
    confidence = confidence_level(confidence)
    least = plain_number("at_least", at_least)
    known = None if scale is None else scale_of(scale)
    if known is not None:
        between("at_least", at_least, known.low, known.high)
    given = Given.of(answers, answer, by, weights, one=True)
    if known is not None:
        see_on_scale("answers", given.values, known, given.items)
    return _satisfaction(given, least, f"at least {least}", confidence)


def satisfaction_share_from_counts(
    satisfied: Any,  # noqa: ANN401 (a number, or numbers in a row)
    n: Any,  # noqa: ANN401 (as above)
    *,
    by: CountsBy = None,
    confidence: float = 0.95,
) -> SatisfactionShare:
    """Return the share of counted respondents, as `satisfaction_share` does of answers.

    Parameters
    ----------
    satisfied, n : int, sequence of int, or mapping of label to int
        How many are satisfied, of how many who answered; of several groups, one for each row of
        `by`, or by label.
    by : mapping of str to labels, or str, optional
        Names and the label of each row; rows with the same labels are added up. Of counts by label,
        the name of the labels, by default ``"group"``.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    SatisfactionShare
        Nobody is missing.

    Raises
    ------
    TypeError, ValueError
        If counts are not whole or below 0, are not as many of each, or more are satisfied than
        answered.

    Examples
    --------
    >>> found = satisfaction_share_from_counts(170, 200)
    >>> found.share, round(found.low, 4), round(found.high, 4)
    (0.85, 0.7939, 0.8929)
    """
    confidence = confidence_level(confidence)
    given = Given.of_counts({"satisfied": satisfied, "n": n}, by)
    rows = len(given.times) // 2
    some, all_ = given.times[:rows], given.times[rows:]
    if (bad := np.flatnonzero(some > all_)).size:
        got = f"{some[bad[0]]:g} of {all_[bad[0]]:g} (row {bad[0] + 1})"
        msg = f"`satisfied` must not exceed `n`, got {got}"
        raise ValueError(msg)
    given = attrs.evolve(given, times=np.concatenate([some, all_ - some]), values=1 - given.values)
    return _satisfaction(given, 1.0, "as counted", confidence)


def _satisfaction(given: Given, least: float, what: str, confidence: float) -> SatisfactionShare:
    """Return the result from answers, satisfied where they are at least so much."""
    satisfied = np.where(np.isnan(given.values), np.nan, given.values >= least)
    tally = given.tally(satisfied, (1.0,))
    share = tally.mean.mean[:, 0]
    n = tally.as_drawn(share * (1 - share))
    low, high = wilson(share * n, n, confidence)
    columns: Columns = {
        "satisfied": tally.totals[:, 0].astype(int),
        "share": share,
        "se": tally.large_sample_se(),
        "low": low,
        "high": high,
        "lacking": first_reason({f"no error: {ONE}": tally.n == 1}),
        "undefined": first_reason({"no answers": tally.n == 0}),
    }
    return tally.result(
        SatisfactionShare,
        columns,
        title="Share of satisfied answers",
        note=f"satisfied: {what}; {interval_note(confidence, 'Wilson')}",
        confidence=confidence,
        reach=(0.0, 1.0),
    )
