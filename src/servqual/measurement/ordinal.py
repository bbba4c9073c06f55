"""Correlations and reliabilities of the latent variables that answers in categories stand for."""

import warnings
from collections.abc import Sequence
from typing import Any, get_args

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._checks import (
    choice,
    confidence_level,
    frozen_array,
    not_negative,
    numbers,
    same_array,
    see_counts,
)
from servqual._frames.arrays import in_a_row
from servqual._stats.factors import omega, one_factor
from servqual._stats.polychoric import Latent, latent_correlations, raised, table_pairs, thresholds
from servqual._stats.reliability import alpha
from servqual.measurement._rows import Rows
from servqual.measurement.covariances import Covariance, Missing
from servqual.measurement.omega import why_unsolved
from servqual.tables import Result, Table, interval_note

__all__ = [
    "OrdinalReliability",
    "Polychoric",
    "PolychoricMatrix",
    "ordinal_reliability",
    "polychoric",
    "polychoric_from_counts",
    "polychoric_matrix",
]

Array = NDArray[np.float64]
CATEGORIES = 20  # of an item at most; more are measurements, for which Pearson's r is there
FLOOR = 1e-6  # of the eigenvalues of a matrix that is made positive definite
NOTHING = 1e-5  # of variance in a sum, for each item, is what smoothing put there
LATENT = "of the latent continuous answers, not of the sums of answers"


@attrs.frozen(kw_only=True, repr=False)
class Polychoric(Result):
    """The correlation of two latent normal variables, whose categories are seen.

    Parameters
    ----------
    rho : float
        The correlation, -1..1.
    se : float
        Its standard error, with what the thresholds add to it.
    low, high : float
        Its interval, on Fisher's scale.
    n : int
        The respondents who answered both.
    row_thresholds, column_thresholds : ndarray
        Where the first and the second variable pass from a category to the next, in sd from the
        mean; categories that nobody chose are left out.
    confidence : float
        The confidence of the interval.
    zero_cells : float
        What was put in the place of an empty cell.
    table : Table
        The numbers in one row.
    lacking : str
        Why there is no interval, or nothing.
    undefined : str
        Why the numbers are NaN, or nothing.
    """

    rho: float = attrs.field(eq=repr)
    se: float = attrs.field(eq=repr)
    low: float = attrs.field(eq=repr)
    high: float = attrs.field(eq=repr)
    n: int
    row_thresholds: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    column_thresholds: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    confidence: float
    zero_cells: float
    table: Table
    lacking: str
    undefined: str


def polychoric(
    x: Any,  # noqa: ANN401 (numbers of any kind)
    y: Any,  # noqa: ANN401 (numbers of any kind)
    *,
    zero_cells: float = 0.0,
    confidence: float = 0.95,
) -> Polychoric:
    """Return the polychoric correlation of two items; of two with two categories, tetrachoric.

    Answers i and j are seen where two standard normal variables of correlation ρ lie between the
    thresholds τ_(i-1), τ_i and κ_(j-1), κ_j. Thresholds are Φ⁻¹ of the cumulative shares; then ρ
    maximises Σ n_ij·ln π_ij(ρ), where π_ij is the probability of a cell (two steps).

    Parameters
    ----------
    x, y : array_like (respondents,)
        Answers of the same respondents, any numbers whose order counts, at most 20 different ones;
        NaN or None where missing. Respondents who lack one of the two are left out.
    zero_cells : float
        What is put in the place of a cell without respondents; usual are 0, and 0.5 for small
        tables of two by two.
    confidence : float
        The confidence of the interval, between 0 and 1.

    Returns
    -------
    Polychoric
        ρ is ±1, without an interval, where no respondent speaks against it, as with one empty cell
        in a table of two by two. It is undefined where an item does not vary.

    Raises
    ------
    TypeError, ValueError
        If answers are no numbers, differ in their count, or have too many different values.

    Notes
    -----
    The latent variables are taken to be bivariate normal. The standard error holds for large
    samples of equal weights; it takes in that the thresholds are estimated too.

    References
    ----------
    Olsson, U. (1979). Maximum likelihood estimation of the polychoric correlation coefficient.
    Psychometrika 44(4), 443-460. https://doi.org/10.1007/BF02296207

    Examples
    --------
    Halves that agree for two thirds of respondents: sin(2π(1/3 - 1/4)) = 1/2.

    >>> found = polychoric([1, 1, 1, 2, 2, 2], [1, 1, 2, 1, 2, 2])
    >>> round(found.rho, 6), found.n
    (0.5, 6)
    """
    confidence, zero_cells = confidence_level(confidence), not_negative("zero_cells", zero_cells)
    each = [in_a_row(name, one, "one answer a respondent") for name, one in (("x", x), ("y", y))]
    if len(each[0]) != len(each[1]):
        msg = (
            f"`x` and `y` must be answers of the same respondents, got {len(each[0])} and "
            f"{len(each[1])}; give NaN where one is missing"
        )
        raise ValueError(msg)
    both = np.stack(each, axis=1)
    values = [_values(f"`{name}`", one) for name, one in zip("xy", both.T, strict=True)]
    table = table_pairs(both, values, np.array([[0, 1]]))[0]
    return _single(table, ("`x` does not vary", "`y` does not vary"), zero_cells, confidence)


def polychoric_from_counts(
    counts: ArrayLike, *, zero_cells: float = 0.0, confidence: float = 0.95
) -> Polychoric:
    """Return the polychoric correlation of a table of counts, as `polychoric` does of answers.

    Parameters
    ----------
    counts : array_like (rows, columns)
        How many respondents gave each two answers, both in order.
    zero_cells, confidence
        As in `polychoric`.

    Returns
    -------
    Polychoric
        Undefined where all counts stand in one row or in one column.

    Raises
    ------
    TypeError, ValueError
        If counts are not whole numbers of 0 or more in rows and columns.

    References
    ----------
    Olsson, U. (1979). Maximum likelihood estimation of the polychoric correlation coefficient.
    Psychometrika 44(4), 443-460. https://doi.org/10.1007/BF02296207

    Examples
    --------
    >>> round(polychoric_from_counts([[2, 1], [1, 2]]).rho, 6)
    0.5
    """
    confidence, zero_cells = confidence_level(confidence), not_negative("zero_cells", zero_cells)
    table = numbers("counts", counts)
    if table.ndim != 2:
        msg = f"`counts` must have rows and columns, got shape {table.shape}"
        raise ValueError(msg)
    see_counts("counts", table, where=lambda row: f"row {row + 1}", missing=False)
    return _single(table, ("one row", "one column"), zero_cells, confidence)


@attrs.frozen(kw_only=True, repr=False)
class PolychoricMatrix(Result):
    """The polychoric correlations of items.

    Parameters
    ----------
    items : tuple of str
        The items.
    matrix : ndarray (items, items)
        The correlations; NaN where they are undefined, also on the diagonal of an item that does
        not vary.
    counts : ndarray (items, items)
        For each pair of items, the respondents who answered both.
    n : int
        The fewest of these.
    left_out : int
        Respondents who answered something and are left out, because an answer is missing.
    missing : {"listwise", "pairwise"}
        As asked.
    smallest_eigenvalue : float
        That of the correlations before they were smoothed; NaN where one is undefined.
    smoothed : bool
        Whether the matrix was made positive definite.
    confidence : float
        The confidence of the intervals.
    table : Table
        Keyed `first`, `second`, each pair: `n rho se low high lacking undefined`, never smoothed.
    lacking : str
        Which correlations are undefined, or nothing.
    """

    items: tuple[str, ...]
    matrix: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    counts: NDArray[np.int64] = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    n: int
    left_out: int
    missing: Missing
    smallest_eigenvalue: float = attrs.field(eq=repr)
    smoothed: bool
    confidence: float
    table: Table
    lacking: str

    @property
    def covariance(self) -> Covariance:
        """The correlations as a Covariance, for whatever needs no more than covariances.

        What is computed from it are numbers of the latent variables. Intervals and tests by formula
        take n respondents with normal answers for granted, and are too sharp here.
        """
        return Covariance(
            items=self.items,
            matrix=self.matrix,
            n=self.n,
            counts=self.counts,
            left_out=self.left_out,
            missing=self.missing,
        )


def polychoric_matrix(
    answers: Any,  # noqa: ANN401 (an array or any frame)
    *,
    items: Sequence[str] | None = None,
    missing: Missing = "pairwise",
    smooth: bool = True,
    zero_cells: float = 0.0,
    confidence: float = 0.95,
) -> PolychoricMatrix:
    """Return the polychoric correlation of each two of some items, each as `polychoric` does.

    Where the smallest eigenvalue is below 1e-6, no answers could have these correlations, which are
    estimated pair by pair. By `smooth`, such eigenvalues are then raised to 1e-6, and the matrix is
    divided by its diagonal again; a warning says so.

    Parameters
    ----------
    answers : array_like or data frame
        One row a respondent, one column an item, any numbers whose order counts, at most 20
        different ones an item; NaN where missing. Sampling weights are not provided for.
    items : sequence of str
        Names of the columns of an array (default "1", "2", …), or those that are taken of a frame.
    missing : {"pairwise", "listwise"}
        Stand on the respondents who answered both of two items, or on those who answered all.
    smooth : bool
        Whether to make a matrix positive definite that is not.
    zero_cells, confidence
        As in `polychoric`.

    Returns
    -------
    PolychoricMatrix
        The matrix, a row of its table for each pair, and its `covariance` for other functions.

    Raises
    ------
    TypeError, ValueError
        If answers are no numbers, have too many different values, or names are unknown.

    Warns
    -----
    UserWarning
        Where the matrix was smoothed.

    References
    ----------
    Olsson, U. (1979). Maximum likelihood estimation of the polychoric correlation coefficient.
    Psychometrika 44(4), 443-460. https://doi.org/10.1007/BF02296207

    Examples
    --------
    >>> answers = [[1, 1, 1], [1, 1, 1], [1, 2, 2], [2, 1, 2], [2, 2, 1], [2, 2, 2]]
    >>> found = polychoric_matrix(answers, items=["speed", "care", "tone"])
    >>> found.matrix.round(6).tolist()
    [[1.0, 0.5, 0.5], [0.5, 1.0, 0.5], [0.5, 0.5, 1.0]]
    """
    found = _matrix(_rows(answers, items), missing, smooth, zero_cells, confidence)
    _warn(found)
    return found


@attrs.frozen(kw_only=True, repr=False)
class OrdinalReliability(Result):
    """Ordinal α and ω: reliabilities of latent continuous answers.

    Parameters
    ----------
    alpha : float
        α of the polychoric correlations.
    omega : float
        ω of one factor behind them.
    items : tuple of str
        The items.
    loadings : ndarray (items,)
        The loadings of the latent variables on the factor.
    n : int
        The respondents, by pairs the fewest who answered both of two items.
    smoothed : bool
        Whether the correlations were made positive definite.
    table : Table
        The numbers in one row.
    lacking : str
        Why there is no ω, or nothing.
    undefined : str
        Why the numbers are NaN, or nothing.
    """

    alpha: float = attrs.field(eq=repr)
    omega: float = attrs.field(eq=repr)
    items: tuple[str, ...]
    loadings: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    n: int
    smoothed: bool
    table: Table
    lacking: str
    undefined: str


def ordinal_reliability(
    answers: Any,  # noqa: ANN401 (an array, any frame, or polychoric correlations)
    *,
    items: Sequence[str] | None = None,
    missing: Missing = "pairwise",
    zero_cells: float = 0.0,
) -> OrdinalReliability:
    """Return ordinal α = k/(k-1)·(1 - k/ΣR) and ω = (Σλ)²/((Σλ)² + Σ(1 - λ²)).

    R are the polychoric correlations of k items, and λ the loadings of one factor behind them by
    maximum likelihood.

    Parameters
    ----------
    answers : array_like or data frame
        One row a respondent, one column an item, as `polychoric_matrix` takes them.
    items : sequence of str
        Names of the columns of an array (default "1", "2", …), or those that are taken of a frame.
    missing : {"pairwise", "listwise"}
        Stand on the respondents who answered both of two items, or on those who answered all.
    zero_cells : float
        As in `polychoric`.

    Returns
    -------
    OrdinalReliability
        Without intervals: no formula gives them.

    Raises
    ------
    TypeError, ValueError
        As in `polychoric_matrix`.

    Warns
    -----
    UserWarning
        Where the correlations were not positive definite, and were smoothed.

    Notes
    -----
    They are reliabilities of sums of the latent continuous answers, which nobody has. The sums that
    are computed of answers in categories are less reliable: report α and ω of the answers for them.

    References
    ----------
    Zumbo, B. D., Gadermann, A. M. & Zeisser, C. (2007). Ordinal versions of coefficients alpha and
    theta for Likert rating scales. Journal of Modern Applied Statistical Methods 6(1), 21-29.

    Chalmers, R. P. (2018). On misconceptions and the limited usefulness of ordinal alpha.
    Educational and Psychological Measurement 78(6), 1056-1071.

    Examples
    --------
    Two items with ρ = 1/2: 2·(1 - 2/3).

    >>> found = ordinal_reliability([[1, 1], [1, 1], [1, 2], [2, 1], [2, 2], [2, 2]])
    >>> round(found.alpha, 6), found.lacking
    (0.666667, 'two items: one factor is not identified')
    """
    found = _matrix(_rows(answers, items), missing, smooth=True, zero_cells=zero_cells)
    _warn(found)
    fit = one_factor(found.matrix)
    k = len(found.items)
    undefined = "one item" if k == 1 else found.lacking
    if not undefined and found.matrix.sum() <= NOTHING * k:
        undefined = "the sum has no variance"
    estimate = np.nan if undefined else float(alpha(found.matrix))
    loadings = np.full(k, np.nan) if undefined else fit.loadings
    lacking = "" if undefined else why_unsolved(fit, found.items, found.n)
    shown: dict[str, Any] = {
        "alpha": estimate,
        "omega": np.nan if undefined or lacking else float(omega(fit.loadings, fit.errors)),
        "n": found.n,
    }
    reasons: dict[str, Any] = {"lacking": lacking, "undefined": undefined}
    data = {name: [cell] for name, cell in {**shown, "items": k, **reasons}.items()}
    smoothed = "; correlations smoothed" if found.smoothed else ""
    note = f"reliabilities {LATENT}; {missing}{smoothed}"
    return OrdinalReliability(
        **shown,
        **reasons,
        items=found.items,
        loadings=loadings,
        smoothed=found.smoothed,
        table=Table(title="Ordinal reliability", keys=(), data=data, note=note),
    )


def _rows(answers: Any, items: Sequence[str] | None) -> Rows:  # noqa: ANN401 (any answers)
    if isinstance(answers, Covariance):
        msg = "`answers` must be the answers themselves, got a Covariance, which keeps no counts"
        raise TypeError(msg)
    return Rows.of("answers", answers, items)


def _values(called: str, column: NDArray[Any]) -> Array:
    """Return the different answers of a column in order, if they are few."""
    found: Array = np.unique(column).astype(float)
    found = found[~np.isnan(found)]
    if len(found) > CATEGORIES:
        msg = (
            f"{called} must have at most {CATEGORIES} different answers, got {len(found)}; "
            f"join categories, or take the correlation of numbers as they are"
        )
        raise ValueError(msg)
    return found


def _filled(tables: Array, zero_cells: float) -> tuple[Array, int]:
    """Return tables with a number in the place of 0, where row and column have counts."""
    if not zero_cells:
        return tables, 0
    rows, columns = tables.sum(axis=2, keepdims=True) > 0, tables.sum(axis=1, keepdims=True) > 0
    empty = (tables == 0) & rows & columns
    return np.where(empty, zero_cells, tables), int(empty.sum())


def _cells_note(zero_cells: float, filled: int) -> str:
    return f"; {zero_cells:g} in the place of 0 in {filled} cells" if filled else ""


def _fisher(found: Latent, confidence: float) -> tuple[Array, Array]:
    """Return tanh(atanh ρ ± z·se/(1 - ρ²)); NaN without an error."""
    from scipy.special import ndtri  # half a second

    rho = np.where(np.isnan(found.se), np.nan, found.rho)
    half = ndtri(0.5 + confidence / 2) * found.se / ((1 - rho) * (1 + rho))
    return np.tanh(np.arctanh(rho) - half), np.tanh(np.arctanh(rho) + half)


def _why_undefined(table: Array, still: tuple[str, str]) -> str:
    """Say why a table of counts has no ρ; `still` says it of one row, and of one column."""
    n = int(table.sum())
    if n < 2:
        return "one respondent" if n else "no respondent answered both"
    rows, columns = ((table.sum(axis=axis) > 0).sum() < 2 for axis in (1, 0))
    if rows and columns:
        return "no variation"
    return still[0] if rows else still[1] if columns else ""


def _why_lacking(rho: float) -> str:
    return f"no answers speak against rho = {rho:g}: no interval" if abs(rho) == 1 else ""


def _single(
    table: Array, still: tuple[str, str], zero_cells: float, confidence: float
) -> Polychoric:
    filled, cells = _filled(table[None], zero_cells)
    found = latent_correlations(filled, table.sum(keepdims=True)[0])
    low, high = _fisher(found, confidence)
    rho = float(found.rho[0])
    shown: dict[str, Any] = {
        "rho": rho,
        "se": float(found.se[0]),
        "low": float(low[0]),
        "high": float(high[0]),
        "n": int(table.sum()),
    }
    reasons: dict[str, Any] = {
        "lacking": _why_lacking(rho),
        "undefined": _why_undefined(table, still),
    }
    taus = [thresholds(counts[counts > 0]) for counts in (filled[0].sum(1), filled[0].sum(0))]
    note = interval_note(confidence, "the two-step error on Fisher's scale")
    return Polychoric(
        **shown,
        **reasons,
        row_thresholds=taus[0],
        column_thresholds=taus[1],
        confidence=confidence,
        zero_cells=zero_cells,
        table=Table(
            title="Polychoric correlation",
            keys=(),
            data={name: [cell] for name, cell in (shown | reasons).items()},
            note=note + _cells_note(zero_cells, cells),
        ),
    )


def _matrix(
    rows: Rows,
    missing: Missing,
    smooth: bool,  # noqa: FBT001 (of the public option)
    zero_cells: float,
    confidence: float = 0.95,
) -> PolychoricMatrix:
    choice("missing", missing, get_args(Missing))
    confidence, zero_cells = confidence_level(confidence), not_negative("zero_cells", zero_cells)
    used = rows.complete if missing == "listwise" else rows
    k, named = len(rows.items), zip(rows.items, used.values.T, strict=True)
    values = [_values(f"`answers` (item {item!r})", column) for item, column in named]
    pairs = np.stack(np.triu_indices(k, 1), axis=1)
    tables = table_pairs(used.values, values, pairs)
    n = tables.sum(axis=(1, 2))
    filled, cells = _filled(tables, zero_cells)
    found = latent_correlations(filled, n)
    answered = (~np.isnan(used.values)).sum(axis=0)
    varied = np.array([len(known) > 1 for known in values])
    matrix = _square(pairs, found.rho, np.where(varied, 1.0, np.nan))
    counts = _square(pairs, n, answered).astype(np.int64)
    whole = k > 0 and not np.isnan(matrix).any()
    smallest = float(np.linalg.eigvalsh(matrix)[0]) if whole else np.nan
    smoothed = smooth and smallest < FLOOR
    table = _pairs_table(rows.items, pairs, tables, found, confidence)
    lost = [reason for reason in table["undefined"].tolist() if reason]
    note = f"{table.note}{_cells_note(zero_cells, cells)}; {missing}"
    if smoothed:
        note += f"; the matrix, not these pairs, is smoothed: an eigenvalue was {smallest:.3g}"
    return PolychoricMatrix(
        items=rows.items,
        matrix=raised(matrix, FLOOR) if smoothed else matrix,
        counts=counts,
        n=int(counts.min(initial=len(used))),
        left_out=_answering(rows.values) - len(used) if missing == "listwise" else 0,
        missing=missing,
        smallest_eigenvalue=smallest,
        smoothed=smoothed,
        confidence=confidence,
        table=attrs.evolve(table, note=note),
        lacking=f"{lost[0]} ({len(lost)} of {len(pairs)} correlations undefined)" if lost else "",
    )


def _answering(values: NDArray[Any]) -> int:
    """Return how many respondents answered something."""
    return int((~np.isnan(values)).any(axis=1).sum())


def _square(pairs: NDArray[np.intp], off: Array, diagonal: ArrayLike) -> Array:
    """Return a symmetric matrix of a number for each pair, and those on its diagonal."""
    found = np.diag(np.asarray(diagonal, float))
    found[pairs[:, 0], pairs[:, 1]] = found[pairs[:, 1], pairs[:, 0]] = off
    return found


def _pairs_table(
    items: tuple[str, ...],
    pairs: NDArray[np.intp],
    tables: Array,
    found: Latent,
    confidence: float,
) -> Table:
    low, high = _fisher(found, confidence)
    still = [f"item {item!r} does not vary" for item in items]
    both = pairs.tolist()
    undefined = [
        _why_undefined(table, (still[a], still[b])) if np.isnan(rho) else ""
        for table, rho, (a, b) in zip(tables, found.rho, both, strict=True)
    ]
    data = {
        "first": np.array([items[a] for a, _ in both], dtype=str),
        "second": np.array([items[b] for _, b in both], dtype=str),
        "n": tables.sum(axis=(1, 2)).astype(np.int64),
        "rho": found.rho,
        "se": found.se,
        "low": low,
        "high": high,
        "lacking": np.array([_why_lacking(rho) for rho in found.rho.tolist()], dtype=str),
        "undefined": np.array(undefined, dtype=str),
    }
    note = interval_note(confidence, "the two-step error on Fisher's scale")
    return Table(title="Polychoric correlations", keys=("first", "second"), data=data, note=note)


def _warn(found: PolychoricMatrix) -> None:
    if found.smoothed:
        msg = (
            f"the polychoric correlations are not positive definite (smallest eigenvalue "
            f"{found.smallest_eigenvalue:.3g}): they were smoothed; "
            "more respondents or fewer categories help"
        )
        warnings.warn(msg, stacklevel=3)
