"""Performance alone: SERVPERF and the weighted forms, and direct comparison with expectation."""

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._stats.means import Mean
from servqual.scoring._sample import LEVELS, By, Population, Sample, Weights
from servqual.survey import Moments, Survey
from servqual.tables import Result, Table

__all__ = ["DirectScores", "PerceptionScores", "direct_scores", "perception_scores"]

# Each form, the face that it is made of, and the sides that it needs beside perceptions.
FORMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "SERVPERF": ("perceptions", ()),
    "weighted SERVPERF": ("perceptions", ("importances",)),
    "SERVQUAL": ("gap", ("expectations",)),
    "weighted SERVQUAL": ("gap", ("expectations", "importances")),
}
NOBODY = {(): "no answers", ("expectations",): "no respondent with both sides"}
NOBODY_WITH_ALL = "no respondent with every side"


@attrs.frozen(kw_only=True, repr=False)
class PerceptionScores(Result):
    """Perceptions of a survey, on their own answers, and the scores by form.

    The tables of levels have, after their keys, the columns `n`, `perception`, `sd`, `se`, `low`,
    `high` and `undefined`.

    Parameters
    ----------
    respondents : Table
        By group, how many count, as in `GapScores`.
    dimensions, items : Table
        One row a group and dimension, or item.
    overall : Table
        One row a group and score: ``"dimensions"`` and ``"items"`` are the means of the dimensions'
        and of the items' perceptions (the second is SERVPERF), ``"weighted"`` and its kin as in
        `GapScores`.
    forms : Table
        One row a group and form: ``"SERVPERF"``, ``"weighted SERVPERF"``, ``"SERVQUAL"``,
        ``"weighted SERVQUAL"``. `sum` is the mean over respondents of their sum over the items,
        `mean` the sum / items, both on `n`; `normalised` is the score in units of the scale, on
        `normalised_n`, with its `sd`, `se`, `low` and `high`.
    """

    respondents: Table
    dimensions: Table
    items: Table
    overall: Table
    forms: Table


def perception_scores(
    answers: Survey | Moments,
    *,
    by: By = None,
    dimension_weights: Weights = None,
    cluster: str | None = None,
    population: Population = None,
    confidence: float = 0.95,
) -> PerceptionScores:
    """Score perceptions alone (SERVPERF), by item, by dimension and overall, and set forms beside.

    Perceptions stand on all their answers, whatever was expected. The forms of Cronin and Taylor
    are, with k items and importances I: SERVPERF Σ P, weighted SERVPERF Σ I·P, SERVQUAL Σ (P - E),
    weighted SERVQUAL Σ I·(P - E), as sums over the items; and, by this library, normalised: Σ P /
    k, Σ I·P / Σ I, and so on, which lie on the scale of the answers.

    Parameters
    ----------
    answers : Survey or Moments
        Answers with perceptions; expectations and importances give the other forms.
    by, dimension_weights, cluster, population, confidence
        As in `gap_scores`.

    Returns
    -------
    PerceptionScores
        In units of the scale; intervals are Student's t, cut at its ends.

    Raises
    ------
    TypeError, ValueError
        As `gap_scores`.

    Notes
    -----
    The unweighted forms are the overall rows ``"items"``, of perceptions and of gaps: means of item
    means, each on its own n. A weighted form is a respondent's own score over the items with every
    side that it needs, if there are at least ⌈min_answered × items⌉, then averaged: its sum is k
    times the mean product, and the normalised score needs importances of 0 or more, not all 0.

    References
    ----------
    Cronin, J. J. & Taylor, S. A. (1992). Measuring service quality: a reexamination and extension.
    Journal of Marketing 56(3), 55-68. doi:10.1177/002224299205600304

    Examples
    --------
    >>> from servqual import Dimension, Instrument, Item, Scale, survey_from_arrays
    >>> speed = Dimension(code="speed", name="Speed", items=(Item("wait"), Item("reply")))
    >>> form = Instrument(code="desk", name="Desk", scale=Scale(1, 7), dimensions=(speed,))
    >>> survey = survey_from_arrays(form, perceptions=[[5, 6]], importances=[[6, 2]])
    >>> scores = perception_scores(survey)
    >>> scores.dimensions.row(dimension="speed")["perception"]
    5.5
    >>> scores.forms.row(form="weighted SERVPERF")["normalised"]  # (6 · 5 + 2 · 6) / (6 + 2)
    5.25
    """
    sample = Sample.of(
        answers,
        "",
        ("perceptions",),
        by=by,
        dimension_weights=dimension_weights,
        cluster=cluster,
        population=population,
        confidence=confidence,
    )
    note = sample.note("Student's t")
    return PerceptionScores(
        respondents=sample.respondents(),
        forms=_forms(sample),
        **{
            level: sample.table(level, "Perceptions", _estimates(sample, level), note)
            for level in LEVELS
        },
    )


def _estimates(sample: Sample, level: str) -> dict[str, NDArray[Any]]:
    """Return the columns of a level."""
    found, *ends = sample.on_scale(level, sample.level(level, "perceptions"))
    low, high = sample.interval(found, *ends)
    return sample.counts(found) | {
        "perception": found.mean,
        "sd": found.sd,
        "se": found.se,
        "low": low,
        "high": high,
        **sample.design_effect(found),
        "undefined": sample.reasons(level, found, found.n, "no answers"),
    }


def _forms(sample: Sample) -> Table:
    """Return the Table of Cronin and Taylor's forms."""
    sums, scale = sample.sums, sample.sums.instrument.scale
    means, normalised, reasons = [], [], []
    for face, needed in FORMS.values():
        absent = [side for side in needed if side not in sums.sides]
        mean, own = _form(sample, face, weighted="importances" in needed, there=not absent)
        reason = sample.reasons("items", own, own.n, NOBODY.get(needed, NOBODY_WITH_ALL))
        nothing = (own.n == 0) & (mean.n > 0)
        reason = np.where(nothing, "importances below 0 or all 0", reason)
        reasons.append(
            np.full_like(reason, f"no {' and '.join(absent)} asked") if absent else reason
        )
        means.append(mean)
        normalised.append(own)
    mean, own = Mean.beside(means), Mean.beside(normalised)
    gaps = np.array([face == "gap" for face, _ in FORMS.values()])
    ends = np.where(gaps, -scale.width, scale.low), np.where(gaps, scale.width, scale.high)
    low, high = sample.interval(own, *ends)
    columns = {
        "n": mean.n.astype(int),
        "sum": len(sums.instrument.items) * mean.mean,
        "mean": mean.mean,
        **{f"normalised_{name}": count for name, count in sample.counts(own).items()},
        "normalised": own.mean,
        "sd": own.sd,
        "se": own.se,
        "low": low,
        "high": high,
        **sample.design_effect(own),
        "undefined": np.hstack(reasons),
    }
    keys = sums.keyed(form=list(FORMS))
    return Table(
        title="Forms",
        keys=tuple(keys),
        data=[*keys.items(), *((name, cells.ravel()) for name, cells in columns.items())],
        note=sample.note("Student's t", "of the normalised score"),
    )


def _form(sample: Sample, face: str, *, weighted: bool, there: bool) -> tuple[Mean, Mean]:
    """Return a form's mean over items, and the normalised score, (groups, 1) each."""
    if not there:
        nothing = np.full((len(sample.sums.groups), 1), np.nan)
        none = Mean(np.zeros_like(nothing), nothing, nothing, nothing, np.full_like(nothing, -1))
        return none, none
    if weighted:
        both = sample.mean("forms", face)
        return both[:, [0]], both[:, [1]]
    mean = sample.mean(sample.sums.layout.family_of("items", face), face, sample.scores["items"])
    mean = mean if face == "gap" else sample.on_scale("items", mean)[0]
    return mean, mean


@attrs.frozen(kw_only=True, repr=False)
class DirectScores(Result):
    """Direct comparisons of what was perceived with what was expected.

    The tables of levels have, after their keys, the columns `n`, `mean`, `difference` (mean -
    midpoint), `sd`, `se`, `low` and `high` (of the mean), `t`, `p` and `effect_size` (of the
    difference) and `undefined`.

    Parameters
    ----------
    respondents, dimensions, items, overall : Table
        As in `PerceptionScores`.
    """

    respondents: Table
    dimensions: Table
    items: Table
    overall: Table


def direct_scores(
    answers: Survey | Moments,
    *,
    by: By = None,
    dimension_weights: Weights = None,
    cluster: str | None = None,
    population: Population = None,
    confidence: float = 0.95,
) -> DirectScores:
    """Score items that ask at once how the service compares with what was expected.

    One answer an item, from "much worse than expected" to "much better than expected": its mean is
    the score, and the middle of the scale means "as expected". No difference of two answers is
    taken, and with it goes what is held against the reliability and the variance of differences.

    Parameters
    ----------
    answers : Survey or Moments
        The comparisons, read as `perceptions`; low must mean worse than expected.
    by, dimension_weights, cluster, population, confidence
        As in `gap_scores`.

    Returns
    -------
    DirectScores
        In units of the scale; intervals are Student's t, cut at its ends, and tests are of the
        difference from its midpoint.

    Raises
    ------
    TypeError, ValueError
        As `gap_scores`, or if the form has reverse-keyed items.

    References
    ----------
    Brown, T. J., Churchill, G. A. & Peter, J. P. (1993). Improving the measurement of service
    quality. Journal of Retailing 69(1), 127-139.

    Examples
    --------
    >>> from servqual import Dimension, Instrument, Item, Scale, survey_from_arrays
    >>> speed = Dimension(code="speed", name="Speed", items=(Item("wait"),))
    >>> form = Instrument(code="desk", name="Desk", scale=Scale(1, 7), dimensions=(speed,))
    >>> row = direct_scores(survey_from_arrays(form, perceptions=[[3], [4], [2]])).items.row()
    >>> row["mean"], row["difference"]
    (3.0, -1.0)
    """
    sample = Sample.of(
        answers,
        "",
        ("perceptions",),
        by=by,
        dimension_weights=dimension_weights,
        cluster=cluster,
        population=population,
        confidence=confidence,
    )
    if turned := [item.code for item in sample.sums.instrument.items if item.reverse]:
        msg = f"`answers` must not have reverse-keyed items, got {', '.join(turned)}; a comparison "
        msg += "from worse to better is never turned: read it with a form without `reverse`"
        raise ValueError(msg)
    method = sample.note("t against the midpoint", "and p (two-sided, unadjusted)")
    midpoint = sample.sums.instrument.scale.midpoint
    note = f"difference = mean - midpoint ({midpoint:g}); {method}"
    return DirectScores(
        respondents=sample.respondents(),
        **{
            level: sample.table(level, "Direct scores", _comparison(sample, level), note)
            for level in LEVELS
        },
    )


def _comparison(sample: Sample, level: str) -> dict[str, NDArray[Any]]:
    """Return the columns of a level of direct scores."""
    found = sample.level(level, "perceptions")
    score, *ends = sample.on_scale(level, found)
    low, high = sample.interval(score, *ends)
    off = sample.sums.instrument.scale.midpoint - sample.sums.layout.centre
    place = sample.is_place(level, found)
    difference = attrs.evolve(found, mean=found.mean - np.where(place, off, 0))
    return sample.counts(found) | {
        "mean": score.mean,
        "difference": difference.mean,
        "sd": found.sd,
        "se": found.se,
        "low": low,
        "high": high,
        **sample.test(difference),
        **sample.design_effect(found),
        "undefined": sample.reasons(level, found, found.n, "no answers"),
    }
