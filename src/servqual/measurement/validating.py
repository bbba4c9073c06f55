"""The validity of a survey on one page: do its items measure its dimensions, and these apart."""

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import generator, instance, named
from servqual._stats.bootstrap import RESAMPLED, Progress
from servqual._stats.factors import omega, one_factor
from servqual._stats.second_moments import correlations
from servqual.measurement._constructs import Constructs
from servqual.measurement._reasons import no_factor
from servqual.measurement._spreads import Method
from servqual.measurement.adequacy import parallel_analysis, sampling_adequacy
from servqual.measurement.covariances import Missing, covariance
from servqual.measurement.discriminant import (
    FornellLarcker,
    HtmtInterval,
    criterion,
    ratios,
)
from servqual.survey import Moments, Survey
from servqual.tables import Result, Table

__all__ = ["Validity", "validity"]

Array = NDArray[np.float64]
NOTE = (
    "correlation: that of the mean scores / √(ω₁ω₂), from one factor fitted to each dimension on "
    "its own, not to all together; it may exceed 1"
)


@attrs.frozen(kw_only=True, repr=False)
class Validity(Result):
    """What speaks for and against the validity of one side of a survey.

    Parameters
    ----------
    side : str
        The side, or ``"gap"``.
    n : int
        The respondents who answered all its items, on whom everything stands; by pairs, the fewest
        who answered both of two.
    suggested : int
        How many components parallel analysis keeps; NaN where there are no eigenvalues.
    adequacy : Table
        In one row: `n`, `n_effective`, `left_out`, `kmo`, Kaiser's `word`, Bartlett's `chi2`, `df`,
        `p`, `lacking`, `undefined`.
    items : Table
        Keyed `dimension, item`: `kmo`, `word`, `undefined`.
    eigenvalues : Table
        Keyed `component`, those of the correlations and those by chance, as `parallel_analysis`.
    htmt : Table
        Keyed `first, second`, the ratios of dimensions with their intervals, as `htmt`.
    constructs, pairs : Table
        Keyed `construct` and `first, second`, the rule of Fornell and Larcker, as
        `fornell_larcker`.
    """

    side: str
    n: int
    suggested: float = attrs.field(eq=repr)
    adequacy: Table
    items: Table
    eigenvalues: Table
    htmt: Table
    constructs: Table
    pairs: Table


def validity(  # noqa: PLR0913 (a survey, and its bootstrap)
    answers: Survey | Moments,
    *,
    side: str = "perceptions",
    missing: Missing = "listwise",
    confidence: float = 0.95,
    interval: HtmtInterval = "percentile",
    resamples: int = 2000,
    rng: int | np.random.Generator | None = 0,
    progress: Progress = False,
) -> Validity:
    """Gather what says whether items measure their dimensions, and dimensions differ.

    Sampling adequacy and Bartlett's test, eigenvalues with parallel analysis, HTMT and HTMT2, and
    √AVE against the correlations of dimensions, φ = r/√(ω₁ω₂) with r that of their mean scores.

    Parameters
    ----------
    answers : Survey or Moments
        Who answered what. Of Moments, HTMT has no intervals.
    side : str
        A side that was asked, or ``"gap"``.
    missing : {"listwise", "pairwise"}
        Stand on the respondents who answered every item of the side, or each correlation on those
        who answered both of its two, without intervals.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    interval : {"percentile", "bootstrap"}
        Of resampled respondents, as in `htmt`.
    resamples : int
        How many.
    rng : int, Generator or None
        Seed of parallel analysis and bootstrap; by default the same numbers each time, None for
        others.
    progress : bool or callable
        A bar where tqdm is installed, or a call with what is done, and of how much.

    Returns
    -------
    Validity
        All on the same respondents, by their weights.

    Raises
    ------
    TypeError, ValueError
        If the side was not asked, or an argument is out of range.

    Notes
    -----
    Fornell and Larcker's rule is meant for a factor analysis of all dimensions together. Fit one
    elsewhere with `model_syntax` and `covariance`, and give its figures to `fornell_larcker`. None
    of this says that the right thing is measured: that takes other measures of it.

    Examples
    --------
    >>> from servqual import instrument, simulate_survey
    >>> found = validity(simulate_survey(instrument("servqual"), 300, rng=1), resamples=200)
    >>> found.n, found.adequacy.row()["df"], len(found.htmt), found.pairs.keys
    (300, 231, 10, ('first', 'second'))
    """
    hint = "; make a survey of a frame with survey_from_frame"
    instance("answers", answers, Survey, Moments, hint=hint)
    random = generator(rng)
    method = Method.of(
        interval, RESAMPLED, confidence, resamples=resamples, rng=random, progress=progress
    )
    asked = _asked(answers, side, missing)
    eigenvalues = parallel_analysis(asked.found, rng=random)
    adequacy = sampling_adequacy(asked.found)
    rule = _rule(asked)
    form, items = answers.instrument, adequacy.items
    return Validity(
        side=side,
        n=asked.found.n,
        suggested=eigenvalues.suggested,
        adequacy=adequacy.table,
        items=attrs.evolve(
            items,
            keys=("dimension", *items.keys),
            data={"dimension": list(form.item_dimensions), **dict(items.data)},
        ),
        eigenvalues=eigenvalues.table,
        htmt=ratios(asked, method).table,
        constructs=rule.constructs,
        pairs=rule.pairs,
    )


def _asked(answers: Survey | Moments, side: str, missing: Missing) -> Constructs:
    """Return the items of a side by dimension: answers of a Survey, else their covariance."""
    form = answers.instrument
    items = {
        dimension.code: [item.code for item in dimension.items] for dimension in form.dimensions
    }
    if isinstance(answers, Moments):
        found = covariance(answers, side=side, missing=missing)
        return Constructs.of(found, items, None, "listwise")
    pair = ("expectations", "perceptions")
    named("side", side, [*answers.sides, *(["gap"] if set(pair) <= set(answers.sides) else [])])
    if side == "gap":
        values = answers.perceptions.astype(float) - answers.expectations
    else:
        values = answers.side(side)
    weights = answers.weights if answers.weights.size else None
    return Constructs.of(values, items, weights, missing)


def _rule(asked: Constructs) -> FornellLarcker:
    """Return Fornell and Larcker's rule by one-factor fits, NaN where there is none."""
    scores = asked.members / asked.members.sum(axis=0)
    shared, reliabilities = scores.T @ asked.found.matrix @ scores, []
    loadings, reasons = {}, []
    for place, name in enumerate(asked.names):
        own = asked.covariance(place)
        fit = one_factor(own.matrix)
        loadings[name] = fit.standardized
        reliabilities.append(float(omega(fit.loadings, fit.errors)))
        reasons.append(no_factor(fit, own))
    root = np.sqrt(reliabilities)
    with np.errstate(invalid="ignore", divide="ignore"):
        phi = np.where(root > 0, correlations(shared) / np.outer(root, root), np.nan)
    return criterion(loadings, phi, reasons, NOTE)
