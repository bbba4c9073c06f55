"""Agreement within groups: r_wg of one item, and r_wg(J) of several."""

from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import choice, positive
from servqual._frames.arrays import see_index
from servqual._frames.grouped import Grouped, columns_of
from servqual._frames.words import counted, first_reason
from servqual._stats.means import mean_of_sums, sums_by
from servqual.agreement._ratings import NOISE, numeric, unit_names
from servqual.instruments import Scale
from servqual.instruments.scales import scale_of, see_on_scale
from servqual.tables import Result, Table

__all__ = ["Null", "WithinGroupAgreement", "group_agreement", "within_group_agreement"]

Array = NDArray[np.float64]
Null = Literal["uniform", "slight_skew", "moderate_skew", "heavy_skew", "triangular"]
SHARES = {  # of the answers to five points, the first at the end that nobody takes to
    "slight_skew": (0.05, 0.15, 0.20, 0.35, 0.25),
    "moderate_skew": (0.00, 0.10, 0.15, 0.40, 0.35),
    "heavy_skew": (0.00, 0.00, 0.10, 0.40, 0.50),
    "triangular": (0.11, 0.22, 0.34, 0.22, 0.11),
}


@attrs.frozen(kw_only=True, repr=False)
class WithinGroupAgreement(Result):
    """How far the members of each group agree, and how far over all groups.

    Parameters
    ----------
    groups : Table
        Keyed `group`: `n`, the members who answered; `variance`, the mean over items of the
        variance of their answers; `r_wg`; `out_of_range`, whether they vary more than the null
        does; and `undefined`.
    overall : Table
        One row: the `null`, its variance `null_variance`; how many `groups` have an r_wg or are
        out of range, the `mean` and the `median` of their r_wg, 0 for groups out of range, how many
        are (`out_of_range`), and `undefined`.
    """

    groups: Table
    overall: Table


def within_group_agreement(
    ratings: Any,  # noqa: ANN401 (an array, any frame, or Ratings)
    *,
    scale: Scale | tuple[float, float],
    null: Null | float = "uniform",
) -> WithinGroupAgreement:
    """Return r_wg = 1 - s²/σ² of each unit that several raters rated.

    s² is the variance of the ratings of a unit, with the divisor n - 1, and σ² that of answers
    without any agreement: (A² - 1)/12 where all A = high - low + 1 whole steps of the scale are
    equally likely.

    Parameters
    ----------
    ratings : array_like, data frame or Ratings (units, raters)
        One row a unit (a group), one column a rater (a member). NaN where there is no rating, as in
        groups of different sizes; groups with fewer than two are undefined.
    scale : Scale or pair
        What the ratings could be: a Scale, or its ends. Fractions are ratings too.
    null : {"uniform", "slight_skew", "moderate_skew", "heavy_skew", "triangular"} or float
        Answers without agreement, on the whole steps of the scale; or their variance. Skewed and
        triangular ones are known for five points. Where the form offers half points, give the
        variance: (A² - 1)/48 of A equally likely points, as 5/3 from 1 to 5.

    Returns
    -------
    WithinGroupAgreement
        1 where all members agree, 0 where they vary as the null does; negative, and flagged, where
        they vary more.

    Raises
    ------
    TypeError, ValueError
        If ratings are no numbers or off the scale, or a null is unknown for it.

    Notes
    -----
    The choice of null decides the level of r_wg: uniform is the usual one, and flatters members who
    all avoid one end of the scale; see how much is left with a slight skew. `group_agreement` takes
    answers to several items with the group of each respondent.

    References
    ----------
    James, L. R., Demaree, R. G., & Wolf, G. (1984). Estimating within-group interrater reliability
    with and without response bias. Journal of Applied Psychology 69(1), 85-98.
    https://doi.org/10.1037/0021-9010.69.1.85

    LeBreton, J. M., & Senter, J. L. (2008). Answers to 20 questions about interrater reliability
    and interrater agreement. Organizational Research Methods 11(4), 815-852.
    https://doi.org/10.1177/1094428106296642 (The shares of the skewed and triangular nulls are
    from memory of it, and give its variances 1.34, .90, .44 and 1.32.)

    Examples
    --------
    Five members, with a variance of .5; were all five points equally likely, it would be 2.

    >>> within_group_agreement([[4, 4, 5, 4, 3]], scale=(1, 5)).groups.row(group="1")["r_wg"]
    0.75
    """
    scale = scale_of(scale)
    values, members = numeric(ratings)
    see_on_scale("ratings", values, scale, members)
    units, raters = values.shape
    there = ~np.isnan(values.ravel())
    codes = np.repeat(np.arange(units), raters)[there]
    column = values.ravel()[there][:, None]
    return _agreement(Grouped(("rating",), column, unit_names(ratings, units), codes), scale, null)


def group_agreement(
    answers: Any,  # noqa: ANN401 (an array or any frame)
    groups: Any,  # noqa: ANN401 (labels of any kind)
    *,
    scale: Scale | tuple[float, float],
    null: Null | float = "uniform",
) -> WithinGroupAgreement:
    """Return r_wg(J) = J(1 - q)/(J(1 - q) + q), q = s̄²/σ², of the answers of each group.

    s̄² is the mean over J items of the variance of a group's answers, and σ² as for
    `within_group_agreement`; with one item, r_wg = 1 - q.

    Parameters
    ----------
    answers : array_like, data frame or mapping of columns (respondents, items)
        One row a respondent, one column an item; or one item's answers in a row. Respondents who
        lack an answer are left out.
    groups : sequence
        The label of each respondent's group; those without one are left out.
    scale : Scale or pair
        What answers could be: a Scale, or its ends.
    null : {"uniform", "slight_skew", "moderate_skew", "heavy_skew", "triangular"} or float
        Answers without agreement, or their variance, as for `within_group_agreement`.

    Returns
    -------
    WithinGroupAgreement
        As for one item. Where q reaches J/(J - 1) the formula turns over, and there is none.

    Raises
    ------
    TypeError, ValueError
        If answers are no numbers or off the scale, labels are not as many as respondents, or a
        null is unknown for the scale.

    Notes
    -----
    r_wg(J) takes items as parallel and grows with J for the same variances. A mean over groups
    counts those out of range as 0, as James, Demaree and Wolf do.

    References
    ----------
    James, L. R., Demaree, R. G., & Wolf, G. (1984). Estimating within-group interrater reliability
    with and without response bias. Journal of Applied Psychology 69(1), 85-98.
    https://doi.org/10.1037/0021-9010.69.1.85

    Examples
    --------
    Both items have a variance of .5, a quarter of 2: r_wg(2) = 1.5/(1.5 + .25).

    >>> found = group_agreement([[4, 2], [5, 3]], ["north", "north"], scale=(1, 5))
    >>> round(found.groups.row(group="north")["r_wg"], 4)
    0.8571
    """
    scale = scale_of(scale)
    see_index("groups", groups, "answers", answers)
    values, items = columns_of("answers", answers, "item")
    see_on_scale("answers", values, scale, items)
    return _agreement(Grouped.of(values, items, groups), scale, null)


def _agreement(given: Grouped, scale: Scale, null: Null | float) -> WithinGroupAgreement:
    """Return r_wg(J) by group from values of members."""
    null_variance = _variance(null, scale)
    kept, items = given.complete, len(given.names)
    sums = sums_by(kept.values - kept.low, kept.codes, len(kept.labels))
    members = sums.n[:, 0].astype(int)
    variance = (mean_of_sums(sums, scale.width).sd ** 2).mean(axis=1)
    q = variance / null_variance
    out = q > 1 + NOISE
    bottom = items - (items - 1) * q  # J(1 - q) + q
    with np.errstate(invalid="ignore", divide="ignore"):
        r_wg = np.where(bottom > NOISE, items * (1 - q) / bottom, np.nan)
    reasons = {
        "no member answered all items" if items > 1 else "no ratings": members == 0,
        "one member": members == 1,
        "answers vary too much for r_wg(J)": np.isnan(r_wg),
    }
    columns: dict[str, Any] = {
        "group": np.array(given.labels, dtype=str),
        "n": members,
        "variance": variance,
        "r_wg": r_wg,
        "out_of_range": out,
        "undefined": first_reason(reasons),
    }
    ends = f"{scale.low}..{scale.high}"
    note = f"{counted(items, 'item')} on {ends}, null variance {null_variance:g}"
    for count, why in (
        (len(given.values) - len(kept.values), "lacking an answer"),
        (given.unlabelled, "without a group"),
    ):
        note += f"; {counted(count, 'respondent')} {why} left out" if count else ""
    return WithinGroupAgreement(
        groups=Table(title="Agreement within groups", keys=("group",), data=columns, note=note),
        overall=_overall(null, null_variance, np.where(out, 0.0, r_wg), out),
    )


def _overall(
    null: Null | float, null_variance: float, r_wg: Array, out: NDArray[np.bool_]
) -> Table:
    """Return the Table over all groups."""
    known = r_wg[~np.isnan(r_wg)]
    data: dict[str, Any] = {
        "null": [null if isinstance(null, str) else "given"],
        "null_variance": [null_variance],
        "groups": [len(known)],
        "mean": [known.mean() if known.size else np.nan],
        "median": [np.median(known) if known.size else np.nan],
        "out_of_range": [int(out.sum())],
        "undefined": ["" if known.size else "no group with two members"],
    }
    note = "groups out of range count as 0" if out.any() else ""
    return Table(title="Over all groups", keys=(), data=data, note=note)


def _variance(null: Null | float, scale: Scale) -> float:
    """Return the variance of answers without agreement."""
    if not isinstance(null, str):
        return positive("null", null)
    choice("null", null, ("uniform", *SHARES))
    points, hint = len(scale.levels), "; give the variance of such answers as `null`"
    if scale.width % 1:
        rule = f"`null` {null!r} is known for whole steps from {scale.low} to {scale.high}"
        msg = f"{rule}, and they are {scale.width} apart{hint}"
        raise ValueError(msg)
    if null == "uniform":
        return (points**2 - 1) / 12
    if points != 5:
        msg = f"`null` {null!r} is known for 5 points, and the scale has {points}{hint}"
        raise ValueError(msg)
    shares, places = np.array(SHARES[null]), np.arange(5)
    return float(shares @ (places - shares @ places) ** 2)
