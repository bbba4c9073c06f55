"""Each respondent's own scores: the columns that Moments sum up."""

import numpy as np
from numpy.typing import NDArray

from servqual._checks import named
from servqual.survey._kernel import columns_of_rows
from servqual.survey._layout import Layout
from servqual.survey.answers import Survey

__all__ = ["respondent_columns"]

Array = NDArray[np.float64]
ROWS = 65_536  # worked out at a time


def respondent_columns(survey: Survey, family: str) -> dict[str, Array]:
    """Return the columns of a family of Moments respondent by respondent.

    Parameters
    ----------
    survey : Survey
        The answers.
    family : str
        As in `Moments.products`: ``"items"`` or ``"dimensions"``, with ``|gap`` or ``|zone``.

    Returns
    -------
    dict of str to ndarray
        By face, (respondents, columns), in units of the scale, NaN where missing; a mean of whole
        answers is the correctly rounded one, so equal scores are equal numbers.

    Examples
    --------
    >>> from servqual import instrument, simulate_survey
    >>> survey = simulate_survey(instrument("servqual"), 4, rng=1)
    >>> columns = respondent_columns(survey, "dimensions|gap")
    >>> sorted(columns), columns["gap"].shape
    (['expectations', 'gap', 'perceptions'], (4, 5))
    """
    layout = Layout.of(survey.instrument, survey.sides, survey.min_answered, False)  # noqa: FBT003
    wanted = layout.families[named("family", family, list(layout.families))]
    found = {face: np.empty((len(survey), wanted.size)) for face in wanted.faces}
    for start in range(0, len(survey), ROWS):
        rows = slice(start, start + ROWS)
        sides = [answers[rows].astype(float) - layout.centre for _, answers in survey.answers]
        values, there = columns_of_rows(layout, np.hstack(sides))[family]
        for face, scores in found.items():
            first, *more = wanted.columns(face)
            score = sum((values[:, place] for place in more), values[:, first]) / wanted.units
            centre = layout.centre if face in survey.sides else 0.0
            scores[rows] = np.where(there[:, first], score + centre, np.nan)
    return found
