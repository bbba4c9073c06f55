"""The zone of tolerance between the least that is acceptable and what is desired."""

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._stats.student import ratio_interval
from servqual.scoring._sample import LEVELS, NOTHING, By, Population, Sample, Weights
from servqual.survey import Moments, Survey
from servqual.tables import Result, Table

__all__ = ["ToleranceZone", "tolerance_zone"]

DIFFERENCES = ("adequacy", "superiority", "width")
FACES = ("minimums", "expectations", "perceptions", *DIFFERENCES)
NOBODY_WITH_ALL = "no respondent with all three sides"


@attrs.frozen(kw_only=True, repr=False)
class ToleranceZone(Result):
    """Where perceived service stands between the minimum and the desired.

    The tables of levels have, after their keys, the columns `n`, `minimum`, `expectation` (the
    desired service), `perception`; `adequacy`, `superiority` and `width`, each with `_sd`, `_se`,
    `_low` and `_high`; `position`, `position_low` and `position_high`; `class` (``"reject"``, ``"in
    zone"``, ``"delight"``); `inverted`, how many respondents put a minimum above what they desire;
    and `undefined`, which names the number that is meant where others of the row are sound.

    Parameters
    ----------
    respondents : Table
        By group, how many count, as in `GapScores`.
    dimensions, items : Table
        One row a group and dimension, or item.
    overall : Table
        One row a group and score, as in `GapScores`; without the respondents' own points.
    """

    respondents: Table
    dimensions: Table
    items: Table
    overall: Table


def tolerance_zone(
    answers: Survey | Moments,
    *,
    by: By = None,
    dimension_weights: Weights = None,
    cluster: str | None = None,
    population: Population = None,
    confidence: float = 0.95,
) -> ToleranceZone:
    """Set perceptions against minimum and desired service, by item, by dimension and overall.

    Adequacy (MSA) = perception - minimum, superiority (MSS) = perception - desired, width = desired
    - minimum, so that adequacy - superiority = width; position = adequacy / width is 0 at the
    minimum and 1 at the desired service. Below the minimum the service is in class ``"reject"``, up
    to the desired ``"in zone"``, above it ``"delight"``: words of this library.

    Parameters
    ----------
    answers : Survey or Moments
        Answers with minimums, expectations (the desired service) and perceptions.
    by, dimension_weights, cluster, population, confidence
        As in `gap_scores`.

    Returns
    -------
    ToleranceZone
        In units of the scale. Intervals of the differences are Student's t, cut at ± the width of
        the scale; that of the position is Fieller's.

    Raises
    ------
    TypeError, ValueError
        As `gap_scores`.

    Notes
    -----
    An item counts where all three answers are there, so the identities are exact; a respondent's
    dimension stands on such items if there are at least ⌈min_answered × items⌉. Respondents whose
    minimum lies above what they desire are kept and counted in `inverted`; `Survey.screen` names
    them. Position and class are of the means, and undefined where the mean width is 0 or less.

    References
    ----------
    Zeithaml, V. A., Berry, L. L. & Parasuraman, A. (1993). The nature and determinants of customer
    expectations of service. Journal of the Academy of Marketing Science 21(1), 1-12.

    Parasuraman, A., Zeithaml, V. A. & Berry, L. L. (1994). Alternative scales for measuring service
    quality. Journal of Retailing 70(3), 201-230.

    Fieller, E. C. (1954). Some problems in interval estimation. Journal of the Royal Statistical
    Society B 16(2), 175-185.

    Examples
    --------
    >>> from servqual import Dimension, Instrument, Item, Scale, survey_from_arrays
    >>> speed = Dimension(code="speed", name="Speed", items=(Item("wait"),))
    >>> form = Instrument(code="desk", name="Desk", scale=Scale(1, 9), dimensions=(speed,))
    >>> survey = survey_from_arrays(
    ...     form, minimums=[[5], [6]], expectations=[[8], [9]], perceptions=[[6], [7]]
    ... )
    >>> row = tolerance_zone(survey).items.row()
    >>> row["adequacy"], row["superiority"], row["width"], row["class"]
    (1.0, -2.0, 3.0, 'in zone')
    """
    sample = Sample.of(
        answers,
        "|zone",
        FACES,
        by=by,
        dimension_weights=dimension_weights,
        cluster=cluster,
        population=population,
        confidence=confidence,
    )
    note = (
        "adequacy = perception - minimum, superiority = perception - expectation (desired), width "
        "= expectation - minimum; "
    ) + sample.note("Student's t, of the position by Fieller")
    return ToleranceZone(
        respondents=sample.respondents(),
        **{
            level: sample.table(level, "Zone of tolerance", _estimates(sample, level), note)
            for level in LEVELS
        },
    )


def _estimates(sample: Sample, level: str) -> dict[str, NDArray[Any]]:
    """Return the columns of a level."""
    found = {face: sample.level(level, face) for face in FACES}
    adequacy, superiority, width = (found[name] for name in DIFFERENCES)
    most = sample.sums.instrument.scale.width
    columns = sample.counts(width)
    for name in ("minimum", "expectation", "perception"):
        columns[name] = sample.on_scale(level, found[name + "s"])[0].mean
    for name in DIFFERENCES:
        low, high = sample.interval(found[name], -most, most)
        columns |= {
            name: found[name].mean,
            f"{name}_sd": found[name].sd,
            f"{name}_se": found[name].se,
            f"{name}_low": low,
            f"{name}_high": high,
        }
    own = [sample.reasons(level, found[name], width.n, NOBODY_WITH_ALL) for name in DIFFERENCES]
    shared = np.logical_and.reduce([reason == own[0] for reason in own])
    named = [np.char.add(f"{name}: ", why) for name, why in zip(DIFFERENCES, own, strict=True)]
    reasons = np.where(shared, own[0], np.select([why != "" for why in own], named, ""))

    below, above = (
        x.mean * sign < -NOTHING * most for x, sign in ((adequacy, 1), (superiority, -1))
    )
    has_zone = width.mean > NOTHING * most
    limits = ratio_interval(adequacy, width, superiority, sample.confidence)
    with np.errstate(invalid="ignore", divide="ignore"):
        positions = (adequacy.mean / width.mean, *limits)
    position, low, high = (np.where(has_zone, x, np.nan) for x in positions)
    unclear = np.where(
        columns["width_low"] > 0, "position: no variation", "position: width may be 0"
    )
    reasons = np.where((reasons == "") & has_zone & np.isnan(low), unclear, reasons)
    no_zone = np.where(width.mean < -NOTHING * most, "minimum above desired", "width 0")
    reasons = np.where((width.n > 0) & ~has_zone, np.char.add(no_zone, ": no zone"), reasons)
    return columns | {
        "position": position,
        "position_low": low,
        "position_high": high,
        "class": np.select([~has_zone, below, above], ["", "reject", "delight"], "in zone"),
        "inverted": np.broadcast_to(sample.sums.inverted(level), width.n.shape),
        "undefined": reasons,
    }
