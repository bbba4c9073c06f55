"""A scorecard: how far each measure reaches its target, by perspective and in all."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, get_args

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import (
    choice,
    distinct,
    named,
    not_negative,
    number_or_nan,
    plain_number,
    shares,
)
from servqual._fields import is_code, is_text, several
from servqual._frames.words import counted, first_reason
from servqual.inputs import Quantity, Uncertain
from servqual.inputs.reading import Asked, Inputs, Kind, outside
from servqual.tables import Result, Table, noted, readable

__all__ = ["PERSPECTIVES", "Better", "Scorecard", "ScorecardMeasure", "scorecard"]

Array = NDArray[np.float64]
Better = Literal["higher", "lower"]

PERSPECTIVES = ("finance", "customer-perception", "operations", "innovation-and-learning")
"""The four perspectives, by their codes in the checklist ``"scorecard-perspectives"``."""

REACHED = Kind(plain_number, 0, counts=True)  # what a draw of an actual is kept above
ROUNDING = 1e-12  # an attainment this near to 1 is 1
TENFOLD = 10.0  # actual and target further apart may not have the same unit


def _actual(value: Any) -> Quantity:  # noqa: ANN401 (a number that may be uncertain or not known)
    return value if isinstance(value, Uncertain) else number_or_nan("actual", value, plain_number)


def _target(value: Any) -> float:  # noqa: ANN401 (a number, or not known)
    return number_or_nan("target", value, plain_number)


def _weight(value: object) -> float:
    return not_negative("weight", value)


def _is_perspective(_: object, field: "attrs.Attribute[Any]", value: str) -> None:
    named(field.name, value, PERSPECTIVES)


def _is_direction(_: object, field: "attrs.Attribute[Any]", value: object) -> None:
    choice(field.name, value, get_args(Better))


@attrs.frozen(kw_only=True)
class ScorecardMeasure:
    """A measure of a scorecard: what was reached, and what was meant to be.

    Parameters
    ----------
    code : str
        Its name in tables.
    perspective : str
        ``"finance"``, ``"customer-perception"``, ``"operations"`` or
        ``"innovation-and-learning"``.
    actual : float, uncertain, or None
        What was reached, on a scale with a true zero; `Counted`, `Measured` or `Judged` where it is
        uncertain, None or NaN where it is not known.
    target : float or None
        What was meant to be reached, in the same unit.
    better : {"higher", "lower"}
        Whether more is better, as of profit, or less, as of costs.
    weight : float
        Its weight in the perspective, 0 or more, beside those of the others there.
    name : str
        What it is called.

    Raises
    ------
    TypeError, ValueError
        If the perspective or the direction is unknown, or a number is none.

    Examples
    --------
    >>> ScorecardMeasure(code="profit", perspective="finance", actual=90, target=100).better
    'higher'
    """

    code: str = attrs.field(validator=is_code)
    perspective: str = attrs.field(validator=_is_perspective)
    actual: Quantity = attrs.field(converter=_actual, eq=repr)
    target: float = attrs.field(converter=_target, eq=repr)
    better: Better = attrs.field(default="higher", validator=_is_direction)
    weight: float = attrs.field(default=1.0, converter=_weight)
    name: str = attrs.field(default="", validator=is_text)


@attrs.frozen(kw_only=True, repr=False)
class Scorecard(Result):
    """How far targets are reached.

    Parameters
    ----------
    score, low, high : float
        The weighted mean of the perspectives, 1 where all targets are reached, and its interval.
    coverage : float
        The share of all weight on which the score stands: 1 where every measure has an attainment.
    perspectives : Table
        Keyed `perspective`: its `weight`; `n`, the measures that have an attainment, and `missing`,
        those that have none; `coverage`, their share of the weight; `score` with `low` and `high`;
        `lacking`, `undefined`.
    measures : Table
        Keyed `measure`: `perspective`, `name`, `better`, `weight`, `actual`, `target`, `attainment`
        with `low` and `high`; `lacking`, `undefined`.
    cautions : tuple of str
        What is not covered, what makes up for what, where actual and target may not have the same
        unit, which inputs were moved to what can be, and where the estimate lies outside of its
        interval.
    lacking : str
        "" or why the score has no interval.
    undefined : str
        "" or why there is no score.
    """

    score: float = attrs.field(eq=repr)
    low: float = attrs.field(eq=repr)
    high: float = attrs.field(eq=repr)
    coverage: float
    perspectives: Table
    measures: Table
    cautions: tuple[str, ...]
    lacking: str
    undefined: str


def scorecard(
    measures: Iterable[ScorecardMeasure],
    *,
    weights: Mapping[str, float] | None = None,
    cap: float | None = None,
    confidence: float = 0.95,
    draws: int = 10_000,
    rng: int | np.random.Generator | None = 0,
) -> Scorecard:
    """Return a scorecard: the attainment of each measure, weighted by perspective and in all.

    Attainment a = actual/target where more is better, target/actual where less is; the score of a
    perspective is Σw·a/Σw over its measures, that of the scorecard Σ weight·score.

    Parameters
    ----------
    measures : sequence of ScorecardMeasure
        At least one, with different codes.
    weights : mapping of str to float, optional
        The weight of each perspective, all four, 0 or more, with sum 1 or 100; by default equal.
    cap : float, optional
        The most that an attainment may count, at least 1: with 1, no excess makes up for what falls
        short elsewhere. By default they count in full.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    draws : int
        How often uncertain inputs are drawn, at least 100.
    rng : int or numpy.random.Generator, optional
        The seed of the draws; None draws others each time.

    Returns
    -------
    Scorecard
        Scores without unit, 1 where targets are reached, with intervals where an `actual` is
        uncertain.

    Raises
    ------
    TypeError, ValueError
        If there is no measure, a code stands twice, the weights do not sum to 1 or 100, or the cap
        is below 1.

    Notes
    -----
    A measure has no attainment where `actual` or `target` is not known, the target is 0 or less, or
    the actual is below 0; nor where less is better, none is reached and there is no cap, which such
    a measure reaches. The score of its perspective then stands on the others: `coverage` says on
    how much of the weight, and a caution names it. A perspective with weight in which no measure
    has an attainment leaves the scorecard without a score: nothing is spread over the others unless
    the user gives that perspective the weight 0.
    Ratios need a true zero. Of answers on a scale of 1 to 7, or of temperatures, a ratio depends on
    where the scale begins. The source document's measure of customer perception is perception over
    expectation, which `servqual.scoring.attainment` gives with that caution; the difference is the
    better figure where no scorecard asks for a ratio.
    Weights and targets are judgements. A score near 1 says that targets were reached, not that they
    were the right ones.

    References
    ----------
    Kaplan, R. S. & Norton, D. P. (1992). The balanced scorecard: measures that drive performance.
    Harvard Business Review 70(1), 71-79. (The four perspectives; one score for all is no idea of
    theirs.)

    Examples
    --------
    >>> from servqual.profit_chain import ScorecardMeasure, scorecard
    >>> found = scorecard(
    ...     [
    ...         ScorecardMeasure(code="profit", perspective="finance", actual=90, target=100),
    ...         ScorecardMeasure(
    ...             code="days", perspective="operations", actual=4, target=2, better="lower"
    ...         ),
    ...     ],
    ...     weights={
    ...         "finance": 0.5,
    ...         "operations": 0.5,
    ...         "customer-perception": 0,
    ...         "innovation-and-learning": 0,
    ...     },
    ... )
    >>> found.score, found.measures["attainment"].tolist()
    (0.7, [0.9, 0.5])
    """
    listed = several("measures", measures, ScorecardMeasure)
    distinct("codes of measures", (measure.code for measure in listed))
    equal = dict.fromkeys(PERSPECTIVES, 1 / len(PERSPECTIVES))
    share = shares("weights", equal if weights is None else weights, PERSPECTIVES)
    if cap is not None and plain_number("cap", cap) < 1:
        msg = f"`cap` must be at least 1, got {cap}; below 1 no target could be reached"
        raise ValueError(msg)
    asked = Asked(confidence=confidence, draws=draws, rng=rng)
    inputs = Inputs.of({m.code: (m.actual, REACHED) for m in listed if _is_known(m.actual)}, asked)
    limit = math.inf if cap is None else float(cap)
    reached, reasons = _attainments(listed, inputs, limit)
    perspectives, scores = _perspectives(listed, share, reached, asked)
    score, undefined = _overall(share, scores)
    ends = asked.ends(score[:, None])
    said = [*_gaps(perspectives), *_excess(listed, reached[0], cap), *_unlike(listed)]
    cautions = (*said, *inputs.cautions, *outside(score[:, None], ends, ["score"]))
    coverage = float(share @ perspectives["coverage"])
    head = f"no score: {undefined}" if undefined else f"score {readable(float(score[0]), 3)}"
    covered = f"{coverage:.0%} of the weight is covered"
    note = noted(head, covered, asked.note(reached), cautions=cautions)
    return Scorecard(
        score=float(score[0]),
        low=float(ends.low[0]),
        high=float(ends.high[0]),
        coverage=coverage,
        perspectives=attrs.evolve(perspectives, note=note),
        measures=_measures(listed, reached, reasons, asked),
        cautions=cautions,
        lacking=str(ends.lacking[0]),
        undefined=undefined,
    )


def _attainments(
    measures: Sequence[ScorecardMeasure], inputs: Inputs, cap: float
) -> tuple[Array, NDArray[np.str_]]:
    """Return the attainment of each draw, (draws, measures), NaN where undefined, and why."""
    cells = inputs.cells
    size = max((len(actual) for actual in cells.values()), default=1)
    unknown = np.full(size, np.nan)
    actual = np.stack([cells.get(m.code, unknown) for m in measures], axis=1)
    target = np.array([m.target for m in measures], float)
    lower = np.array([m.better == "lower" for m in measures])
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = np.minimum(np.where(lower, target / actual, actual / target), cap)
    reasons = first_reason(
        {
            "the actual is not known": np.isnan(actual[0]),
            "the target is not known": np.isnan(target),
            "the target is not above 0": target <= 0,
            "the actual is below 0": actual[0] < 0,
            "an actual of 0, where less is better, has no limit without a cap": np.isinf(ratio[0]),
        }
    )
    return np.where(reasons == "", ratio, np.nan), reasons


def _is_known(actual: Quantity) -> bool:
    return isinstance(actual, Uncertain) or not math.isnan(actual)


def _value(actual: Quantity) -> float:
    return actual.value if isinstance(actual, Uncertain) else actual


def _measures(
    measures: Sequence[ScorecardMeasure],
    reached: Array,
    reasons: NDArray[np.str_],
    asked: Asked,
) -> Table:
    """Return the attainment of each measure."""
    ends = asked.ends(reached)
    columns = {
        "measure": [m.code for m in measures],
        "perspective": [m.perspective for m in measures],
        "name": [m.name for m in measures],
        "better": [m.better for m in measures],
        "weight": [m.weight for m in measures],
        "actual": [_value(m.actual) for m in measures],
        "target": np.array([m.target for m in measures], float),
        "attainment": reached[0],
        "low": ends.low,
        "high": ends.high,
        "lacking": ends.lacking,
        "undefined": reasons,
    }
    note = noted("1: the target is reached", asked.note(reached))
    return Table(title="Attainment of measures", keys=("measure",), data=columns, note=note)


def _perspectives(
    measures: Sequence[ScorecardMeasure], share: Array, reached: Array, asked: Asked
) -> tuple[Table, Array]:
    """Return the score of each perspective, as a Table and by draw."""
    homes = np.array([[m.perspective == code for m in measures] for code in PERSPECTIVES])
    weights = homes * np.array([m.weight for m in measures])
    known = ~np.isnan(reached[0])
    scale = np.maximum(weights.max(axis=1, keepdims=True), np.finfo(float).tiny)
    weights = weights / scale  # whose sum cannot overflow
    total, used = weights.sum(axis=1), (weights * known).sum(axis=1)
    with np.errstate(invalid="ignore"):
        scores = np.where(known, reached, 0) @ (weights * known).T / used
    n = (homes & known).sum(axis=1)
    undefined = first_reason(
        {
            "no measure": ~homes.any(axis=1),
            "all weights are 0": total == 0,
            "no measure with weight has an attainment": used == 0,
        }
    )
    ends = asked.ends(scores)
    columns = {
        "perspective": PERSPECTIVES,
        "weight": share,
        "n": n,
        "missing": homes.sum(axis=1) - n,
        "coverage": np.divide(used, total, out=np.zeros_like(used), where=total > 0),
        "score": scores[0],
        "low": ends.low,
        "high": ends.high,
        "lacking": ends.lacking,
        "undefined": undefined,
    }
    return Table(title="Scorecard", keys=("perspective",), data=columns), scores


def _overall(share: Array, scores: Array) -> tuple[Array, str]:
    """Return the score of each draw, and why there is none."""
    counts = share > 0
    absent = [
        code
        for code, c, s in zip(PERSPECTIVES, counts, scores[0], strict=True)
        if c and np.isnan(s)
    ]
    if absent:
        said = f"nothing on {', '.join(absent)}; the weight 0 leaves a perspective out"
        return np.full(len(scores), np.nan), said
    return scores[:, counts] @ share[counts], ""


def _gaps(perspectives: Table) -> list[str]:
    """Say which perspectives stand on a part of their measures."""
    return [
        f"{row['perspective']} stands on {row['coverage']:.0%} of its weight: "
        f"{counted(row['missing'], 'measure')} without attainment"
        for row in perspectives.rows()
        if row["weight"] > 0 and 0 < row["coverage"] < 1
    ]


def _unlike(measures: Sequence[ScorecardMeasure]) -> list[str]:
    """Say of which measures actual and target are so far apart that a unit may be wrong."""
    limit = math.log10(TENFOLD) + ROUNDING
    far = [
        m.code
        for m in measures
        if (actual := _value(m.actual)) > 0 < m.target
        and abs(math.log10(actual) - math.log10(m.target)) > limit
    ]
    rule = f"attainment above {TENFOLD:g} or below {1 / TENFOLD:g}"
    return [f"{', '.join(far)}: {rule}; is actual or target in percent?"] if far else []


def _excess(measures: Sequence[ScorecardMeasure], reached: Array, cap: float | None) -> list[str]:
    """Say whether what exceeds its target makes up for what falls short, without a cap."""
    counts = np.array([m.weight > 0 for m in measures])
    over, under = counts & (reached > 1 + ROUNDING), counts & (reached < 1 - ROUNDING)
    if cap is not None or not (over.any() and under.any()):
        return []
    what = counted(int(over.sum()), "attainment")
    return [f"{what} above 1 may hide others that fall short; `cap=1` counts no excess"]
