"""The customer effort score: how easy customers say it was."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from servqual._checks import between, confidence_level
from servqual._frames.grouped import By
from servqual._frames.words import first_reason
from servqual._stats.proportions import wilson
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

__all__ = ["EffortScore", "effort_score"]

USUAL = (5, 7, 10)  # tops of scales


@attrs.frozen(kw_only=True, repr=False)
class EffortScore(Measure):
    """The effort score of all respondents, and that of each group.

    Beside what every `Measure` has, of which the `reach` is that of the scale:

    Parameters
    ----------
    score, sd : float
        Mean and standard deviation of the answers, higher for easier.
    easy : int
        Respondents who say that it was easy.
    easy_share, easy_low, easy_high : float
        Their share, and its interval.
    """

    score: float = attrs.field(eq=repr)
    sd: float = attrs.field(eq=repr)
    easy: int
    easy_share: float = attrs.field(eq=repr)
    easy_low: float = attrs.field(eq=repr)
    easy_high: float = attrs.field(eq=repr)


def effort_score(  # noqa: PLR0913 (answers and their columns, and their scale)
    answers: Any,  # noqa: ANN401 (numbers in a row, or any frame)
    *,
    scale: Scale | Sequence[float] = (1, 7),
    at_least: float | None = None,
    answer: str | None = None,
    by: By = None,
    weights: Weights = None,
    confidence: float = 0.95,
) -> EffortScore:
    """Return the customer effort score: the mean answer x̄, and the share who found it easy.

    x̄ ± t(n-1)·s/√n, cut at the ends of the scale; the share with Wilson's interval.

    Parameters
    ----------
    answers : array_like, or data frame or mapping of columns
        Numbers in a row, higher for easier: how far one agrees that it was made easy; a text such
        as "7 - fully agree" is its number. NaN, None and blank texts are missing, and are counted.
        Or a frame, one row a respondent. On the form of
        2010 a 1 was very low effort and a 5 very high: turn such answers round, as 6 - answers,
        with ``scale=(1, 5)``.
    scale : Scale or (low, high)
        The scale of the answers, on which all must lie.
    at_least : float, optional
        The least answer that counts as easy; by default that of the two highest points.
    answer : str, optional
        The column of a frame that has the answers; by default the one that neither `by` nor
        `weights` name.
    by : str, sequence of str, or mapping of str to labels, optional
        Columns of the frame that make groups, or names and the label of each respondent.
    weights : array_like or str, optional
        Sampling weights, or their column: means and errors are those of R's survey::svymean, and
        the share's interval takes n/deff for n, as that of `satisfaction_share`.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    EffortScore
        In points of the scale; shares of 0..1.

    Raises
    ------
    TypeError, ValueError
        If answers are no numbers or lie off the scale, so does `at_least`, a column is unknown, or
        a length does not fit.

    Notes
    -----
    Points count as equally far apart, and answers as independent. The interval of the mean is that
    of many respondents, or of normal answers; where most give one end of the scale, look at the
    share. `cautions` asks for the scale where ten or more answered, and it has over a third more
    points than those up to the greatest answer: of 1..7, none above 5. That the form of 2010 had
    five points in this order, and that later ones have seven for agreement, is from memory.

    References
    ----------
    Dixon, M., Freeman, K., & Toman, N. (2010). Stop trying to delight your customers. Harvard
    Business Review 88(7), 116-122.

    Examples
    --------
    >>> found = effort_score([7, 6, 6, 1])
    >>> found.score, found.easy, found.easy_share
    (5.0, 3, 0.75)
    """
    confidence, known = confidence_level(confidence), scale_of(scale)
    least = max(known.high - 1, known.low) if at_least is None else at_least
    least = between("at_least", least, known.low, known.high)
    given = Given.of(answers, answer, by, weights, one=True)
    see_on_scale("answers", given.values, known, given.items)
    easy = np.where(np.isnan(given.values), np.nan, given.values >= least)
    tally = given.tally(np.hstack([given.values, easy]), (known.width, 1.0))
    mean, share = tally.mean[:, 0], tally.mean.mean[:, 1]
    low, high = t_interval(mean.mean, mean.se, mean.df, confidence)
    n = tally.as_drawn(share * (1 - share), 1)
    easy_low, easy_high = wilson(share * n, n, confidence)
    columns: Columns = {
        "score": mean.mean,
        "sd": mean.sd,
        "se": mean.se,
        "low": np.clip(low, known.low, known.high),
        "high": np.clip(high, known.low, known.high),
        "easy": tally.totals[:, 1].astype(int),
        "easy_share": share,
        "easy_low": easy_low,
        "easy_high": easy_high,
        "lacking": why_no_interval(tally),
        "undefined": first_reason({"no answers": tally.n == 0}),
    }
    cautions = _cautions(known, given.unused_top(known.low, known.high))
    note = f"score on {known.low}..{known.high}, higher for easier; easy: at least {least}; "
    return tally.result(
        EffortScore,
        columns,
        title="Customer effort score",
        note=note + interval_note(confidence, "t, of the share by Wilson"),
        confidence=confidence,
        reach=(float(known.low), float(known.high)),
        cautions=cautions,
    )


def _cautions(scale: Scale, top: float) -> tuple[str, ...]:
    """Ask for the scale, where answers reach `top` only; nothing where that is NaN."""
    if np.isnan(top):
        return ()
    said = f"no answer above {top:g}"
    other = next((high for high in USUAL if max(top, scale.low + 1) <= high < scale.high), None)
    if other is None:
        return (f"{said}: was it asked on {scale.low}..{scale.high}?",)
    turned = f"`{scale.low + other} - answers` if {scale.low} meant little effort"
    asked = f"was it asked on {scale.low}..{other}? then scale=({scale.low}, {other})"
    return (f"{said}: {asked}, and {turned}",)
