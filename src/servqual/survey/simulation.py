"""Simulated surveys: answers with known means, spread, loading and missing share."""

from collections.abc import Iterable, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._checks import between, generator, instance, numbers, plain_number, whole
from servqual.instruments import Instrument
from servqual.survey._intake import turned
from servqual.survey.answers import Survey
from servqual.survey.readers import survey_from_arrays

__all__ = ["simulate_survey"]


def simulate_survey(  # noqa: PLR0913 (the parameters of the model)
    instrument: Instrument,
    respondents: int,
    *,
    rng: int | np.random.Generator | None = None,
    expectation: ArrayLike | None = None,
    perception: ArrayLike | None = None,
    minimum: ArrayLike | None = None,
    importance: ArrayLike | None = None,
    sd: float | None = None,
    loading: float = 0.7,
    missing: float = 0.0,
    by: Mapping[str, Iterable[Any]] | None = None,
) -> Survey:
    """Simulate the answers of respondents to expectations and perceptions, and more where asked.

    An answer to item j of dimension d is ``mean_j + sd · (loading · f_d + √(1 - loading²) · e_j)``,
    f and e independent standard normal (one f_d for each respondent, side and dimension), rounded
    to a whole step of the scale and kept on it; then each answer is missing with the same
    probability. Rounding adds a little to the spread, the ends of the scale take some away and pull
    the means in.

    Parameters
    ----------
    instrument : Instrument
        What is asked.
    respondents : int
        How many answer, at least 1.
    rng : int or numpy.random.Generator
        A seed or a generator; the same seed gives the same answers.
    expectation, perception : float or array_like
        The means of the items, one for all or one for each. By default expectations lie 85 % of
        the way up the scale, and perceptions from 80 % in the first dimension down to 60 % in the
        last.
    minimum, importance : float or array_like
        The same for minimums, which are kept at or below the expectation of the same answer, and
        for importances; neither is asked by default.
    sd : float
        The standard deviation of an answer; by default a sixth of the scale's width.
    loading : float
        The correlation of an answer with its dimension's factor, 0..1.
    missing : float
        The share of missing answers, 0..1.
    by : mapping of str to array_like
        Group labels, as in `survey_from_arrays`.

    Returns
    -------
    Survey
        Simulated; its `intake` says so.

    Raises
    ------
    TypeError, ValueError
        If a parameter lies outside its range.

    Examples
    --------
    >>> from servqual import instrument
    >>> survey = simulate_survey(instrument("servqual"), 100, rng=1)
    >>> survey.perceptions.shape
    (100, 22)
    """
    instance("instrument", instrument, Instrument)
    n = whole("respondents", respondents, least=1)
    between("loading", loading, 0, 1)
    between("missing", missing, 0, 1)
    scale, items = instrument.scale, instrument.items
    spread = scale.width / 6 if sd is None else plain_number("sd", sd)
    if spread < 0:
        msg = f"`sd` must be 0 or more, got {sd!r}"
        raise ValueError(msg)
    random = generator(rng)
    owner = np.repeat(
        range(len(instrument.dimensions)), [len(d.items) for d in instrument.dimensions]
    )

    high = scale.low + 0.85 * scale.width
    falling = scale.low + np.linspace(0.8, 0.6, len(instrument.dimensions))[owner] * scale.width

    def side(name: str, mean: ArrayLike) -> NDArray[np.float64]:
        centre = numbers(name, mean)
        if centre.shape not in {(), (len(items),)} or not np.isfinite(centre).all():
            rule = f"must be a finite mean, or one for each of {len(items)} items"
            msg = f"`{name}` {rule}, got {mean!r}"
            raise ValueError(msg)
        factor = random.standard_normal((n, len(instrument.dimensions)))[:, owner]
        noise = random.standard_normal((n, len(items)))
        latent = centre + spread * (loading * factor + np.sqrt(1 - loading**2) * noise)
        steps = np.clip(np.rint(latent - scale.low), 0, len(scale.levels) - 1)
        answers: NDArray[np.float64] = scale.low + steps
        if name != "importance":
            answers = turned(answers, instrument)  # as on the printed form
        answers[random.random(answers.shape) < missing] = np.nan
        return answers

    wanted = side("expectation", high if expectation is None else expectation)
    perceived = side("perception", falling if perception is None else perception)
    least = None if minimum is None else side("minimum", minimum)
    survey = survey_from_arrays(
        instrument,
        expectations=wanted,
        perceptions=perceived,
        minimums=None if least is None else _below(wanted, least, instrument),
        importances=None if importance is None else side("importance", importance),
        by=by,
    )
    return attrs.evolve(
        survey, intake=attrs.evolve(survey.intake, title="Intake (simulated answers)")
    )


def _below(
    expectations: NDArray[np.float64], minimums: NDArray[np.float64], instrument: Instrument
) -> NDArray[np.float64]:
    """Return minimums, as on the printed form, that do not lie above the expectations."""
    wanted, least = (turned(answers, instrument) for answers in (expectations, minimums))
    return turned(np.where(least > wanted, wanted, least), instrument)
