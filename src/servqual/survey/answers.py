"""The survey: who answered what, clean, aligned and read-only."""

from collections.abc import Iterable
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._checks import named, names, read_only
from servqual._frames.groups import Factor, crossed, group_column
from servqual.instruments import Instrument
from servqual.survey.screening import Screening, screened
from servqual.tables import Table

__all__ = ["Survey"]


def _sides(answers: Iterable[tuple[str, NDArray[Any]]]) -> tuple[tuple[str, NDArray[Any]], ...]:
    return tuple((side, read_only(array)) for side, array in answers)


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
    points : ndarray
        The 100 points that each respondent divides among the dimensions, (respondents,
        dimensions), or an empty array where nobody was asked to.
    min_answered : float
        The share of a dimension's items that a respondent must have answered.
    intake : Table
        What was read, turned and made missing.
    """

    instrument: Instrument
    answers: tuple[tuple[str, NDArray[Any]], ...] = attrs.field(converter=_sides)
    respondents: NDArray[Any] = attrs.field(converter=read_only)
    factors: tuple[Factor, ...]
    weights: NDArray[np.float64] = attrs.field(converter=read_only)
    points: NDArray[np.float64] = attrs.field(converter=read_only)
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
        factors = {factor.name: factor for factor in self.factors}
        return factors[group_column("by", by, self.by)].values

    def grouped(self, by: str | Iterable[str] | None) -> "Survey":
        """Return the survey with some of its group columns; None leaves it none."""
        factors = {factor.name: factor for factor in self.factors}
        kept = [factors[group_column("by", name, self.by)] for name in names("by", by)]
        return attrs.evolve(self, factors=tuple(kept))

    @property
    def counted(self) -> NDArray[np.bool_]:
        """Which respondents count: those with an answer, and a weight above 0."""
        answered = np.logical_or.reduce([(~np.isnan(x)).any(axis=1) for _, x in self.answers])
        counted: NDArray[np.bool_] = (
            answered & (self.weights > 0) if self.weights.size else answered
        )
        return counted

    def rows_by_group(self) -> list[NDArray[np.intp]]:
        """Return the places of each group's respondents, in the order of the groups of Moments.

        Those of weight 0 do not count.
        """
        groups, codes = self.crossed(self.by)
        order = np.argsort(codes, kind="stable")
        if self.weights.size:
            order = order[self.weights[order] > 0]
        return np.split(order, np.searchsorted(codes[order], range(1, len(groups))))

    def crossed(
        self, by: str | Iterable[str] | None
    ) -> tuple[tuple[tuple[str, ...], ...], NDArray[np.intp]]:
        """Return the groups of some group columns, as Moments have them, and whose is whose."""
        return crossed(self.grouped(by).factors, len(self))

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
            answers=tuple((side, answers[keep]) for side, answers in self.answers),
            respondents=self.respondents[keep],
            factors=tuple(factor.take(keep) for factor in self.factors),
            weights=self.weights[keep] if self.weights.size else self.weights,
            points=self.points[keep] if self.points.size else self.points,
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
        more = ["weights"] * bool(self.weights.size) + ["points"] * bool(self.points.size)
        asked = ", ".join([asked, *more])
        by = f", by {', '.join(self.by)}" if self.by else ""
        return f"Survey of {len(self)} respondents: {self.instrument.name}, {asked}{by}"
