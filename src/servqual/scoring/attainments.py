"""The scorecard's attainment: perception over expectation, and why a difference is better."""

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._frames.words import lacking
from servqual._stats.student import ratio_error, ratio_interval
from servqual.scoring._sample import (
    LEVELS,
    NOBODY,
    NOTHING,
    PAIR,
    Array,
    By,
    Population,
    Sample,
    Weights,
)
from servqual.survey import Moments, Survey
from servqual.tables import Result, Table

if TYPE_CHECKING:
    from servqual._stats.means import Mean
    from servqual.instruments import Scale

__all__ = ["Attainment", "attainment"]

UNSURE = "too few or too varied answers"


@attrs.frozen(kw_only=True, repr=False)
class Attainment(Result):
    """How much of what was expected is perceived, as a share of it.

    The tables of levels have, after their keys, the columns `n`, `expectation`, `perception`, `gap`
    (as in `GapScores`); `attainment`, `se`, `low` and `high`; `from_zero`, the same ratio with the
    low end of the scale counted as 0, with `from_zero_low` and `from_zero_high`; `lacking`, what
    else of the row has no number, and why; and `undefined`, why there is no attainment.

    Parameters
    ----------
    respondents : Table
        By group, how many count, as in `GapScores`.
    dimensions, items : Table
        One row a group and dimension, or item.
    overall : Table
        One row a group and score, as in `GapScores`: the ratio of the overall means.
    cautions : tuple of str
        Why a ratio of answers on a scale says less than it seems to.
    """

    respondents: Table
    dimensions: Table
    items: Table
    overall: Table
    cautions: tuple[str, ...]


def attainment(
    answers: Survey | Moments,
    *,
    by: By = None,
    dimension_weights: Weights = None,
    cluster: str | None = None,
    population: Population = None,
    confidence: float = 0.95,
) -> Attainment:
    """Return attainment = mean perception / mean expectation, by item, dimension and overall.

    A = P̄ / Ē over the answers that `gap_scores` pairs, so A is 1 where the gap is 0, below 1 where
    the service falls short. Beside it stands (P̄ - low) / (Ē - low), `from_zero`: the same answers
    on a scale that begins at 0.

    Parameters
    ----------
    answers : Survey or Moments
        Answers with expectations and perceptions.
    by, dimension_weights, cluster, population, confidence
        As in `gap_scores`.

    Returns
    -------
    Attainment
        Shares without unit, 1 where the service is as expected. Intervals are Fieller's for means
        of the same respondents, cut where the ends of the scale let no ratio lie; `se` is that of
        the linear approximation.

    Raises
    ------
    TypeError, ValueError
        As `gap_scores`.

    Notes
    -----
    A ratio needs a true zero, and a scale of 1 to 7 has none: counted 0 to 6, the same answers give
    another attainment, of the same side of 1, while the gap stays. Two dimensions may even change
    places. Report the gap; give the attainment where a scorecard asks for it, and `from_zero` with
    it, as a measure of how much depends on the choice.

    It is a ratio of means, not the mean of the respondents' ratios. There is none where the mean
    expectation is 0 or less, and no `from_zero` where it is the low end of the scale. There is no
    interval where that of the mean expectation reaches 0, or the low end, since answers are too few
    or too varied; nor where perceptions are the same share of expectations for all.

    References
    ----------
    Kaplan, R. S. & Norton, D. P. (1992). The balanced scorecard: measures that drive performance.
    Harvard Business Review 70(1), 71-79. The attainment rate itself is of this project's source
    documents, which give no formula for it.

    Stevens, S. S. (1946). On the theory of scales of measurement. Science 103(2684), 677-680.
    doi:10.1126/science.103.2684.677

    Fieller, E. C. (1954). Some problems in interval estimation. Journal of the Royal Statistical
    Society B 16(2), 175-185.

    Examples
    --------
    >>> from servqual import Dimension, Instrument, Item, Scale, survey_from_arrays
    >>> speed = Dimension(code="speed", name="Speed", items=(Item("wait"),))
    >>> form = Instrument(code="desk", name="Desk", scale=Scale(1, 7), dimensions=(speed,))
    >>> survey = survey_from_arrays(form, expectations=[[6], [4]], perceptions=[[5], [3]])
    >>> row = attainment(survey).items.row()
    >>> row["gap"], row["attainment"], row["from_zero"]  # 4 - 5, 4 / 5 and (4 - 1) / (5 - 1)
    (-1.0, 0.8, 0.75)
    """
    sample = Sample.of(
        answers,
        "|gap",
        PAIR,
        by=by,
        dimension_weights=dimension_weights,
        cluster=cluster,
        population=population,
        confidence=confidence,
    )
    scale = sample.sums.instrument.scale
    cautions = _cautions(scale)
    note = "; ".join(
        (
            "attainment = perception / expectation",
            f"from_zero counts both from the low end of the scale, {scale.low:g}",
            sample.note("Fieller"),
            *(f"caution: {words}" for words in cautions),
        )
    )
    return Attainment(
        respondents=sample.respondents(),
        cautions=cautions,
        **{
            level: sample.table(level, "Attainment", _estimates(sample, level), note)
            for level in LEVELS
        },
    )


def _cautions(scale: "Scale") -> tuple[str, ...]:
    """Say what is wrong with a ratio of answers on a scale."""
    zero = (
        f"a ratio needs a true zero, which answers on {scale.low:g}..{scale.high:g} have not"
        if scale.low
        else "a ratio needs a true zero: see that 0 on this scale means nothing at all"
    )
    return zero, "prefer the gap, which is the same wherever the scale begins"


def _estimates(sample: Sample, level: str) -> dict[str, NDArray[Any]]:
    """Return the columns of a level."""
    expectation, perception, gap = (sample.level(level, face) for face in PAIR)
    expected, *_ = sample.on_scale(level, expectation)
    perceived, *_ = sample.on_scale(level, perception)
    scale, place = sample.sums.instrument.scale, sample.is_place(level, gap)
    own, own_why = _ratio(sample, level, (perceived, expected, gap), 0)
    other, other_why = _ratio(sample, level, (perceived, expected, gap), scale.low)
    there = place & (gap.n > 0)
    unknown, no_other = (np.isnan(ratio) for ratio, *_ in (own, other))
    absent = (
        np.where(unknown, "", own_why),
        np.where(no_other & there & (scale.low != 0), "mean expectation at the low end", ""),
        np.where(no_other | ((own_why == other_why) & ~unknown), "", other_why),
    )
    said = [
        lacking({"interval": why, "from_zero": no_ratio, "interval of from_zero": other_reason})
        for why, no_ratio, other_reason in zip(*(x.ravel() for x in absent), strict=True)
    ]
    nobody = sample.reasons(level, gap, gap.n, NOBODY)
    reasons: list[Any] = [nobody, "a covariance has no ratio", "mean expectation 0 or less"]
    return sample.counts(gap) | {
        "expectation": expected.mean,
        "perception": perceived.mean,
        "gap": gap.mean,
        **dict(zip(("attainment", "se", "low", "high"), own, strict=True)),
        "from_zero": other[0],
        "from_zero_low": other[2],
        "from_zero_high": other[3],
        "lacking": np.array(said),
        "undefined": np.select([gap.n == 0, unknown & ~place, unknown], reasons, ""),
    }


def _ratio(
    sample: Sample, level: str, means: tuple["Mean", "Mean", "Mean"], floor: float
) -> tuple[tuple[Array, ...], NDArray[np.str_]]:
    """Return (P - floor) / (E - floor), se, low, high; and why there is no interval.

    `means` are those of P, E and P - E.
    """
    scale, gap = sample.sums.instrument.scale, means[2]
    top, bottom = (attrs.evolve(mean, mean=mean.mean - floor) for mean in means[:2])
    known = sample.is_place(level, gap) & (bottom.mean > NOTHING * scale.width)
    ends = _ends(scale.low - floor, scale.high - floor)
    limits = ratio_interval(top, bottom, gap, sample.confidence)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(known, top.mean / bottom.mean, np.nan)
    se = ratio_error(top, bottom, gap, ratio)
    a, b, c = (attrs.evolve(mean, se=mean.sd) for mean in (top, bottom, gap))
    sd = ratio_error(a, b, c, ratio)
    bounded = known & (se > 0)
    low, high = (np.clip(np.where(bounded, limit, np.nan), *ends) for limit in limits)
    why = sample.reasons(level, attrs.evolve(gap, sd=sd, se=se), gap.n, NOBODY)
    why = np.where((why == "") & np.isnan(low), UNSURE, why)
    return (np.clip(ratio, *ends), se, low, high), why


def _ends(low: float, high: float) -> tuple[float, float]:
    """Return between what the ratio of two places on low..high must lie, the second above 0."""
    if low > 0:
        return low / high, high / low
    return (0.0 if low == 0 else -np.inf), np.inf
