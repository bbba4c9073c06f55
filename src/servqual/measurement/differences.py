"""What subtracting does to measurement: the reliability of gaps, and what they inherit."""

from collections.abc import Sequence
from itertools import compress
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import between, not_negative, plain_number
from servqual._frames.words import first_reason
from servqual._stats.means import NO_SPREAD, mean_of_sums
from servqual._stats.reliability import alpha
from servqual._stats.second_moments import covariances
from servqual.survey import Moments, Survey, moments_by
from servqual.tables import Result, Table

__all__ = [
    "DifferenceDiagnostics",
    "DifferenceReliability",
    "difference_diagnostics",
    "difference_reliability",
]

Array = NDArray[np.float64]
SIDES = {"expectation": "expectations", "perception": "perceptions", "gap": "gap"}
FAMILY = "dimensions|gap"
EXCEEDS = "the correlation exceeds √(r₁·r₂)"
NO_CEILING = "no ceiling: Moments keep no answers"


@attrs.frozen(kw_only=True, repr=False)
class DifferenceReliability(Result):
    """The reliability of a difference of two scores.

    Parameters
    ----------
    reliability : float
        At most 1; below 0 where two scores correlate more than their reliabilities allow.
    sd : float
        The standard deviation of the difference.
    lacking : str
        Where the figures contradict each other: a correlation, without its sign, above √(r₁₁·r₂₂).
    undefined : str
        Why there is no reliability, or nothing.
    table : Table
        The same in one row.
    """

    reliability: float = attrs.field(eq=repr)
    sd: float
    lacking: str
    undefined: str
    table: Table


def difference_reliability(
    *,
    first_sd: float,
    second_sd: float,
    first_reliability: float,
    second_reliability: float,
    correlation: float,
) -> DifferenceReliability:
    """Return r_D = (σ₁²·r₁₁ + σ₂²·r₂₂ - 2·r₁₂·σ₁·σ₂)/(σ₁² + σ₂² - 2·r₁₂·σ₁·σ₂).

    What two scores share is true, and subtracting takes it away; their errors stay.

    Parameters
    ----------
    first_sd, second_sd : float
        σ of the two scores, such as perceptions and expectations; 0 or more.
    first_reliability, second_reliability : float
        Their reliabilities, such as α; at most 1.
    correlation : float
        r₁₂ between them, -1..1.

    Returns
    -------
    DifferenceReliability
        Not cut at 0: a negative one says that the figures contradict each other, or that the
        errors of the two scores correlate.

    Raises
    ------
    TypeError, ValueError
        If a figure is no number or out of range.

    References
    ----------
    Peter, J. P., Churchill, G. A. & Brown, T. J. (1993). Caution in the use of difference scores in
    consumer research. Journal of Consumer Research 19(4), 655-662. https://doi.org/10.1086/209329

    Examples
    --------
    Of two scores of equal variance and reliability 0.8, half of which they share:

    >>> found = difference_reliability(
    ...     first_sd=1,
    ...     second_sd=1,
    ...     first_reliability=0.8,
    ...     second_reliability=0.8,
    ...     correlation=0.5,
    ... )
    >>> round(found.reliability, 6)
    0.6
    """
    first, second = not_negative("first_sd", first_sd), not_negative("second_sd", second_sd)
    own = [
        _at_most_1("first_reliability", first_reliability),
        _at_most_1("second_reliability", second_reliability),
    ]
    correlation = between("correlation", correlation, -1, 1)
    shared = correlation * first * second
    variance, reliability = (
        float(array)
        for array in _of_difference(np.square(first), np.square(second), np.array(shared), *own)
    )
    most = np.sqrt(np.prod(np.maximum(own, 0)))
    data: dict[str, Any] = {
        "reliability": reliability,
        "sd": float(np.sqrt(variance)),
        "lacking": EXCEEDS if variance > 0 and abs(correlation) > most + NO_SPREAD else "",
        "undefined": "" if variance > 0 else "no variation of the difference",
    }
    columns = {name: [value] for name, value in data.items()}
    table = Table(title="Reliability of the difference", keys=(), data=columns)
    return DifferenceReliability(**data, table=table)


def _at_most_1(name: str, value: object) -> float:
    number = plain_number(name, value)
    if number > 1:
        msg = f"`{name}` must be at most 1, got {number}"
        raise ValueError(msg)
    return number


def _of_difference(
    first: Array, second: Array, shared: Array, own: Array | float, other: Array | float
) -> tuple[Array, Array]:
    """Return the variance of a difference and its reliability, from variances and covariances.

    A variance that is rounding is 0, and then there is no reliability. What does not vary needs no
    reliability of its own.
    """
    variance = np.asarray(first + second - 2 * shared)
    variance = np.where(variance <= NO_SPREAD * (first + second), 0.0, variance)
    with np.errstate(invalid="ignore", divide="ignore"):
        true = np.where(first > 0, first * own, 0.0) + np.where(second > 0, second * other, 0.0)
        true -= 2 * shared
        return variance, np.where(variance > 0, true / variance, np.nan)


@attrs.frozen(kw_only=True, repr=False)
class DifferenceDiagnostics(Result):
    """What gap scores lose and inherit, by dimension.

    Parameters
    ----------
    table : Table
        Keyed `dimension`, after the group columns. `n` respondents have a gap of the dimension;
        on them stand `correlation` (of expectation and perception), `variance_ratio` (that of the
        expectation over that of the perception), `with_perception` and `with_expectation` (what
        gaps correlate with their parts). `expectation_reliability`, `perception_reliability` and
        `gap_alpha` are α of each side's items and of the items' gaps, on `expectation_n`,
        `perception_n` and `gap_n` respondents who answered all of these. `reliability` is that of
        the gap by its parts, and `root` its square root, the correlation of gaps with what they
        measure. `expectation_ceiling` is the share of expectations at the best point of the scale.
        `lacking` says what is missing beside the reliability, `undefined` why there is none.
    """

    table: Table


def difference_diagnostics(
    answers: Survey | Moments, *, by: str | Sequence[str] | None = None
) -> DifferenceDiagnostics:
    """Diagnose gap scores: reliability, restricted variance, and correlation with their parts.

    With σ and r of the dimension's scores P and E: reliability = (σ²_P·α_P + σ²_E·α_E -
    2·r·σ_P·σ_E)/σ²_D, σ²_D = σ²_P + σ²_E - 2·r·σ_P·σ_E; corr(P-E, P) = (σ_P - r·σ_E)/σ_D,
    corr(P-E, E) = (r·σ_P - σ_E)/σ_D.

    Parameters
    ----------
    answers : Survey or Moments
        Answers with expectations and perceptions. Moments do not know how many expectations stand
        at the best point of the scale.
    by : str or sequence of str
        Group columns, for rows by group; default all respondents together.

    Returns
    -------
    DifferenceDiagnostics
        Free of the scale's unit, gap = perception - expectation.

    Raises
    ------
    TypeError, ValueError
        If a side or a group column is missing.

    Notes
    -----
    Gaps correlate with their parts because they are made of them. Where `with_perception` exceeds
    `root`, gaps go more with perceptions than with what they measure, and add little to
    them [1]_. A `variance_ratio` far below 1 and a high ceiling say that expectations hardly vary:
    then a gap is a perception counted from another point. Reliabilities take the errors of the two
    sides for uncorrelated; answers side by side on one page seldom are, and `gap_alpha` shows it.

    With sampling weights, variances and shares are weighted.

    References
    ----------
    .. [1] Peter, J. P., Churchill, G. A. & Brown, T. J. (1993). Caution in the use of difference
       scores in consumer research. Journal of Consumer Research 19(4), 655-662.
       https://doi.org/10.1086/209329

    Examples
    --------
    Expectations that are all alike leave gaps the variation of perceptions alone:

    >>> from servqual import Dimension, Instrument, Item, Scale, survey_from_arrays
    >>> speed = Dimension(code="speed", name="Speed", items=(Item("wait"), Item("reply")))
    >>> form = Instrument(code="desk", name="Desk", scale=Scale(1, 7), dimensions=(speed,))
    >>> survey = survey_from_arrays(
    ...     form, expectations=[[7, 7], [7, 7], [7, 7]], perceptions=[[5, 6], [4, 4], [2, 3]]
    ... )
    >>> row = difference_diagnostics(survey).table.row(dimension="speed")
    >>> row["variance_ratio"], row["with_perception"], row["expectation_ceiling"]
    (0.0, 1.0, 1.0)
    """
    sums = moments_by(answers, by)
    if not sums.layout.paired:
        msg = (
            f"`answers` must have expectations and perceptions, got {' and '.join(sums.sides)}; "
            "give the columns of both to the reader"
        )
        raise ValueError(msg)
    parts = _scores(sums) | _reliabilities(sums)
    unknown = np.full(parts["n"].shape, np.nan)
    ceiling = _ceiling(answers, sums) if isinstance(answers, Survey) else unknown
    columns = _diagnosed(parts) | {"expectation_ceiling": ceiling}
    columns |= {f"{name}_n": parts[f"{name}_n"].astype(int) for name in SIDES}
    undefined = _undefined(sums, parts, columns["reliability"])
    lacking = _lacking(columns, undefined, from_moments=isinstance(answers, Moments))
    columns |= {"lacking": lacking, "undefined": undefined}
    keys: dict[str, Any] = {**sums.keyed(dimension=sums.instrument.dimension_codes)}
    cells = {name: cell.ravel() for name, cell in columns.items()}
    return DifferenceDiagnostics(
        table=Table(
            title="Gaps as difference scores",
            keys=tuple(keys),
            data=keys | cells,
            note="gap = perception - expectation; reliability by those of its parts, whose errors "
            "are taken for uncorrelated; prefer the two sides where with_perception exceeds root",
        )
    )


def _scores(sums: Moments) -> dict[str, Array]:
    """Return n of the dimensions' gaps, and the variances of these and of their parts."""
    width = sums.instrument.scale.width
    found: dict[str, Array] = {}
    for name, face in SIDES.items():
        mean = mean_of_sums(sums.products(FAMILY, face).diagonal(), width)
        found |= {"n": mean.n, name: np.square(mean.sd)}
    return found


def _reliabilities(sums: Moments) -> dict[str, Array]:
    """Return α of the items of each side and of their gaps, with n, (groups, dimensions)."""
    codes = sums.instrument.dimension_codes
    found: dict[str, Array] = {}
    for name, face in SIDES.items():
        own = [sums.listwise(face, code) for code in codes]
        found[f"{name}_n"] = np.stack([listwise.n[:, 0, 0] for listwise in own], axis=1)
        both = [alpha(covariances(listwise)) for listwise in own]
        found[f"{name}_alpha"] = np.stack(both, axis=1)
    return found


def _diagnosed(parts: dict[str, Array]) -> dict[str, NDArray[Any]]:
    """Return the columns of numbers, each (groups, dimensions)."""
    e, p, d = parts["expectation"], parts["perception"], parts["gap"]
    shared = (p + e - d) / 2
    _, reliability = _of_difference(
        p, e, shared, parts["perception_alpha"], parts["expectation_alpha"]
    )
    reliability = np.where(d > 0, reliability, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation, with_perception, with_expectation = (
            np.clip(np.where((a > 0) & (b > 0), covariance / np.sqrt(a * b), np.nan), -1, 1)
            for covariance, a, b in ((shared, p, e), (p - shared, d, p), (shared - e, d, e))
        )
        return {
            "n": parts["n"].astype(int),
            "correlation": correlation,
            "expectation_reliability": parts["expectation_alpha"],
            "perception_reliability": parts["perception_alpha"],
            "gap_alpha": parts["gap_alpha"],
            "reliability": reliability,
            "root": np.sqrt(reliability),
            "with_perception": with_perception,
            "with_expectation": with_expectation,
            "variance_ratio": np.where(p > 0, e / p, np.nan),
        }


def _ceiling(survey: Survey, sums: Moments) -> Array:
    """Return the share of expectations at the best point of the scale, (groups, dimensions)."""
    groups, codes = survey.crossed(sums.by)
    weights = survey.weights if survey.weights.size else np.ones(len(survey))
    answers = survey.expectations
    at_best, answered = answers == survey.instrument.scale.high, ~np.isnan(answers)
    found = np.empty((len(groups), len(sums.instrument.dimensions)))
    for column, place in enumerate(sums.layout.dimensions):
        best, given = (
            np.bincount(codes, weights * here[:, place].sum(axis=1), minlength=len(groups))
            for here in (at_best, answered)
        )
        found[:, column] = np.divide(best, given, out=np.full(len(groups), np.nan), where=given > 0)
    return found


def _undefined(sums: Moments, parts: dict[str, Array], reliability: Array) -> NDArray[np.str_]:
    """Return why there is no reliability of the gap, or nothing."""
    sizes = sums.layout.membership.sum(axis=0)
    reasons: dict[str, NDArray[np.bool_]] = {
        "one item": np.broadcast_to(sizes == 1, reliability.shape),
        "no respondent with both sides": parts["n"] == 0,
        "one respondent": parts["n"] == 1,
        "no variation of the difference": ~(parts["gap"] > 0),
    }
    for side in ("perceptions", "expectations"):
        n, own = parts[f"{side[:-1]}_n"], parts[f"{side[:-1]}_alpha"]
        reasons |= {
            f"fewer than two respondents answered all {side}": n < 2,
            f"{side} do not vary": np.isnan(own),
        }
    found = first_reason(reasons)
    return np.where(np.isnan(reliability), found, "")


def _lacking(
    columns: dict[str, NDArray[Any]], undefined: NDArray[np.str_], *, from_moments: bool
) -> NDArray[np.str_]:
    """Return what is missing beside the reliability of the gap, and why."""
    few = columns["gap_n"] < 2
    absent = {
        "no correlation: a side does not vary": np.isnan(columns["correlation"]),
        "no gap_alpha: fewer than two respondents answered all of both sides": few,
        "no gap_alpha: the sum of the gaps does not vary": np.isnan(columns["gap_alpha"]) & ~few,
        "no root: the reliability is below 0": columns["reliability"] < 0,
        NO_CEILING: np.full(undefined.shape, from_moments),
    }
    rows = zip(*(holds.ravel() for holds in absent.values()), strict=True)
    said = np.array(["; ".join(compress(absent, row)) for row in rows], dtype=str)
    return np.where(undefined == "", said.reshape(undefined.shape), "")
