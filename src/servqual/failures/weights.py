"""Weights of failures from judgement: from pairwise comparisons, and from points shared out."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from servqual._checks import confidence_level, names, positive
from servqual._stats.pairwise import consistency, misfits, principal_weights
from servqual._stats.student import t_interval
from servqual.failures._judgements import Array, Kinds, comparisons_of, points_of
from servqual.tables import Result, Table, interval_note

__all__ = ["ComparisonWeights", "PointWeights", "weights_from_comparisons", "weights_from_points"]

CONSISTENT = 0.1  # the consistency ratio below which Saaty lets judgements pass
ROUNDING = 1e-12
TIE = 9  # digits to which judgements contradict alike, and stand in the order of the types


def _weights(table: Table) -> dict[str, float]:
    return dict(zip(table["type"].tolist(), table["weight"].tolist(), strict=True))


@attrs.frozen(kw_only=True, repr=False)
class ComparisonWeights(Result):
    """Weights from pairwise comparisons, and how well the judgements agree with each other.

    Parameters
    ----------
    table : Table
        One row a `type`: its `weight`, and its `share` in the sum of the weights.
    judgements : Table
        One row a pair, `type` and `against`: how many times worse the one is than the other as
        `given`, as `implied` by the weights, and their `ratio`, given/implied. The judgement that
        contradicts the others most stands first: it is the one to ask again.
    judges : Table
        One row a `judge`: `consistency_index`, `consistency_ratio`, whether `consistent`,
        `lacking`.
    eigenvalue, consistency_index, consistency_ratio : float
        λ_max, (λ_max - n)/(n - 1), and that over its mean in random matrices; 0 where all agree.
    consistent : bool
        Whether the ratio is below 0.10; never where it is undefined.
    lacking : str
        "" or why there is no consistency ratio, which then is NaN.
    """

    table: Table
    judgements: Table
    judges: Table
    eigenvalue: float
    consistency_index: float
    consistency_ratio: float = attrs.field(eq=repr)
    consistent: bool
    lacking: str

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each type, for `FailureScheme.with_weights`."""
        return _weights(self.table)


def weights_from_comparisons(
    comparisons: Any,  # noqa: ANN401 (an array, any frame, pairs, or several of them)
    *,
    types: Sequence[str] | None = None,
    least: float | None = None,
) -> ComparisonWeights:
    """Return the weights that lie in judgements of how many times worse one failure is.

    The principal eigenvector A·w = λ_max·w of the comparisons a_ij, with Σw = 1; consistency index
    CI = (λ_max - n)/(n - 1), consistency ratio CR = CI/RI, RI the mean CI of random matrices.

    Parameters
    ----------
    comparisons : array_like, data frame or mapping, or a sequence of them
        How many times worse the type of the row is than that of the column, without unit: 1 as bad,
        below 1 less bad. A square table, whose rows stand in the order of its columns; or a mapping
        of pairs, ``{("lost", "late"): 9, …}``, each pair once. Of several judges, one such table
        each: they are combined judgement by judgement by geometric means.
    types : sequence of str, optional
        The types in the order of the weights; of an array, that of its columns, by default "1",
        "2", …; of a frame, the columns to take.
    least : float, optional
        The least weight, such as 1; by default the weights sum to 1.

    Returns
    -------
    ComparisonWeights
        Positive weights, the judgements beside them, the consistency of all and of each judge.

    Raises
    ------
    TypeError, ValueError
        If the table is not square, a judgement is not above 0 (within 1e-9..1e9), its reverse is
        not 1 over it (to 1e-6), both are missing, or a type stands against itself with anything but
        1.

    Notes
    -----
    A judgement that is missing (NaN, None or 0) is 1 over its reverse: half a table will do.
    The weights are ratios as these judges see them. A ratio of 0.10 or more says that the
    judgements contradict each other more than Saaty lets pass; the first of `judgements` are to be
    asked again, not to be changed at the desk. Of three types, all three judgements contradict by
    the same factor. One or two types cannot contradict each other: CR is 0. Beyond 15 types there
    is no RI, and no CR.
    Judges who contradict each other may look consistent together: see `judges`, one by one.

    References
    ----------
    Saaty, T. L. (1977). A scaling method for priorities in hierarchical structures. Journal of
    Mathematical Psychology 15(3), 234-281. https://doi.org/10.1016/0022-2496(77)90033-5
    Saaty, T. L. (1980). The Analytic Hierarchy Process. McGraw-Hill. (Random indices.)
    Aczél, J., & Saaty, T. L. (1983). Procedures for synthesizing ratio judgements. Journal of
    Mathematical Psychology 27(1), 93-102. (Geometric means of judges; from memory.)

    Examples
    --------
    >>> pairs = {("lost", "damaged"): 2, ("lost", "late"): 6, ("damaged", "late"): 3}
    >>> found = weights_from_comparisons(pairs, least=1)
    >>> {code: round(weight, 9) for code, weight in found.weights.items()}
    {'lost': 6.0, 'damaged': 3.0, 'late': 1.0}
    >>> found.consistent
    True
    >>> weights_from_comparisons([[1, 3, 5], [0, 1, 3], [0, 0, 1]])
    Weights from comparisons
    type  weight  share
    1      0.637  0.637
    2      0.258  0.258
    3      0.105  0.105
    λ 3.0385, consistency index 0.0193, ratio 0.0332: consistent (below 0.1)
    <BLANKLINE>
    Judgements, the most contradictory first
    type  against  given  implied  ratio
    1     2        3.000    2.466  1.216
    1     3        5.000    6.082  0.822
    2     3        3.000    2.466  1.216
    <BLANKLINE>
    Judges
    judge  consistency_index  consistency_ratio  consistent
    1                  0.019              0.033         yes
    """
    least = None if least is None else positive("least", least)
    kinds, tables = comparisons_of(comparisons, names("types", types))
    logs = np.log(tables).mean(axis=0)
    joint = tables[0] if len(tables) == 1 else np.exp(logs)
    weights = principal_weights(joint)
    misfit = misfits(joint, weights)
    eigenvalue, index, ratio = map(float, consistency(misfit))
    lacking = f"no random index for {len(kinds)} types: it ends at 15" if np.isnan(ratio) else ""
    judges = _judges(tables, lacking)
    return ComparisonWeights(
        table=Table(
            title="Weights from comparisons",
            keys=("type",),
            data={"type": list(kinds), "weight": _scaled_to(least, weights), "share": weights},
            note=f"λ {eigenvalue:.4f}, consistency index {index:.4f}, "
            + _verdict(ratio, lacking)
            + _alone(judges),
        ),
        judgements=_judgements(kinds, joint, misfit),
        judges=judges,
        eigenvalue=eigenvalue,
        consistency_index=index,
        consistency_ratio=ratio,
        consistent=ratio < CONSISTENT,
        lacking=lacking,
    )


def _scaled_to(least: float | None, shares: Array) -> Array:
    return shares if least is None else shares / shares.min() * least


def _verdict(ratio: float, lacking: str) -> str:
    if lacking:
        return lacking
    if ratio < CONSISTENT:
        return f"ratio {ratio:.4f}: consistent (below {CONSISTENT:g})"
    return (
        f"ratio {ratio:.4f}: the judgements contradict each other ({CONSISTENT:g} or more); ask "
        "again for the first of them"
    )


def _alone(judges: Table) -> str:
    """Name the judges who contradict themselves, which others may hide."""
    wrong = judges["judge"][judges["consistency_ratio"] >= CONSISTENT].tolist()
    several = len(judges) > 1 and bool(wrong)
    return f"; by itself, judge {', '.join(wrong)} is not" if several else ""


def _judgements(kinds: Kinds, given: Array, misfit: Array) -> Table:
    """Return the judgements, each pair once, those farthest from what the weights say first."""
    first, second = np.triu_indices(len(kinds), 1)
    distance = np.abs(np.log(misfit[first, second]))
    order = np.argsort(-np.round(distance, TIE), kind="stable")
    first, second = first[order], second[order]
    labels = np.array(kinds)
    return Table(
        title="Judgements, the most contradictory first",
        keys=("type", "against"),
        data={
            "type": labels[first],
            "against": labels[second],
            "given": given[first, second],
            "implied": given[first, second] / misfit[first, second],
            "ratio": misfit[first, second],
        },
    )


def _judges(tables: Array, lacking: str) -> Table:
    _, index, ratio = consistency(misfits(tables, principal_weights(tables)))
    several = "combined by the geometric mean of each judgement" if len(tables) > 1 else ""
    return Table(
        title="Judges",
        keys=("judge",),
        data={
            "judge": [str(n) for n in range(1, len(tables) + 1)],
            "consistency_index": index,
            "consistency_ratio": ratio,
            "consistent": ratio < CONSISTENT,
            "lacking": [lacking] * len(tables),
        },
        note=several,
    )


@attrs.frozen(kw_only=True, repr=False)
class PointWeights(Result):
    """Weights from points that judges shared out.

    Parameters
    ----------
    table : Table
        One row a `type`: `n` judges, their mean `share` with `se`, `low`, `high`, the `weight`,
        and `lacking`, why there is no interval.
    """

    table: Table

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each type, for `FailureScheme.with_weights`."""
        return _weights(self.table)


def weights_from_points(
    points: Any,  # noqa: ANN401 (an array, any frame or a mapping)
    *,
    types: Sequence[str] | None = None,
    least: float | None = None,
    confidence: float = 0.95,
) -> PointWeights:
    """Return the weights that lie in points, say 100, which each judge shares out among failures.

    share_i = Σ_j (p_ji/Σ_k p_jk)/J: the mean over J judges of the share that each gave to type i.

    Parameters
    ----------
    points : array_like, data frame or mapping
        p, (judges, types), 0 or more: an array, or a frame with a column for each type. Of one
        judge, numbers in a row or a mapping of types to points. Every judge's points are divided by
        their own sum; sums that differ are noted.
    types : sequence of str, optional
        The types in the order of the weights; of an array, that of its columns, by default "1",
        "2", …; of a frame, the columns to take, by default all.
    least : float, optional
        The least weight, such as 1; by default the weights are the shares, which sum to 1.
    confidence : float
        The confidence of the intervals of the shares, between 0 and 1.

    Returns
    -------
    PointWeights
        Positive weights, and shares with t intervals over the judges, cut at 0 and 1.

    Raises
    ------
    TypeError, ValueError
        If points are missing, below 0, infinite or beyond 1e-9..1e9, a judge gave none at all, or a
        type got none from anybody.

    Notes
    -----
    No points may be missing: 0 is an answer, and a gap is not. Intervals need two judges or more,
    drawn independently; the shares of one judge add up to 1, so that they do not vary one by one.
    Constant-sum scaling takes it that a failure with twice the points is twice as bad.

    References
    ----------
    Torgerson, W. S. (1958). Theory and Methods of Scaling. Wiley. (Constant-sum methods; from
    memory.)

    Examples
    --------
    >>> found = weights_from_points({"late": 10, "damaged": 30, "lost": 60}, least=1)
    >>> {code: round(weight, 9) for code, weight in found.weights.items()}
    {'late': 1.0, 'damaged': 3.0, 'lost': 6.0}
    >>> weights_from_points([[20, 80], [40, 60], [30, 70]], types=["late", "lost"])
    Weights from points
    type  n  share     se    low   high  weight
    late  3  0.300  0.058  0.052  0.548   0.300
    lost  3  0.700  0.058  0.452  0.948   0.700
    95 % intervals of the shares by Student's t over judges, cut at 0 and 1
    """
    least = None if least is None else positive("least", least)
    confidence = confidence_level(confidence)
    kinds, given = points_of(points, names("types", types))
    shares = given / given.sum(axis=1, keepdims=True)
    share = shares.mean(axis=0)
    judges = len(shares)
    se = np.full(len(kinds), np.nan)
    if judges > 1:
        alike = np.ptp(shares, axis=0) <= ROUNDING
        se = np.where(alike, 0.0, shares.std(axis=0, ddof=1) / np.sqrt(judges))
    low, high = t_interval(share, se, np.array(judges - 1.0), confidence)
    note = interval_note(confidence, "Student's t over judges, cut at 0 and 1", "of the shares")
    return PointWeights(
        table=Table(
            title="Weights from points",
            keys=("type",),
            data={
                "type": list(kinds),
                "n": np.full(len(kinds), judges),
                "share": share,
                "se": se,
                "low": np.maximum(low, 0.0),
                "high": np.minimum(high, 1.0),
                "weight": _scaled_to(least, share),
                "lacking": np.select(
                    [np.isnan(se), se == 0], ["one judge", "all judges gave the same share"], ""
                ),
            },
            note=note + _totals(given),
        )
    )


def _totals(points: Array) -> str:
    """Return what a note says of judges who did not share out the same number of points."""
    totals = points.sum(axis=1)
    if np.ptp(totals) <= ROUNDING * totals.max():
        return ""
    return f"; judges gave {totals.min():g} to {totals.max():g} points, taken as shares of each sum"
