"""Importance and performance of items: what to do first, and how sure one can be of it."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import choice, instance
from servqual._frames.arrays import one_each
from servqual._frames.rows import Rows, Weights
from servqual._stats.bootstrap import Drawing, Progress
from servqual._stats.explained import EXACT, JOINT
from servqual.instruments import Scale
from servqual.instruments.scales import scale_of, see_on_scale
from servqual.priorities._grid import (
    QUADRANTS,
    Asked,
    Axes,
    cautions_of,
    columns_of,
    located,
    undefined_of,
)
from servqual.priorities._points import (
    Derivation,
    Points,
    answered,
    derived_points,
    matched,
    stated_points,
    taken,
)
from servqual.survey import Survey
from servqual.tables import Result, Table

__all__ = [
    "AxesRule",
    "Derivation",
    "ImportancePerformance",
    "importance_performance",
    "importance_performance_from_arrays",
]

Array = NDArray[np.float64]
AxesRule = Literal["mean", "median", "midpoint"] | tuple[float, float]
SHOWN = ("concentrate here", "keep up the good work", "low priority", "possible overkill")


@attrs.frozen(kw_only=True, repr=False)
class ImportancePerformance(Result):
    """Items by importance and performance, and how surely each lies in its quadrant.

    Parameters
    ----------
    table : Table
        One row an `item`: its `dimension`, of a survey; `importance_n`, `importance`, with `_se`,
        `_low` and `_high`; the same of `performance`; `quadrant`, and the `probability` that the
        item lies in it; `shortfall`, importance - performance; `priority`, shortfall/√2, and its
        `rank`, 1 for the highest (ties share the best); `lacking`, and `undefined`: "" or why there
        is no quadrant.
    quadrants : Table
        One row an `item` and `quadrant`: the `probability` that the item lies there.
    performance_axis, importance_axis : float
        The lines between low and high; what lies on one is high.
    n : int
        Respondents with any of these answers.
    cautions : tuple of str
        What speaks against a reading of this picture; the table's note has them too.
    undefined : str
        "" or why no item has a quadrant.
    """

    table: Table
    quadrants: Table
    performance_axis: float = attrs.field(eq=repr)
    importance_axis: float = attrs.field(eq=repr)
    n: int
    cautions: tuple[str, ...]
    undefined: str


def importance_performance(  # noqa: PLR0913 (where importance is from, the axes, the bootstrap)
    survey: Survey,
    *,
    importance_from: Literal["stated", "derived"] = "stated",
    axes: AxesRule = "mean",
    outcome: Any = None,  # noqa: ANN401 (numbers of any kind)
    method: Derivation = "correlation",
    confidence: float = 0.95,
    resamples: int = 2000,
    rng: int | np.random.Generator | None = 0,
    progress: Progress = False,
) -> ImportancePerformance:
    """Return what to do first: items by importance and performance, in four quadrants.

    High importance with low performance is "concentrate here", high with high "keep up the good
    work", low with low "low priority", low importance with high performance "possible overkill".

    shortfall = I - P and priority = (I - P)/√2, the signed distance of an item from the line
    I = P: above 0 where performance falls behind importance. Derived importance has another unit
    than performance; I and P are then z-scores over the items (sd with k - 1).

    Parameters
    ----------
    survey : Survey
        Answers with perceptions, which are the performance, and for ``"stated"`` with importances.
    importance_from : {"stated", "derived"}
        The respondents' own ratings of importance; or how an item's perceptions go with `outcome`.
    axes : {"mean", "median", "midpoint"} or pair of float
        The mean or the median of the items' means, the middle of the scale, or numbers: first that
        of performance, then that of importance.
    outcome : array_like
        For ``"derived"``, an overall rating such as satisfaction, one number a respondent; by
        default, with ``"correlation"`` alone, the mean of the respondent's other items.
    method : {"correlation", "standardized", "lmg", "relative-weights", "pratt"}
        For ``"derived"``: the correlation with the outcome, or how all items together predict it:
        standardised regression coefficients, or the parts of R² by averaging over orders (Lindeman,
        Merenda and Gold; up to 15 items), by Johnson's weights, or by Pratt.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    resamples : int
        How often respondents are drawn again.
    rng : int, Generator or None
        Seed of the draws; by default the same numbers each time, None for others.
    progress : bool or callable
        Show a bar where tqdm is installed, or call with what is done, and of how much.

    Returns
    -------
    ImportancePerformance
        Means in units of the scale, with Student's t intervals, cut at its ends; those of derived
        importance are bias-corrected and accelerated quantiles of the draws.

    Raises
    ------
    TypeError, ValueError
        If `survey` is something else or lacks importances, `outcome` does not fit, or there are
        more than 15 items for ``"lmg"``.

    Notes
    -----
    An item's mean is over the respondents who answered it; the two means of an item need not be of
    the same people. Correlations are by pairs of answers, the other methods stand on the
    respondents who have all items and the outcome. Respondent weights are sampling weights.

    `probability` is the share of resamples of respondents in which an item lies in the quadrant of
    its estimate, with axes that are worked out anew in each. From 10,000 respondents on, with 1,000
    answers to each item, the sums behind all this are drawn from the normal law that they then
    have, and nothing is accelerated. A probability of 0.5 means that the next survey may well put
    the item elsewhere.

    The picture takes importance and performance for independent. They rarely are: stated importance
    goes with what people expect, nearly everything is stated as important, and what is served well
    may be called important (`cautions` names signs of it). Derived importance tells what goes with
    the outcome, which need not be what an improvement would bring.

    References
    ----------
    Martilla, J. A. & James, J. C. (1977). Importance-performance analysis. Journal of Marketing
    41(1), 77-79.

    Bacon, D. R. (2003). A comparison of approaches to importance-performance analysis.
    International Journal of Market Research 45(1), 55-71.

    Examples
    --------
    >>> from servqual import Dimension, Instrument, Item, Scale, survey_from_arrays
    >>> speed = Dimension(code="speed", name="Speed", items=(Item("wait"), Item("reply")))
    >>> form = Instrument(code="desk", name="Desk", scale=Scale(1, 7), dimensions=(speed,))
    >>> survey = survey_from_arrays(
    ...     form, perceptions=[[2, 6], [3, 5]], importances=[[7, 4], [6, 5]]
    ... )
    >>> found = importance_performance(survey)
    >>> found.table["quadrant"].tolist()
    ['concentrate here', 'possible overkill']
    >>> found.performance_axis, found.importance_axis
    (4.0, 5.5)
    """
    hint = "; Moments keep no answers: give the Survey, or importance_performance_from_arrays"
    instance("survey", survey, Survey, hint=hint)
    stated = choice("importance_from", importance_from, ("stated", "derived")) == "stated"
    choice("method", method, get_args(Derivation))
    scale = survey.instrument.scale
    asked = Asked(
        confidence=confidence,
        drawing=Drawing(resamples=resamples, rng=rng, progress=progress),
        axes=Axes.of(axes, scale, common=stated),
        scale=scale,
        common=stated,
        derived="" if stated else "rest" if outcome is None else method,
    )
    weights = survey.weights if survey.weights.size else None
    rows = Rows(survey.instrument.item_codes, survey.perceptions, weights)
    if stated:
        _see_stated(survey, outcome, method)
        others = attrs.evolve(rows, values=survey.importances)
        who = answered(rows, others)
        rows = taken(rows, who)
        points = stated_points(rows, taken(others, who))
    else:
        beside = _see_derived(rows, outcome, method)
        who = answered(rows)
        rows = taken(rows, who)
        points = derived_points(rows, None if beside is None else beside[who], method)
    return _result(asked, rows, points, {"dimension": survey.instrument.item_dimensions})


def importance_performance_from_arrays(  # noqa: PLR0913 (answers, the axes, the bootstrap)
    importances: Any,  # noqa: ANN401 (an array or any frame)
    performances: Any,  # noqa: ANN401 (an array or any frame)
    *,
    items: Sequence[str] | None = None,
    axes: AxesRule = "mean",
    scale: Scale | tuple[float, float] | None = None,
    common_scale: bool = True,
    weights: Weights = None,
    confidence: float = 0.95,
    resamples: int = 2000,
    rng: int | np.random.Generator | None = 0,
    progress: Progress = False,
) -> ImportancePerformance:
    """Return what to do first, by the formulas of `importance_performance`, of any ratings.

    Parameters
    ----------
    importances, performances : array_like or data frame (respondents, items)
        Ratings of the same items by the same respondents, NaN where missing. Items of two frames
        are matched by name, else they stand in the same order. Published means are one respondent.
    items : sequence of str
        Names of the columns of arrays (default "1", "2", …), or those that are taken of frames.
    axes : {"mean", "median", "midpoint"} or pair of float
        As in `importance_performance`; numbers are first that of performance.
    scale : Scale or pair
        The scale of the ratings, or its ends, for ``"midpoint"``; it also cuts intervals.
    common_scale : bool
        False where importances have another unit than performances, such as points to divide:
        priorities are then of z-scores over the items, and `scale` is that of performances.
    weights : array_like or str
        Sampling weights, or their column in `importances`.
    confidence, resamples, rng, progress
        As in `importance_performance`.

    Returns
    -------
    ImportancePerformance
        As `importance_performance`, in units of the ratings.

    Raises
    ------
    TypeError, ValueError
        If ratings are no numbers or off the scale, or rows or items of the two do not match.

    References
    ----------
    Martilla, J. A. & James, J. C. (1977). Importance-performance analysis. Journal of Marketing
    41(1), 77-79.

    Examples
    --------
    >>> found = importance_performance_from_arrays([[4, 4, 1]], [[1, 4, 4]], items=("a", "b", "c"))
    >>> found.table["quadrant"].tolist()
    ['concentrate here', 'keep up the good work', 'possible overkill']
    >>> found.table["shortfall"].tolist()
    [3.0, 0.0, -3.0]
    """
    instance("common_scale", common_scale, bool)
    given = None if scale is None else scale_of(scale)
    asked = Asked(
        confidence=confidence,
        drawing=Drawing(resamples=resamples, rng=rng, progress=progress),
        axes=Axes.of(axes, given, common=common_scale),
        scale=given,
        common=common_scale,
    )
    first, second = matched(importances, performances, items, weights)
    if given is not None:
        see_on_scale("performances", second.values, given, second.items)
        if common_scale:
            see_on_scale("importances", first.values, given, first.items)
    who = answered(first, second)
    rows = taken(second, who)
    return _result(asked, rows, stated_points(rows, taken(first, who)))


def _see_stated(survey: Survey, outcome: object, method: str) -> None:
    if "importances" not in survey.sides:
        msg = (
            f"`survey` must have importances, got {', '.join(survey.sides)}; read them with "
            "importances=…, or take importance_from='derived'"
        )
        raise ValueError(msg)
    for name, given in (("outcome", outcome is not None), ("method", method != "correlation")):
        if given:
            msg = f"`{name}` is of derived importance; take importance_from='derived' with it"
            raise ValueError(msg)


def _see_derived(rows: Rows, outcome: object, method: Derivation) -> Array | None:
    """Check the outcome, and that the method can use it."""
    if method == "lmg" and len(rows.items) > EXACT:
        msg = (
            f"`method`='lmg' must have at most {EXACT} items, got {len(rows.items)}, as "
            "each resample has a model for each set of them; take 'relative-weights'"
        )
        raise ValueError(msg)
    if outcome is None:
        if method in JOINT:
            msg = f"`method`={method!r} needs `outcome`, an overall rating of each respondent"
            raise ValueError(msg)
        return None
    _see_order(outcome, len(rows))
    return one_each("outcome", outcome, len(rows))


def _see_order(outcome: object, rows: int) -> None:
    """See that a pandas Series has no order of its own, which a survey could not know."""
    index: Any = getattr(outcome, "index", None)
    if hasattr(index, "equals") and index.tolist() != list(range(rows)):
        msg = (
            "`outcome` must stand in the order of the survey, got a Series with an index of its "
            "own; where it does, give outcome.to_numpy()"
        )
        raise ValueError(msg)


def _result(
    asked: Asked, rows: Rows, points: Points, labels: Mapping[str, Sequence[str]] | None = None
) -> ImportancePerformance:
    """Return the Tables of points; `labels` are columns that stand beside the items."""
    found = located(points, asked.axes, asked.drawing, asked.confidence)
    undefined = undefined_of(points, found)
    scale = asked.scale if asked.common else None
    sparse = rows.sparse if asked.derived in JOINT else ""
    cautions = (
        *asked.cautions,
        *([f"{sparse}, or method='correlation', which goes by pairs"] if sparse else []),
        *cautions_of(points, found, asked.axes, scale),
    )
    warned = (f"caution: {words}" for words in cautions)
    weighed = [] if rows.weights is None else ["sampling weights"]
    how = asked.drawn(points)
    shares = found.probabilities[[QUADRANTS.index(name) for name in SHOWN]]
    table = Table(
        title="Importance and performance",
        keys=("item",),
        data={"item": rows.items, **(labels or {}), **columns_of(asked, points, found, undefined)},
        note="; ".join([asked.note(found), how, *weighed, *warned]),
    )
    quadrants = Table(
        title="Probabilities of quadrants",
        keys=("item", "quadrant"),
        data={
            "item": np.repeat(rows.items, len(SHOWN)),
            "quadrant": np.tile(SHOWN, len(rows.items)),
            "probability": np.where(undefined == "", shares, np.nan).T.ravel(),
            "undefined": np.repeat(np.where(undefined == "", found.unsure, undefined), len(SHOWN)),
        },
        note=how,
    )
    return ImportancePerformance(
        table=table,
        quadrants=quadrants,
        performance_axis=float(found.axes[0]),
        importance_axis=float(found.axes[1]),
        n=len(rows),
        cautions=cautions,
        undefined="" if (undefined == "").any() else str(undefined[0]),
    )
