"""Tables of counts: whether rows and columns are independent, and which cells say that not."""

import attrs
import numpy as np
from numpy.typing import NDArray

__all__ = ["Independence", "independence"]

Array = NDArray[np.float64]


@attrs.frozen(eq=False)
class Independence:
    """Pearson's test of a table of counts.

    Parameters
    ----------
    expected : ndarray
        The counts that independence would give.
    residual : ndarray
        (observed - expected) over its standard error (Haberman's adjusted residual): under
        independence about standard normal. NaN where a row or column is empty, or has everything.
    chi_square, p, cramers_v : float
        Without a correction for continuity; NaN where df is 0.
    df : int
        Of the rows and columns that are not empty.
    """

    expected: Array
    residual: Array
    chi_square: float
    df: int
    p: float
    cramers_v: float


def independence(counts: Array) -> Independence:
    """Test counts (rows, columns): χ² = Σ(O-E)²/E, V = √(χ²/(n·min(r-1, c-1))).

    E = row · column/n; the residual is (O-E)/√(E(1 - row/n)(1 - column/n)).
    """
    from scipy.special import chdtrc  # half a second

    rows, columns = counts.sum(axis=1, keepdims=True), counts.sum(axis=0, keepdims=True)
    n = counts.sum()
    free = int((rows > 0).sum()) - 1, int((columns > 0).sum()) - 1
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = rows * columns / n
        error = np.sqrt(expected * (1 - rows / n) * (1 - columns / n))
        residual = np.where(error > 0, (counts - expected) / error, np.nan)
        square = np.where(expected > 0, (counts - expected) ** 2 / expected, 0.0).sum()
    if min(free) < 1:
        return Independence(expected, residual, np.nan, 0, np.nan, np.nan)
    df, chi_square = free[0] * free[1], float(square)
    p, v = float(chdtrc(df, chi_square)), float(np.sqrt(chi_square / n / min(free)))
    return Independence(expected, residual, chi_square, df, p, v)
