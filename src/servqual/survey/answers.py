"""The survey: who answered what, clean, aligned and read-only."""

from collections.abc import Iterable, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._checks import between, named, names, numbers, weights_in_reach
from servqual.instruments import Instrument
from servqual.survey.groups import Factor
from servqual.survey.intake import (
    MISSING,
    AnswerRules,
    Column,
    IntakeCounts,
    OnInvalid,
    intake_table,
    warn_of_invalid,
)
from servqual.survey.screening import Screening, screened
from servqual.tables import Table

__all__ = ["Survey", "survey_from_arrays"]


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Survey:
    """Answers to an instrument: clean, turned where reverse-keyed, missing as NaN, read-only.

    Make one with `read_survey`, `survey_from_frame`, `survey_from_arrays` or `simulate_survey`.
    Surveys compare by identity; arrays are kept without a copy where nothing had to be changed.

    Parameters
    ----------
    instrument : Instrument
        What was asked.
    answers : tuple of (str, ndarray)
        Each side that was asked, with its answers (respondents, items).
    respondents : ndarray
        A label for each respondent.
    factors : tuple of Factor
        The group columns.
    weights : ndarray
        Sampling weights, or an empty array where there are none.
    min_answered : float
        The share of a dimension's items that a respondent must have answered.
    intake : Table
        What was read, turned and made missing.
    """

    instrument: Instrument
    answers: tuple[tuple[str, NDArray[Any]], ...]
    respondents: NDArray[Any]
    factors: tuple[Factor, ...]
    weights: NDArray[np.float64]
    min_answered: float
    intake: Table

    def __len__(self) -> int:
        """Return the number of respondents."""
        return len(self.respondents)

    @property
    def sides(self) -> tuple[str, ...]:
        """The sides that were asked."""
        return tuple(side for side, _ in self.answers)

    @property
    def by(self) -> tuple[str, ...]:
        """The names of the group columns."""
        return tuple(factor.name for factor in self.factors)

    @property
    def expectations(self) -> NDArray[Any]:
        """What respondents expect (desired service), (respondents, items)."""
        return self.side("expectations")

    @property
    def perceptions(self) -> NDArray[Any]:
        """What respondents perceive, (respondents, items)."""
        return self.side("perceptions")

    @property
    def minimums(self) -> NDArray[Any]:
        """The least that respondents would accept, (respondents, items)."""
        return self.side("minimums")

    @property
    def importances(self) -> NDArray[Any]:
        """How important items are to respondents, (respondents, items)."""
        return self.side("importances")

    def side(self, side: str, dimension: str | None = None) -> NDArray[Any]:
        """Return the answers of one side, of all items or of those of one dimension."""
        answers = dict(self.answers)[named("side", side, self.sides)]
        return answers if dimension is None else answers[:, self.instrument.places(dimension)]

    def groups(self, by: str) -> NDArray[np.str_]:
        """Return the label of each respondent in a group column."""
        return {factor.name: factor for factor in self.factors}[named("by", by, self.by)].values

    def grouped(self, by: str | Iterable[str] | None) -> "Survey":
        """Return the survey with some of its group columns; None leaves it none."""
        factors = {factor.name: factor for factor in self.factors}
        kept = [factors[named("by", name, self.by)] for name in names("by", by)]
        return attrs.evolve(self, factors=tuple(kept))

    def select(self, mask: ArrayLike, *, reason: str = "") -> "Survey":
        """Return the survey of the respondents for whom `mask` is true.

        Parameters
        ----------
        mask : array_like of bool
            One entry a respondent.
        reason : str
            Why the others are left out; `intake` keeps it with their number.

        Returns
        -------
        Survey
            The chosen respondents.

        Raises
        ------
        TypeError, ValueError
            If `mask` is not boolean, not one entry a respondent, or true nowhere.
        """
        keep = np.asarray(mask)
        if keep.dtype != bool:
            msg = f"`mask` must be boolean, got {keep.dtype}"
            raise TypeError(msg)
        if keep.shape != (len(self),):
            msg = (
                f"`mask` must have one entry for each of {len(self)} respondents, got {keep.shape}"
            )
            raise ValueError(msg)
        if not keep.any():
            msg = "`mask` must keep at least one respondent, got none"
            raise ValueError(msg)
        step = "left out: " + reason if reason else "left out"
        old = self.intake
        intake = {
            "step": [*old["step"], step],
            "side": [*old["side"], ""],
            "count": [*old["count"], int((~keep).sum())],
        }
        return attrs.evolve(
            self,
            answers=tuple((side, _read_only(answers[keep])) for side, answers in self.answers),
            respondents=_read_only(self.respondents[keep]),
            factors=tuple(factor.take(keep) for factor in self.factors),
            weights=_read_only(self.weights[keep]) if self.weights.size else self.weights,
            intake=attrs.evolve(self.intake, data=intake),
        )

    def screen(self) -> Screening:
        """Flag careless answers, without leaving anyone out.

        Returns
        -------
        Screening
            A Table with a row a respondent, and a summary.
        """
        return screened(dict(self.answers), self.instrument, self.respondents)

    def __repr__(self) -> str:
        """Return who answered what, in a line."""
        asked = f"{len(self.instrument.items)} items, {', '.join(self.sides)}"
        by = f", by {', '.join(self.by)}" if self.by else ""
        return f"Survey of {len(self)} respondents: {self.instrument.name}, {asked}{by}"


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view


def assembled(  # noqa: PLR0913 (the parts of a survey)
    rules: AnswerRules,
    columns: Mapping[str, NDArray[Any] | list[Column]],
    *,
    by: Mapping[str, Iterable[Any]],
    weights: ArrayLike | None,
    respondents: ArrayLike | None,
    min_answered: float,
    before: int = 0,
) -> tuple[Survey, dict[str, IntakeCounts]]:
    """Bring raw columns through the rules; return the survey, and what happened to each side."""
    between("min_answered", min_answered, 0, 1)
    read = {side: rules.side(side, raw, before=before) for side, raw in columns.items()}
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
    survey = Survey(
        instrument=rules.instrument,
        answers=tuple((side, _read_only(answers)) for side, (answers, _) in read.items()),
        respondents=_read_only(labels),
        factors=factors,
        weights=_read_only(weighing),
        min_answered=min_answered,
        intake=intake_table(n, counts, rules.instrument),
    )
    return survey, counts


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
