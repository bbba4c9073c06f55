"""How far branches differ: the reliability of one customer's score, and of a branch's mean."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import confidence_level, named, names
from servqual._frames.groups import NO_LABEL
from servqual._stats.means import NO_SPREAD, mean_of_sums
from servqual.agreement._groups import Grouped
from servqual.agreement._ratings import counted
from servqual.survey import Moments, Survey, moments_by
from servqual.tables import Result, Table, interval_note

__all__ = ["GroupReliability", "group_reliability", "group_reliability_from_scores"]

Array = NDArray[np.float64]


@attrs.frozen(kw_only=True, repr=False)
class GroupReliability(Result):
    """ICC(1) and ICC(2): how far groups differ, and how well their means tell them apart.

    Parameters
    ----------
    table : Table
        Keyed `dimension`, or `score`: the respondents `n` with a score, their `groups`, and
        `group_size`, the n₀ of the formulas; `icc1` with `icc1_low` and `icc1_high`, and `icc2`
        with `icc2_low` and `icc2_high`; `f`, `df1`, `df2` and `p` of the test that groups do not
        differ; `lacking`, what beside ICC(1) is missing and why; and `undefined`.
    """

    table: Table


def group_reliability(
    answers: Survey | Moments,
    *,
    by: str | Sequence[str],
    side: str = "perceptions",
    confidence: float = 0.95,
) -> GroupReliability:
    """Return ICC(1) and ICC(2) of respondents' dimension scores in groups, such as branches.

    With the mean squares B between and W within groups, F = B/W: ICC(1) = (B - W)/(B + (n₀ - 1)W),
    the share of the variance of one respondent's score that lies between groups; and ICC(2) =
    (B - W)/B = 1 - 1/F, the reliability of a group's mean. n₀ = (N - Σn²/N)/(G - 1) of N
    respondents in G groups of n each; with equal groups, that n.

    Parameters
    ----------
    answers : Survey or Moments
        Answers with group columns.
    by : str or sequence of str
        The group columns; of several, every combination that occurs is a group. Respondents without
        a label are left out.
    side : str
        The side that is scored; ``"gap"`` is perception - expectation, of paired answers.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    GroupReliability
        One row a dimension. ICC(1) lies in -1/(n₀ - 1)..1, ICC(2) is at most 1; they are below 0
        where groups differ less than their respondents' spread would make them.

    Raises
    ------
    TypeError, ValueError
        If a side or a group column is missing.

    Notes
    -----
    Intervals are those of F: exact for normal scores in equal groups, a guide where sizes differ
    much. With sampling weights, a group counts as the n_effective = (Σw)²/Σw² respondents that its
    weights are worth, in squares, df and sizes. R's multilevel takes the mean size for n₀.

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
    confidence = confidence_level(confidence)
    if not names("by", by):
        msg = "`by` must name at least one group column, got none"
        raise ValueError(msg)
    sums = moments_by(answers, by)
    faces = [*sums.sides, *(["gap"] if sums.layout.paired else [])]
    face = named("side", side, faces)
    labelled = np.array([NO_LABEL not in group for group in sums.groups])
    width = sums.instrument.scale.width * (2 if face == "gap" else 1)
    found = sums.products("dimensions|gap" if face == "gap" else "dimensions", face)
    own = found[labelled].diagonal()
    mean = mean_of_sums(own, width)
    with np.errstate(invalid="ignore", divide="ignore"):
        worth = np.where(own.n > 0, own.w**2 / own.w2, 0.0) if sums.weighted else own.n
    columns = _reliability(own.n, worth, mean.mean, mean.sd, width, confidence)
    keys = {"dimension": np.array(sums.instrument.dimension_codes)}
    without = int(sums.respondents[~labelled].sum())
    return _result(keys | columns, without, confidence)


def group_reliability_from_scores(
    scores: Any,  # noqa: ANN401 (an array or any frame)
    groups: Any,  # noqa: ANN401 (labels of any kind)
    *,
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
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    GroupReliability
        One row a score; one in a row is called "score".

    Raises
    ------
    TypeError, ValueError
        If scores are no numbers, or labels are not as many as respondents.

    Examples
    --------
    >>> table = group_reliability_from_scores([6, 7, 2, 3], ["N", "N", "S", "S"]).table
    >>> round(table.row(score="score")["f"], 4)
    32.0
    """
    confidence = confidence_level(confidence)
    given = Grouped.of("scores", scores, groups, "score")
    n, mean, sd = given.spread()
    there = np.where(np.isnan(given.values), np.inf, given.values)
    low, high = there.min(axis=0), np.where(np.isinf(there), -np.inf, there).max(axis=0)
    columns = _reliability(n, n, mean, sd, np.maximum(high - low, 0), confidence)
    return _result({"score": np.array(given.names)} | columns, given.unlabelled, confidence)


def _reliability(
    n: Array, worth: Array, mean: Array, sd: Array, width: Array | float, confidence: float
) -> dict[str, NDArray[Any]]:
    """Return the columns of the Table from numbers by group, (groups, columns).

    `worth` is the number of respondents that each group counts as; `width` that of the values.
    """
    from scipy.special import fdtrc  # half a second

    between, within, size, df1, df2 = _squares(worth, mean, sd, width)
    groups = (n > 0).sum(axis=0)
    reasons = {
        "no answers": groups == 0,
        "one group": groups == 1,
        "one respondent in each group": n.max(axis=0, initial=0) == 1,
        "no variation": (between == 0) & (within == 0),
    }
    undefined = np.select(list(reasons.values()), list(reasons), "")
    known = undefined == ""
    with np.errstate(invalid="ignore", divide="ignore"):
        f = np.where(known, between / within, np.nan)
        icc1 = (between - within) / (between + (size - 1) * within)
    columns = {
        "icc1": np.where(known, icc1, np.nan),
        **_intervals(f, size, df1, df2, confidence),
        "f": f,
        "df1": np.where(known, df1, np.nan),
        "df2": np.where(known, df2, np.nan),
        "p": np.asarray(fdtrc(df1, df2, f), float),
    }
    said = ["no variation between groups: no ICC(2)", "no variation within groups: no intervals"]
    return {
        "n": n.sum(axis=0).astype(int),
        "groups": groups,
        "group_size": np.where(groups > 1, size, np.nan),
        **columns,
        "lacking": np.select([f == 0, np.isinf(f)], said, ""),
        "undefined": undefined,
    }


def _squares(
    worth: Array, mean: Array, sd: Array, width: Array | float
) -> tuple[Array, Array, Array, Array, Array]:
    """Return the mean squares between and within groups, n₀, and the df of both, (columns,)."""
    some = worth > 0
    groups, total = some.sum(axis=0), worth.sum(axis=0)
    df1, df2 = groups - 1.0, total - groups
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = np.where(some, worth * mean, 0.0).sum(axis=0) / total
        apart = np.where(some, mean - centre, 0.0)
        apart = np.where(apart**2 <= NO_SPREAD * np.square(width), 0.0, apart)
        between = (worth * apart**2).sum(axis=0) / df1
        within = np.where(worth > 1, (worth - 1) * sd**2, 0.0).sum(axis=0) / df2
        size = (total - (worth**2).sum(axis=0) / total) / df1
    return between, within, size, df1, df2


def _intervals(
    f: Array, size: Array, df1: Array, df2: Array, confidence: float
) -> dict[str, Array]:
    """Return the interval of ICC(1), ICC(2) and its interval: functions of F and of F's ends."""
    from scipy.special import fdtri  # half a second

    upper = 0.5 + confidence / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        varied = np.where(np.isfinite(f) & (f > 0), f, np.nan)
        below, above = varied / fdtri(df1, df2, upper), varied * fdtri(df2, df1, upper)
        return {
            "icc1_low": (below - 1) / (below + size - 1),
            "icc1_high": (above - 1) / (above + size - 1),
            "icc2": np.where(f > 0, 1 - 1 / f, np.nan),
            "icc2_low": 1 - 1 / below,
            "icc2_high": 1 - 1 / above,
        }


def _result(columns: dict[str, NDArray[Any]], without: int, confidence: float) -> GroupReliability:
    """Return the result; `without` respondents have no label."""
    note = f"{interval_note(confidence, 'F')}; group_size is n₀"
    note += f"; {counted(without, 'respondent')} without a label left out" if without else ""
    keys = (next(iter(columns)),)
    table = Table(title="Reliability of groups", keys=keys, data=columns, note=note)
    return GroupReliability(table=table)
