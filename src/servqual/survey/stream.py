"""Moments in one pass over a survey or a table of any size, in bounded memory."""

import math
from collections.abc import Iterable, Sequence
from contextlib import closing

import numpy as np

from servqual._checks import instance
from servqual._frames.columns import MISSING, ColumnRef, SideColumns
from servqual._frames.groups import crossed
from servqual._frames.streams import batches
from servqual.instruments import Instrument
from servqual.survey._intake import IntakeCounts, OnInvalid, warn_of_invalid
from servqual.survey._kernel import accumulated
from servqual.survey._layout import Layout
from servqual.survey.answers import Survey
from servqual.survey.readers import Reading
from servqual.survey.sums import Moments

__all__ = ["moments", "moments_by"]

BATCH = 65_536  # rows read at a time: with twice as many, no faster, and 45 MB more
MEMORY = 4 * 2**30  # bytes that the sums of all groups may take; each of two workers has its own


def moments(  # noqa: PLR0913 (column mapping)
    answers: object,
    instrument: Instrument | None = None,
    *,
    perceptions: SideColumns | None = None,
    expectations: SideColumns | None = None,
    minimums: SideColumns | None = None,
    importances: SideColumns | None = None,
    by: ColumnRef | Sequence[ColumnRef] | None = None,
    weights: ColumnRef | None = None,
    dimension_points: SideColumns | None = None,
    missing: Iterable[str] = MISSING,
    on_invalid: OnInvalid = "error",
    min_answered: float = 0.5,
) -> Moments:
    """Sum up answers in one pass, in batches where they are not a Survey.

    Parameters
    ----------
    answers : Survey, array, data frame, path, or iterable of them
        A Survey brings its own columns and rules. Otherwise a table with one row a respondent:
        a numpy array (columns by place), a frame that narwhals knows (pandas, polars, pyarrow …),
        or one that is read in batches, and of it the needed columns: the path of a ``.parquet``
        file, a polars lazy frame, a DuckDB relation, a pyarrow data set or record-batch reader.
        An iterable of such tables counts as one. Other lazy frames are collected.
    instrument : Instrument
        What was asked; not with a Survey, nor are the arguments below.
    perceptions, expectations, minimums, importances, by, weights, dimension_points
        Columns, as in `read_survey`.
    missing, on_invalid, min_answered
        Rules, as in `read_survey`.

    Returns
    -------
    Moments
        By group of `by`, or of the group columns of the Survey.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    TypeError, ValueError
        As `read_survey`; rows in messages are counted over all batches.

    Examples
    --------
    >>> from servqual import Dimension, Instrument, Item, Scale, moments
    >>> speed = Dimension(code="speed", name="Speed", items=(Item("wait"),))
    >>> form = Instrument(code="desk", name="Desk", scale=Scale(1, 7), dimensions=(speed,))
    >>> first = moments(np.array([[5.0], [6.0]]), form, perceptions=[0])
    >>> second = moments(np.array([[7.0]]), form, perceptions=[0])
    >>> (first + second).respondents.tolist()
    [3]
    """
    if isinstance(answers, Survey):
        sides = (perceptions, expectations, minimums, importances, dimension_points)
        columns = (instrument, *sides, by, weights)
        rules = missing is not MISSING or (on_invalid, min_answered) != ("error", 0.5)
        if rules or any(column is not None for column in columns):
            msg = "a Survey has its own instrument, columns and rules; give none beside it"
            raise TypeError(msg)
        return _of_survey(answers)
    if instrument is None or perceptions is None:
        msg = f"`instrument` and `perceptions` must be given with a {type(answers).__name__}"
        raise TypeError(msg)
    reading = Reading.of(
        instrument,
        expectations=expectations,
        perceptions=perceptions,
        minimums=minimums,
        importances=importances,
        by=by,
        weights=weights,
        dimension_points=dimension_points,
        missing=missing,
        on_invalid=on_invalid,
        min_answered=min_answered,
    )
    total, rows = None, 0
    counts: dict[str, IntakeCounts] = {}
    streamed = batches(
        "answers",
        answers,
        reading.places,
        rows=BATCH,
        side_by_side=not reading.by,
        hint="; `read_survey` reads other files",
    )
    with closing(streamed) as sources:  # files and engines, on errors too
        for source in sources:
            survey, found = reading.survey(source, before=rows)
            rows += len(survey)
            counts = {side: counts.get(side, IntakeCounts()) + done for side, done in found.items()}
            batch = _of_survey(survey)
            total = batch if total is None else total + batch
    if total is None:
        msg = "`answers` must have at least one row, got none"
        raise ValueError(msg)
    warn_of_invalid(counts)
    return total


def moments_by(answers: Survey | Moments, by: str | Sequence[str] | None) -> Moments:
    """Return Moments by some of the group columns, as theories take them.

    Parameters
    ----------
    answers : Survey or Moments
        What a theory is given.
    by : str or sequence of str
        Some of its group columns; None puts all respondents together.

    Returns
    -------
    Moments
        The sums that the theory is a function of.

    Raises
    ------
    TypeError, ValueError
        If `answers` is something else, or a group column is not among its own.

    Examples
    --------
    >>> from servqual import instrument, simulate_survey
    >>> survey = simulate_survey(instrument("servqual"), 4, rng=1, by={"branch": list("NNSS")})
    >>> moments_by(survey, "branch").respondents.tolist()
    [2, 2]
    """
    hint = "; make a survey of a frame with survey_from_frame"
    instance("answers", answers, Survey, Moments, hint=hint)
    return _of_survey(answers.grouped(by)) if isinstance(answers, Survey) else answers.grouped(by)


def _of_survey(survey: Survey) -> Moments:
    pointed = bool(survey.points.size)
    layout = Layout.of(survey.instrument, survey.sides, survey.min_answered, pointed)
    groups, codes = crossed(survey.factors, len(survey))
    shapes = layout.shapes(len(groups), 3 if survey.weights.size else 1)
    if all(not np.isnan(side.min()) for _, side in survey.answers):
        del shapes["incomplete"]
    size = 8 * sum(map(math.prod, shapes.values()))
    if size > MEMORY:
        by = " × ".join(survey.by)
        msg = f"`by`: the sums of {len(groups)} groups of {by} would take {size / 2**30:.0f} GiB"
        raise ValueError(msg)
    sides = [side for _, side in survey.answers]
    return Moments(
        instrument=survey.instrument,
        sides=survey.sides,
        min_answered=survey.min_answered,
        by=survey.by,
        groups=groups,
        weighted=bool(survey.weights.size),
        pointed=pointed,
        state=accumulated(layout, sides, survey.points, survey.weights, codes, len(groups)),
    )
