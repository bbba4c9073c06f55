"""Each respondent's own scores: the columns that Moments sum up."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from servqual._checks import named
from servqual.survey._columns import columns_of_rows, composites_of_rows
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
        As in `Moments.products`.

    Returns
    -------
    dict of str to ndarray
        By face, (respondents, columns), NaN where missing; as in Moments, sides are counted from
        the centre. A mean of whole answers is the correctly rounded one, so equal scores are equal
        numbers.

    Raises
    ------
    ValueError
        If there is no such family.

    Examples
    --------
    >>> from servqual import instrument, simulate_survey
    >>> survey = simulate_survey(instrument("servqual"), 4, rng=1)
    >>> columns = respondent_columns(survey, "dimensions|gap")
    >>> sorted(columns), columns["gap"].shape
    (['expectations', 'gap', 'perceptions'], (4, 5))
    """
    pointed = bool(survey.points.size)
    layout = Layout.of(survey.instrument, survey.sides, survey.min_answered, pointed)
    named("family", family, [*layout.families, *(name for name, _ in layout.composites)])
    columns = _columns if family in layout.families else _composites
    blocks: dict[str, list[Array]] = {}
    for start in range(0, len(survey), ROWS):
        rows = slice(start, start + ROWS)
        sides = [answers[rows].astype(float) - layout.centre for _, answers in survey.answers]
        points = survey.points[rows] if pointed else None
        for face, scores in columns(layout, family, np.hstack(sides), points):
            blocks.setdefault(face, []).append(scores)
    return {face: np.concatenate(scores) for face, scores in blocks.items()}


def _columns(
    layout: Layout, family: str, answers: Array, _: Array | None
) -> Iterator[tuple[str, Array]]:
    """Yield each face and its columns of a family."""
    wanted = layout.families[family]
    values, there = columns_of_rows(layout, answers)[family]
    for face in wanted.faces:
        first, *more = wanted.columns(face)
        scores = sum((values[:, place] for place in more), values[:, first]) / wanted.units
        yield face, np.where(there[:, first], scores, np.nan)


def _composites(
    layout: Layout, family: str, answers: Array, points: Array | None
) -> Iterator[tuple[str, Array]]:
    """Yield each face and its columns of a family of composite scores."""
    answered = ~np.isnan(answers).all(axis=1, keepdims=True)
    units = layout.composite_units[family.partition("|")[0]]
    for (name, face), (values, there) in composites_of_rows(layout, answers, points).items():
        if name == family:
            yield face, np.where(there & answered, values / units, np.nan)
