"""The correlation of the latent variables that two items in categories stand for."""

from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._checks import (
    confidence_level,
    frozen_array,
    not_negative,
    numbers,
    same_array,
    see_counts,
)
from servqual._frames.arrays import in_a_row
from servqual._frames.words import lacking
from servqual._stats.polychoric import Latent, latent_correlations, table_pairs, thresholds
from servqual._stats.student import Interval
from servqual._stats.transformed import FISHER, transformed_interval
from servqual.tables import Result, Table, interval_note

__all__ = ["Polychoric", "polychoric", "polychoric_from_counts"]

Array = NDArray[np.float64]
CATEGORIES = 20  # of an item at most; more are measurements, for which Pearson's r is there


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
    for name, one in zip("xy", each, strict=True):
        if (bad := np.flatnonzero(np.isinf(one))).size:
            msg = f"`{name}` must be finite, got {one[bad[0]]} (row {bad[0] + 1})"
            raise ValueError(msg)
    both = np.stack(each, axis=1)
    values = [distinct_answers(f"`{name}`", one) for name, one in zip("xy", both.T, strict=True)]
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


def _single(
    table: Array, still: tuple[str, str], zero_cells: float, confidence: float
) -> Polychoric:
    filled, cells = filled_tables(table[None], zero_cells)
    found = latent_correlations(filled, table.sum(keepdims=True)[0])
    low, high = fisher(found, confidence)
    rho = float(found.rho[0])
    shown: dict[str, Any] = {
        "rho": rho,
        "se": float(found.se[0]),
        "low": float(low[0]),
        "high": float(high[0]),
        "n": int(table.sum()),
    }
    reasons: dict[str, Any] = {
        "lacking": lacking({"interval": why_sure(rho)}),
        "undefined": why_no_rho(table, still),
    }
    taus = [thresholds(counts[counts > 0]) for counts in (filled[0].sum(1), filled[0].sum(0))]
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
            note=fisher_note(confidence) + cells_note(zero_cells, cells),
        ),
    )


def distinct_answers(called: str, column: NDArray[Any]) -> Array:
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


def filled_tables(tables: Array, zero_cells: float) -> tuple[Array, int]:
    """Return tables with a number in the place of 0, where row and column have counts."""
    if not zero_cells:
        return tables, 0
    rows, columns = tables.sum(axis=2, keepdims=True) > 0, tables.sum(axis=1, keepdims=True) > 0
    empty = (tables == 0) & rows & columns
    return np.where(empty, zero_cells, tables), int(empty.sum())


def cells_note(zero_cells: float, filled: int) -> str:
    """Say what was put in the place of how many cells, if any."""
    return f"; {zero_cells:g} in the place of 0 in {filled} cells" if filled else ""


def fisher(found: Latent, confidence: float) -> Interval:
    """Return the intervals of correlations, tanh(atanh ρ ± z·se/(1 - ρ²)); NaN without an error."""
    return transformed_interval(found.rho, found.se, confidence, FISHER)


def fisher_note(confidence: float) -> str:
    """Say how these intervals are made."""
    return interval_note(confidence, "the two-step error on Fisher's scale")


def why_no_rho(table: Array, still: tuple[str, str]) -> str:
    """Say why a table of counts has no ρ; `still` says it of one row, and of one column."""
    n = int(table.sum())
    if n < 2:
        return "one respondent" if n else "no respondent answered both"
    rows, columns = ((table.sum(axis=axis) > 0).sum() < 2 for axis in (1, 0))
    if rows and columns:
        return "no variation"
    return still[0] if rows else still[1] if columns else ""


def why_sure(rho: float) -> str:
    """Say why a ρ leaves no error, or nothing."""
    return f"no answers speak against rho = {rho:g}" if abs(rho) == 1 else ""
