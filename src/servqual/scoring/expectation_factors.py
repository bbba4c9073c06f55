"""What if customers expected more, or less: promise, price and experience as shifts."""

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import instance, named, plain_number, text
from servqual.scoring._sample import (
    NOBODY,
    NOTHING,
    PAIR,
    Array,
    By,
    Level,
    Population,
    Sample,
    Weights,
)
from servqual.survey import Moments, Survey
from servqual.tables import Result, Table

__all__ = ["ExpectationWhatIf", "expectation_what_if"]

Shifts = Mapping[str, float | Mapping[str, float]]
LOWERED = "the gap rises by a lower expectation alone: perception is the same"


@attrs.frozen(kw_only=True, repr=False)
class ExpectationWhatIf(Result):
    """Gaps as they are, and as they would be with shifted expectations.

    The tables of levels have, after their keys, the columns `n`, `expectation`, `perception`,
    `shift` (of all factors together), `expectation_after`, `gap`; `gap_after` with `se`, `low` and
    `high`; `change` (gap_after - gap); `lacking`, why there is no interval; and `undefined`, why
    there is no gap after.

    Parameters
    ----------
    respondents : Table
        By group, how many count, as in `GapScores`.
    factors : Table
        One row a factor and dimension: its `shift`.
    dimensions : Table
        One row a group and dimension.
    overall : Table
        One row a group and score, as in `GapScores`; without the respondents' own points.
    cautions : tuple of str
        That a gap rises by a lower expectation alone, where one is lowered.
    """

    respondents: Table
    factors: Table
    dimensions: Table
    overall: Table
    cautions: tuple[str, ...]


def expectation_what_if(  # noqa: PLR0913 (how respondents were drawn)
    answers: Survey | Moments,
    shifts: Shifts,
    *,
    by: By = None,
    dimension_weights: Weights = None,
    cluster: str | None = None,
    population: Population = None,
    confidence: float = 0.95,
) -> ExpectationWhatIf:
    """Shift expectations by factors, such as promise, price and experience, and see the gaps.

    With shifts δ_fd of factor f in dimension d: expectation_after = Ē_d + Σ_f δ_fd and gap_after =
    P̄_d - expectation_after = Ḡ_d - Σ_f δ_fd. Perceptions are as they were. Overall shifts are the
    dimensions' shifts averaged as the score averages the dimensions.

    Parameters
    ----------
    answers : Survey or Moments
        Answers with expectations and perceptions.
    shifts : mapping of str to float, or to mapping of str to float
        By factor, how many points of the scale it raises the expectation (negative: lowers it), as
        ``{"promise": -0.5}`` for all dimensions, or by dimension, as ``{"price": {"tangibles":
        0.3}}``, where the others stay. The names of the factors are free.
    by, dimension_weights, cluster, population, confidence
        As in `gap_scores`.

    Returns
    -------
    ExpectationWhatIf
        In units of the scale. A shift is taken as known, so se(gap_after) = se(gap); intervals are
        Student's t, cut at ± the width of the scale.

    Raises
    ------
    TypeError, ValueError
        As `gap_scores`, or if `shifts` is no mapping, has no factor, names an unknown dimension or
        has what is no finite number.

    Notes
    -----
    A promise lowered by half a point raises the gap by half a point and betters no service: look at
    `perception`. How far a factor moves an expectation is for the caller to know; nothing here
    estimates it. Where an expectation would leave the scale its row is undefined, and so are the
    overall rows that it is part of. The shift is one of means: respondents at an end of the scale
    cannot follow it, so trust small shifts more than large ones.

    References
    ----------
    The three factors are those of this project's source documents. Longer lists are in: Zeithaml,
    V. A., Berry, L. L. & Parasuraman, A. (1993). The nature and determinants of customer
    expectations of service. Journal of the Academy of Marketing Science 21(1), 1-12.

    Examples
    --------
    >>> from servqual import Dimension, Instrument, Item, Scale, survey_from_arrays
    >>> speed = Dimension(code="speed", name="Speed", items=(Item("wait"),))
    >>> form = Instrument(code="desk", name="Desk", scale=Scale(1, 7), dimensions=(speed,))
    >>> survey = survey_from_arrays(form, expectations=[[6], [6]], perceptions=[[5], [4]])
    >>> found = expectation_what_if(survey, {"promise": -0.5, "price": {"speed": 0.25}})
    >>> row = found.dimensions.row()
    >>> row["shift"], row["gap"], row["gap_after"], row["perception"]
    (-0.25, -1.5, -1.25, 4.5)
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
        by_points=False,  # each respondent's shift would be another
    )
    form = sample.sums.instrument
    dimensions = form.dimension_codes
    by_factor = _by_dimension(shifts, dimensions)
    with np.errstate(over="ignore", invalid="ignore"):  # off the scale all the same
        shift = sum(by_factor.values(), np.zeros(len(dimensions)))
    cautions = (LOWERED,) if (shift < -NOTHING * form.scale.width).any() else ()
    note = "; ".join(
        (
            "expectation_after = expectation + shift, gap_after = perception - expectation_after",
            sample.note("Student's t", "of gap_after"),
            *(f"caution: {words}" for words in cautions),
        )
    )
    levels: tuple[Level, ...] = ("dimensions", "overall")
    return ExpectationWhatIf(
        respondents=sample.respondents(),
        cautions=cautions,
        factors=_factors(by_factor, dimensions),
        **{
            level: sample.table(
                level, "Shifted expectations", _estimates(sample, level, shift), note
            )
            for level in levels
        },
    )


def _by_dimension(shifts: Shifts, dimensions: tuple[str, ...]) -> dict[str, Array]:
    """Return the shifts of each factor in the order of the dimensions."""
    instance("shifts", shifts, Mapping, hint="; give the points by factor, as {'promise': -0.5}")
    if not shifts:
        msg = "`shifts` must name at least one factor, as {'promise': -0.5}, got none"
        raise ValueError(msg)
    found = {}
    for factor, given in shifts.items():
        where = f"shifts[{text('shifts', factor)!r}]"
        changes = given if isinstance(given, Mapping) else dict.fromkeys(dimensions, given)
        points = {
            named(where, code, dimensions): plain_number(
                f"{where}[{code!r}]" if changes is given else where, change
            )
            for code, change in changes.items()
        }
        found[factor] = np.array([points.get(code, 0) for code in dimensions], dtype=float)
    return found


def _factors(by_factor: Mapping[str, Array], dimensions: tuple[str, ...]) -> Table:
    """Return the Table of the factors' shifts."""
    return Table(
        title="Factors of expectation",
        keys=("factor", "dimension"),
        data={
            "factor": np.repeat(list(by_factor), len(dimensions)),
            "dimension": list(dimensions) * len(by_factor),
            "shift": np.concatenate(list(by_factor.values())),
        },
        note="shift in points of the scale, above 0 where more is expected",
    )


def _estimates(sample: Sample, level: Level, by_dimension: Array) -> dict[str, NDArray[Any]]:
    """Return the columns of a level."""
    expectation, perception, gap = (sample.level(level, face) for face in PAIR)
    expected, *_ = sample.on_scale(level, expectation)
    perceived, *_ = sample.on_scale(level, perception)
    scale, parts = sample.sums.instrument.scale, _parts(sample, level)
    outside = (_outside(sample, by_dimension)[:, None, :] & (parts > 0)).any(axis=-1)
    known = (gap.n > 0) & ~outside
    with np.errstate(invalid="ignore", over="ignore"):
        shift = np.broadcast_to(parts @ by_dimension, gap.mean.shape)
        after = attrs.evolve(gap, mean=gap.mean - shift).where(known)
    low, high = sample.interval(after, -scale.width, scale.width)
    nobody = sample.reasons(level, gap, gap.n, NOBODY)
    whose = "" if level == "dimensions" else " of a dimension"
    off = f"expectation_after{whose} outside {scale.low:g}..{scale.high:g}"
    return sample.counts(gap) | {
        "expectation": expected.mean,
        "perception": perceived.mean,
        "shift": shift,
        "expectation_after": np.where(known, expected.mean + shift, np.nan),
        "gap": gap.mean,
        "gap_after": after.mean,
        "se": after.se,
        "low": low,
        "high": high,
        "change": np.where(known, 0.0 - shift, np.nan),
        "lacking": np.where(known & (nobody != ""), np.char.add("no interval: ", nobody), ""),
        "undefined": np.select([gap.n == 0, outside], [nobody, off], ""),
    }


def _parts(sample: Sample, level: Level) -> Array:
    """Return the weight of each dimension in the rows of a level, (rows, dimensions)."""
    form = sample.sums.instrument
    if level == "dimensions":
        return np.eye(len(form.dimensions))
    belongs = np.array(form.dimension_codes)[:, None] == np.array(form.item_dimensions)
    return np.array([belongs @ w if score == "items" else w for score, w in sample.scores.items()])


def _outside(sample: Sample, shift: Array) -> NDArray[np.bool_]:
    """Tell where a dimension's expectation would leave the scale, (groups, dimensions)."""
    scale = sample.sums.instrument.scale
    expected, *_ = sample.on_scale("dimensions", sample.level("dimensions", "expectations"))
    edge = NOTHING * scale.width
    after = expected.mean + shift
    return ~((after >= scale.low - edge) & (after <= scale.high + edge))
