"""The correlations of the latent variables that items in categories stand for."""

import warnings
from collections.abc import Sequence
from typing import Any, get_args

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._checks import choice, confidence_level, frozen_array, not_negative, same_array
from servqual._frames.rows import Rows
from servqual._frames.words import lacking
from servqual._stats.polychoric import Latent, latent_correlations, raised, table_pairs
from servqual.measurement._reasons import few_items, not_varying
from servqual.measurement._rows import rows_of
from servqual.measurement.covariances import Covariance, Missing
from servqual.measurement.latent_pairs import (
    cells_note,
    distinct_answers,
    filled_tables,
    fisher,
    fisher_note,
    why_no_rho,
    why_sure,
)
from servqual.tables import Result, Table

__all__ = ["PolychoricMatrix", "latent_matrix", "polychoric_matrix"]

Array = NDArray[np.float64]
FLOOR = 1e-6  # of the eigenvalues of a matrix that is made positive definite


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
    undefined : str
        Why there is no correlation at all, or nothing.
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
    undefined: str

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
    return latent_matrix(
        answers, items, missing, smooth=smooth, zero_cells=zero_cells, confidence=confidence
    )


def latent_matrix(
    answers: Any,  # noqa: ANN401 (an array or any frame)
    items: Sequence[str] | None,
    missing: Missing,
    *,
    smooth: bool = True,
    zero_cells: float = 0.0,
    confidence: float = 0.95,
) -> PolychoricMatrix:
    """Return the matrix, as `polychoric_matrix`; who calls its caller is warned of smoothing."""
    if isinstance(answers, (Covariance, PolychoricMatrix)):
        kind = type(answers).__name__
        msg = f"`answers` must be the answers themselves, got a {kind}, which keeps no counts"
        raise TypeError(msg)
    rows = rows_of("answers", answers, items)
    found = _matrix(rows, missing, zero_cells, confidence, smooth=smooth)
    if found.smoothed:
        msg = (
            f"the polychoric correlations are not positive definite (smallest eigenvalue "
            f"{found.smallest_eigenvalue:.3g}): they were smoothed; "
            "more respondents or fewer categories help"
        )
        warnings.warn(msg, stacklevel=3)
    return found


def _matrix(
    rows: Rows, missing: Missing, zero_cells: float, confidence: float, *, smooth: bool
) -> PolychoricMatrix:
    choice("missing", missing, get_args(Missing))
    confidence, zero_cells = confidence_level(confidence), not_negative("zero_cells", zero_cells)
    used = rows.complete if missing == "listwise" else rows
    k, named = len(rows.items), zip(rows.items, used.values.T, strict=True)
    values = [distinct_answers(f"`answers` (item {item!r})", column) for item, column in named]
    pairs = np.stack(np.triu_indices(k, 1), axis=1)
    tables = table_pairs(used.values, values, pairs)
    n = tables.sum(axis=(1, 2))
    filled, cells = filled_tables(tables, zero_cells)
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
    note = f"{table.note}{cells_note(zero_cells, cells)}; {missing}"
    undefined = few_items(rows.items)
    note += f"; undefined: {undefined}" if undefined else ""
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
        undefined=undefined,
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
    low, high = fisher(found, confidence)
    still = [not_varying([item]) for item in items]
    both = pairs.tolist()
    undefined = [
        why_no_rho(table, (still[a], still[b])) if np.isnan(rho) else ""
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
        "lacking": np.array(
            [lacking({"interval": why_sure(rho)}) for rho in found.rho.tolist()], dtype=str
        ),
        "undefined": np.array(undefined, dtype=str),
    }
    note = fisher_note(confidence)
    return Table(title="Polychoric correlations", keys=("first", "second"), data=data, note=note)
