"""Readers: from a file, a data frame or arrays to a Survey."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._checks import between, distinct, instance, numbers, weights_in_reach
from servqual._frames.columns import MISSING, Column, ColumnRef, SideColumns
from servqual._frames.groups import Factor
from servqual._frames.sources import Source
from servqual.instruments import Instrument
from servqual.survey._intake import (
    AnswerRules,
    IntakeCounts,
    OnInvalid,
    intake_table,
    warn_of_invalid,
)
from servqual.survey.answers import Survey

__all__ = ["Reading", "read_survey", "survey_from_arrays", "survey_from_frame"]


@attrs.frozen(kw_only=True)
class Reading:
    """Which columns of a table are what in a survey, and the rules by which they are read."""

    rules: AnswerRules
    sides: Mapping[str, SideColumns]
    by: tuple[ColumnRef, ...]
    weights: ColumnRef | None
    respondents: ColumnRef | None
    points: SideColumns | None
    min_answered: float

    @classmethod
    def of(  # noqa: PLR0913 (the column mapping of the readers)
        cls,
        instrument: Instrument,
        *,
        expectations: SideColumns | None,
        perceptions: SideColumns | None,
        minimums: SideColumns | None,
        importances: SideColumns | None,
        by: ColumnRef | Sequence[ColumnRef] | None,
        weights: ColumnRef | None,
        respondents: ColumnRef | None = None,
        dimension_points: SideColumns | None,
        missing: Iterable[str],
        on_invalid: OnInvalid,
        min_answered: float,
    ) -> "Reading":
        """Take the arguments that the readers share."""
        sides = {
            "expectations": expectations,
            "perceptions": perceptions,
            "minimums": minimums,
            "importances": importances,
        }
        return cls(
            rules=AnswerRules.of(instrument, missing, on_invalid),
            sides={side: wanted for side, wanted in sides.items() if wanted is not None},
            by=(by,) if isinstance(by, (str, int)) else tuple(by or ()),
            weights=weights,
            respondents=respondents,
            points=dimension_points,
            min_answered=min_answered,
        )

    def places(self, source: Source) -> dict[str, list[int]]:
        """Return the places of the columns that are needed."""
        form = self.rules.instrument
        found = {
            side: source.places(side, wanted, "item", form.item_codes)
            for side, wanted in self.sides.items()
        }
        if self.points is not None:
            found["dimension_points"] = source.places(
                "dimension_points", self.points, "dimension", form.dimension_codes
            )
        found["by"] = [source.place("by", column) for column in self.by]
        for name, column in (("weights", self.weights), ("respondents", self.respondents)):
            found[name] = [] if column is None else [source.place(name, column)]
        return found

    def survey(self, source: Source, *, before: int = 0) -> tuple[Survey, dict[str, IntakeCounts]]:
        """Read the survey; `before` counts the rows of earlier batches."""
        places = self.places(source)
        distinct("by", [source.name(place) for place in places["by"]])
        asked = [*self.sides, *(["dimension_points"] if self.points is not None else [])]
        for first, second in combinations(asked, 2):
            if shared := set(places[first]) & set(places[second]):
                column = source.name(min(shared))
                msg = f"`{first}` and `{second}` must have different columns, both have {column!r}"
                raise ValueError(msg)
        return assembled(
            self.rules,
            {side: source.columns(places[side]) for side in self.sides},
            by={source.name(place): source.column(place) for place in places["by"]},
            weights=next((source.column(place) for place in places["weights"]), None),
            respondents=next((np.asarray(source.column(p)) for p in places["respondents"]), None),
            points=source.columns(places["dimension_points"]) if self.points is not None else None,
            min_answered=self.min_answered,
            before=before,
        )


def assembled(  # noqa: PLR0913 (the parts of a survey)
    rules: AnswerRules,
    columns: Mapping[str, NDArray[Any] | list[Column]],
    *,
    by: Mapping[str, Iterable[Any]],
    weights: ArrayLike | None,
    respondents: ArrayLike | None,
    points: NDArray[Any] | list[Column] | None,
    min_answered: float,
    before: int = 0,
) -> tuple[Survey, dict[str, IntakeCounts]]:
    """Read raw columns by the rules; return the survey, and what was done to each side."""
    between("min_answered", min_answered, 0, 1)
    read = {side: rules.side(side, raw, before=before) for side, raw in columns.items()}
    if points is not None:
        read["dimension_points"] = rules.points(points, before=before)
    rows = {side: len(answers) for side, (answers, _) in read.items()}
    if len(set(rows.values())) > 1:
        msg = f"all sides must have the same respondents, got {rows} rows"
        raise ValueError(msg)
    n = rows["perceptions"]
    if n == 0:
        msg = "a survey must have at least one respondent, got none"
        raise ValueError(msg)
    factors = tuple(Factor.of(name, values) for name, values in by.items())
    labels = np.arange(1, n + 1) + before if respondents is None else np.asarray(respondents)
    weighing = np.empty(0) if weights is None else numbers("weights", weights, before=before)
    beside = {f"by[{factor.name!r}]": factor.codes.shape for factor in factors}
    beside |= {"weights": weighing.shape} if weights is not None else {}
    for name, shape in {**beside, "respondents": labels.shape}.items():
        if shape != (n,):
            msg = f"`{name}` must have one entry for each of {n} respondents, got shape {shape}"
            raise ValueError(msg)
    weights_in_reach(weighing, before=before)
    counts = {side: done for side, (_, done) in read.items()}
    divided, _ = read.pop("dimension_points", (np.empty(0), None))
    survey = Survey(
        instrument=rules.instrument,
        answers=tuple((side, answers) for side, (answers, _) in read.items()),
        respondents=labels,
        factors=factors,
        weights=weighing,
        points=divided,
        min_answered=min_answered,
        intake=intake_table(n, counts, rules.instrument),
    )
    return survey, counts


def read_survey(  # noqa: PLR0913 (column mapping)
    path: str | Path,
    instrument: Instrument,
    *,
    perceptions: SideColumns,
    expectations: SideColumns | None = None,
    minimums: SideColumns | None = None,
    importances: SideColumns | None = None,
    by: ColumnRef | Sequence[ColumnRef] | None = None,
    weights: ColumnRef | None = None,
    respondents: ColumnRef | None = None,
    dimension_points: SideColumns | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    missing: Iterable[str] = MISSING,
    on_invalid: OnInvalid = "error",
    min_answered: float = 0.5,
) -> Survey:
    r"""Read a survey from a file: CSV, or by suffix Parquet, Excel, SPSS or Stata.

    Parameters
    ----------
    path : str or Path
        The file. ``.parquet``, ``.xlsx``, ``.sav`` and ``.dta`` need the extras `parquet`,
        `excel` and `spss`; every other suffix is read as text with a header.
    instrument : Instrument
        What was asked.
    perceptions, expectations, minimums, importances : str, sequence of str or of int
        The columns of each side: a pattern in which ``{item}`` stands for an item's code or
        ``{n}`` for its place from 1; or the names of the columns; or their places from 0.
    by : str, int or sequence of them
        Group columns. Labels are texts; a missing one is ``"(missing)"``.
    weights : str or int
        The column of sampling weights, 0 or more.
    respondents : str or int
        The column that names respondents; default 1, 2, …
    dimension_points : str, sequence of str or of int
        The columns of the 100 points that each respondent divides among the dimensions: a pattern
        in which ``{dimension}`` stands for a dimension's code or ``{n}`` for its place from 1; or
        names; or places. Blanks beside points that sum to 100 are 0; a row that is all blank is
        missing; any other sum is invalid.
    encoding : str
        The encoding of a text file; default UTF-8.
    separator : str
        The separator of a text file; default the one of ``, ; tab |`` that cuts its header into
        most cells.
    missing : iterable of str
        Texts that mean a missing answer; compared without case and outer blanks.
    on_invalid : {"error", "missing"}
        What to do with answers off the scale or unknown: stop, or warn, count and make missing.
    min_answered : float
        The share of a dimension's items that a respondent must have answered.

    Returns
    -------
    Survey
        The clean answers; `intake` says what was read, turned and made missing.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    TypeError, ValueError
        If a column is missing or ambiguous, an answer is unknown or off the scale, the encoding
        is another one, or a row is too long or short; the message names the place.

    Examples
    --------
    >>> import tempfile
    >>> from servqual import Dimension, Instrument, Item, Scale
    >>> speed = Dimension(code="speed", name="Speed", items=(Item("wait"), Item("reply")))
    >>> form = Instrument(code="desk", name="Desk", scale=Scale(1, 7), dimensions=(speed,))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "answers.csv"
    ...     _ = file.write_text("Ewait,Ereply,Pwait,Preply\n7,6,5,6\n6,6,6,NA\n")
    ...     survey = read_survey(file, form, expectations="E{item}", perceptions="P{item}")
    >>> survey.perceptions
    array([[ 5.,  6.],
           [ 6., nan]])
    """
    reading = Reading.of(
        instrument,
        expectations=expectations,
        perceptions=perceptions,
        minimums=minimums,
        importances=importances,
        by=by,
        weights=weights,
        respondents=respondents,
        dimension_points=dimension_points,
        missing=missing,
        on_invalid=on_invalid,
        min_answered=min_answered,
    )
    instance("path", path, str, Path, hint="; survey_from_frame takes data frames")
    source = Source.of_file(Path(path), encoding=encoding, separator=separator)
    survey, counts = reading.survey(source)
    warn_of_invalid(counts)
    return survey


def survey_from_frame(  # noqa: PLR0913 (column mapping)
    frame: object,
    instrument: Instrument,
    *,
    perceptions: SideColumns,
    expectations: SideColumns | None = None,
    minimums: SideColumns | None = None,
    importances: SideColumns | None = None,
    by: ColumnRef | Sequence[ColumnRef] | None = None,
    weights: ColumnRef | None = None,
    respondents: ColumnRef | None = None,
    dimension_points: SideColumns | None = None,
    missing: Iterable[str] = MISSING,
    on_invalid: OnInvalid = "error",
    min_answered: float = 0.5,
) -> Survey:
    """Make a survey from a data frame that narwhals knows: pandas, polars, pyarrow and others.

    Parameters
    ----------
    frame : data frame
        One row a respondent.
    instrument : Instrument
        What was asked.
    perceptions, expectations, minimums, importances, by, weights, respondents, dimension_points
        Columns, as in `read_survey`.
    missing, on_invalid, min_answered
        Rules, as in `read_survey`.

    Returns
    -------
    Survey
        The clean answers.

    Raises
    ------
    TypeError, ValueError
        As `read_survey`.

    Examples
    --------
    >>> import pandas as pd
    >>> from servqual import Dimension, Instrument, Item, Scale
    >>> speed = Dimension(code="speed", name="Speed", items=(Item("wait"),))
    >>> form = Instrument(code="desk", name="Desk", scale=Scale(1, 7), dimensions=(speed,))
    >>> frame = pd.DataFrame({"wait": [5, 6, None], "branch": ["N", "S", "S"]})
    >>> survey = survey_from_frame(frame, form, perceptions="{item}", by="branch")
    >>> survey.perceptions.ravel().tolist(), survey.groups("branch").tolist()
    ([5.0, 6.0, nan], ['N', 'S', 'S'])
    """
    reading = Reading.of(
        instrument,
        expectations=expectations,
        perceptions=perceptions,
        minimums=minimums,
        importances=importances,
        by=by,
        weights=weights,
        respondents=respondents,
        dimension_points=dimension_points,
        missing=missing,
        on_invalid=on_invalid,
        min_answered=min_answered,
    )
    survey, counts = reading.survey(Source.of_frame(frame))
    warn_of_invalid(counts)
    return survey


def survey_from_arrays(  # noqa: PLR0913 (the parts of a survey)
    instrument: Instrument,
    *,
    perceptions: ArrayLike,
    expectations: ArrayLike | None = None,
    minimums: ArrayLike | None = None,
    importances: ArrayLike | None = None,
    by: Mapping[str, Iterable[Any]] | None = None,
    weights: ArrayLike | None = None,
    respondents: ArrayLike | None = None,
    dimension_points: ArrayLike | None = None,
    missing: Iterable[str] = MISSING,
    on_invalid: OnInvalid = "error",
    min_answered: float = 0.5,
) -> Survey:
    """Make a survey from arrays of answers (respondents, items), NaN = missing.

    Parameters
    ----------
    instrument : Instrument
        What was asked; its items are the columns of every side.
    perceptions, expectations, minimums, importances : array_like
        The sides that were asked, each (respondents, items) in the units of the scale. Arrays
        that need no change are kept as they are, in their dtype and without a copy.
    by : mapping of str to array_like
        Group labels, one a respondent, by the name of the group column.
    weights : array_like
        Sampling weights, one a respondent, 0 or more.
    respondents : array_like
        Labels of the respondents; default 1, 2, …
    dimension_points : array_like
        The 100 points that each respondent divides among the dimensions, (respondents,
        dimensions); as in `read_survey`.
    missing : iterable of str
        Texts that mean a missing answer, besides NaN and None.
    on_invalid : {"error", "missing"}
        What to do with answers off the scale or unknown: stop, or warn, count and make missing.
    min_answered : float
        The share of a dimension's items that a respondent must have answered.

    Returns
    -------
    Survey
        The clean answers.

    Raises
    ------
    TypeError, ValueError
        If shapes do not match, an answer is off the scale, or a weight is negative; the message
        names row (from 1), item and value.

    Examples
    --------
    >>> from servqual import Dimension, Instrument, Item, Scale
    >>> speed = Dimension(code="speed", name="Speed", items=(Item("wait"), Item("reply")))
    >>> form = Instrument(code="desk", name="Desk", scale=Scale(1, 7), dimensions=(speed,))
    >>> survey = survey_from_arrays(
    ...     form, expectations=[[7, 6], [6, 6]], perceptions=[[5, 6], [6, 4]]
    ... )
    >>> print(survey)
    Survey of 2 respondents: Desk, 2 items, expectations, perceptions
    """
    sides = {
        "expectations": expectations,
        "perceptions": perceptions,
        "minimums": minimums,
        "importances": importances,
    }
    survey, counts = assembled(
        AnswerRules.of(instrument, missing, on_invalid),
        {side: _matrix(side, raw) for side, raw in sides.items() if raw is not None},
        by=by or {},
        weights=weights,
        respondents=respondents,
        points=None if dimension_points is None else _matrix("dimension_points", dimension_points),
        min_answered=min_answered,
    )
    warn_of_invalid(counts)
    return survey


def _matrix(side: str, raw: ArrayLike) -> NDArray[Any]:
    """Take a side as an array with two axes; mixed texts and numbers stay what they are."""
    if isinstance(raw, np.ma.MaskedArray):
        raw = np.ma.filled(raw.astype(float), np.nan)
    try:
        array = raw if isinstance(raw, np.ndarray) else np.asarray(raw)
    except ValueError as error:
        msg = f"`{side}` must be a table (respondents, items), got rows of different lengths"
        raise ValueError(msg) from error
    if array.dtype.kind in "US" and not isinstance(raw, np.ndarray):
        array = np.asarray(raw, dtype=object)
    if array.ndim != 2:
        msg = f"`{side}` must be a table (respondents, items), got shape {array.shape}"
        raise ValueError(msg)
    return array
