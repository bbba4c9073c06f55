"""The net promoter score: the share of promoters less that of detractors."""

from typing import Any, Literal, get_args

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import choice, confidence_level
from servqual._frames.grouped import By
from servqual._frames.words import first_reason
from servqual._stats.student import t_interval
from servqual.loyalty._measures import (
    ONE,
    Columns,
    CountsBy,
    Given,
    Measure,
    Tally,
    Weights,
)
from servqual.tables import interval_note

__all__ = ["NetPromoter", "ScoreInterval", "net_promoter", "net_promoter_from_counts"]

Array = NDArray[np.float64]
ScoreInterval = Literal["adjusted-wald", "wald", "trinomial"]
INTERVALS = {"adjusted-wald": "adjusted Wald", "wald": "Wald", "trinomial": "t of a trinomial"}
ADDED = 3.0  # respondents that the adjusted form adds, a quarter of them at each end
ONE_CLASS = "all answers in one class"


@attrs.frozen(kw_only=True, repr=False)
class NetPromoter(Measure):
    """The net promoter score of all respondents, and that of each group.

    Beside what every `Measure` has, of which the `reach` is (-1, 1):

    Parameters
    ----------
    score : float
        Share of promoters - share of detractors, -1..1; reports usually print it times 100.
    promoters, passives, detractors : int
        Respondents of each class.
    promoter_share, passive_share, detractor_share : float
        Their shares, by weight where there are weights; together 1.
    """

    score: float = attrs.field(eq=repr)
    promoters: int
    passives: int
    detractors: int
    promoter_share: float = attrs.field(eq=repr)
    passive_share: float = attrs.field(eq=repr)
    detractor_share: float = attrs.field(eq=repr)


def net_promoter(
    answers: Any,  # noqa: ANN401 (numbers in a row, or any frame)
    *,
    answer: str | None = None,
    by: By = None,
    weights: Weights = None,
    interval: ScoreInterval = "adjusted-wald",
    confidence: float = 0.95,
) -> NetPromoter:
    """Return the net promoter score p - d, of promoters (9 and 10) and detractors (0 to 6).

    It is the mean of +1 for a promoter, 0 for a passive (7 and 8) and -1 for a detractor, with
    Var = p + d - (p - d)² and se = √(Var/n).

    Parameters
    ----------
    answers : array_like, or data frame or mapping of columns
        Numbers in a row: how likely one is to recommend, in whole points 0..10; a text such as
        "10 - extremely likely" is its number. NaN, None and blank texts are missing, and are
        counted. Or a frame, one row a respondent.
    answer : str, optional
        The column of a frame that has the answers; by default the one that neither `by` nor
        `weights` name.
    by : str, sequence of str, or mapping of str to labels, optional
        Columns of the frame that make groups, or names and the label of each respondent.
    weights : array_like or str, optional
        Sampling weights, or their column: shares are by weight, and
        se = √(Σw²(s - score)²)/Σw, which is the above where weights are equal; the adjusted form
        takes Var/se² for n, and where the se is 0 the `n_effective` (Σw)²/Σw².
    interval : {"adjusted-wald", "wald", "trinomial"}
        - ``"adjusted-wald"``: score ± z·√(Var/n) after ¾ of a promoter, ¾ of a detractor and 1½
          passives are added; widened to the score itself where that lies outside;
        - ``"wald"``: the same without, too short for few answers;
        - ``"trinomial"``: score ± t·√(Var/(n - 1)) with n - 1 df; `se` is then √(Var/(n - 1)).
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    NetPromoter
        In -1..1, not times 100; so are the ends of the intervals. Wald's and the trinomial form
        have no interval where all answers are in one class.

    Raises
    ------
    TypeError, ValueError
        If an answer is no whole number in 0..10, a column is unknown, or a length does not fit.

    Notes
    -----
    Intervals are those of independent answers; whoever did not answer is not in them. A score
    takes eleven points for three classes, so that it moves more from sample to sample than the
    mean of the same answers. Answers on 1..10 are taken as they come, and none of them can be 0;
    those on another scale, as 1..7, give a number that means nothing. `cautions` asks for the scale
    where at least ten answered and none above 7.

    References
    ----------
    Reichheld, F. F. (2003). The one number you need to grow. Harvard Business Review 81(12), 46-54.

    Rocks, B. (2016). Interval estimation for the "net promoter score". The American Statistician
    70(4), 365-372.

    Examples
    --------
    Three promoters and one detractor of five.

    >>> found = net_promoter([10, 9, 9, 7, 3])
    >>> found.score, found.promoters, found.passives, found.detractors
    (0.4, 3, 1, 1)
    >>> by_branch = net_promoter([10, 9, 9, 3], by={"branch": ["N", "N", "S", "S"]})
    >>> by_branch.table["score"].tolist(), by_branch.score
    ([1.0, 0.0], 0.5)
    """
    choice("interval", interval, get_args(ScoreInterval))
    confidence = confidence_level(confidence)
    given = Given.of(answers, answer, by, weights, one=True)
    points = given.values[:, 0]
    _see_points(points)
    scores = np.where(np.isnan(points), np.nan, np.where(points >= 9, 1, 0) - (points <= 6))
    top = given.unused_top(0, 10)
    cautions = () if np.isnan(top) else (f"no answer above {top:g}: asked on 0..10?",)
    return _net_promoter(given, scores, interval, confidence, cautions)


def net_promoter_from_counts(
    promoters: Any,  # noqa: ANN401 (a number, or numbers in a row)
    passives: Any,  # noqa: ANN401 (as above)
    detractors: Any,  # noqa: ANN401 (as above)
    *,
    by: CountsBy = None,
    interval: ScoreInterval = "adjusted-wald",
    confidence: float = 0.95,
) -> NetPromoter:
    """Return the net promoter score of counted respondents, as `net_promoter` does of answers.

    Parameters
    ----------
    promoters, passives, detractors : int, sequence of int, or mapping of label to int
        How many there are of each; of several groups, one for each row of `by`, or by label.
    by : mapping of str to labels, or str, optional
        Names and the label of each row; rows with the same labels are added up. Of counts by label,
        the name of the labels, by default ``"group"``.
    interval : {"adjusted-wald", "wald", "trinomial"}
        As for `net_promoter`.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    NetPromoter
        Nobody is missing.

    Raises
    ------
    TypeError, ValueError
        If counts are not whole or below 0, or are not as many of each class.

    Examples
    --------
    >>> found = net_promoter_from_counts(60, 20, 20)
    >>> found.score, found.se
    (0.4, 0.08)
    >>> round(found.low, 4), round(found.high, 4)
    (0.2338, 0.5429)
    >>> found = net_promoter_from_counts({"N": 6, "S": 2}, {"N": 4, "S": 2}, {"N": 0, "S": 0})
    >>> found.table["group"].tolist(), found.table["score"].tolist()
    (['N', 'S'], [0.6, 0.5])
    """
    choice("interval", interval, get_args(ScoreInterval))
    confidence = confidence_level(confidence)
    counts = {"promoters": promoters, "passives": passives, "detractors": detractors}
    given = Given.of_counts(counts, by)
    return _net_promoter(given, 1 - given.values[:, 0], interval, confidence)


def _see_points(answers: Array) -> None:
    """See that answers are whole points, where they are not NaN."""
    bad = np.flatnonzero((answers < 0) | (answers > 10) | (answers != np.floor(answers)))
    bad = bad[~np.isnan(answers[bad])]
    if bad.size:
        rule = "`answers` must be whole numbers in 0..10"
        more = f"; {bad.size} in all" if bad.size > 1 else ""
        advice = "mend it, or make it NaN if it is no answer"
        msg = f"{rule}, got {answers[bad[0]]:g} (row {bad[0] + 1}{more}); {advice}"
        raise ValueError(msg)


def _net_promoter(
    given: Given,
    scores: Array,
    interval: ScoreInterval,
    confidence: float,
    cautions: tuple[str, ...] = (),
) -> NetPromoter:
    """Return the result from each respondent's +1, 0 or -1."""
    classes = [np.where(np.isnan(scores), np.nan, scores == score) for score in (1, 0, -1)]
    tally = given.tally(np.array([scores, *classes]).T, (2.0, 1.0, 1.0, 1.0))
    se = tally.mean.se[:, 0] if interval == "trinomial" else tally.large_sample_se()
    low, high = _ends(tally, se, interval, confidence)
    _, promoters, passives, detractors = tally.totals.astype(int).T
    score, *shares = tally.mean.mean.T
    without = np.isnan(low)
    columns: Columns = {
        "promoters": promoters,
        "passives": passives,
        "detractors": detractors,
        "promoter_share": shares[0],
        "passive_share": shares[1],
        "detractor_share": shares[2],
        "score": score,
        "se": se,
        "low": low,
        "high": high,
        "lacking": first_reason(
            {
                "": tally.n == 0,
                f"no error: {ONE}": (tally.n == 1) & ~without,
                f"no error, no interval: {ONE}": tally.n == 1,
                f"no interval: {ONE_CLASS}": without,
            }
        ),
        "undefined": first_reason({"no answers": tally.n == 0}),
    }
    return tally.result(
        NetPromoter,
        columns,
        title="Net promoter score",
        note="score = promoter_share - detractor_share, usually printed times 100; "
        + interval_note(confidence, INTERVALS[interval]),
        confidence=confidence,
        reach=(-1.0, 1.0),
        cautions=cautions,
    )


def _ends(tally: Tally, se: Array, interval: str, confidence: float) -> tuple[Array, Array]:
    """Return the ends of the intervals of the scores, inside -1..1."""
    from scipy.special import ndtri  # half a second

    score, promoters, _, detractors = tally.mean.mean.T
    z = ndtri(0.5 + confidence / 2)
    if interval == "trinomial":
        low, high = t_interval(score, se, tally.mean.df[:, 0], confidence)
    elif interval == "wald":
        half = z * np.where(se > 0, se, np.nan)
        low, high = score - half, score + half
    else:
        drawn = tally.as_drawn(promoters + detractors - score**2)
        n = drawn + ADDED
        p, d = ((share * drawn + ADDED / 4) / n for share in (promoters, detractors))
        half = z * np.sqrt((p + d - (p - d) ** 2) / n)
        low, high = np.minimum(p - d - half, score), np.maximum(p - d + half, score)
    return np.clip(low, -1, 1), np.clip(high, -1, 1)
