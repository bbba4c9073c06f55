"""The covariance of items: what reliability and validity are functions of."""

from collections.abc import Sequence
from typing import Any, get_args

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._checks import (
    brief,
    choice,
    distinct,
    frozen_array,
    instance,
    named,
    not_negative,
    same_array,
    whole,
)
from servqual._frames.arrays import square_by_name
from servqual._frames.rows import Rows, Weights
from servqual._stats.means import Sums
from servqual._stats.second_moments import correlations, covariances, listwise_sums, pairwise_sums
from servqual.measurement._rows import rows_of
from servqual.survey import Moments, Survey, moments_by
from servqual.survey.sums import Missing
from servqual.tables import Result, Table

__all__ = ["Covariance", "Missing", "covariance"]

Array = NDArray[np.float64]
ROUNDING = 1e-8  # of the greatest entry, by which printed matrices may differ from symmetric ones


def _items(value: Sequence[str]) -> tuple[str, ...]:
    instance("items", value, list, tuple)
    return distinct("items", value)


def _floats(name: str, value: ArrayLike) -> Array:
    try:
        return frozen_array(np.asarray(value, float))
    except (TypeError, ValueError) as error:
        msg = f"`{name}` must be numbers, got {brief(value)}"
        raise TypeError(msg) from error


def filled_triangle(matrix: Array) -> Array:
    """Return a square of which one triangle is NaN with the other in its place."""
    upper = np.triu_indices(len(matrix), 1)
    for half in (matrix, matrix.T):
        if np.isnan(half[upper]).all() and not np.isnan(half.T[upper]).all():
            return np.where(np.isnan(matrix), matrix.T, matrix)
    return matrix


def _means(value: ArrayLike) -> Array:
    return _floats("means", value)


def _n(value: object) -> int:
    return whole("n", value, least=0)


@attrs.frozen(kw_only=True, repr=False)
class Covariance(Result):
    """The covariance of answers to some items, with the number of respondents behind it.

    Make one with `covariance`; or from a matrix that is published, with its items and n. All
    functions that need no more than covariances take one in the place of answers.

    Parameters
    ----------
    items : sequence of str
        The items.
    matrix : array_like or data frame (items, items)
        Covariances with the divisor n - 1, or correlations; or one triangle of them, NaN in the
        place of the other. Rows and columns that have names are taken by name.
    n : int
        The respondents that it stands on: by pairs, the fewest who answered both of two items.
    means : array_like (items,)
        Mean answers; NaN where they are not known.
    counts : array_like (items, items)
        For each pair of items, the respondents who answered both; by default n.
    n_effective : float
        (Σw)²/Σw² of the respondents' weights; by default n.
    left_out : int
        Respondents who answered something and are left out, because an answer is missing.
    missing : {"listwise", "pairwise"}
        Whether every number stands on the respondents who answered all items, or each on those who
        answered both of its two.

    Examples
    --------
    >>> Covariance(items=("speed", "care"), matrix=[[1, 0.5], [0.5, 1]], n=80).correlation.tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """

    items: tuple[str, ...] = attrs.field(converter=_items)
    matrix: Array = attrs.field(eq=same_array, hash=False)
    n: int = attrs.field(converter=_n)
    means: Array = attrs.field(
        converter=_means,
        eq=same_array,
        hash=False,
        default=attrs.Factory(lambda self: np.full(len(self.items), np.nan), takes_self=True),
    )
    counts: NDArray[np.int64] = attrs.field(
        converter=frozen_array,
        eq=same_array,
        hash=False,
        default=attrs.Factory(
            lambda self: np.full((len(self.items),) * 2, self.n), takes_self=True
        ),
    )
    n_effective: float = attrs.field(default=attrs.Factory(lambda self: self.n, takes_self=True))
    left_out: int = 0
    missing: Missing = "listwise"

    def __attrs_post_init__(self) -> None:
        not_negative("n_effective", self.n_effective)
        whole("left_out", self.left_out, least=0)
        choice("missing", self.missing, get_args(Missing))
        k = len(self.items)
        found = _floats("matrix", square_by_name("matrix", self.matrix, self.items))
        if found.shape == (k, k):
            found = frozen_array(filled_triangle(found))
        object.__setattr__(self, "matrix", found)
        for name, shape in (("matrix", (k, k)), ("means", (k,)), ("counts", (k, k))):
            if (found := getattr(self, name).shape) != shape:
                msg = f"`{name}` must have shape {shape} for {k} items, got {found}"
                raise ValueError(msg)
        S, size = self.matrix, np.nan_to_num(np.abs(self.matrix)).max(initial=0)
        with np.errstate(invalid="ignore"):  # infinities are told first
            same = (np.abs(S - S.T) <= ROUNDING * size) | (np.isnan(S) & np.isnan(S.T))
        for rule, wrong in (
            ("be finite", np.isinf(S)),
            ("be symmetric", ~same),
            ("have variances of 0 or more on its diagonal", (S < 0) & np.eye(k, dtype=bool)),
        ):
            if wrong.any():
                a, b = np.argwhere(wrong)[0].tolist()
                beside = "" if a == b else f" and {S[b, a]} for {self.items[b]!r}"
                msg = f"`matrix` must {rule}, got {S[a, b]} (item {self.items[a]!r}){beside}"
                raise ValueError(msg)
        if self.missing == "listwise":
            self._see_possible()

    def _see_possible(self) -> None:
        """See that no correlation goes beyond ±1, but for rounding."""
        S, sd = self.matrix, np.sqrt(np.diagonal(self.matrix))
        size = np.nan_to_num(np.abs(S)).max(initial=0)
        beyond = np.argwhere(np.abs(S) > np.outer(sd, sd) + ROUNDING * size)
        if len(beyond):
            a, b = beyond[0].tolist()
            pair = f"{self.items[a]!r} and {self.items[b]!r}"
            msg = (
                f"`matrix` must have correlations in -1..1, got {S[a, b]:g} for {pair} with the "
                f"variances {S[a, a]:g} and {S[b, b]:g}; say missing='pairwise' if it is by pairs"
            )
            raise ValueError(msg)

    @property
    def correlation(self) -> Array:
        """The correlations; NaN where an item does not vary.

        By pairs, a covariance stands on those who answered both items, its two variances on all who
        answered each, as in R's cov2cor(cov(x, use="pairwise")): a correlation may exceed 1.
        """
        return correlations(self.matrix)

    @property
    def table(self) -> Table:
        """A row an item: its mean, its sd, and its covariance with each item."""
        cells = dict(zip(self.items, self.matrix.T, strict=True))
        data = {"item": self.items, "mean": self.means, "sd": np.sqrt(np.diagonal(self.matrix))}
        if clash := data.keys() & cells.keys():
            msg = f"`items` must not have the names of the table's columns, got {sorted(clash)}"
            raise ValueError(msg)
        note = f"{self.n} respondents ({self.missing}), {self.left_out} left out; divisor n − 1"
        return Table(title="Covariance", keys=("item",), data=data | cells, note=note)

    def _tables(self) -> list[Table]:
        return [self.table]

    def take(self, items: Sequence[str]) -> "Covariance":
        """Return the covariance of some of the items, as it stands, in the order given."""
        places = [self.items.index(named("items", item, self.items)) for item in items]
        square = np.ix_(places, places)
        return attrs.evolve(
            self,
            items=tuple(items),
            matrix=self.matrix[square],
            means=self.means[places],
            counts=self.counts[square],
        )

    @property
    def weighting(self) -> str:
        """What a note says of intervals by formula, where respondents have weights."""
        if abs(self.n_effective - self.n) <= 1e-9 * self.n:
            return ""
        return f"; n_effective {self.n_effective:.1f} in the place of n"

    @property
    def reason(self) -> str:
        """Why there are no covariances to compute with, or nothing."""
        if self.n == 0 and self.missing == "listwise":
            return "no respondent answered all items" if self.left_out else "no answers"
        alone = np.argwhere(self.counts < 2)
        if len(alone) and self.missing == "pairwise":
            a, b = (self.items[place] for place in alone[0].tolist())
            who = f"item {a!r}" if a == b else f"both {a!r} and {b!r}"
            return f"fewer than two respondents answered {who}"
        return "one respondent" if self.n == 1 else ""

    @classmethod
    def of(
        cls,
        argument: str,
        answers: Any,  # noqa: ANN401 (answers, or a Covariance)
        items: Sequence[str] | None = None,
        weights: Weights = None,
        missing: Missing = "listwise",
    ) -> "Covariance":
        """Return a Covariance as it is, by some of its items, or that of answers."""
        if isinstance(answers, Covariance):
            for name, given in (
                ("weights", weights is not None),
                ("missing", missing != "listwise"),
            ):
                if given:
                    msg = f"`{name}` goes with answers; `{argument}` is a Covariance, made already"
                    raise TypeError(msg)
            return answers if items is None else answers.take(items)
        return cls.of_rows(rows_of(argument, answers, items, weights), missing)

    @classmethod
    def of_rows(cls, rows: Rows, missing: Missing) -> "Covariance":
        """Return the covariance of answers."""
        choice("missing", missing, get_args(Missing))
        centre, summed = rows.centre, listwise_sums if missing == "listwise" else pairwise_sums
        sums, seen = summed(rows.values, rows.weights, centre)
        return cls.of_sums(rows.items, sums, centre, missing, seen=seen)

    @classmethod
    def of_sums(
        cls,
        items: tuple[str, ...],
        sums: Sums,
        centre: Array | float,
        missing: Missing,
        *,
        seen: int,
    ) -> "Covariance":
        """Return the covariance that sums of pairs of items, (items, items), amount to."""
        own = sums.diagonal()
        n = int(sums.n.min(initial=seen))
        with np.errstate(invalid="ignore", divide="ignore"):
            effective = np.nan_to_num(sums.w**2 / sums.w2).min(initial=np.inf)
            means = own.x / own.w + centre
        return cls(
            items=items,
            matrix=covariances(sums),
            n=n,
            means=means,
            counts=sums.n.astype(np.int64),
            n_effective=float(effective),
            left_out=seen - n if missing == "listwise" else 0,
            missing=missing,
        )


def covariance(
    answers: object,
    *,
    side: str | None = None,
    dimension: str | None = None,
    items: Sequence[str] | None = None,
    weights: Weights = None,
    missing: Missing = "listwise",
) -> Covariance:
    """Return the covariance of items, s_ab = n/(n-1)·Σw(a-ā)(b-b̄)/Σw.

    With it, programs for structural equations run on what a survey, or Moments of 100 million
    answers, already hold; and so do the functions of this module.

    Parameters
    ----------
    answers : Survey, Moments, array_like or data frame
        Who answered what: a survey or its Moments, else a row a respondent and a column an item.
    side : str
        Of a survey, the side, by default its perceptions; ``"gap"`` is perception - expectation.
    dimension : str
        Of a survey, the dimension whose items are meant; default all.
    items : sequence of str
        Of other answers, the names of the columns of an array (default "1", "2", …), or those that
        are taken of a frame; of a survey, the items that are taken.
    weights : array_like or str
        Of other answers, sampling weights, or their column in a frame.
    missing : {"listwise", "pairwise"}
        Stand on the respondents who answered all of these items, or each number on those who
        answered both of its two. A matrix by pairs need not be that of any answers.

    Returns
    -------
    Covariance
        The matrix with its n.

    Raises
    ------
    TypeError, ValueError
        If answers are no numbers, or names are unknown.

    Examples
    --------
    >>> covariance([[1, 2], [2, 4], [3, 6]]).matrix.tolist()
    [[1.0, 2.0], [2.0, 4.0]]
    """
    surveyed = isinstance(answers, (Survey, Moments))
    for name, given, wanted in (
        ("side", side, True),
        ("dimension", dimension, True),
        ("weights", weights, False),
    ):
        if given is not None and surveyed is not wanted:
            other = "other answers have `items` and `weights`" if wanted else "a survey has its own"
            msg = f"`{name}` goes with {'a Survey or Moments' if wanted else 'answers'}; {other}"
            raise TypeError(msg)
    if not isinstance(answers, (Survey, Moments)):
        return Covariance.of("answers", answers, items, weights, missing)
    sums = moments_by(answers, None)
    face = named("side", side or "perceptions", sums.layout.faces)
    form = sums.instrument
    codes = form.item_codes if dimension is None else form.item_codes[form.places(dimension)]
    whole = Covariance.of_sums(
        tuple(codes),
        sums.item_pairs(face, dimension or "", missing=missing)[0],
        0.0 if face == "gap" else form.scale.centre,
        missing,
        seen=int(sums.respondents.sum()),
    )
    return whole if items is None else whole.take(items)
