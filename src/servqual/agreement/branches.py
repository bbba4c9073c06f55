"""How far branches differ: the reliability of one customer's score, and of a branch's mean."""

from collections.abc import Sequence
from typing import Any, get_args

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import choice, confidence_level, named, names
from servqual._frames.arrays import see_index
from servqual._frames.grouped import Grouped, columns_of
from servqual._frames.groups import NO_LABEL
from servqual._frames.words import counted, first_reason
from servqual._stats.means import mean_of_sums, sums_by
from servqual._stats.variance_components import (
    GroupSize,
    MeanSquares,
    f_ends,
    icc_of_f,
    icc_of_mean,
    mean_squares,
)
from servqual.survey import Moments, Survey, moments_by
from servqual.tables import Result, Table, interval_note

__all__ = ["GroupReliability", "group_reliability", "group_reliability_from_scores"]

Array = NDArray[np.float64]
SIZES: dict[GroupSize, str] = {"weighted": "n₀ = (N - Σn²/N)/(G - 1)", "mean": "the mean size N/G"}


@attrs.frozen(kw_only=True, repr=False)
class GroupReliability(Result):
    """ICC(1) and ICC(2): how far groups differ, and how well their means tell them apart.

    Parameters
    ----------
    table : Table
        Keyed `dimension`, or `score`: the respondents `n` with a score, their `groups`, and
        `group_size`, the k of the formulas; `icc1` with `icc1_low` and `icc1_high`, and `icc2`
        with `icc2_low` and `icc2_high`; `f`, `df1`, `df2` and `p` of the test that groups do not
        differ; `lacking`, what beside ICC(1) is missing and why; and `undefined`.
    """

    table: Table


def group_reliability(
    answers: Survey | Moments,
    *,
    by: str | Sequence[str],
    side: str = "perceptions",
    size: GroupSize = "weighted",
    confidence: float = 0.95,
) -> GroupReliability:
    """Return ICC(1) and ICC(2) of respondents' dimension scores in groups, such as branches.

    With F = B/W, of the mean squares B between and W within groups of k: ICC(1) = (B - W)/(B +
    (k - 1)W) = (F - 1)/(F + k - 1), the share of the variance of one respondent's score that lies
    between groups; and ICC(2) = (B - W)/B = 1 - 1/F, the reliability of a group's mean.

    Parameters
    ----------
    answers : Survey or Moments
        Answers with group columns.
    by : str or sequence of str
        The group columns; of several, every combination that occurs is a group. Respondents without
        a label are left out.
    side : str
        The side that is scored; ``"gap"`` is perception - expectation, of paired answers.
    size : {"weighted", "mean"}
        What k is where groups differ in size: n₀ = (N - Σn²/N)/(G - 1), of N respondents in G
        groups of n each, which makes ICC(1) the ratio of the estimated variances; or their mean
        N/G, as in R's multilevel. The more sizes differ, the further n₀ lies below the mean.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    GroupReliability
        One row a dimension. ICC(1) lies in -1/(k - 1)..1, ICC(2) is at most 1; they are below 0
        where groups differ less than their respondents' spread would make them.

    Raises
    ------
    TypeError, ValueError
        If a side or a group column is missing, or an option is unknown.

    Notes
    -----
    Intervals are those of F: exact for normal scores in equal groups, a guide where sizes differ
    much. With sampling weights, a group counts as the n_effective = (Σw)²/Σw² respondents that its
    weights are worth, in squares, df and sizes.

    References
    ----------
    Bliese, P. D. (2000). Within-group agreement, non-independence, and reliability. In K. J. Klein
    & S. W. J. Kozlowski (Eds.), Multilevel Theory, Research, and Methods in Organizations, 349-381.
    Jossey-Bass.

    Examples
    --------
    >>> from servqual import Dimension, Instrument, Item, Scale, survey_from_arrays
    >>> speed = Dimension(code="speed", name="Speed", items=(Item("wait"),))
    >>> form = Instrument(code="desk", name="Desk", scale=Scale(1, 7), dimensions=(speed,))
    >>> survey = survey_from_arrays(
    ...     form, perceptions=[[6], [7], [2], [3]], by={"branch": ["N", "N", "S", "S"]}
    ... )
    >>> row = group_reliability(survey, by="branch").table.row(dimension="speed")
    >>> round(row["f"], 4), round(row["icc1"], 4), round(row["icc2"], 4)
    (32.0, 0.9394, 0.9688)
    """
    confidence, size = confidence_level(confidence), _size(size)
    if not names("by", by):
        msg = "`by` must name at least one group column, got none"
        raise ValueError(msg)
    sums = moments_by(answers, by)
    face = named("side", side, sums.layout.faces)
    labelled = np.array([NO_LABEL not in group for group in sums.groups])
    width = sums.instrument.scale.width * (2 if face == "gap" else 1)
    found = sums.products(sums.layout.family_of("dimensions", face), face)
    own = found[labelled].diagonal()
    with np.errstate(invalid="ignore", divide="ignore"):
        worth = np.where(own.n > 0, own.w**2 / own.w2, 0.0) if sums.weighted else own.n
    squares = mean_squares(worth, mean_of_sums(own, width), width, size)
    keys = {"dimension": np.array(sums.instrument.dimension_codes)}
    without = int(sums.respondents[~labelled].sum())
    return _result(keys | _columns(own.n, squares, confidence), _note(size, without, confidence))


def group_reliability_from_scores(
    scores: Any,  # noqa: ANN401 (an array or any frame)
    groups: Any,  # noqa: ANN401 (labels of any kind)
    *,
    size: GroupSize = "weighted",
    confidence: float = 0.95,
) -> GroupReliability:
    """Return ICC(1) and ICC(2) of any scores in groups, by the formulas of `group_reliability`.

    Parameters
    ----------
    scores : array_like, data frame or mapping of columns (respondents, scores)
        One row a respondent, one column a score; or one score in a row. Each stands on those who
        have it.
    groups : sequence
        The label of each respondent's group; those without one are left out.
    size : {"weighted", "mean"}
        What k is where groups differ in size, as for `group_reliability`.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    GroupReliability
        One row a score; one in a row is called "score".

    Raises
    ------
    TypeError, ValueError
        If scores are no numbers, labels are not as many as respondents, or an option is unknown.

    Examples
    --------
    >>> table = group_reliability_from_scores([6, 7, 2, 3], ["N", "N", "S", "S"]).table
    >>> round(table.row(score="score")["f"], 4)
    32.0
    """
    confidence, size = confidence_level(confidence), _size(size)
    see_index("groups", groups, "scores", scores)
    given = Grouped.of(*columns_of("scores", scores, "score"), groups)
    sums = sums_by(given.values - given.low, given.codes, len(given.labels))
    squares = mean_squares(sums.n, mean_of_sums(sums, given.width), given.width, size)
    keys = {"score": np.array(given.names)}
    note = _note(size, given.unlabelled, confidence)
    return _result(keys | _columns(sums.n, squares, confidence), note)


def _size(size: GroupSize) -> GroupSize:
    choice("size", size, get_args(GroupSize))
    return size


def _columns(n: Array, squares: MeanSquares, confidence: float) -> dict[str, NDArray[Any]]:
    """Return the columns of the Table from mean squares; `n` is by group, (groups, columns)."""
    from scipy.special import fdtrc  # half a second

    between, within, df1, df2 = squares.between, squares.within, squares.df1, squares.df2
    groups = (n > 0).sum(axis=0)
    reasons = {
        "no answers": groups == 0,
        "one group": groups == 1,
        "one respondent in each group": n.max(axis=0, initial=0) == 1,
        "no variation": (between == 0) & (within == 0),
    }
    undefined = first_reason(reasons)
    known = undefined == ""
    with np.errstate(invalid="ignore", divide="ignore"):
        f = np.where(known, between / within, np.nan)
    low, high = f_ends(f, df1, df2, confidence)
    said = ["no variation between groups: no ICC(2)", "no variation within groups: no intervals"]
    return {
        "n": n.sum(axis=0).astype(int),
        "groups": groups,
        "group_size": np.where(groups > 1, squares.size, np.nan),
        "icc1": icc_of_f(f, squares.size),
        "icc1_low": icc_of_f(low, squares.size),
        "icc1_high": icc_of_f(high, squares.size),
        "icc2": icc_of_mean(f),
        "icc2_low": icc_of_mean(low),
        "icc2_high": icc_of_mean(high),
        "f": f,
        "df1": np.where(known, df1, np.nan),
        "df2": np.where(known, df2, np.nan),
        "p": np.asarray(fdtrc(df1, df2, f), float),
        "lacking": np.select([f == 0, np.isinf(f)], said, ""),
        "undefined": undefined,
    }


def _note(size: GroupSize, without: int, confidence: float) -> str:
    """Say what intervals and sizes are; `without` respondents have no label."""
    note = f"{interval_note(confidence, 'F')}; group_size is {SIZES[size]}"
    return note + (
        f"; {counted(without, 'respondent')} without a label left out" if without else ""
    )


def _result(columns: dict[str, NDArray[Any]], note: str) -> GroupReliability:
    keys = (next(iter(columns)),)
    table = Table(title="Reliability of groups", keys=keys, data=columns, note=note)
    return GroupReliability(table=table)
